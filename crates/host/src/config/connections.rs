//! The settings of connections and of TLS.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use manyface_core::bounded;
use serde::Deserialize;

use super::Config;

/// The limits of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionSettings {
    /// The maximum number of open connections. Default: 10,000.
    #[serde(deserialize_with = "bounded::<1, 1_000_000, _, _>")]
    pub max: NonZeroUsize,
    /// The time for the headers of a request, and for a TLS handshake, in seconds. Default: 5.
    #[serde(deserialize_with = "bounded::<1, 3_600, _, _>")]
    pub header_timeout_seconds: u64,
    /// The time after which an idle connection is closed, in seconds. Default: 5.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub idle_timeout_seconds: u64,
}

impl Config {
    /// Returns the time between SIGTERM and the end of the listener.
    pub fn drain_time(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    /// Returns the scheme of the server's URLs.
    pub fn scheme(&self) -> &'static str {
        match self.tls.certificate_file {
            Some(_) => "https",
            None => "http",
        }
    }
}

impl ConnectionSettings {
    /// Returns the time for the headers of a request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// Returns the time after which an idle connection is closed.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout_seconds)
    }
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            max: NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN),
            header_timeout_seconds: 5,
            idle_timeout_seconds: 5,
        }
    }
}

/// TLS of the server. Without files, it serves HTTP without TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// The PEM file of the certificate, followed by its intermediate certificates.
    pub certificate_file: Option<PathBuf>,
    /// The PEM file of the private key.
    pub key_file: Option<PathBuf>,
}
