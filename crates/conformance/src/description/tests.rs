//! Documents held against what is right and what is wrong.

use super::*;

fn description() -> Description {
    Description::parse(manyface_movieknight::dialect().openapi).unwrap()
}

fn request(method: &str, path: &str, body: Option<&str>) -> Request {
    let json = ("content-type".to_owned(), "application/json".to_owned());
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![json],
        body: body.map(|body| body.as_bytes().to_owned()),
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let house = [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", "1"),
    ];
    let mut headers: Vec<_> = house.iter().chain(headers).copied().collect();
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    let headers = headers.into_iter();
    Response {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.as_bytes().to_owned(),
    }
}

fn problems(request: &Request, response: &Response) -> Vec<String> {
    let mut problems = Vec::new();
    description().check(request, response, &mut problems);
    problems
}

const USER: &str = r#"{"ok":true,"data":{"user":{"id":"66a1f2c4e5b3a1234567890a","bio":"","name":"a","email":"a@example.com","badges":[],"aiUsage":{"used":0,"limit":5,"remaining":5},"username":"a","createdAt":"2026-06-25T10:30:00.000Z","countryCode":""}}}"#;

#[test]
fn what_is_described_is_good() {
    let tag = [("ETag", "\"1-1-movieknight\"")];
    for (request, response) in [
        (
            request("GET", "/api/users/me?x", None),
            response(200, &tag, USER),
        ),
        (
            request("PATCH", "/api/users/me", Some(r#"{"bio":" x "}"#)),
            response(200, &tag, USER),
        ),
        (
            request("HEAD", "/api/users/me", None),
            response(200, &tag, ""),
        ),
        (
            request("GET", "/api/users/me", None),
            response(304, &tag, ""),
        ),
        (
            request("DELETE", "/api/users/me", None),
            response(
                405,
                &[("Allow", "GET")],
                r#"{"ok":false,"error":"method not allowed"}"#,
            ),
        ),
        (
            request("GET", "/api/users", None),
            response(404, &[], r#"{"ok":false,"error":"not found"}"#),
        ),
    ] {
        assert_eq!(problems(&request, &response), [""; 0], "{request:?}");
    }
}

#[test]
fn what_is_not_described_is_told() {
    let tag = [("ETag", "\"1-1-movieknight\"")];
    let get = request("GET", "/api/users/me", None);
    let patch = |body| request("PATCH", "/api/users/me", Some(body));
    let failure = r#"{"ok":false,"error":"x"}"#;
    for (request, response, told) in [
        (
            get.clone(),
            response(200, &tag, &USER.replace("\"bio\":\"\"", "\"bio\":null")),
            "the body/data/user/bio is not what the OpenAPI document says: null",
        ),
        (
            get.clone(),
            response(200, &tag, &USER.replace("\"bio\"", "\"secret\":1,\"bio\"")),
            "('secret' was unexpected)",
        ),
        (
            get.clone(),
            response(200, &tag, &USER.replace("\"bio\":\"\",", "")),
            "\"bio\" is a required property",
        ),
        (
            get.clone(),
            response(200, &tag, &USER.replace("66a1", "66A1")),
            "the body/data/user/id is not what",
        ),
        (
            get.clone(),
            response(200, &[], USER),
            "lacks ETag, which the OpenAPI document requires",
        ),
        (
            get.clone(),
            response(200, &[tag[0], ("X-Powered-By", "x")], USER),
            "has X-Powered-By, which the OpenAPI document does not have",
        ),
        (
            get.clone(),
            response(409, &[], failure),
            "has no 409 for GET /api/users/me",
        ),
        (
            get.clone(),
            response(401, &[], failure),
            "lacks WWW-Authenticate",
        ),
        (
            get.clone(),
            response(304, &tag, "{}"),
            "has a body, which the OpenAPI document does not have",
        ),
        (
            request("GET", "/api/other", None),
            response(200, &tag, USER),
            "has no 200 for GET /api/other",
        ),
        (
            request("DELETE", "/api/users/me", None),
            response(200, &tag, USER),
            "has no 200 for DELETE",
        ),
        (
            patch(r#"{"name":""}"#),
            response(200, &tag, USER),
            "what was taken/name is not what",
        ),
        (
            patch("{}"),
            response(200, &tag, USER),
            "what was taken is not what",
        ),
    ] {
        let problems = problems(&request, &response);
        let is_told = problems.iter().any(|problem| problem.contains(told));
        assert!(is_told, "{told}: {problems:?}");
    }
}

#[test]
fn other_texts_are_no_documents() {
    for text in ["", "{}", r#"{"openapi":"3.0.3"}"#] {
        assert!(Description::parse(text).is_err(), "{text}");
    }
}
