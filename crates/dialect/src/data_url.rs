//! Files as text (RFC 2397).

use base64::{Engine, engine::general_purpose::STANDARD};

/// What stands between the media type and the data.
const MARKER: &str = ";base64";

/// Why a text is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataUrlError {
    /// It does not begin as `data:image/…;base64,`.
    #[error("must begin with data:image/…;base64,")]
    NotAnImage,
    /// What follows is not base64 in its one canonical form (RFC 4648 §4): the alphabet with `+`
    /// and `/`, padded, without blanks.
    #[error("must be base64 with padding and without blanks")]
    NotBase64,
    /// It stands for more bytes than may be.
    #[error("must be at most {0} bytes when decoded")]
    TooLarge(usize),
}

/// Reads `data:image/…;base64,…` of at most `limit` bytes when decoded.
///
/// What is said of the type is not believed: the file's content decides.
pub fn read_image_data_url(text: &str, limit: usize) -> Result<Vec<u8>, DataUrlError> {
    let (head, data) = text.split_once(',').ok_or(DataUrlError::NotAnImage)?;
    let head = head.to_ascii_lowercase();
    let media_type = head.strip_prefix("data:");
    let media_type = media_type.and_then(|rest| rest.strip_suffix(MARKER));
    let kind = media_type.and_then(|media_type| media_type.strip_prefix("image/"));
    if !kind.is_some_and(is_subtype) {
        return Err(DataUrlError::NotAnImage);
    }
    // Measured before anything is decoded: four digits are three bytes.
    let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
    if data.len() / 4 * 3 > limit.saturating_add(padding.min(2)) {
        return Err(DataUrlError::TooLarge(limit));
    }
    STANDARD.decode(data).map_err(|_| DataUrlError::NotBase64)
}

/// Writes a file as `data:<media type>;base64,…`.
pub fn write_data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut text = format!("data:{media_type}{MARKER},");
    STANDARD.encode_string(bytes, &mut text);
    text
}

/// A subtype, perhaps with parameters: `png`, `svg+xml;charset=utf-8`.
fn is_subtype(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-;=\"".contains(&b);
    !text.is_empty() && !text.starts_with(';') && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[u8], DataUrlError>) {
        let read = read_image_data_url(text, 6);
        assert_eq!(read, expected.map(<[u8]>::to_vec), "{text}");
    }

    #[test]
    fn a_file_is_read_and_written() {
        check("data:image/png;base64,AAEC", Ok(b"\0\x01\x02"));
        check("DATA:image/PNG;BASE64,AAE=", Ok(b"\0\x01"));
        check("data:image/svg+xml;charset=utf-8;base64,AA==", Ok(b"\0"));
        check("data:image/jpeg;base64,", Ok(b""));
        let text = write_data_url("image/png", b"\0\x01\xfe");
        assert_eq!(text, "data:image/png;base64,AAH+");
    }

    #[test]
    fn other_types_and_forms_are_refused() {
        for text in [
            "",
            "data:image/png;base64",
            "data:image/png,AAEC",
            "data:image/;base64,AAEC",
            "data:text/html;base64,AAEC",
            "data:;base64,AAEC",
            "data:image/png;base64 ,AAEC",
            "data: image/png;base64,AAEC",
            "image/png;base64,AAEC",
            "data:image/;x=y;base64,AAEC",
        ] {
            check(text, Err(DataUrlError::NotAnImage));
        }
    }

    #[test]
    fn base64_has_one_form() {
        for data in [
            "AAE",
            "AA=",
            "A",
            "A===",
            "AAEC====",
            "AAF=",
            "AB==",
            "AA EC",
            "AA\nEC",
            "-_AA",
            "AAEC ",
            "=",
            "\u{ff21}AAA",
            "AA%3D%3D",
        ] {
            let text = format!("data:image/png;base64,{data}");
            check(&text, Err(DataUrlError::NotBase64));
        }
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let text = |bytes: &[u8]| write_data_url("image/png", bytes);
        check(&text(&[1; 4]), Ok(&[1; 4]));
        check(&text(&[1; 5]), Ok(&[1; 5]));
        check(&text(&[1; 6]), Ok(&[1; 6]));
        check(&text(&[1; 7]), Err(DataUrlError::TooLarge(6)));
        check(&text(&[1; 8]), Err(DataUrlError::TooLarge(6)));
        check(&text(&[1; 9]), Err(DataUrlError::TooLarge(6)));
    }
}
