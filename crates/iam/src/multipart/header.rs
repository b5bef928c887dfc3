//! The headers of parts.

use super::MultipartError;
use crate::problems::shortened;

/// The maximum length of a boundary, as in the framework (RFC 2046 allows 70).
const MAX_BOUNDARY: usize = 201;

/// The disposition of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    /// The file name, if the part is a file.
    pub(super) file_name: Option<String>,
}

/// Returns the boundary between parts.
pub(super) fn boundary(content_type: &str) -> Result<String, MultipartError> {
    let boundary = parameters(content_type).find_map(|(name, value)| {
        let is_boundary = name.eq_ignore_ascii_case("boundary");
        is_boundary.then_some(value)
    });
    let boundary = boundary.ok_or_else(|| MultipartError::Boundary("None".to_owned()))?;
    let is_plain = boundary.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY || !is_plain || boundary.ends_with(' ')
    {
        return Err(MultipartError::Boundary(shortened(&boundary).into_owned()));
    }
    Ok(boundary)
}

/// Returns whether the content has a transfer encoding.
pub(super) fn is_encoded(headers: &str) -> bool {
    let encoding = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_encoding = name
            .trim()
            .eq_ignore_ascii_case("content-transfer-encoding");
        is_encoding.then(|| value.trim().to_ascii_lowercase())
    });
    encoding.is_some_and(|encoding| !matches!(encoding.as_str(), "" | "7bit" | "8bit" | "binary"))
}

/// Parses `Content-Disposition`.
pub(super) fn disposition(headers: &str) -> Option<Disposition> {
    let line = headers.split("\r\n").find(|line| {
        let name = line.split(':').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("content-disposition")
    })?;
    let (mut name, mut file_name) = (None, None);
    for (key, value) in parameters(line) {
        match key.to_ascii_lowercase().as_str() {
            "name" => name = Some(value),
            "name*" => name = decode_extended(&value),
            "filename" => file_name = Some(value),
            "filename*" => file_name = decode_extended(&value),
            _ => {}
        }
    }
    Some(Disposition {
        name: name?.trim().to_owned(),
        file_name: file_name.as_deref().and_then(last_segment),
    })
}

/// Returns a file name without folders and control characters, or `None` if it is empty, which makes
/// the part a string.
fn last_segment(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    Some(name).filter(|name| !matches!(name.as_str(), "" | "." | ".."))
}

/// Returns the parameters after the first semicolon, quoted or not.
fn parameters(line: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = line.split_once(';').map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (parameter, after) = split_parameter(rest);
            rest = after;
            if let Some((name, value)) = parameter.split_once('=') {
                return Some((name.trim().to_owned(), unquote(value.trim())));
            }
        }
        None
    })
}

/// Returns the first parameter and the rest after its semicolon.
fn split_parameter(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b';' if !is_quoted => return (&text[..index], &text[index + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn unquote(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => inner.replace("\\\\", "\\").replace("\\\"", "\""),
        None => value.to_owned(),
    }
}

/// Decodes `utf-8'language'text` (RFC 5987) with `%XX` for bytes.
fn decode_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = if byte.is_some() { &after[2..] } else { after };
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(headers: &str) -> Option<(String, Option<String>)> {
        disposition(headers).map(|Disposition { name, file_name }| (name, file_name))
    }

    #[test]
    fn names_and_file_names_are_parsed() {
        for (headers, name, file_name) in [
            ("Content-Disposition: form-data; name=\"a.b\"", "a.b", None),
            ("content-disposition:form-data;name=a", "a", None),
            (
                "X: y\r\nContent-Disposition: form-data; name=\" a \"",
                "a",
                None,
            ),
            (
                "Content-Disposition: form-data; name=\"a;\\\"b\"; filename=\"c;d.pdf\"",
                "a;\"b",
                Some("c;d.pdf"),
            ),
            (
                "Content-Disposition: form-data; name*=utf-8''%C3%A9",
                "\u{e9}",
                None,
            ),
            (
                "Content-Disposition: form-data; name=a; filename=\"../../x\\y\0.png\"",
                "a",
                Some("y.png"),
            ),
            (
                "Content-Disposition: form-data; name=a; filename=\"\"",
                "a",
                None,
            ),
            (
                "Content-Disposition: form-data; name=a; filename=\"a/..\"",
                "a",
                None,
            ),
        ] {
            let expected = Some((name.to_owned(), file_name.map(str::to_owned)));
            assert_eq!(parsed(headers), expected, "{headers}");
        }
        for headers in [
            "",
            "Content-Type: a; name=b",
            "Content-Disposition: form-data",
        ] {
            assert_eq!(parsed(headers), None);
        }
    }

    #[test]
    fn boundaries_are_printable_ascii() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", Ok("abc")),
            (
                "multipart/form-data; charset=x; Boundary=\"a b\"",
                Ok("a b"),
            ),
            ("multipart/form-data", Err("None")),
            ("multipart/form-data; boundary=", Err("")),
            ("multipart/form-data; boundary=\"\u{1}\"", Err("\u{1}")),
        ] {
            let expected = expected.map(str::to_owned);
            let expected = expected.map_err(|text| MultipartError::Boundary(text.to_owned()));
            assert_eq!(boundary(content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn only_unencoded_content_is_supported() {
        assert!(is_encoded("content-transfer-encoding: BASE64"));
        assert!(!is_encoded("Content-Transfer-Encoding: binary"));
        assert!(!is_encoded("Content-Type: base64"));
    }
}
