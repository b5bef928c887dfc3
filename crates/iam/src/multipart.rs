//! `multipart/form-data` (RFC 7578), parsed as in the framework.

mod header;

use std::ops::Range;

use bytes::Bytes;

use crate::{
    charset::Charset,
    form::{Form, MAX_FIELDS},
    python::{File, Value},
};
use header::Disposition;

/// The maximum number of files in a form.
const MAX_FILES: usize = 100;
/// The maximum length of the headers of a part, in bytes.
const MAX_HEADERS: usize = 1_024;
/// The maximum number of parts without a name.
const MAX_NAMELESS: usize = 1_000;

/// The reason why a form cannot be parsed.
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
    #[error("The texts of the form are too long.")]
    TooLong,
}

/// Parses the form in `body`. Its strings and their names are in `charset` and may have `max_text`
/// bytes in total. Charsets of single parts are ignored.
pub(crate) fn read<'a>(
    content_type: &str,
    charset: Charset,
    body: &'a Bytes,
    max_text: usize,
) -> Result<Form<'a>, MultipartError> {
    let boundary = header::boundary(content_type)?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut texts = Vec::new();
    let mut files = Vec::new();
    let (mut nameless, mut length) = (0, 0);
    // Text before the first delimiter is ignored.
    let mut rest = after(body, &delimiter).ok_or(MultipartError::Unfinished)?;
    while !body[rest..].starts_with(b"--") {
        let next = after(&body[rest..], &delimiter).ok_or(MultipartError::Unfinished)?;
        let end = rest + next - delimiter.len();
        let part = rest..rest + without_newline(&body[rest..end]);
        match read_part(body, part)? {
            Some(Part {
                name,
                file_name: Some(file_name),
                content,
            }) => {
                let content = body.slice(content);
                let file = File {
                    name: file_name,
                    content,
                };
                files.push((name, Value::File(file)));
            }
            Some(Part {
                name,
                file_name: None,
                content,
            }) => {
                // Measured before it is decoded.
                length += name.len() + content.len();
                if length > max_text {
                    return Err(MultipartError::TooLong);
                }
                let text = charset.decode(&body[content]);
                texts.push((name, Value::Text(text.into())));
            }
            None => nameless += 1,
        }
        let is_over = texts.len() > MAX_FIELDS || files.len() > MAX_FILES;
        if is_over || nameless > MAX_NAMELESS {
            return Err(MultipartError::TooMany);
        }
        rest += next;
    }
    // Files follow all strings, so that a file is the last value of its name.
    texts.append(&mut files);
    Ok(Form::new(texts))
}

/// Returns the index after the first `delimiter`.
fn after(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        // Searching for hyphens first is faster than comparing at every position.
        let hyphen = bytes.get(from..)?.iter().position(|byte| *byte == b'-')?;
        if bytes[from + hyphen..].starts_with(delimiter) {
            return Some(from + hyphen + delimiter.len());
        }
        from += hyphen + 1;
    }
}

/// Returns the length of `part` without the newline of the next delimiter.
fn without_newline(part: &[u8]) -> usize {
    let line = part.strip_suffix(b"\n").unwrap_or(part);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

/// A part of a form.
struct Part {
    name: String,
    /// The file name, if the part is a file.
    file_name: Option<String>,
    /// The range of the content in the body.
    content: Range<usize>,
}

/// Parses the headers of a part, or returns `None` if it has no name.
fn read_part(body: &[u8], range: Range<usize>) -> Result<Option<Part>, MultipartError> {
    const SEPARATOR: &[u8] = b"\r\n\r\n";
    let part = &body[range.clone()];
    let mut windows = part.windows(SEPARATOR.len()).take(MAX_HEADERS);
    let Some(end) = windows.position(|window| window == SEPARATOR) else {
        return if part.len() < MAX_HEADERS {
            Ok(None)
        } else {
            Err(MultipartError::Headers)
        };
    };
    let headers = String::from_utf8_lossy(&part[..end]);
    if header::is_encoded(&headers) {
        return Err(MultipartError::TransferEncoding);
    }
    let Some(Disposition { name, file_name }) = header::disposition(&headers) else {
        return Ok(None);
    };
    Ok(Some(Part {
        name,
        file_name,
        content: range.start + end + SEPARATOR.len()..range.end,
    }))
}

#[cfg(test)]
mod tests;
