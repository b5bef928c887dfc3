//! Response bodies that are sent in parts.

use std::{
    cell::{Cell, RefCell},
    io,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker, ready},
};

use actix_web::{
    HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    http::Method,
};
use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use manyface_core::{FileParts, Result, StoredFile, chain};

use crate::body_memory::Room;

/// The maximum number of bytes passed to a connection at a time. The rest stays in storage, or in
/// memory that many responses share, until the client has read that much.
const MAX_SLICE_BYTES: usize = 16 * 1024;

/// The progress of a response, shared by its body and its connection.
///
/// The server stores one in each connection's data and calls [`ResponseProgress::notify_sent`].
/// Otherwise a connection counts as idle, and may be closed, while the end of a response is
/// buffered, and the response's memory is not released.
#[derive(Clone, Debug, Default)]
pub struct ResponseProgress(Rc<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// Wakes the body once all of it has been sent.
    waker: RefCell<Option<Waker>>,
    /// The reserved memory of the unsent response.
    room: RefCell<Weak<Room>>,
    /// Whether the connection is to be closed without a response.
    is_aborted: Cell<bool>,
}

impl ResponseProgress {
    /// Reports that all written bytes have been sent.
    pub fn notify_sent(&self) {
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// Returns whether the server must close the connection without sending the response.
    pub fn is_aborted(&self) -> bool {
        self.0.is_aborted.get()
    }

    pub(crate) fn abort(&self) {
        self.0.is_aborted.set(true);
    }

    /// Returns the rate, in bytes per second, at which the client must read, if other bodies wait
    /// for the response's memory.
    pub fn required_rate(&self) -> Option<usize> {
        self.0.room.borrow().upgrade()?.required_rate()
    }
}

/// A body that is sent in parts.
pub(crate) struct Parts {
    length: u64,
    /// The number of bytes that remain to be sent.
    left: u64,
    /// The current part.
    part: Bytes,
    next: PartSource,
    progress: Option<ResponseProgress>,
    is_waiting: bool,
    _room: Option<Rc<Room>>,
}

/// A file and its next part.
type PartRead = (Box<dyn FileParts>, Result<Option<Vec<u8>>>);

/// The source of the next part.
enum PartSource {
    Exhausted,
    File(Box<dyn FileParts>),
    Reading(BoxFuture<'static, PartRead>),
}

impl Parts {
    /// Creates a body of bytes in memory, for which `room` is reserved until they are sent.
    pub(crate) fn of_bytes(request: &HttpRequest, bytes: Bytes, room: Option<Room>) -> BoxBody {
        if bytes.len() <= MAX_SLICE_BYTES {
            return BoxBody::new(bytes);
        }
        let length = bytes.len() as u64;
        Self::body(request, length, bytes, PartSource::Exhausted, room)
    }

    /// Creates a body that is read from storage while it is sent.
    pub(crate) fn of_file(request: &HttpRequest, file: StoredFile) -> BoxBody {
        let next = PartSource::File(file.parts);
        Self::body(request, file.length, Bytes::new(), next, None)
    }

    fn body(
        request: &HttpRequest,
        length: u64,
        part: Bytes,
        next: PartSource,
        room: Option<Room>,
    ) -> BoxBody {
        let room = room.map(Rc::new);
        let progress = request.conn_data::<ResponseProgress>().cloned();
        if let Some(ResponseProgress(progress)) = &progress {
            progress
                .room
                .replace(room.as_ref().map(Rc::downgrade).unwrap_or_default());
        }
        // A response to `HEAD` has a length and no body.
        let is_head = *request.method() == Method::HEAD;
        BoxBody::new(Self {
            length,
            left: if is_head { 0 } else { length },
            part,
            next,
            progress,
            is_waiting: false,
            _room: room,
        })
    }

    /// Waits until everything has been sent.
    fn poll_sent(&mut self, context: &Context<'_>) -> Poll<()> {
        let Some(ResponseProgress(progress)) = &self.progress else {
            return Poll::Ready(());
        };
        let mut waker = progress.waker.borrow_mut();
        if self.is_waiting && waker.is_none() {
            return Poll::Ready(());
        }
        self.is_waiting = true;
        *waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Reads the next part.
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        loop {
            match std::mem::replace(&mut self.next, PartSource::Exhausted) {
                PartSource::Exhausted => {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                PartSource::File(mut file) => {
                    let reading = async move {
                        let part = file.next().await;
                        (file, part)
                    };
                    self.next = PartSource::Reading(reading.boxed());
                }
                PartSource::Reading(mut reading) => {
                    let read = reading.as_mut().poll(context);
                    if read.is_pending() {
                        self.next = PartSource::Reading(reading);
                    }
                    let (file, part) = ready!(read);
                    self.next = PartSource::File(file);
                    return Poll::Ready(match part {
                        Ok(Some(part)) => Ok(part.into()),
                        Ok(None) => Err(io::ErrorKind::UnexpectedEof.into()),
                        Err(error) => Err(io::Error::other(chain(&error))),
                    });
                }
            }
        }
    }
}

impl MessageBody for Parts {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        let this = &mut *self;
        if this.left == 0 {
            // In a response to `HEAD`, the part is never sent.
            if this.length > 0 && this.part.is_empty() {
                ready!(this.poll_sent(context));
            }
            return Poll::Ready(None);
        }
        if this.part.is_empty() {
            this.part = match ready!(this.poll_part(context)) {
                Ok(part) => part,
                Err(error) => {
                    tracing::error!(%error, "cannot read the response's file from storage");
                    return Poll::Ready(Some(Err(error)));
                }
            };
        }
        let max = usize::try_from(this.left)
            .unwrap_or(usize::MAX)
            .min(MAX_SLICE_BYTES);
        let slice = this.part.split_to(max.min(this.part.len()));
        this.left -= slice.len() as u64;
        Poll::Ready(Some(Ok(slice)))
    }
}
