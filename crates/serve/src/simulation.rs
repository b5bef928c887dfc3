//! Failures and delays that developers of clients request.

use std::time::Duration;

use actix_web::HttpRequest;
use manyface_dialect::Problem;

use crate::ResponseProgress;

/// The status of the failure, or `close` for a connection that is closed without a response.
const FAIL: &str = "x-manyface-fail";
/// The delay in milliseconds.
const DELAY: &str = "x-manyface-delay";
/// The maximum delay in milliseconds.
const MAX_DELAY: u64 = 60_000;

/// The headers.
pub(crate) const SIMULATION_HEADERS: [&str; 2] = [FAIL, DELAY];

/// Waits, and returns the failure that the request asks for. Other values of the headers are
/// ignored, and logged.
pub(crate) async fn simulate(request: &HttpRequest) -> Result<(), Problem> {
    if let Some(delay) = header(request, DELAY) {
        match delay.parse() {
            Ok(millis @ 0..=MAX_DELAY) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Ok(_) | Err(_) => {
                tracing::warn!("{DELAY} must be a number of milliseconds up to {MAX_DELAY}");
            }
        }
    }
    match header(request, FAIL) {
        None => Ok(()),
        Some("429") => Err(Problem::RateLimited(1)),
        Some("500") => Err(Problem::Internal(None)),
        Some("503") => Err(Problem::Unavailable(None)),
        Some("close") => {
            if let Some(progress) = request.conn_data::<ResponseProgress>() {
                progress.abort();
            }
            Err(Problem::Unavailable(None))
        }
        Some(_) => {
            tracing::warn!("{FAIL} must be 429, 500, 503 or close");
            Ok(())
        }
    }
}

/// Returns the value of a header; empty if it is not ASCII.
fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap_or_default())
}
