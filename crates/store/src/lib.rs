#![doc = include_str!("../README.md")]

mod api_keys;
mod batch;
mod bulk;
mod catalogue;
mod clear;
mod database;
mod database_url;
mod erasures;
mod error;
mod history;
mod id_cache;
mod images;
mod metrics;
mod migration;
mod operator_tokens;
mod overrides;
mod postgres;
mod profiles;
mod settings;
mod sql;
mod sqlite;
mod store;
mod tenants;
mod uploads;
mod usage;
mod usernames;
mod webhooks;

pub use database_url::{DatabaseUrl, DatabaseUrlError};
pub use error::{ConnectError, OpenError};
pub use metrics::{PoolStatus, QueueMetrics, StoreMetrics};
pub use migration::{LayoutError, MigrateError};
pub use postgres::TlsError;
pub use settings::StoreSettings;
pub use store::Store;
