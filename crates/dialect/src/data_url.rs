//! Files encoded as `data:` URLs (RFC 2397).

use std::borrow::Cow;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use percent_encoding::percent_decode_str;

/// Marks base64 data, after the media type.
const MARKER: &str = ";base64";

/// Decodes base64 whose padding was removed.
const UNPADDED: GeneralPurpose = {
    let config = GeneralPurposeConfig::new();
    let config = config.with_decode_padding_mode(DecodePaddingMode::RequireNone);
    GeneralPurpose::new(&alphabet::STANDARD, config)
};

/// Why a string is not a data URL of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataUrlError {
    /// It does not begin with `data:image/…;base64,`.
    #[error("must begin with data:image/…;base64,")]
    NotAnImage,
    /// The data is not base64 (RFC 4648 §4).
    #[error("must be valid base64")]
    NotBase64,
    /// The decoded file exceeds the limit in bytes.
    #[error("must be at most {0} bytes when decoded")]
    TooLarge(usize),
}

/// Reads `data:image/…;base64,…` of at most `limit` bytes when decoded.
///
/// The declared type and its parameters are ignored, because the type is detected from the content.
/// The data is percent-decoded and then read as forgiving base64, as in browsers: white space is
/// skipped and padding is optional. Wrong padding, non-zero trailing bits and the URL-safe alphabet
/// are errors.
pub fn read_image_data_url(text: &str, limit: usize) -> Result<Vec<u8>, DataUrlError> {
    let (head, data) = split(text).ok_or(DataUrlError::NotAnImage)?;
    let media_type = head.split(';').next().unwrap_or_default().trim_ascii();
    let subtype = strip_prefix(media_type, "image/");
    if !subtype.is_some_and(is_token) {
        return Err(DataUrlError::NotAnImage);
    }
    let digits = digits(data);
    let digits = without_padding(&digits);
    // Four digits encode three bytes.
    if digits.len() / 4 * 3 + (digits.len() % 4).saturating_sub(1) > limit {
        return Err(DataUrlError::TooLarge(limit));
    }
    UNPADDED.decode(digits).map_err(|_| DataUrlError::NotBase64)
}

/// Writes a file as `data:<media type>;base64,…`.
pub fn write_data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut text = format!("data:{media_type}{MARKER},");
    STANDARD.encode_string(bytes, &mut text);
    text
}

/// Splits a data URL into the media type with its parameters, and the data. The separator is the
/// first comma that follows the marker: a quoted parameter may contain commas.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = strip_prefix(text.trim_ascii_start(), "data:")?;
    let mut commas = text.match_indices(',');
    commas.find_map(|(comma, _)| {
        let (head, data) = (text.get(..comma)?, text.get(comma + 1..)?);
        let head = strip_suffix(head.trim_ascii_end(), "base64")?;
        let head = head.trim_ascii_end().strip_suffix(';')?;
        Some((head, data))
    })
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

fn is_token(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b);
    !text.is_empty() && text.bytes().all(is_plain)
}

/// Returns the data without percent-encoding and white space; copies only if necessary.
fn digits(data: &str) -> Cow<'_, [u8]> {
    let is_extra = |byte: u8| byte == b'%' || byte.is_ascii_whitespace();
    if !data.bytes().any(is_extra) {
        return Cow::Borrowed(data.as_bytes());
    }
    let decoded = percent_decode_str(data);
    Cow::Owned(decoded.filter(|byte| !byte.is_ascii_whitespace()).collect())
}

