//! Client addresses behind trusted proxies.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderName},
};
use ipnet::IpNet;

/// The prefix length that identifies an IPv6 client: a client is assigned a network.
const IPV6_PREFIX_LENGTH: u32 = 64;

/// Addresses and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Parses addresses (`10.0.0.7`) and networks (`10.0.0.0/8`, `fd00::/8`). Returns the first
    /// invalid string as the error.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let parse = |text: &str| {
            let network =
                IpNet::from_str(text).or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map(canonical).map_err(|_| text.to_owned())
        };
        let networks = texts.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self(networks))
    }

    /// Returns whether a network contains a canonical address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The trusted proxies in front of the server, and the header in which they name the client. The
/// header is ignored in requests of other peers, and all other such headers always, because proxies
/// pass them on unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Networks,
    header: ClientAddressHeader,
}

/// The header in which trusted proxies name the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAddressHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl TrustedProxies {
    /// Parses the addresses and networks of proxies, like [`Networks::parse`].
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        Ok(Self {
            networks: Networks::parse(texts)?,
            header: ClientAddressHeader::default(),
        })
    }

    /// Sets the header in which the proxies name the client.
    #[must_use]
    pub fn with_header(self, header: ClientAddressHeader) -> Self {
        Self { header, ..self }
    }

    /// Returns the address of a client that is connected directly, or the network of an IPv6
    /// address; `None` for a trusted proxy.
    pub fn direct_client(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        (!self.networks.contains(peer)).then(|| network(peer))
    }

    /// Returns the client's address, or the network of an IPv6 address.
    pub(crate) fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr();
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        network(self.client_hop(peer.to_canonical(), request.headers()))
    }

    /// Returns the last address that is not a trusted proxy.
    fn client_hop(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.networks.contains(peer) {
            return peer;
        }
        let hops = match self.header {
            ClientAddressHeader::XForwardedFor => {
                let elements = |line| str::split(line, ',').map(|text| address(text.trim()));
                parse_lines(headers, &header::X_FORWARDED_FOR, elements)
            }
            ClientAddressHeader::Forwarded => {
                let elements = |line| split_unquoted(line, ',').map(forwarded);
                parse_lines(headers, &header::FORWARDED, elements)
            }
        };
        let mut client_hop = peer;
        for hop in hops.into_iter().rev() {
            // The hops before an unreadable one cannot be trusted.
            let Some(hop) = hop else { break };
            client_hop = hop;
            if !self.networks.contains(hop) {
                break;
            }
        }
        client_hop
    }
}

/// Converts a network of IPv4-mapped IPv6 addresses to the IPv4 network; peers have canonical
/// addresses.
fn canonical(network: IpNet) -> IpNet {
    let length = network.prefix_len().checked_sub(96);
    let (IpAddr::V4(address), Some(length)) = (network.addr().to_canonical(), length) else {
        return network;
    };
    IpNet::new(address.into(), length).unwrap_or(network)
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let mask = u128::MAX << (128 - IPV6_PREFIX_LENGTH);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// Parses the elements of all lines of a list header.
fn parse_lines<'a, I: Iterator<Item = Option<IpAddr>>>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    elements: impl Fn(&'a str) -> I,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name);
    let lines = lines.map(|line| line.to_str().unwrap_or("?"));
    lines.flat_map(elements).collect()
}

/// Splits `text` at each separator outside of quoted strings. A client may choose their content, for
/// example that of `host`.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |char| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return char == separator && !is_quoted,
        }
        false
    })
}

/// Parses the address of `for=192.0.2.1;proto=https` or `for="[2001:db8::1]:4711"`.
fn forwarded(element: &str) -> Option<IpAddr> {
    let mut values = split_unquoted(element, ';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim())
    });
    let value = values.next().filter(|_| values.next().is_none())?;
    let unquoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    address(unquoted.unwrap_or(value))
}

