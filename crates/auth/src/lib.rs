#![doc = include_str!("../README.md")]

mod algorithm;
mod builder;
mod cache;
mod claims;
mod config;
mod development;
mod fetch_keys;
mod issuer;
mod jwks;
mod key;
mod key_ring;
mod local_keys;
mod remote_keys;
mod setup_error;
mod strict_json;
mod token;
mod token_authenticator;

pub use algorithm::Algorithm;
pub use builder::Builder;
pub use config::{AuthConfig, IssuerConfig, SubjectKind};
pub use development::{DEVELOPMENT_ISSUER, DevelopmentIssuer, Mint};
pub use fetch_keys::{FetchKeys, HttpKeys};
pub use setup_error::{Problem, SetupError};
pub use token_authenticator::TokenAuthenticator;
