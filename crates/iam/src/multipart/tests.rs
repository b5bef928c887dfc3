//! Parsing of multipart bodies.

use super::*;

const TYPE: &str = "multipart/form-data; boundary=b";

fn form(body: &str) -> Result<Form<'static>, MultipartError> {
    form_of(Bytes::copy_from_slice(body.as_bytes()))
}

fn form_of(body: Bytes) -> Result<Form<'static>, MultipartError> {
    let body = Box::leak(Box::new(body));
    read(TYPE, Charset::Utf8, body, 1_000_000)
}

fn last(form: &Form<'_>, name: &str) -> Option<String> {
    form.last(name)
        .map(|value| value.to_text().text.into_owned())
}

#[test]
fn texts_and_files_are_read() {
    let form = form(concat!(
        "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n",
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.pdf\"\r\n",
        "Content-Type: text/html\r\n\r\n%PDF-\r\n\r\n--b\r\n",
        "Content-Disposition: form-data; name=\"f\"\r\n\r\ntext\r\n--b--\r\nepilogue",
    ));
    let form = form.unwrap();
    let texts = form.list("a").unwrap();
    assert_eq!(texts[0].to_text().text, "one\r\ntwo");
    assert_eq!(texts[1].to_text().text, "");
    // A file is the last value of its name, whatever its position.
    let Some(Value::File(file)) = form.last("f") else {
        panic!("is a file");
    };
    assert_eq!(
        (file.name.as_str(), &file.content[..]),
        ("x.pdf", &b"%PDF-\r\n"[..])
    );
}

#[test]
fn parts_without_a_name_are_ignored() {
    let form = form(concat!(
        "--b\r\nX: y\r\n\r\nz\r\n--b\r\nnothing\r\n--b\r\n\r\n\r\n",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--",
    ));
    assert_eq!(last(&form.unwrap(), "a").as_deref(), Some("1"));
}

#[test]
fn invalid_utf8_is_replaced() {
    let body = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--b--";
    let form = form_of(Bytes::from_static(body)).unwrap();
    assert_eq!(last(&form, "a").as_deref(), Some("\u{fffd}"));
}

#[test]
fn a_truncated_form_is_rejected() {
    for body in [
        "x",
        "--b",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--",
    ] {
        assert_eq!(form(body), Err(MultipartError::Unfinished), "{body}");
    }
}

#[test]
fn forms_are_bounded() {
    let part = |headers: &str| format!("--b\r\n{headers}\r\n\r\nx\r\n");
    let named = "Content-Disposition: form-data; name=a";
    let file = format!("{named}; filename=f");
    for (body, error) in [
        (part(named).repeat(1_001), MultipartError::TooMany),
        (part(&file).repeat(101), MultipartError::TooMany),
        (
            part(&format!("{named}\r\nX: {}", "x".repeat(1_024))),
            MultipartError::Headers,
        ),
        (
            part(&format!("{named}\r\nContent-Transfer-Encoding: base64")),
            MultipartError::TransferEncoding,
        ),
    ] {
        assert_eq!(form(&format!("{body}--b--")), Err(error));
    }
    assert!(form(&format!("{}--b--", part(named).repeat(1_000))).is_ok());
    let nameless = |count: usize| form(&format!("{}--b--", "--b\r\n".repeat(count)));
    assert!(nameless(1_000).is_ok());
    assert_eq!(nameless(1_001), Err(MultipartError::TooMany));
}

#[test]
fn the_total_length_of_strings_is_bounded_without_files() {
    let text = "Content-Disposition: form-data; name=abcd";
    let part = |headers: &str, length: usize| {
        let content = "x".repeat(length);
        format!("--b\r\n{headers}\r\n\r\n{content}\r\n")
    };
    let two = |length| format!("{}{}--b--", part(text, 499_996), part(text, length));
    assert!(form(&two(499_996)).is_ok());
    assert_eq!(form(&two(499_997)), Err(MultipartError::TooLong));
    let file = part(&format!("{text}; filename=f"), 2_000_000);
    assert!(form(&format!("{file}--b--")).is_ok());
}

#[test]
fn a_body_of_hyphens_is_parsed_in_linear_time() {
    let body = format!("--b\r\n\r\n\r\n{}--b--", "-".repeat(1_000_000));
    assert!(form(&body).is_ok());
}