/// Strips the padding from digits whose number is a multiple of four.
fn without_padding(digits: &[u8]) -> &[u8] {
    match digits {
        [rest @ .., b'=', b'='] | [rest @ .., b'='] if digits.len().is_multiple_of(4) => rest,
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[u8], DataUrlError>) {
        let read = read_image_data_url(text, 6);
        assert_eq!(read, expected.map(<[u8]>::to_vec), "{text}");
    }

    #[test]
    fn images_are_read_and_written() {
        check("data:image/png;base64,AAEC", Ok(b"\0\x01\x02"));
        check("DATA:image/PNG;BASE64,AAE=", Ok(b"\0\x01"));
        check("data:image/jpeg;base64,", Ok(b""));
        let text = write_data_url("image/png", b"\0\x01\xfe");
        assert_eq!(text, "data:image/png;base64,AAH+");
    }

    #[test]
    fn media_type_parameters_are_ignored() {
        for parameters in [
            ";charset=utf-8",
            ";name=my%20photo.png",
            ";name=IMG_1%20(1).png",
            ";name=IMG_1 (1).png",
            ";name=\"my photo.png\"",
            ";name=\"a, b; c.png\"",
            ";name=\"quoted \\\" mark.png\"",
            ";name=l\u{f6}we.png",
            ";a=1;b=2",
            "; charset = utf-8 ",
            " ;name=x",
            ";",
            ";flag",
            ";filename*=UTF-8''%e2%82%ac.png",
            ";base64;name=x",
        ] {
            let text = format!("data:image/png{parameters};base64,AAEC");
            check(&text, Ok(b"\0\x01\x02"));
        }
        for text in [
            "data:image/svg+xml;charset=utf-8;base64,AAEC",
            "data:image/png; base64,AAEC",
            "data:image/png ;\tBase64 ,AAEC",
            "data: image/png;base64,AAEC",
            " data:image/png;base64,AAEC\n",
        ] {
            check(text, Ok(b"\0\x01\x02"));
        }
    }

    #[test]
    fn other_media_types_and_malformed_urls_are_rejected() {
        for text in [
            "",
            "data:image/png;base64",
            "data:image/png,AAEC",
            "data:image/png,;base64,AAEC",
            "data:image/;base64,AAEC",
            "data:image;base64,AAEC",
            "data:text/html;base64,AAEC",
            "data:text/html;x=image/png;base64,AAEC",
            "data:;base64,AAEC",
            "data:image/png;base64x,AAEC",
            "data:image/png;xbase64,AAEC",
            "data:image/png base64,AAEC",
            "data:image/png;base64=1,AAEC",
            "data:image/p ng;base64,AAEC",
            "image/png;base64,AAEC",
            "data:image/;x=y;base64,AAEC",
            "d\u{e4}ta:image/png;base64,AAEC",
        ] {
            check(text, Err(DataUrlError::NotAnImage));
        }
    }

    #[test]
    fn white_space_missing_padding_and_percent_encoding_are_accepted() {
        for data in [
            "AAECAA==",
            "AAECAA",
            "AAE CAA==",
            "AAEC\r\nAA==\r\n",
            "A\tA\nE\x0cC\rA A = =",
            "AAECAA%3D%3D",
            "%41AEC%0AAA",
        ] {
            let text = format!("data:image/png;base64,{data}");
            check(&text, Ok(b"\0\x01\x02\0"));
        }
        check("data:image/png;base64,%2B%2f8", Ok(b"\xfb\xff"));
    }

    #[test]
    fn invalid_base64_is_rejected() {
        for data in [
            "AA=",
            "A",
            "A===",
            "AAEC====",
            "AAEC=",
            "AA=A",
            "==",
            "AAF=",
            "AAF",
            "AB==",
            "AB",
            "-_AA",
            "AAE\u{a0}C",
            "=",
            "\u{ff21}AAA",
            "AA%3",
            "AA%%%",
            "AA\0A",
        ] {
            let text = format!("data:image/png;base64,{data}");
            check(&text, Err(DataUrlError::NotBase64));
        }
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let text = |bytes: &[u8]| write_data_url("image/png", bytes);
        for length in 4..=6 {
            let bytes = vec![1; length];
            check(&text(&bytes), Ok(&bytes));
            check(text(&bytes).trim_end_matches('='), Ok(&bytes));
            check(&text(&bytes).replace("AQ", "A Q\n"), Ok(&bytes));
        }
        for length in 7..=9 {
            let too_large = Err(DataUrlError::TooLarge(6));
            check(&text(&vec![1; length]), too_large);
            check(text(&vec![1; length]).trim_end_matches('='), too_large);
        }
    }
}
