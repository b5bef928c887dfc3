//! Conversions of values.

use super::*;

fn value(json: &str) -> Value<'_> {
    read(json).unwrap()
}

#[test]
fn values_are_formatted_as_in_python() {
    for (json, text) in [
        ("null", "None"),
        ("true", "True"),
        ("-0", "0"),
        ("1.50", "1.5"),
        ("\"a'b\"", "a'b"),
        (
            r#"["a", null, {"b": 1.5, "c": [true, "it's", "\"'\n\u0001"]}]"#,
            r#"['a', None, {'b': 1.5, 'c': [True, "it's", '"\'\n\x01']}]"#,
        ),
    ] {
        assert_eq!(value(json).to_text().text, text);
    }
    let long = format!("[{}0]", "null, ".repeat(10_000));
    assert_eq!(value(&long).to_text().text, long);
}

#[test]
fn json_is_formatted_without_white_space_and_with_unchanged_numbers() {
    for (json, written) in [
        (
            r#" { "a" : [ 1.10 , -0 , 1E3 ] , "b" : null } "#,
            r#"{"a":[1.10,-0,1E3],"b":null}"#,
        ),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (
            r#""\u00e9\/\ud83d\ude00\u0000""#,
            "\"\u{e9}/\u{1f600}\\u0000\"",
        ),
    ] {
        assert_eq!(value(json).to_json().as_deref(), Some(written));
    }
}

fn raw(json: &str) -> Raw<'_> {
    read(json).unwrap().raw().unwrap()
}

#[test]
fn depth_counts_nested_values() {
    for (json, depth) in [
        ("[]", 1),
        (r#"{"a":[{}],"b":[]}"#, 3),
        (r#"["[[[","\"[["]"#, 1),
    ] {
        assert_eq!(raw(json).depth(), depth, "{json}");
    }
}

#[test]
fn lone_surrogates_are_found_at_any_depth() {
    assert_eq!(raw(r#"[{"a":["\udc00"]}]"#).surrogate(), Some(0xdc00));
    assert_eq!(raw(r#"[{"\ud800":1}]"#).surrogate(), Some(0xd800));
    assert_eq!(raw(r#"["\ud83d\ude00"]"#).surrogate(), None);
}

#[test]
fn the_measured_length_is_that_of_the_formatted_value() {
    for json in [
        "[]",
        r#" { "a" : [ 1.10 , -0 , 1E3 ] , "b" : null } "#,
        r#"["\u00e9\/\ud83d\ude00\u0000\n", "\u0041", "é"]"#,
    ] {
        let length = read(json).unwrap().to_json().unwrap().len();
        assert!(raw(json).is_longer_than(length - 1), "{json}");
        assert!(!raw(json).is_longer_than(length), "{json}");
    }
}

#[test]
fn the_number_of_members_is_bounded() {
    let object = raw(r#"{"a":1,"b":2,"a":3,"c":{"d":[4]}}"#);
    let members = object.members_within(3).unwrap();
    let members = members.iter().map(|(key, raw)| (&*key.text, raw.as_str()));
    let expected = [("a", "3"), ("b", "2"), ("c", r#"{"d":[4]}"#)];
    assert_eq!(members.collect::<Vec<_>>(), expected);
    assert_eq!(object.members_within(2), None);
}
