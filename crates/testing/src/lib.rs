#![doc = include_str!("../README.md")]

mod pgbouncer;
mod postgres;
mod programs;

pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use tempfile::TempDir;
