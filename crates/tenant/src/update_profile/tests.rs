//! The rules of the body.

use manyface_dialect::write_data_url;

use super::*;

fn decoded(body: &str) -> Result<(ProfilePatch, Option<Vec<u8>>), String> {
    let body: Body = serde_json::from_str(body).unwrap();
    let (patch, picture, sent) = change(&body);
    let sentences = sent.into_iter().filter_map(|sent| {
        let name = FACES[0].spelling(sent.field).unwrap();
        Some(format!("{name} {}", sent.rejection?))
    });
    let sentences: Vec<_> = sentences.collect();
    if sentences.is_empty() {
        Ok((patch, picture))
    } else {
        Err(sentences.join("; "))
    }
}

fn check(body: &str, expected: ProfilePatch) {
    assert_eq!(decoded(body), Ok((expected, None)), "{body}");
}

fn check_refused(body: &str, sentence: &str) {
    assert_eq!(decoded(body), Err(sentence.to_owned()), "{body}");
}

fn nothing() -> ProfilePatch {
    ProfilePatch::default()
}

#[test]
fn only_named_fields_are_in_the_patch() {
    check("{}", nothing());
    let given_name = Edit::Set("Ada".to_owned());
    check(
        r#"{"first_name":" Ada\t","email":"e@example.com","name":"x","id":"1","auth_provider":"oidc"}"#,
        ProfilePatch {
            given_name,
            ..nothing()
        },
    );
    let family_name = Edit::Set("Lovelace".to_owned());
    let display_name = Edit::Set("Ada L.".to_owned());
    check(
        r#"{"last_name":"Lovelace","display_name":"Ada L."}"#,
        ProfilePatch {
            family_name,
            display_name,
            ..nothing()
        },
    );
}

#[test]
fn empty_clears_a_name_and_null_does_not() {
    for empty in ["", "  ", "\u{a0}\u{3000}\u{200b}"] {
        check(
            &format!(
                r#"{{"first_name":"{empty}","last_name":"{empty}","display_name":"{empty}"}}"#
            ),
            ProfilePatch {
                given_name: Edit::Clear,
                family_name: Edit::Clear,
                display_name: Edit::Clear,
                ..nothing()
            },
        );
    }
    for field in ["first_name", "last_name", "display_name"] {
        for value in ["null", "7", "true", "[\"x\"]", "{\"x\":1}"] {
            check_refused(
                &format!(r#"{{"{field}":{value}}}"#),
                &format!("{field} must be a string"),
            );
        }
    }
}

#[test]
fn names_have_at_most_100_characters_after_trimming() {
    for field in ["first_name", "last_name", "display_name"] {
        let longest = "\u{1f600}".repeat(100);
        let body = |text: &str| format!(r#"{{"{field}":"  {text}\n"}}"#);
        assert!(decoded(&body(&longest)).is_ok());
        check_refused(
            &body(&format!("{longest}x")),
            &format!("{field} must be at most 100 characters"),
        );
    }
}

#[test]
fn null_removes_the_picture_and_a_data_uri_sets_it() {
    check(
        r#"{"avatar_base64":null}"#,
        ProfilePatch {
            avatar: Edit::Clear,
            ..nothing()
        },
    );
    let sent = decoded(r#"{"avatar_base64":"data:image/png;base64,AAEC"}"#);
    assert_eq!(sent, Ok((nothing(), Some(vec![0, 1, 2]))));
    for value in ["7", "[]", "false"] {
        check_refused(
            &format!(r#"{{"avatar_base64":{value}}}"#),
            "avatar_base64 must be a string or null",
        );
    }
    for value in [
        "",
        "AAEC",
        "https://a.example/b.png",
        "data:text/html;base64,AAEC",
    ] {
        check_refused(
            &format!(r#"{{"avatar_base64":"{value}"}}"#),
            "avatar_base64 must begin with data:image/…;base64,",
        );
    }
    for data in ["AAE=A", "AA=", "-_AA", "AAF=", "AAEC===="] {
        check_refused(
            &format!(r#"{{"avatar_base64":"data:image/png;base64,{data}"}}"#),
            "avatar_base64 must be valid base64",
        );
    }
}

#[test]
fn a_picture_has_at_most_262144_bytes_when_decoded() {
    let body = |length: usize| {
        let uri = write_data_url("image/png", &vec![1; length]);
        format!(r#"{{"avatar_base64":"{uri}"}}"#)
    };
    for length in [262_143, 262_144] {
        let (_, picture) = decoded(&body(length)).unwrap();
        assert_eq!(picture.map(|file| file.len()), Some(length));
    }
    for length in [262_145, 262_146, 300_000, 1_500_000] {
        check_refused(
            &body(length),
            "avatar_base64 must be at most 262144 bytes when decoded",
        );
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    check_refused(
        r#"{"avatar_base64":1,"display_name":null,"last_name":"a\u0000b","first_name":[]}"#,
        "first_name must be a string; last_name must not contain control characters; \
         display_name must be a string; avatar_base64 must be a string or null",
    );
}
