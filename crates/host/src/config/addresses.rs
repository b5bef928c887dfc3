//! Addresses and headers in the configuration.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use manyface_serve::{ClientAddressHeader, Networks, TrustedProxies};
use serde::{Deserialize, Deserializer, de::Error};

/// Returns the address to connect to: the loopback address for a server that listens on all
/// addresses.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(match listen {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Deserializes an IP address and a port.
pub(super) fn socket_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let message = "must be an IP address and a port, such as 127.0.0.1:8460 or [::1]:8460";
    text.trim().parse().map_err(|_| D::Error::custom(message))
}

/// Deserializes an IP address and a port that override a default.
pub(super) fn optional_socket_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    socket_address(deserializer).map(Some)
}

/// Deserializes addresses and networks.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parsed = Networks::parse(texts.iter().map(String::as_str));
    parsed.map_err(|text| D::Error::custom(format!("{text} is neither an address nor a network")))
}

/// Deserializes the addresses and networks of proxies.
pub(super) fn proxies<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<TrustedProxies, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parsed = TrustedProxies::parse(texts.iter().map(String::as_str));
    parsed.map_err(|text| D::Error::custom(format!("{text} is neither an address nor a network")))
}

/// Deserializes the name of the header in which proxies name the client.
pub(super) fn address_header<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ClientAddressHeader, D::Error> {
    let name = String::deserialize(deserializer)?;
    match name.trim().to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ClientAddressHeader::XForwardedFor),
        "forwarded" => Ok(ClientAddressHeader::Forwarded),
        _ => Err(D::Error::custom("must be x-forwarded-for or forwarded")),
    }
}
