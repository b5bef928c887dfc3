//! `multipart/form-data` (RFC 7578), as the framework takes it apart.

mod header;

use std::ops::Range;

use bytes::Bytes;

use crate::{
    charset::Charset,
    form::{Form, MAX_FIELDS},
    python::{File, Value},
};
use header::Disposition;

/// The most files that a form may have, the most bytes that a part's headers may have, and the most
/// parts that say nothing.
const MAX_FILES: usize = 100;
const MAX_HEADERS: usize = 1_024;
const MAX_NAMELESS: usize = 1_000;

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
    #[error("The texts of the form are too long.")]
    TooLong,
}

/// Reads the form in `body`, whose parts the `boundary` of `content_type` sets apart. Its texts may
/// have `max_text` bytes together, with their names, and are in `charset`; a part does not say its
/// own.
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
    // The text before the first delimiter is no part.
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
                // Measured before it is read.
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
    // A file follows all strings, so that it is the last value of its name.
    texts.append(&mut files);
    Ok(Form::new(texts))
}

/// Returns the index after the first `delimiter`.
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

/// A part of a form.
struct Part {
    name: String,
    /// The name of the file, if the part is one.
    file_name: Option<String>,
    /// The position of the content in the body.
    content: Range<usize>,
}

/// Reads the headers of the part at `place`. A part without a name says nothing.
fn read_part(body: &[u8], place: Range<usize>) -> Result<Option<Part>, MultipartError> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let part = &body[place.clone()];
    let mut windows = part.windows(BLANK.len()).take(MAX_HEADERS);
    let Some(end) = windows.position(|window| window == BLANK) else {
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
        content: place.start + end + BLANK.len()..place.end,
    }))
}

#[cfg(test)]
mod tests;
