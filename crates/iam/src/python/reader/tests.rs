//! The messages of Python 3.11.

use super::*;
use crate::python::{Value, read};

#[test]
fn errors_have_pythons_messages() {
    for (text, message) in [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        (" ", "Expecting value: line 1 column 2 (char 1)"),
        (r#"{"a":x}"#, "Expecting value: line 1 column 6 (char 5)"),
        (r#"{"a":tru}"#, "Expecting value: line 1 column 6 (char 5)"),
        (r#"{"a":-}"#, "Expecting value: line 1 column 6 (char 5)"),
        (r#"{"a":.5}"#, "Expecting value: line 1 column 6 (char 5)"),
        ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
        ("[", "Expecting value: line 1 column 2 (char 1)"),
        (
            "{",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            r#"{"a":1,}"#,
            "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)",
        ),
        (
            "{'a':1}",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            r#"{"a" 1}"#,
            "Expecting ':' delimiter: line 1 column 6 (char 5)",
        ),
        (
            r#"{"a":1 "b"}"#,
            "Expecting ',' delimiter: line 1 column 8 (char 7)",
        ),
        (
            r#"{"a":01}"#,
            "Expecting ',' delimiter: line 1 column 7 (char 6)",
        ),
        (
            r#"{"a":1.}"#,
            "Expecting ',' delimiter: line 1 column 7 (char 6)",
        ),
        (
            "{\"a\":\"\\x\"}",
            "Invalid \\escape: line 1 column 7 (char 6)",
        ),
        (
            r#"{"a":"\u12"}"#,
            "Invalid \\uXXXX escape: line 1 column 8 (char 7)",
        ),
        (
            r#"["\ud800\uzzzz"]"#,
            "Invalid \\uXXXX escape: line 1 column 10 (char 9)",
        ),
        (
            "{\"a\":\"\n\"}",
            "Invalid control character at: line 1 column 7 (char 6)",
        ),
        (
            r#"{"a":"abc"#,
            "Unterminated string starting at: line 1 column 6 (char 5)",
        ),
        (
            "{\"a\":\"\\",
            "Unterminated string starting at: line 1 column 6 (char 5)",
        ),
        ("{} x", "Extra data: line 1 column 4 (char 3)"),
        (
            "\u{feff}{}",
            "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
        ),
        (
            r#"{"a":NaN}"#,
            "Out of range float values are not JSON compliant: 'NaN'",
        ),
        (
            r#"{"a":-Infinity}"#,
            "Out of range float values are not JSON compliant: '-Infinity'",
        ),
        (
            "{\n  \"\u{1f600}\u{e9}\": x}",
            "Expecting value: line 2 column 9 (char 10)",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    }
}

#[test]
fn numbers_keep_their_value() {
    for text in ["1e400", "-1e400"] {
        let error = read(text).unwrap_err().to_string();
        assert_eq!(
            error,
            "Out of range float values are not JSON compliant: 'Infinity'"
        );
    }
    for text in ["123456789012345678901234567890", "-9223372036854775809"] {
        let error = read(text).unwrap_err().to_string();
        let message = "Exceeds the limit (64 bits) for integer string conversion";
        assert_eq!(error, message);
    }
    for text in ["18446744073709551615", "-9223372036854775808", "-0"] {
        assert_eq!(read(text), Ok(Value::Int(text)));
    }
    for text in ["1.10", "1E5", "1e-400", "-0.0"] {
        assert_eq!(read(text), Ok(Value::Float(text)));
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    let message = "maximum recursion depth exceeded while decoding a JSON array from a unicode \
                   string";
    for text in [nested(MAX_DEPTH + 1), "[".repeat(100_000)] {
        assert_eq!(read(&text).unwrap_err().to_string(), message);
    }
}

#[test]
fn values_are_read() {
    for (json, value) in [
        (" null ", Value::Null),
        ("true", Value::Bool(true)),
        (
            r#""\u00e9\ud83d\ude00\n\/""#,
            Value::Text("\u{e9}\u{1f600}\n/".into()),
        ),
    ] {
        assert_eq!(read(json), Ok(value), "{json}");
    }
    let items = |json| match read(json) {
        Ok(Value::List(list)) => list.items().collect::<Vec<_>>(),
        other => panic!("is a list: {other:?}"),
    };
    assert_eq!(items("[]"), []);
    assert_eq!(items("[ ]"), []);
    let inner = items(r#"[ 1 , true,{ "a" : [] } ]"#);
    assert_eq!(inner[..2], [Value::Int("1"), Value::Bool(true)]);
    assert_eq!(inner[2].raw().unwrap().as_str(), r#"{ "a" : [] }"#);
    let Ok(Value::Text(halves)) = read(r#""a\ud800\u0041\udc00""#) else {
        panic!("is a text");
    };
    assert_eq!(halves.text, "a\u{fffd}A\u{fffd}");
    assert_eq!(halves.surrogate, Some(0xd800));
}

#[test]
fn the_first_invalid_byte_is_named() {
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
        let error = decode_utf8(bytes).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(decode_utf8("\u{e9}".as_bytes()).unwrap(), "\u{e9}");
}
