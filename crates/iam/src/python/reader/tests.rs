//! What Python 3.11 says, word for word.

use super::*;

#[test]
fn mistakes_are_told_as_python_tells_them() {
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
        assert_eq!(read(text), Ok(Value::Int(text.to_owned())));
    }
    for text in ["1.10", "1E5", "1e-400", "-0.0"] {
        assert_eq!(read(text), Ok(Value::Float(text.to_owned())));
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
    let text = |text: &str| Value::Text(text.into());
    for (json, value) in [
        (" null ", Value::Null),
        (r#""\u00e9\ud83d\ude00\n\/""#, text("\u{e9}\u{1f600}\n/")),
        ("[]", Value::List(Vec::new())),
        ("[ 1 , true ]", {
            Value::List(vec![Value::Int("1".to_owned()), Value::Bool(true)])
        }),
    ] {
        assert_eq!(read(json), Ok(value), "{json}");
    }
    let Ok(Value::Dict(dict)) = read(r#"{"a":1,"b":2,"a":3}"#) else {
        panic!("is an object");
    };
    assert_eq!(dict.get("a"), Some(&Value::Int("3".to_owned())));
    assert_eq!(dict.entries().len(), 2);
    let Ok(Value::Text(halves)) = read(r#""a\ud800\u0041\udc00""#) else {
        panic!("is a text");
    };
    assert_eq!(halves.text, "a\u{fffd}A\u{fffd}");
    assert_eq!(halves.surrogate, Some(0xd800));
}
