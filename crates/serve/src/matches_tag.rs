//! `If-None-Match` on what is no dialect's.

use actix_web::{HttpRequest, http::header};

/// Whether the client has what is under `tag` (RFC 9110 §13.1.2).
pub(crate) fn matches_tag(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get_all(header::IF_NONE_MATCH);
    known.into_iter().any(|known| {
        let mut known = known.to_str().unwrap_or_default().split(',').map(str::trim);
        known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}
