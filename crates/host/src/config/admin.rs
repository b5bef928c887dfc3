//! The settings of the admin API.

use std::net::SocketAddr;

use serde::Deserialize;

use super::{Config, Mode, addresses::optional_socket_address};

/// The default port.
const PORT: u16 = 8461;

/// The admin API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminSettings {
    /// The address to listen on; port 0 means any free port. Default: `127.0.0.1:8461` in
    /// development; in production the admin API is not served without this setting.
    #[serde(deserialize_with = "optional_socket_address")]
    pub listen: Option<SocketAddr>,
    /// Whether `GET /metrics` needs no operator token. Default: false.
    pub public_metrics: bool,
}

impl Config {
    /// Returns the address of the admin API, or `None` if it is not served.
    ///
    /// A server that listens on any free port has its admin API on another one.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        let port = if self.listen.port() == 0 { 0 } else { PORT };
        let default = SocketAddr::from(([127, 0, 0, 1], port));
        let default = Some(default).filter(|_| self.profile == Mode::Development);
        self.admin.listen.or(default)
    }
}
