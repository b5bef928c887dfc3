//! `multipart/form-data` (RFC 7578), as the framework takes it apart.

mod header;

use bytes::Bytes;

use crate::{
    form::{Form, MAX_FIELDS},
    python::{File, Value},
};
use header::Disposition;

/// The most files that a form may have, and the most bytes that a part's headers may have.
const MAX_FILES: usize = 100;
const MAX_HEADERS: usize = 1_024;

/// Why a body is no form, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MultipartError {
    #[error("Invalid boundary in multipart: {0}")]
    Boundary(String),
    #[error("Request max total header size exceeded.")]
    Headers,
    #[error("The closing boundary is missing.")]
    Unfinished,
    #[error("The number of fields or files is exceeded.")]
    TooMany,
    #[error("Content-Transfer-Encoding is not supported.")]
    TransferEncoding,
}

/// Reads the form in `body`, whose parts the `boundary` of `content_type` sets apart.
pub(crate) fn read(content_type: &str, body: &Bytes) -> Result<Form, MultipartError> {
    let boundary = header::boundary(content_type)?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut texts = Vec::new();
    let mut files = Vec::new();
    // What stands before the first delimiter is no part.
    let mut rest = after(body, &delimiter).ok_or(MultipartError::Unfinished)?;
    while !body[rest..].starts_with(b"--") {
        let next = after(&body[rest..], &delimiter).ok_or(MultipartError::Unfinished)?;
        let end = rest + next - delimiter.len();
        let part = rest..rest + without_newline(&body[rest..end]);
        if let Some((name, value)) = read_part(&body.slice(part))? {
            let sort = if matches!(value, Value::File(_)) {
                &mut files
            } else {
                &mut texts
            };
            sort.push((name, value));
        }
        if texts.len() > MAX_FIELDS || files.len() > MAX_FILES {
            return Err(MultipartError::TooMany);
        }
        rest += next;
    }
    // A file stands after all texts, so that it is the last value of its name.
    texts.append(&mut files);
    Ok(Form::new(texts))
}

/// Where what follows the first `delimiter` begins.
fn after(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        // Hyphens are rarer than what a search of every window would look at.
        let hyphen = bytes.get(from..)?.iter().position(|byte| *byte == b'-')?;
        if bytes[from + hyphen..].starts_with(delimiter) {
            return Some(from + hyphen + delimiter.len());
        }
        from += hyphen + 1;
    }
}

/// The length of `part` without the newline that belongs to the delimiter after it.
fn without_newline(part: &[u8]) -> usize {
    let line = part.strip_suffix(b"\n").unwrap_or(part);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

/// Reads headers and content. A part without a name says nothing.
fn read_part(part: &Bytes) -> Result<Option<(String, Value)>, MultipartError> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let mut windows = part.windows(BLANK.len()).take(MAX_HEADERS);
    let Some(end) = windows.position(|window| window == BLANK) else {
        return if part.len() < MAX_HEADERS {
            Ok(None)
        } else {
            Err(MultipartError::Headers)
        };
    };
    let headers = String::from_utf8_lossy(&part[..end]);
    let content = part.slice(end + BLANK.len()..);
    if header::is_encoded(&headers) {
        return Err(MultipartError::TransferEncoding);
    }
    let Some(Disposition { name, file_name }) = header::disposition(&headers) else {
        return Ok(None);
    };
    let value = match file_name {
        Some(name) => Value::File(File { name, content }),
        None => Value::Text((&*String::from_utf8_lossy(&content)).into()),
    };
    Ok(Some((name, value)))
}

#[cfg(test)]
mod tests;
