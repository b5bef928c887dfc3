#![doc = include_str!("../README.md")]

#[cfg(feature = "deployment")]
pub mod deployment;
#[cfg(feature = "exchanges")]
mod exchanges;
pub mod http;
mod pgbouncer;
mod postgres;
mod programs;
pub mod receiver;

#[cfg(feature = "deployment")]
pub use deployment::{RunningDeployment, TestDeployment};
#[cfg(feature = "exchanges")]
pub use exchanges::replay_exchanges;
pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use tempfile::TempDir;
