//! The limit of open connections.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use manyface_serve::TrustedProxies;

/// The part of all connections that one client may have once half of them are in use.
const SHARE: usize = 8;
/// The minimum time between two log entries about rejections.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Limits the open connections of all clients. Clones share the state.
///
/// Once half of the connections are in use, a client gets at most an eighth of them, so that one
/// client cannot exclude all others. Trusted proxies have the connections of many clients.
#[derive(Clone, Debug)]
pub(super) struct ConnectionLimit(Arc<State>);

#[derive(Debug)]
struct State {
    max: usize,
    proxies: Arc<TrustedProxies>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of_clients: HashMap<IpAddr, usize>,
    /// When rejections were logged last.
    logged: Option<Instant>,
}

impl Open {
    /// Logs that connections are rejected, at most once a minute.
    fn log_full(&mut self, max: usize) {
        let is_logged = self.logged.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if !is_logged {
            self.logged = Some(Instant::now());
            tracing::warn!(max, "rejecting connections; raise connections.max");
        }
    }
}

/// The permission for one connection, returned on drop.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    limit: ConnectionLimit,
    client: Option<IpAddr>,
}

impl ConnectionLimit {
    pub(super) fn new(max: NonZeroUsize, proxies: Arc<TrustedProxies>) -> Self {
        Self(Arc::new(State {
            max: max.get(),
            proxies,
            open: Mutex::default(),
        }))
    }

    /// Returns the permission for a connection from `peer`, or `None` if there are too many.
    pub(super) fn acquire(&self, peer: Option<IpAddr>) -> Option<ConnectionPermit> {
        let client = peer.and_then(|peer| self.0.proxies.direct_client(peer));
        let mut open = self.open();
        if open.all >= self.0.max {
            open.log_full(self.0.max);
            return None;
        }
        if let Some(client) = client {
            let is_contended = open.all >= self.0.max / 2;
            let own = open.of_clients.entry(client).or_default();
            if is_contended && *own >= (self.0.max / SHARE).max(1) {
                return None;
            }
            *own += 1;
        }
        open.all += 1;
        drop(open);
        let limit = self.clone();
        Some(ConnectionPermit { limit, client })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.limit.open();
        open.all -= 1;
        if let Some(client) = self.client
            && let Some(own) = open.of_clients.get_mut(&client)
        {
            *own -= 1;
            if *own == 0 {
                open.of_clients.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_exclude_others() {
        let proxies = Arc::new(TrustedProxies::parse(["10.0.0.0/8"]).unwrap());
        let limit = ConnectionLimit::new(NonZeroUsize::new(16).unwrap(), proxies);
        let acquire = |peer: &str| limit.acquire(Some(peer.parse().unwrap()));
        let mut greedy: Vec<_> = (0..8).filter_map(|_| acquire("192.0.2.1")).collect();
        assert_eq!(greedy.len(), 8);
        assert!(acquire("192.0.2.1").is_none());
        let second: Vec<_> = (0..3).filter_map(|_| acquire("2001:db8::1")).collect();
        assert_eq!(second.len(), 2);
        assert!(
            acquire("2001:db8::2").is_none(),
            "a client has an IPv6 network"
        );
        let of_proxy: Vec<_> = (0..9).filter_map(|_| acquire("10.0.0.1")).collect();
        assert_eq!(of_proxy.len(), 6);
        assert!(acquire("192.0.2.9").is_none());
        greedy.clear();
        assert!(acquire("192.0.2.9").is_some());
        drop((second, of_proxy));
        let open = limit.open();
        assert_eq!((open.all, open.of_clients.len()), (0, 0));
    }
}
