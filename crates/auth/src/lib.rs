#![doc = include_str!("../README.md")]

mod algorithm;
mod api_key_authenticator;
mod builder;
mod cache;
mod claims;
mod config;
mod development;
mod fetch_keys;
mod hmac_signer;
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
pub use api_key_authenticator::{ApiKeyAuthenticator, NewApiKey};
pub use builder::Builder;
pub use config::{AuthConfig, IssuerConfig, SubjectKind};
pub use development::{DEVELOPMENT_ISSUER, DevelopmentIssuer, Mint};
pub use fetch_keys::{FetchKeys, HttpKeys};
pub use hmac_signer::HmacSigner;
pub use setup_error::{Problem, SetupError};
pub use token_authenticator::TokenAuthenticator;
