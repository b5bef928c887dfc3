//! Fetching of JWK sets.

use std::{sync::Arc, time::Duration};

use manyface_core::BoxError;
use ureq::{
    Agent, Body,
    http::{Request, Response, StatusCode},
    tls::{RootCerts, TlsConfig},
};
use url::{Host, Url};

/// The maximum size of a JWK set, in bytes.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// The timeout of a fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches documents, blocking the thread.
pub trait FetchKeys: Send + Sync {
    /// Returns the document at `url`, or the reason of the failure.
    fn fetch(&self, url: &str) -> Result<Vec<u8>, BoxError>;
}

/// Fetches documents over HTTPS, with the trusted roots of the platform.
///
/// A fetch takes at most five seconds and one mebibyte, and follows no redirects. Plain HTTP is
/// restricted to loopback addresses and bypasses proxies.
pub struct HttpKeys(HttpClient);

impl HttpKeys {
    /// Creates an HTTP client that does not depend on the TLS provider of the process.
    pub fn new() -> Self {
        Self(http_client(TIMEOUT))
    }
}

impl Default for HttpKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl FetchKeys for HttpKeys {
    fn fetch(&self, url: &str) -> Result<Vec<u8>, BoxError> {
        if !is_trustworthy_url(url) {
            return Err("must be https, or http on a loopback host".into());
        }
        let request = ureq::http::Request::get(url).body(Vec::new())?;
        let mut response = self.0.run(request)?;
        let status = response.status();
        if status != StatusCode::OK {
            let hint = if status.is_redirection() {
                ", and redirects are not followed"
            } else {
                ""
            };
            return Err(format!("status {}{hint}", status.as_u16()).into());
        }
        let body = response.body_mut().with_config().limit(MAX_BODY_BYTES);
        Ok(body.read_to_vec()?)
    }
}

/// An HTTP client that trusts the roots of the platform and does not follow redirects. Plain HTTP is
/// restricted to loopback addresses and bypasses proxies.
#[derive(Clone, Debug)]
pub struct HttpClient {
    https: Agent,
    loopback: Agent,
}

/// Creates an HTTP client with a timeout for a whole request.
pub fn http_client(timeout: Duration) -> HttpClient {
    let https = Agent::config_builder()
        .tls_config(tls_config())
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(timeout))
        .build();
    let loopback = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(timeout))
        .build();
    HttpClient {
        https: https.into(),
        loopback: loopback.into(),
    }
}

/// Returns the TLS settings of HTTP clients: the roots of the platform, and a provider that does not
/// depend on the process.
pub fn tls_config() -> TlsConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build()
}

impl HttpClient {
    /// Sends a request to a URL that [`is_trustworthy_url`] accepts, blocking the thread. A response
    /// of any status is a success.
    pub fn run(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, ureq::Error> {
        let is_https = request.uri().scheme_str() == Some("https");
        let agent = if is_https {
            &self.https
        } else {
            &self.loopback
        };
        agent.run(request)
    }
}

/// Returns whether `url` is protected against changes in transit and contains no credentials.
pub fn is_trustworthy_url(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    is_safe && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_trusted() {
        for url in [
            "https://id.example.com/jwks.json",
            "HTTPS://id.example.com",
            "http://127.0.0.1:8080/jwks",
            "http://[::1]/jwks",
            "http://localhost/jwks",
        ] {
            assert!(is_trustworthy_url(url), "{url}");
        }
        for url in [
            "http://id.example.com/jwks.json",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "https://user:password@id.example.com/",
            "https://user@id.example.com/",
            "file:///etc/passwd",
            "id.example.com",
            "",
        ] {
            assert!(!is_trustworthy_url(url), "{url}");
        }
    }
}
