#![doc = include_str!("../README.md")]

mod aliases;
mod catalogue;
mod columns;
mod connect_error;
mod database_url;
mod document;
mod edits;
mod migration;
mod pending_work;
mod postgres;
mod row;
mod settings;
mod sqlite;
mod statement;
mod store;
mod tenants;
mod trimmed;
mod uploads;
mod wording;

pub use connect_error::ConnectError;
pub use database_url::{DatabaseUrl, DatabaseUrlError};
pub use migration::{LayoutError, MigrateError};
pub use postgres::TlsError;
pub use settings::StoreSettings;
pub use store::{OpenError, Store};
