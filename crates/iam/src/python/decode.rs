//! UTF-8, rejected in Python's words.

use super::JsonError;

/// The text of `bytes`.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, JsonError> {
    str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let reason = match (error.error_len(), bytes.get(start)) {
            (None, _) => "unexpected end of data",
            // No character begins with these.
            (Some(_), Some(0x80..=0xc1 | 0xf5..)) => "invalid start byte",
            (Some(_), _) => "invalid continuation byte",
        };
        let length = error.error_len().unwrap_or(bytes.len() - start);
        let place = match bytes.get(start) {
            Some(byte) if length == 1 => format!("byte 0x{byte:02x} in position {start}"),
            _ => format!("bytes in position {start}-{}", start + length - 1),
        };
        JsonError::new(format!("'utf-8' codec can't decode {place}: {reason}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wrong_byte_is_named() {
        for (bytes, message) in [
            (
                b"{\"a\":\"\xff\"}".as_slice(),
                "'utf-8' codec can't decode byte 0xff in position 6: invalid start byte",
            ),
            (
                b"\xc3(",
                "'utf-8' codec can't decode byte 0xc3 in position 0: invalid continuation byte",
            ),
            (
                b"a\xe2\x82(",
                "'utf-8' codec can't decode bytes in position 1-2: invalid continuation byte",
            ),
            (
                b"\xed\xa0\x80",
                "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte",
            ),
            (
                b"{}\xc3",
                "'utf-8' codec can't decode byte 0xc3 in position 2: unexpected end of data",
            ),
        ] {
            let error = text_of(bytes).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(text_of("\u{e9}".as_bytes()).unwrap(), "\u{e9}");
    }
}
