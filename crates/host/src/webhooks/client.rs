//! The HTTP client of webhooks.
//!
//! Destinations are not trusted: the addresses of each connection are checked after the name is
//! resolved, no redirect is followed, no proxy is used, and headers, body and time of a response are
//! limited.

use std::{
    io::{self, ErrorKind, Read},
    net::IpAddr,
    thread,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use manyface_auth::{WebhookSecret, tls_config};
use manyface_core::WebhookSecrets;
use manyface_serve::Networks;
use tokio::sync::oneshot;
use ureq::{
    Agent,
    config::Config,
    http::{HeaderMap, Request, Uri},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::{Host, Url};

use super::address::is_public;
use crate::config::WebhookSettings;

/// The maximum length of a URL, in characters.
const MAX_URL_CHARS: usize = 2_048;
/// The maximum size of the headers of a response, in bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The number of bytes of a body that are read, so that the connection can be used again.
const MAX_BODY_BYTES: u64 = 16 * 1024;
/// The maximum length of the reason of a failure, in characters.
const MAX_REASON_CHARS: usize = 300;
const NOT_PERMITTED: &str =
    "the address of the host is not public; webhooks.allowed_networks does not contain it";

/// A client of webhooks.
#[derive(Clone, Debug)]
pub(crate) struct WebhookClient {
    agent: Agent,
    timeout: Duration,
}

/// A request to a webhook, before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) url: String,
    /// The id of the message, the same in each attempt.
    pub(crate) id: String,
    /// The body, which is JSON.
    pub(crate) body: Vec<u8>,
}

/// A failed attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryError {
    /// The reason, without the URL.
    pub(crate) reason: String,
    /// Whether the destination rejects the content of the request.
    pub(crate) is_rejection: bool,
    /// The pause that the destination requests.
    pub(crate) retry_after: Option<SignedDuration>,
}

impl DeliveryError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        Self {
            reason: reason.chars().take(MAX_REASON_CHARS).collect(),
            is_rejection: false,
            retry_after: None,
        }
    }
}

/// Checks the URL of a webhook. The addresses of a host name are checked for each connection. The
/// error completes "the URL".
pub(crate) fn check_url(url: &str, settings: &WebhookSettings) -> Result<(), String> {
    if url.chars().count() > MAX_URL_CHARS {
        return Err(format!("has more than {MAX_URL_CHARS} characters"));
    }
    let parsed = Url::parse(url).map_err(|_| "is not a URL".to_owned())?;
    // The client parses the URL again.
    if url.parse::<Uri>().is_err() || !url.is_ascii() {
        return Err("is not a URL of ASCII characters without spaces".to_owned());
    }
    match parsed.scheme() {
        "https" => {}
        "http" if settings.allow_http => {}
        "http" => return Err("must be https://… unless webhooks.allow_http is true".to_owned()),
        _ => return Err("must be https://…".to_owned()),
    }
    if !parsed.username().is_empty() || parsed.password().is_some() || parsed.fragment().is_some() {
        return Err("must have no user, no password and no fragment".to_owned());
    }
    let address: Option<IpAddr> = match parsed.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) => None,
        None => return Err("must have a host".to_owned()),
    };
    if address.is_some_and(|address| !is_permitted(address, &settings.allowed_networks)) {
        return Err("has an address that is not public; permit its network in \
                    webhooks.allowed_networks"
            .to_owned());
    }
    Ok(())
}

fn is_permitted(address: IpAddr, networks: &Networks) -> bool {
    is_public(address) || networks.contains(address.to_canonical())
}

/// Resolves host names to permitted addresses only.
#[derive(Debug)]
struct PermittedAddresses {
    inner: DefaultResolver,
    networks: Networks,
}

impl Resolver for PermittedAddresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let resolved = self.inner.resolve(uri, config, timeout)?;
        let mut permitted = self.empty();
        for address in &resolved {
            if is_permitted(address.ip(), &self.networks) {
                permitted.push(*address);
            }
        }
        if permitted.is_empty() {
            let error = io::Error::new(ErrorKind::PermissionDenied, NOT_PERMITTED);
            return Err(ureq::Error::Io(error));
        }
        Ok(permitted)
    }
}

