#![doc = include_str!("../README.md")]

mod backend;
mod mount;
mod receive;
mod request_id;
mod respond;

pub use backend::Backend;
pub use mount::{configure, scope};
pub use request_id::RequestIds;