/// Parses an address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| {
        let socket = text.parse::<std::net::SocketAddr>().ok();
        socket.map(|socket| socket.ip())
    });
    let address = address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn check(peer: &str, headers: &[(&str, &str)], client: &str) {
        check_header(ClientAddressHeader::XForwardedFor, peer, headers, client);
    }

    fn check_header(
        header: ClientAddressHeader,
        peer: &str,
        headers: &[(&str, &str)],
        client: &str,
    ) {
        let trusted = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"];
        let trusted = TrustedProxies::parse(trusted).unwrap().with_header(header);
        let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 1);
        let mut request = TestRequest::get().peer_addr(peer);
        for header in headers {
            request = request.append_header(*header);
        }
        let found = trusted.client(&request.to_http_request());
        assert_eq!(found.to_string(), client, "{peer} {headers:?}");
    }

    #[test]
    fn headers_of_untrusted_peers_are_ignored() {
        for headers in [
            &[][..],
            &[("x-forwarded-for", "8.8.8.8")],
            &[("forwarded", "for=8.8.8.8")],
            &[("x-real-ip", "8.8.8.8")],
        ] {
            check("203.0.113.9", headers, "203.0.113.9");
        }
        check("192.0.2.8", &[("x-forwarded-for", "8.8.8.8")], "192.0.2.8");
    }

    #[test]
    fn trusted_proxies_name_the_client() {
        for (headers, client) in [
            (&[][..], "10.1.1.1"),
            (&[("x-forwarded-for", "198.51.100.4")], "198.51.100.4"),
            (&[("x-forwarded-for", "198.51.100.4:555")], "198.51.100.4"),
            (
                &[("x-forwarded-for", "8.8.8.8, 198.51.100.4")],
                "198.51.100.4",
            ),
            (
                &[(
                    "x-forwarded-for",
                    "8.8.8.8, 198.51.100.4, 10.2.2.2,192.0.2.7",
                )],
                "198.51.100.4",
            ),
            (
                &[
                    ("x-forwarded-for", "8.8.8.8"),
                    ("x-forwarded-for", "9.9.9.9"),
                ],
                "9.9.9.9",
            ),
            (&[("x-forwarded-for", "10.3.3.3")], "10.3.3.3"),
            (&[("x-forwarded-for", "8.8.8.8, unknown")], "10.1.1.1"),
            (&[("x-forwarded-for", "8.8.8.8, ")], "10.1.1.1"),
            (
                &[("x-forwarded-for", "2001:db8:1:2:3:4:5:6")],
                "2001:db8:1:2::",
            ),
            (
                &[("x-forwarded-for", "::ffff:198.51.100.4")],
                "198.51.100.4",
            ),
        ] {
            check("10.1.1.1", headers, client);
        }
        check(
            "::ffff:10.1.1.1",
            &[("x-forwarded-for", "9.9.9.9")],
            "9.9.9.9",
        );
        check("fd00::1", &[("x-forwarded-for", "9.9.9.9")], "9.9.9.9");
    }

    #[test]
    fn forwarded_names_the_client_if_configured() {
        for (headers, client) in [
            (&[][..], "10.1.1.1"),
            (
                &[("forwarded", "for=198.51.100.4;proto=http")],
                "198.51.100.4",
            ),
            (
                &[("forwarded", "for=8.8.8.8, For=\"[2001:db8::1]:4711\"")],
                "2001:db8::",
            ),
            (&[("forwarded", "for=8.8.8.8, for=_hidden")], "10.1.1.1"),
            (
                &[("forwarded", "for=198.51.100.4;host=\"x, for=8.8.8.8;\"")],
                "198.51.100.4",
            ),
            (
                &[(
                    "forwarded",
                    "host=\"x\\\", for=8.8.8.8\" ; for=198.51.100.4",
                )],
                "198.51.100.4",
            ),
            (
                &[("forwarded", "for=8.8.8.8, for=\"1.1.1.1, for=9.9.9.9")],
                "10.1.1.1",
            ),
            (&[("forwarded", "for=8.8.8.8;for=9.9.9.9")], "10.1.1.1"),
            (&[("forwarded", "for=")], "10.1.1.1"),
            (&[("forwarded", "for=\"")], "10.1.1.1"),
            (&[("forwarded", "proto=https")], "10.1.1.1"),
        ] {
            check_header(ClientAddressHeader::Forwarded, "10.1.1.1", headers, client);
        }
    }

    #[test]
    fn headers_that_are_not_configured_are_ignored() {
        // A proxy sets one header and passes the other on unchecked.
        let usual = ("x-forwarded-for", "198.51.100.4");
        let standard = ("forwarded", "for=198.51.100.5");
        let both = [usual, standard];
        let (x, f) = (
            ClientAddressHeader::XForwardedFor,
            ClientAddressHeader::Forwarded,
        );
        check_header(x, "10.1.1.1", &both, "198.51.100.4");
        check_header(f, "10.1.1.1", &both, "198.51.100.5");
        check_header(x, "10.1.1.1", &[standard], "10.1.1.1");
        check_header(f, "10.1.1.1", &[usual], "10.1.1.1");
    }

    #[test]
    fn mapped_networks_are_ipv4_networks() {
        let parse = |text| TrustedProxies::parse([text]).unwrap();
        assert_eq!(parse("::ffff:10.0.0.0/104"), parse("10.0.0.0/8"));
        assert_eq!(parse("::ffff:10.0.0.7"), parse("10.0.0.7"));
        assert!(!parse("10.0.0.7").networks.contains([10, 0, 0, 8].into()));
        assert!(!parse("::/0").networks.contains([10, 0, 0, 8].into()));
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert!(TrustedProxies::parse(["10.0.0.0/8", "::1", "fd00::/8"]).is_ok());
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0", "*"] {
            assert_eq!(TrustedProxies::parse([text]), Err(text.to_owned()));
        }
    }
}
