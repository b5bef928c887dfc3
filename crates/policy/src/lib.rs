#![doc = include_str!("../README.md")]

mod contents;
mod error;
mod explanation;
mod folder;
mod place;
mod question;
mod schema;
mod set;

pub use contents::{Contents, PolicyFile};
pub use error::{Mistake, PolicyError};
pub use explanation::{Determining, Explanation};
pub use folder::PolicyFolder;
pub use schema::schema;
