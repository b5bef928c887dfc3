#![doc = include_str!("../README.md")]

mod check;
mod compare;
mod description;
mod exchange;
mod failure;
mod http_target;
mod laws;
mod load_error;
mod memory_target;
mod message;
mod node;
mod replay;
mod suite;
mod target;
mod template;
mod users;
mod wire;

pub use description::{Description, NoDescription};
pub use exchange::{Exchange, HeaderLines, Source, Step};
pub use failure::{Excerpt, Failure};
pub use http_target::HttpTarget;
pub use laws::{Broken, HttpStage, Law, LawOptions, LawReport, Somebody, Stage, laws};
pub use load_error::LoadError;
pub use memory_target::MemoryTarget;
pub use message::{Request, Response};
pub use node::Node;
pub use replay::{Extent, replay};
pub use suite::Suite;
pub use target::{Account, Target, User};
pub use users::{Users, scopes};
