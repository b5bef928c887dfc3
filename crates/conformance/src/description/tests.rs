//! Checks of correct and incorrect requests, responses and documents.

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
fn documented_messages_are_accepted() {
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
fn undocumented_values_are_reported() {
    let tag = [("ETag", "\"1-1-movieknight\"")];
    let get = request("GET", "/api/users/me", None);
    let patch = |body| request("PATCH", "/api/users/me", Some(body));
    let failure = r#"{"ok":false,"error":"x"}"#;
    for (request, response, reported) in [
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
            "the request/name is not what",
        ),
        (
            patch("{}"),
            response(200, &tag, USER),
            "the request is not what",
        ),
    ] {
        let problems = problems(&request, &response);
        let is_reported = problems.iter().any(|problem| problem.contains(reported));
        assert!(is_reported, "{reported}: {problems:?}");
    }
}

#[test]
fn invalid_documents_are_rejected() {
    for text in ["", "{}", r#"{"openapi":"3.0.3"}"#] {
        assert!(Description::parse(text).is_err(), "{text}");
    }
}

#[cfg(feature = "memory")]
mod of_documents {
    use std::path::Path;

    use manyface_dialect::Dialect;

    use super::*;

    /// `movieknight`, with one text of its document replaced.
    fn with(from: &str, to: &str) -> Dialect {
        let mut dialect = manyface_movieknight::dialect();
        assert!(dialect.openapi.contains(from), "{from}");
        let changed = dialect.openapi.replacen(from, to, 1);
        dialect.openapi = Box::leak(changed.into_boxed_str());
        dialect
    }

    #[track_caller]
    fn check_found(problems: &[String], expected: &str) {
        let is_found = problems.iter().any(|problem| problem.contains(expected));
        assert!(is_found, "{expected}: {problems:?}");
    }

    /// Text of the document, what replaces it, and a part of the problem.
    const DIFFERENCES: &str = r#"
"title" => "name" => "title" is a required property
"badges": [] => "badges": 1 => /data/user/badges is not what
"url": "/api" => "url": "/" => server is not the dialect's
"/users/me" => "/users/you" => patch /users/me is not in both
"head": { => "delete": { => head /users/me is not in both
"options-get-my-profile" => "get-my-profile" => has no unique id
"bearerFormat": "JWT" => "bearerFormat": "API key" => API key is not the dialect's
"UnknownPath" => "Unknown" => UnknownPath is not the dialect's
"WrongMethod" => "MissingSlash" => MissingSlash is not the dialect's
"update-my-profile" => "update" => operationId is not the route's
"summary": "Update my profile" => "summary": "" => summary is not the route's
"bearer": [] => "bearer": ["x"] => security is not the route's
2097152 bytes. => 2097151 bytes. => body limit is not the route's
A body may => Each credential may send 5 requests a minute. It may => rate is not the route's
"requestBody" => "x-body" => body is not the route's
"413" => "414" => status of bodies is not the route's
"429" => "428" => status is not the route's
"head-get-my-profile" => "head", "deprecated": true => HEAD is not the route's
"countryCode": { => "country": { => /countryCode is not a property
\\u202D-\\u202E]*$ => \\u202D]*$ => is not what the core rejects
"#;

    #[test]
    fn differences_from_the_dialect_are_found() {
        for line in DIFFERENCES.trim().lines() {
            let [from, to, expected] = line.split(" => ").collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            check_found(&Description::check_document(&with(from, to)), expected);
        }
    }

    #[test]
    fn differences_from_the_responses_are_found() {
        let exchanges = Path::new(env!("CARGO_MANIFEST_DIR")).join("../movieknight/exchanges");
        let suite = Suite::load(&exchanges).unwrap();
        let check = |from, to, exceptions: &[&str], expected| {
            let suite = suite.clone().described_by(with(from, to).openapi).unwrap();
            let problems = suite.check_requests(manyface_movieknight::dialect, exceptions);
            check_found(&problems.unwrap(), expected);
        };
        let country = ("\"countryCode\": \"US\"", "\"countryCode\": \"ZZ\"");
        check(
            country.0,
            country.1,
            &[],
            "update-my-profile page does not occur",
        );
        check(
            "\"bio\": {",
            "\"about\": {",
            &[],
            "update-my-profile: about is not read",
        );
        check(
            "\"403\"",
            "\"409\"",
            &[],
            "the OpenAPI document has no 403 for PATCH",
        );
        check(
            "\"403\"",
            "\"409\"",
            &[],
            "update-my-profile 409 does not occur",
        );
        let exceptions = ["update-my-profile 403"];
        check(
            "\"403\"",
            "\"403\"",
            &exceptions,
            "update-my-profile 403 is an unneeded exception",
        );
    }
}
