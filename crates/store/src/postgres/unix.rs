//! A Unix-domain socket that wakes its task for what there is to read, and for nothing else.
//!
//! Whoever watches such a socket for room to write is woken each time the other side has read
//! something. Between a request and its answer, which fit into the socket, that is once more than
//! needed: a sixteenth of what a lone write costs this side.

use std::{
    io::{self, ErrorKind, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{self, unix::pipe},
};

/// A connected socket.
///
/// Of tokio's types only the ends of pipes are watched in one direction. They read and write
/// whatever they are given.
pub(super) struct UnixSocket {
    stream: UnixStream,
    /// The same, to read from.
    reader: pipe::Receiver,
    /// The same, to write to while there is no room.
    writer: Option<pipe::Sender>,
}

impl UnixSocket {
    pub(super) async fn connect(path: &Path) -> io::Result<Self> {
        // It stays one that never blocks.
        let stream = net::UnixStream::connect(path).await?.into_std()?;
        let same = stream.try_clone()?;
        Ok(Self {
            reader: pipe::Receiver::from_owned_fd_unchecked(same.into())?,
            stream,
            writer: None,
        })
    }

    /// What waits for room.
    fn writer(&mut self) -> io::Result<&mut pipe::Sender> {
        Ok(match &mut self.writer {
            Some(writer) => writer,
            none @ None => {
                let same = self.stream.try_clone()?;
                none.insert(pipe::Sender::from_owned_fd_unchecked(same.into())?)
            }
        })
    }
}

impl AsyncRead for UnixSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(context, buffer)
    }
}

impl AsyncWrite for UnixSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.writer.is_none() {
            match self.stream.write(bytes) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                outcome => return Poll::Ready(outcome),
            }
        }
        let writer = self.writer()?;
        let outcome = ready!(Pin::new(writer).poll_write(context, bytes));
        self.writer = None;
        Poll::Ready(outcome)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.shutdown(Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::UnixListener,
        task::yield_now,
    };

    use super::*;

    const MANY: usize = 4 << 20;

    /// A connected socket, and what it is connected to.
    async fn pair() -> (UnixSocket, net::UnixStream) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).expect("it listens");
        let (ours, theirs) = tokio::join!(UnixSocket::connect(&path), listener.accept());
        (ours.expect("connected"), theirs.expect("accepted").0)
    }

    #[tokio::test]
    async fn what_fits_into_no_buffer_arrives_whole_both_ways() {
        let (ours, mut theirs) = pair().await;
        let sent: Vec<u8> = (0..=250).cycle().take(MANY).collect();
        let (mut reader, mut writer) = tokio::io::split(ours);
        let mut echoed = vec![0; MANY];
        let echo = async {
            let mut buffer = vec![0; 100_000];
            let mut left = MANY;
            while left > 0 {
                let length = theirs.read(&mut buffer).await.expect("it reads");
                theirs
                    .write_all(&buffer[..length])
                    .await
                    .expect("it writes");
                left -= length;
            }
        };
        let (written, read, ()) = tokio::join!(
            writer.write_all(&sent),
            reader.read_exact(&mut echoed),
            echo
        );
        written.expect("all is written");
        read.expect("all is read");
        assert!(echoed == sent);
    }

    #[tokio::test]
    async fn the_other_sides_end_is_an_end() {
        let (mut ours, theirs) = pair().await;
        let mut waiting = [0; 8];
        let (read, ()) = tokio::join!(ours.read(&mut waiting), async { drop(theirs) });
        assert_eq!(read.expect("an end is no failure"), 0);
        assert!(ours.write_all(&waiting).await.is_err());
    }

    #[tokio::test]
    async fn a_reader_is_not_woken_when_the_other_side_reads() {
        let (mut ours, mut theirs) = pair().await;
        ours.write_all(b"question").await.expect("it is written");
        let reading = tokio::spawn(async move {
            let mut answer = [0; 6];
            let mut polls = 0;
            let mut reading = pin!(ours.read_exact(&mut answer));
            let read = poll_fn(|context| {
                polls += 1;
                reading.as_mut().poll(context)
            });
            read.await.map(|_| polls)
        });
        let mut question = [0; 8];
        theirs.read_exact(&mut question).await.expect("it reads");
        // Whoever was woken for that has its turn now.
        for _ in 0..100 {
            yield_now().await;
        }
        theirs.write_all(b"answer").await.expect("it is written");
        let polls = reading.await.expect("it ends").expect("it is read");
        assert_eq!(polls, 2);
    }
}
