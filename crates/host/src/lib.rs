#![doc = include_str!("../README.md")]

mod admin;
mod cli;
mod commands;
mod config;
mod database;
mod deliveries;
mod deployment;
mod development;
mod dialect_registry;
mod failure;
mod logging;
mod maintenance;
mod media;
mod metrics;
mod policies;
mod program;
mod provision;
mod server;
mod signer;
mod system;
mod tls;
mod webhooks;

pub use cli::{Cli, run};
pub use config::{
    AdminSettings, AuthSettings, Config, ConfigError, ConnectionSettings, DeprecationConfig,
    DevelopmentAccess, DialectConfig, Environment, Layers, LogFormat, LogSettings, Mode,
    PolicySettings, Source, TlsSettings, UsageSettings, WebhookSettings,
};
pub use deployment::Deployment;
pub use development::{Demo, DemoCommands, DevelopmentKey, Seed};
pub use dialect_registry::{DialectRegistry, dialects};
pub use failure::{ExitCode, Failure};
pub use program::program;
pub use server::Server;
