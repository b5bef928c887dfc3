#![doc = include_str!("../README.md")]

mod algorithm;
mod api_key_authenticator;
mod builder;
mod cache;
mod claims;
mod config;
mod development;
mod excerpt;
mod explanation;
mod fetch_keys;
mod hmac_signer;
mod issuer;
mod jwks;
mod key;
mod key_report;
mod key_ring;
mod local_keys;
mod metrics;
mod remote_keys;
mod secret_token;
mod setup_error;
mod skipped_key;
mod strict_json;
mod token;
mod token_authenticator;
mod token_error;
mod webhook_secret;

pub use algorithm::Algorithm;
pub use api_key_authenticator::ApiKeyAuthenticator;
pub use builder::Builder;
pub use config::{AuthConfig, IssuerConfig, SubjectKind};
pub use development::{DEVELOPMENT_ISSUER, DevelopmentIssuer, Mint};
pub use excerpt::{Excerpt, Excerpts};
pub use explanation::{Check, Explanation};
pub use fetch_keys::{
    FetchKeys, HttpClient, HttpKeys, http_client, is_trustworthy_url, tls_config,
};
pub use hmac_signer::HmacSigner;
pub use jwks::NotKeySet;
pub use key_report::KeyReport;
pub use metrics::{FetchedKeysStatus, TokenCacheStatus};
pub use secret_token::{NewToken, TokenKind};
pub use setup_error::{Problem, SetupError};
pub use skipped_key::SkippedKey;
pub use token_authenticator::TokenAuthenticator;
pub use token_error::{ClaimProblem, TokenError};
pub use webhook_secret::{NotAWebhookSecret, WebhookSecret};