impl WebhookClient {
    pub(crate) fn new(settings: &WebhookSettings) -> Self {
        let timeout = Duration::from_secs(settings.timeout_seconds.into());
        let config = Agent::config_builder()
            .tls_config(tls_config())
            .https_only(!settings.allow_http)
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy would resolve the name, without a check of its addresses.
            .proxy(None)
            .max_response_header_size(MAX_HEADER_BYTES)
            .user_agent(concat!("manyface/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(timeout))
            .build();
        let resolver = PermittedAddresses {
            inner: DefaultResolver::default(),
            networks: settings.allowed_networks.clone(),
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            timeout,
        }
    }

    /// Signs a request with all `secrets` and sends it, once. A response with a status of 2xx is a
    /// success.
    pub(crate) async fn deliver(
        &self,
        delivery: Delivery,
        secrets: &WebhookSecrets,
        now: Timestamp,
    ) -> Result<(), DeliveryError> {
        let Delivery { url, id, body } = delivery;
        let signature = sign(secrets, &id, now.as_second(), &body)?;
        let request = Request::post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signature)
            .body(body);
        let request = request.map_err(|_| DeliveryError::new("the URL is not valid"))?;
        let (sender, receiver) = oneshot::channel();
        let client = self.clone();
        // Not a thread of the runtime, which would wait for it when the process ends.
        let thread = thread::Builder::new().name("webhook".to_owned());
        let aborted = || DeliveryError::new("the server cannot start or finish the request");
        let spawned = thread.spawn(move || sender.send(client.send(request)));
        spawned.map_err(|_| aborted())?;
        receiver.await.map_err(|_| aborted())?
    }

    /// Sends a request; blocks the thread.
    fn send(&self, request: Request<Vec<u8>>) -> Result<(), DeliveryError> {
        let response = self.agent.run(request);
        let mut response = response.map_err(|error| self.explain(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let mut body = response.body_mut().as_reader().take(MAX_BODY_BYTES);
        // The status is what counts.
        let read = io::copy(&mut body, &mut io::sink());
        drop(read);
        if status.is_success() {
            return Ok(());
        }
        let mut reason = format!("status {}", status.as_u16());
        if status.is_redirection() {
            reason.push_str(", and redirects are not followed");
        }
        Err(DeliveryError {
            is_rejection: [400, 413, 415, 422].contains(&status.as_u16()),
            retry_after,
            ..DeliveryError::new(reason)
        })
    }

    fn explain(&self, error: &ureq::Error) -> DeliveryError {
        let seconds = self.timeout.as_secs();
        DeliveryError::new(if matches!(error, ureq::Error::Timeout(_)) {
            format!("no response within {seconds} seconds")
        } else if matches!(error, ureq::Error::HostNotFound) {
            "the host name has no address".to_owned()
        } else if matches!(error, ureq::Error::RequireHttpsOnly(_)) {
            "webhooks.allow_http is false".to_owned()
        } else if matches!(error, ureq::Error::BadUri(_)) {
            // The library's message has the URL.
            "the URL is not valid".to_owned()
        } else {
            error.to_string()
        })
    }
}

/// Returns the signatures of all secrets, separated by spaces.
fn sign(
    secrets: &WebhookSecrets,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<String, DeliveryError> {
    let mut signatures = Vec::new();
    for secret in [Some(&secrets.current), secrets.previous.as_ref()] {
        let Some(secret) = secret else { continue };
        let secret: WebhookSecret = secret
            .parse()
            .map_err(|_| DeliveryError::new("the stored secret is damaged; rotate it"))?;
        signatures.push(secret.sign(id, timestamp, body));
    }
    Ok(signatures.join(" "))
}

/// Returns the seconds of `Retry-After`. Dates are ignored.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let seconds: u32 = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> WebhookSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn urls_are_public_and_https_unless_permitted() {
        let strict = settings("");
        let open = settings("allow_http = true\nallowed_networks = ['127.0.0.1', 'fd00::/8']");
        for (url, is_strict, is_open) in [
            ("https://hooks.example.com/a?b=c", true, true),
            ("https://8.8.8.8:8443/", true, true),
            ("http://hooks.example.com/", false, true),
            ("http://127.0.0.1:8080/", false, true),
            ("https://127.0.0.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://[::ffff:127.0.0.1]/", false, true),
            ("https://[fd00::1]/", false, true),
            ("https://127.0.0.2/", false, false),
            ("https://169.254.169.254/latest", false, false),
            ("https://[::1]/", false, false),
            ("https://user@hooks.example.com/", false, false),
            ("https://hooks.example.com/#a", false, false),
            ("ftp://hooks.example.com/", false, false),
            ("file:///etc/passwd", false, false),
            ("hooks.example.com", false, false),
            ("https://hooks.example.com/a b", false, false),
            ("", false, false),
        ] {
            assert_eq!(check_url(url, &strict).is_ok(), is_strict, "{url}");
            assert_eq!(check_url(url, &open).is_ok(), is_open, "{url}");
        }
        let long = format!("https://hooks.example.com/{}", "a".repeat(2_048));
        assert!(check_url(&long, &strict).is_err());
    }

    #[test]
    fn addresses_are_checked_after_resolution() {
        let uri: Uri = "http://localhost:1/".parse().unwrap();
        let config = Agent::config_builder().build();
        for (networks, is_permitted) in [("[]", false), ("['127.0.0.0/8', '::1']", true)] {
            let settings = settings(&format!("allowed_networks = {networks}"));
            let resolver = PermittedAddresses {
                inner: DefaultResolver::default(),
                networks: settings.allowed_networks,
            };
            let found = resolver.resolve(&uri, &config, NextTimeout::default());
            assert_eq!(found.is_ok(), is_permitted, "{networks}: {found:?}");
        }
    }

    #[test]
    fn each_secret_signs() {
        let secret = |byte| WebhookSecret::of_random([byte; 32]);
        let secrets = WebhookSecrets {
            current: secret(1).as_str().to_owned(),
            previous: Some(secret(2).as_str().to_owned()),
        };
        let signed = sign(&secrets, "id", 7, b"{}").unwrap();
        let expected = [1, 2].map(|byte| secret(byte).sign("id", 7, b"{}"));
        assert_eq!(signed, expected.join(" "));
    }
}
