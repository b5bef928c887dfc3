//! The trace context of a request (W3C Trace Context).

use actix_web::{HttpRequest, http::header::HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The length of `traceparent` of version 00, in bytes.
const LENGTH: usize = 55;

/// Returns the trace id of the `traceparent` header: 32 hexadecimal digits. A repeated or invalid
/// header is ignored.
pub(crate) fn trace_id(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(TRACEPARENT);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    parse(value.to_str().ok()?)
}

/// Returns the trace id of `version-traceid-parentid-flags`. Later versions may append members.
fn parse(value: &str) -> Option<&str> {
    let mut members = value.splitn(5, '-');
    let version = hexadecimal(members.next()?, 2)?;
    let trace = hexadecimal(members.next()?, 32)?;
    let parent = hexadecimal(members.next()?, 16)?;
    hexadecimal(members.next()?, 2)?;
    let is_known_length = value.len() == LENGTH || version != "00";
    let is_zero = |digits: &str| digits.bytes().all(|byte| byte == b'0');
    let is_valid = version != "ff" && is_known_length && !is_zero(trace) && !is_zero(parent);
    is_valid.then_some(trace)
}

/// Returns `text` if it consists of `length` lower-case hexadecimal digits.
fn hexadecimal(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_values_have_a_trace_id() {
        const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
        const PARENT: &str = "b7ad6b7169203331";
        for value in [
            format!("00-{TRACE}-{PARENT}-01"),
            format!("00-{TRACE}-{PARENT}-00"),
            format!("cc-{TRACE}-{PARENT}-01"),
            format!("cc-{TRACE}-{PARENT}-01-what-comes-later"),
        ] {
            assert_eq!(parse(&value), Some(TRACE), "{value}");
        }
        let zero = "0".repeat(32);
        for value in [
            String::new(),
            "-".repeat(55),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-"),
            format!("00-{TRACE}-{PARENT}-01-later"),
            format!("00-{TRACE}-{PARENT}-01 "),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("0-{TRACE}-{PARENT}-01"),
            format!("00-{zero}-{PARENT}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}\n-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", "é".repeat(16)),
            "f".repeat(100_000),
        ] {
            assert_eq!(parse(&value), None, "{value}");
        }
    }
}
