#![doc = include_str!("../README.md")]

mod built_in;
mod check;
mod compare;
mod conform;
mod description;
mod exchange;
mod exchange_run;
mod failure;
mod http_target;
#[cfg(feature = "laws")]
mod laws;
mod load_error;
#[cfg(feature = "memory")]
mod memory_target;
mod message;
mod node;
mod replay;
mod report;
mod requirements;
mod restore;
mod skip;
mod snapshot;
mod stop;
mod suite;
mod target;
mod template;
#[cfg(feature = "memory")]
mod users;
mod wire;

pub use conform::{Options, Progress, Watch, conform, conform_watched, username};
pub use description::{Description, InvalidDocument};
pub use exchange::{Exchange, Extent, HeaderLines, Source, Step};
pub use failure::{Excerpt, Failure};
pub use http_target::{HttpTarget, KnownUser};
#[cfg(feature = "laws")]
pub use laws::{
    Broken, HttpEnvironment, Law, LawOptions, LawReport, TestEnvironment, TestUser, laws,
};
pub use load_error::LoadError;
#[cfg(feature = "memory")]
pub use memory_target::MemoryTarget;
pub use message::{Request, Response};
pub use node::Node;
pub use replay::replay;
pub use report::{
    Before, Conclusion, Counts, Delta, Ended, Outcome, OutcomeStatus, Raw, Report, Unrestored,
};
pub use skip::Skip;
pub use stop::Stop;
pub use suite::Suite;
pub use target::{Account, Target, User, Wanted};
#[cfg(feature = "memory")]
pub use users::Users;
