#![doc = include_str!("../README.md")]

mod postgres;
mod programs;

pub use postgres::Postgres;
pub use tempfile::TempDir;
