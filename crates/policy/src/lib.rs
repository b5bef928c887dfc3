#![doc = include_str!("../README.md")]

mod cedar_request;
mod error;
mod folder;
mod schema;
mod set;

pub use error::{Mistake, PolicyError};
pub use folder::{Contents, PolicyFile, PolicyFolder};
pub use schema::schema;
pub use set::{Determining, Explanation};
