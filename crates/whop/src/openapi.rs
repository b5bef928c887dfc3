//! What `openapi.json` says, and the test that it still does.

mod answers;
mod files;
mod meanings;
mod schemas;
mod shapes;
mod users;

pub(crate) use schemas::{
    bio, byte_size, company_id, filename, kind, multipart, name, profile_picture, username,
    visibility,
};

use std::sync::Arc;

use http::HeaderValue;
use manyface_core::{ApiKeyHolder, Caller, Subject, TenantId};
use manyface_dialect::{
    Call, Params,
    openapi::{self, Document, Operation},
};

use crate::{
    BALANCE_READ, EMAIL_READ, PROFILE_UPDATE, WhopError, dialect,
    error::Failure,
    request::ACCOUNT,
    version::{HEADER, Version},
};

const ABOUT: &str = "\
Users and their pictures, as Whop documents them, served by manyface.

`Api-Version-Date` says in which version of the contract a request is made and to be answered; \
without it, the version is the API key's own, or 2025-01-01. Every version that is known is listed \
with the header. Responses to users are described in each shape that they have had: the newest is \
`User`, and the description of each older one says until when it was used.

Every failure is an object with `error`, which has a `type` for programs and a `message` for \
people. Requests that are refused change nothing.

Texts are trimmed, put into Unicode normalisation form C, and counted in characters (Unicode \
scalar values) after that. Keys and parameters that are not documented are ignored.";

const ID: &str = "user_x9F0aMwTz3bQk1";

#[test]
fn openapi_json_is_what_the_code_says() {
    let mut document = Document::of(dialect(), "Whop user API", ABOUT);
    document.contract("https://docs.whop.com/api-reference/users/update-current-user");
    document.tag(users::TAG, "Users, and what accounts show of them.");
    document.tag(files::TAG, "Pictures on their way to a profile.");
    document.bearer(
        "bearer",
        "JWT",
        "A user's token (RFC 6750). Where it has the scope `user:balance:read` the user's holdings \
         are shown, and with `user:email:read` the address for mail.",
    );
    document.bearer(
        "apiKey",
        "API key",
        "The key of an account's program, which reads users and writes what its account shows.",
    );
    document.failure::<Failure<'_>>();
    document.header("Api-Version-Date", "The version that the response is in.");
    document.request_header(
        "Api-Version-Date",
        "The version of the contract that the request is made in.",
        schemas::version(),
        false,
    );
    users::add(&mut document);
    files::add(&mut document);
    document.check(env!("CARGO_MANIFEST_DIR"), env!("CARGO_PKG_NAME"));
}

/// A user's request in the newest version.
fn sample() -> Call {
    let mut call = openapi::sample(&[PROFILE_UPDATE, BALANCE_READ, EMAIL_READ]);
    ask_for(&mut call, Version::NEWEST.as_str());
    call
}

/// The same of the user or file `id`.
fn sample_of(id: &str) -> Call {
    let mut call = sample();
    call.params = Params::from_iter([("id".to_owned(), id.to_owned())]);
    call
}

fn ask_for(call: &mut Call, version: &str) {
    let version = HeaderValue::from_str(version).unwrap();
    call.headers.insert(HEADER, version);
}

/// Makes the request an account's program's.
fn by_key(call: &mut Call) {
    let mut caller: Caller = (*call.caller).clone();
    caller.subject = Subject::ApiKey(ApiKeyHolder {
        id: "key".to_owned(),
        tenant_id: TenantId(uuid::Uuid::nil()),
        app: None,
        accounts: vec![format!("{ACCOUNT}conformance")],
        api_version: None,
    });
    call.caller = Arc::new(caller);
}

/// What every operation refuses that knows versions.
fn versions(operation: &mut Operation) {
    operation.refuses("unknown-version", "No known version.", |call| {
        ask_for(call, "2024-12-31");
    });
}

fn gone(operation: &mut Operation) {
    use manyface_dialect::WireError;
    // That nobody is there turns out when the version is known, and every answer says it then.
    let told = WhopError::from(manyface_core::Error::Unauthenticated).reply();
    let told = told.with_text(HEADER, Version::NEWEST.as_str());
    operation.tells("gone", "The user is gone.", told);
}
