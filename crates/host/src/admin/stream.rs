//! The feed of changes as server-sent events (WHATWG HTML §9.2).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, http::header};
use bytes::Bytes;
use futures_util::stream;
use manyface_core::{DetailedChange, Operator};
use tokio::time::{Instant, sleep};

use super::{
    AdminApi, AdminProblem,
    slots::{Slot, Slots},
};
use crate::{metrics::FeedMetrics, system};

/// The media type of events.
pub(super) const EVENTS: &str = "text/event-stream";
/// The path after the prefix of the API.
pub(super) const PATH: &str = "/changes/stream";
/// The maximum number of concurrent streams, in total and per token.
const MAX_STREAMS: usize = 32;
const MAX_STREAMS_PER_TOKEN: usize = 8;
/// The maximum number of changes per query.
const PAGE_SIZE: u32 = 100;
/// The interval between queries at the end of the feed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The interval of comments that keep a connection open while nothing changes.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// The streams of a listener.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    slots: Slots,
    is_stopping: Arc<AtomicBool>,
    metrics: Arc<FeedMetrics>,
}

/// One stream.
struct Stream {
    api: AdminApi,
    operator: Operator,
    /// The digest of the operator's token, which may be revoked.
    digest: [u8; 32],
    /// The last change that was sent.
    after: i64,
    sent_at: Instant,
    is_stopping: Arc<AtomicBool>,
    metrics: Arc<FeedMetrics>,
    _slot: Slot,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.metrics.streams.decrement();
    }
}

impl Streams {
    pub(super) fn new(metrics: Arc<FeedMetrics>) -> Self {
        Self {
            slots: Slots::new(MAX_STREAMS, MAX_STREAMS_PER_TOKEN),
            is_stopping: Arc::default(),
            metrics,
        }
    }

    /// Ends all streams.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Starts the response to a request of `operator`, whose token has this digest.
    pub(super) fn respond(
        &self,
        request: &HttpRequest,
        api: &AdminApi,
        operator: Operator,
        digest: [u8; 32],
        request_id: &str,
    ) -> Result<HttpResponse, AdminProblem> {
        let after = first_position(request)?;
        let slot = self.slots.acquire(&operator, digest)?;
        self.metrics.streams.increment();
        let stream = Stream {
            api: api.clone(),
            operator,
            digest,
            after,
            sent_at: Instant::now(),
            is_stopping: Arc::clone(&self.is_stopping),
            metrics: Arc::clone(&self.metrics),
            _slot: slot,
        };
        let events = stream::unfold(stream, |mut stream| async {
            let events = stream.next().await?;
            Some((Ok::<_, actix_web::Error>(events), stream))
        });
        Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, EVENTS))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header(("x-request-id", request_id))
            .streaming(events))
    }
}

/// Returns the change after which the stream begins: that of `Last-Event-ID`, or of `after` in the
/// query, or 0.
fn first_position(request: &HttpRequest) -> Result<i64, AdminProblem> {
    let last = request.headers().get("last-event-id");
    let last = last.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let after = query.find(|(name, _)| name == "after");
    let position = last.or_else(|| after.map(|(_, value)| value.into_owned()));
    position.map_or(Ok(0), |position| {
        let invalid = "Last-Event-ID and after must be the seq of a change";
        position
            .parse()
            .map_err(|_| AdminProblem::bad_request(invalid))
    })
}

impl Stream {
    /// Returns the next events or a comment; `None` if the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.is_stopping.load(Ordering::Relaxed) {
                return None;
            }
            match self.read().await {
                Ok((changes, last)) if changes.is_empty() => {
                    if last > self.after {
                        // Changes of other tenants.
                        self.after = last;
                        continue;
                    }
                }
                Ok((changes, last)) => {
                    self.after = last;
                    self.sent_at = Instant::now();
                    let now = system::now();
                    for change in &changes {
                        self.metrics.record_sent(change.change.at, now);
                    }
                    return Some(changes.iter().map(event).collect::<String>().into());
                }
                Err(problem) => {
                    // The client reconnects, and continues after the last event.
                    problem.log("");
                    return None;
                }
            }
            if self.sent_at.elapsed() >= KEEP_ALIVE_INTERVAL {
                self.sent_at = Instant::now();
                return Some(Bytes::from_static(b":\n\n"));
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    async fn read(&self) -> Result<(Vec<DetailedChange>, i64), AdminProblem> {
        let token = self.api.tokens.find_operator_token(&self.digest).await?;
        if token.is_none() {
            return Err(AdminProblem::unauthorized());
        }
        let provenance = self.operator.provenance(system::now(), "");
        let context = self.api.context(&self.operator, &provenance);
        Ok(context.new_values(self.after, PAGE_SIZE).await?)
    }
}

/// Returns the event of a change.
fn event(change: &DetailedChange) -> String {
    let data = serde_json::to_string(change).expect("changes have string keys");
    format!("id: {}\nevent: change\ndata: {data}\n\n", change.change.seq)
}
