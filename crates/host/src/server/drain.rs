//! The shutdown of a server without a failed request.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

/// The maximum time for idle connections to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The progress of a server's shutdown. Clones share the state.
///
/// First the server only announces its end: `/readyz` returns 503 and each response closes its
/// connection, so that proxies and clients go elsewhere. Then idle connections close, and at last
/// the listener does.
#[derive(Clone, Debug, Default)]
pub(super) struct Drain(Arc<State>);

#[derive(Debug)]
struct State {
    is_draining: AtomicBool,
    /// Closes the connections that have subscribed to it, once they are idle.
    close: Mutex<watch::Sender<()>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            is_draining: AtomicBool::new(false),
            close: Mutex::new(watch::Sender::new(())),
        }
    }
}

impl Drain {
    /// Announces the end of the server.
    pub(super) fn begin(&self) {
        self.0.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns whether the server announces its end.
    pub(super) fn is_draining(&self) -> bool {
        self.0.is_draining.load(Ordering::Relaxed)
    }

    /// Closes the connections that are open now, each once it is idle, and waits until the idle
    /// ones are closed.
    pub(super) async fn close_idle(&self) {
        let close = {
            let mut current = self.0.close.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, watch::Sender::new(()))
        };
        close.send_replace(());
        // A connection unsubscribes when it receives the signal.
        let closed = tokio::time::timeout(CLOSE_TIMEOUT, close.closed());
        if closed.await.is_err() {
            tracing::debug!("some connections did not close in time");
        }
    }

    /// Returns a future for a new connection that ends when the connection must close.
    pub(super) fn closing(&self) -> impl Future<Output = ()> + use<> {
        let current = self.0.close.lock().unwrap_or_else(PoisonError::into_inner);
        let mut close = current.subscribe();
        async move {
            // An error says that the server has ended.
            let _ = close.changed().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn idle_connections_close_before_new_ones() {
        let drain = Drain::default();
        let mut old = std::pin::pin!(drain.closing());
        assert_eq!(old.as_mut().now_or_never(), None);
        let mut closing = std::pin::pin!(drain.close_idle());
        assert_eq!(closing.as_mut().now_or_never(), None);
        let new = drain.closing();
        assert_eq!(old.as_mut().now_or_never(), Some(()));
        assert_eq!(new.now_or_never(), None);
    }

    #[tokio::test]
    async fn a_server_without_connections_closes_at_once() {
        assert_eq!(Drain::default().close_idle().now_or_never(), Some(()));
    }
}
