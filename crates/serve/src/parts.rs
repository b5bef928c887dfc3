//! Bodies of responses that are sent in parts.

use std::{
    cell::RefCell,
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

/// The most bytes that are given to a connection at a time. What a client has not read stays where
/// it is: in storage, or in memory that many responses share.
const SLICE: usize = 16 * 1024;

/// The progress of a response, shared by its body and its connection.
///
/// A server puts one into the data of each connection and calls [`ResponseProgress::notify_sent`].
/// Without it, a connection is idle, and may soon be closed, while the end of a response is still in
/// a buffer. Nor does a response give its memory back to those who wait for it.
#[derive(Clone, Debug, Default)]
pub struct ResponseProgress(Rc<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// Wakes the response once everything has been sent.
    waker: RefCell<Option<Waker>>,
    /// The memory of the response, until it has been sent.
    room: RefCell<Weak<Room>>,
}

impl ResponseProgress {
    /// Everything that was written has been sent.
    pub fn notify_sent(&self) {
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// The fewest bytes a second at which the client must read, if others wait for the memory that
    /// the response holds.
    pub fn required_rate(&self) -> Option<usize> {
        self.0.room.borrow().upgrade()?.required_rate()
    }
}

/// A body that is sent in parts.
pub(crate) struct Parts {
    length: u64,
    /// The bytes that remain to be sent.
    left: u64,
    /// The part in memory.
    part: Bytes,
    next: Next,
    progress: Option<ResponseProgress>,
    is_waiting: bool,
    _room: Option<Rc<Room>>,
}

/// A file, and its next part.
type Read = (Box<dyn FileParts>, Result<Option<Vec<u8>>>);

/// The source of the next part.
enum Next {
    Nowhere,
    File(Box<dyn FileParts>),
    Reading(BoxFuture<'static, Read>),
}

impl Parts {
    /// A body of bytes in memory, which count in `room` until they are sent.
    pub(crate) fn of_bytes(request: &HttpRequest, bytes: Bytes, room: Option<Room>) -> BoxBody {
        if bytes.len() <= SLICE {
            return BoxBody::new(bytes);
        }
        let length = bytes.len() as u64;
        Self::body(request, length, bytes, Next::Nowhere, room)
    }

    /// A body that is read from storage while it is sent.
    pub(crate) fn of_file(request: &HttpRequest, file: StoredFile) -> BoxBody {
        let next = Next::File(file.parts);
        Self::body(request, file.length, Bytes::new(), next, None)
    }

    fn body(
        request: &HttpRequest,
        length: u64,
        part: Bytes,
        next: Next,
        room: Option<Room>,
    ) -> BoxBody {
        let room = room.map(Rc::new);
        let progress = request.conn_data::<ResponseProgress>().cloned();
        if let Some(ResponseProgress(progress)) = &progress {
            progress
                .room
                .replace(room.as_ref().map(Rc::downgrade).unwrap_or_default());
        }
        // Of the response to `HEAD`, only the length is sent.
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
            match std::mem::replace(&mut self.next, Next::Nowhere) {
                Next::Nowhere => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Next::File(mut file) => {
                    let reading = async move {
                        let part = file.next().await;
                        (file, part)
                    };
                    self.next = Next::Reading(reading.boxed());
                }
                Next::Reading(mut reading) => {
                    let read = reading.as_mut().poll(context);
                    if read.is_pending() {
                        self.next = Next::Reading(reading);
                    }
                    let (file, part) = ready!(read);
                    self.next = Next::File(file);
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
            // A part of a response to `HEAD` is never sent.
            if this.length > 0 && this.part.is_empty() {
                ready!(this.poll_sent(context));
            }
            return Poll::Ready(None);
        }
        if this.part.is_empty() {
            this.part = match ready!(this.poll_part(context)) {
                Ok(part) => part,
                Err(error) => {
                    tracing::error!(%error, "a response could not be read from storage");
                    return Poll::Ready(Some(Err(error)));
                }
            };
        }
        let most = usize::try_from(this.left).unwrap_or(usize::MAX).min(SLICE);
        let slice = this.part.split_to(most.min(this.part.len()));
        this.left -= slice.len() as u64;
        Poll::Ready(Some(Ok(slice)))
    }
}
