//! Connections of clients, with or without TLS.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use manyface_serve::ResponseProgress;
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    connection_limit::ConnectionPermit,
    socket::{MinimumReadRate, Socket},
    upgrade::UpgradeFilter,
};

/// A connection of a client.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    upgrades: UpgradeFilter,
    progress: ResponseProgress,
    _permit: ConnectionPermit,
}

#[derive(Debug)]
enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

impl Connection {
    /// Begins a connection. With `tls`, the client must complete the handshake within
    /// `handshake_timeout`.
    pub(super) async fn begin(
        stream: TcpStream,
        rate: MinimumReadRate,
        tls: Option<Arc<ServerConfig>>,
        handshake_timeout: Duration,
        permit: ConnectionPermit,
    ) -> io::Result<Self> {
        let progress = ResponseProgress::default();
        let socket = Socket::new(stream, rate, progress.clone());
        let stream = match tls {
            None => Stream::Plain(socket),
            Some(tls) => {
                let handshake = TlsAcceptor::from(tls).accept(socket);
                Stream::Tls(Box::new(timeout(handshake_timeout, handshake).await??))
            }
        };
        Ok(Self {
            stream,
            upgrades: UpgradeFilter::default(),
            progress,
            _permit: permit,
        })
    }

    /// Returns the progress of the connection's response.
    pub(super) fn progress(&self) -> ResponseProgress {
        self.progress.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.stream {
            Stream::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if let Some(new) = buffer.filled_mut().get_mut(before..) {
            self.upgrades.filter(new);
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.progress.is_aborted() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        match &mut self.stream {
            Stream::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = match &mut self.stream {
            Stream::Plain(socket) => Pin::new(socket).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        };
        ready!(flushed)?;
        // A flush follows the last write.
        self.progress.notify_sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
