//! The connections of a server: binding its address, accepting and rejecting.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_http::{ConnectionType, HttpService, Protocol, Request, error::DispatchError};
use actix_server::Server;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::{
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

use super::{connection::Connection, connection_limit::ConnectionLimit, socket::MinimumReadRate};
use crate::{Config, Failure, config::ConnectionSettings, tls::ServerCertificate};

/// The maximum number of connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// The time for a connection to close, and to drain an unread body.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The maximum number of connections that are being rejected with a response.
const MAX_REJECTED: usize = 256;
/// The response on a connection beyond the limit.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
                          Content-Length: 0\r\nConnection: close\r\n\r\n";

/// The connections that may still be rejected with a response.
static REJECTED: Semaphore = Semaphore::const_new(MAX_REJECTED);

/// Explains why the server cannot bind `address`, with the next step.
pub(super) fn cannot_bind(address: SocketAddr, error: &io::Error) -> Failure {
    let kind = error.kind();
    let explained = [
        (
            ErrorKind::AddrInUse,
            "address already in use; pass --listen or stop the other process",
        ),
        (
            ErrorKind::AddrNotAvailable,
            "this machine does not have the address; pass --listen with one of its addresses, or 0.0.0.0 \
             for all",
        ),
        (
            ErrorKind::PermissionDenied,
            "permission denied; pass --listen with a port from 1024",
        ),
    ];
    let explained = explained.into_iter().find(|(known, _)| *known == kind);
    let cause = match explained {
        Some((_, cause)) => cause.to_owned(),
        None => format!("{error}; pass --listen with another address"),
    };
    Failure::CouldNotRun(format!("cannot bind {address}: {cause}"))
}

/// Binds `address`.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// Accepts the connections of a server.
#[derive(Clone)]
pub(super) struct Acceptor {
    /// The minimum rate at which clients must read.
    pub(super) rate: MinimumReadRate,
    /// The limit of open connections.
    pub(super) limit: ConnectionLimit,
    /// The timeouts of connections.
    pub(super) settings: ConnectionSettings,
    /// The certificate, for TLS.
    pub(super) certificate: Option<Arc<ServerCertificate>>,
}

impl Acceptor {
    /// Serves `app` on the connections of `listener`.
    pub(super) fn run<A, S, B>(
        self,
        config: &Config,
        listener: TcpListener,
        app: impl Fn() -> A + Clone + Send + 'static,
    ) -> io::Result<Server>
    where
        A: IntoServiceFactory<S, Request>,
        S: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = actix_web::Error,
                InitError = (),
            > + 'static,
        S::Future: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let mut builder = Server::build()
            .disable_signals()
            .max_concurrent_connections(config.connections.max.get() + MAX_REJECTED)
            .shutdown_timeout(config.shutdown_timeout_seconds);
        if let Some(workers) = config.workers {
            builder = builder.workers(workers.get());
        }
        let stopping = builder.graceful_shutdown_signal();
        let builder = builder.listen("manyface", listener, move || {
            let (acceptor, settings) = (self.clone(), self.settings);
            let (stopping, drain) = (stopping.clone(), self.rate.drain.clone());
            let announced = drain.clone();
            let connect = fn_service(move |stream: TcpStream| {
                let acceptor = acceptor.clone();
                async move { acceptor.begin(stream).await.map_err(DispatchError::Io) }
            });
            let app = app()
                .into_factory()
                .map(move |mut response: ServiceResponse<B>| {
                    if announced.is_draining() {
                        let head = response.response_mut().head_mut();
                        head.set_connection_type(ConnectionType::Close);
                    }
                    response
                })
                .map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let (stopping, closing) = (stopping.clone(), drain.closing());
                    async move {
                        tokio::select! {
                            () = stopping.notified() => {}
                            () = closing => {}
                        }
                    }
                })
                .keep_alive(settings.idle_timeout())
                .client_request_timeout(settings.header_timeout())
                .client_disconnect_timeout(CLOSE_TIMEOUT)
                .on_connect_ext(|connection: &Connection, data| {
                    data.insert(connection.progress());
                })
                .finish(map_config(app, |()| AppConfig::default()));
            connect.and_then(http).map_err(|error| {
                log_end(&error);
                error
            })
        })?;
        Ok(builder.run())
    }

    /// Begins a connection, or rejects it if there are too many.
    async fn begin(
        &self,
        stream: TcpStream,
    ) -> io::Result<(Connection, Protocol, Option<SocketAddr>)> {
        let peer = stream.peer_addr().ok();
        let tls = self
            .certificate
            .as_ref()
            .map(|certificate| certificate.current());
        let Some(permit) = self.limit.acquire(peer.map(|peer| peer.ip())) else {
            if tls.is_none() {
                reject(stream).await;
            }
            return Err(io::Error::other("too many connections"));
        };
        let (rate, timeout) = (self.rate.clone(), self.settings.header_timeout());
        let connection = Connection::begin(stream, rate, tls, timeout, permit).await?;
        Ok((connection, Protocol::Http1, peer))
    }
}

/// Sends a response without reading the request, and waits until the client has received it.
async fn reject(mut stream: TcpStream) {
    let Ok(_permit) = REJECTED.try_acquire() else {
        return;
    };
    let rejected = async {
        stream.write_all(TOO_MANY).await?;
        stream.shutdown().await?;
        // Closing a socket with unread bytes would discard the response.
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    // The client may be slow or gone.
    let _ = timeout(CLOSE_TIMEOUT, rejected).await;
}

/// Logs the end of a connection: at debug level for errors of the client, and for unreadable files,
/// which have a separate entry. The library's own entries are disabled.
fn log_end(error: &DispatchError) {
    match error {
        DispatchError::Parse(_)
        | DispatchError::Io(_)
        | DispatchError::SlowRequestTimeout
        | DispatchError::DisconnectTimeout
        | DispatchError::Body(_)
        | DispatchError::HandlerDroppedPayload => {
            tracing::debug!(reason = %error, "connection closed");
        }
        DispatchError::Service(_) | DispatchError::Upgrade | DispatchError::InternalError | _ => {
            tracing::error!(reason = %error, "connection failed");
        }
    }
}
