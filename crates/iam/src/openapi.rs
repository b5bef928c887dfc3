//! What `openapi.json` says, and the test that it still does.

mod answer;
mod ask;
mod examples;
mod failure;

use bytes::Bytes;
use http::{HeaderValue, header};
use manyface_core::{Denial, Error};
use manyface_dialect::{
    Call, Endpoint, NoBody, Refusal, WireError,
    openapi::{Document, Operation, Text, sample, text},
};
use serde_json::json;

use crate::{
    BODY_LIMIT, IamError,
    check_user_existence::{Availability, CheckUserExistence},
    dialect, error,
    get_details::GetDetails,
    get_profile::GetProfile,
    read_resume::{self, attachment},
    resume::Format,
    save::Save,
    shown::{UserDetail, UserDetailView},
    update_details::UpdateDetails,
    update_profile::UpdateProfile,
};

pub(crate) use answer::{
    always, any_json, email, never, shown_country, shown_date, shown_link, shown_time,
};

const ABOUT: &str = "\
The profile of the user who is signed in, as AI Square Studio documents it, served by manyface.

That API runs on Django REST framework. Requests are read as that framework reads them, in JSON \
or as a form, and failures are told in its words: `{\"detail\": …}`, or an object of the fields \
with sentences about each. Every mistake of a request is told at once, and a request with one \
changes nothing.

Texts are trimmed, put into Unicode normalisation form C, and counted in characters (Unicode \
scalar values) after that. Numbers are taken for texts, as that framework writes them. Keys that \
are not documented are ignored. A path without its slash is moved to the one with it (301).";

const USER: &str = "iam";
const FILES: &str = "files";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

#[test]
fn openapi_json_is_what_the_code_says() {
    let mut document = Document::of(dialect(), "AI Square Studio profile API", ABOUT);
    document.contract(
        "https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/user-profile-partial-update",
    );
    document.tag(USER, "The caller's own profile.");
    document.tag(FILES, "Files that the caller has uploaded.");
    document.bearer(
        "jwtAuth",
        "JWT",
        "A token that the deployment trusts (RFC 6750).",
    );
    document.failure::<failure::Failure>();
    document.header(
        "Content-Security-Policy",
        "Nothing in the file may load or run, should a browser take it for a page.",
    );
    document.add(get_profile());
    document.add(update_profile());
    document.add(get_details());
    document.add(update_details());
    document.add(check_user_existence());
    document.add(read_resume());
    document.check(env!("CARGO_MANIFEST_DIR"), env!("CARGO_PKG_NAME"));
}

fn get_profile() -> Operation {
    let mut get = Operation::of::<GetProfile>(sample(&[]));
    get.says(
        USER,
        "Get user profile",
        "The same object that an update answers. The contract does not have this operation.",
    );
    answer::parts(&mut get);
    get.answers_as("IAMUserDetailView", answer::whole::<UserDetailView>());
    get.shows_answer::<GetProfile>("full", "The user.", examples::full());
    get.shows_answer::<GetProfile>("empty", "A user who has set nothing.", examples::empty());
    everywhere(&mut get);
    get
}

fn update_profile() -> Operation {
    let mut update = Operation::of::<UpdateProfile>(sample(&[]));
    update.says(
        USER,
        "Update User Profile",
        "Changes the fields that are there, and no other; without any, nothing.",
    );
    ask::profile(&mut update);
    answer::parts(&mut update);
    update.answers_as("IAMUserDetailView", answer::whole::<UserDetailView>());
    update.shows_answer::<UpdateProfile>("updated", "The user as updated.", Ok(examples::full()));
    mistakes::<UpdateProfile>(
        &mut update,
        "several-mistakes",
        "Every mistake is told.",
        r#"{"full_name":null,"username":"two words","details":{"dob":"1999-02-30","skills":["Rust",null]}}"#,
    );
    mistakes::<UpdateProfile>(&mut update, "no-object", "The body is no object.", "[]");
    mistakes::<UpdateProfile>(
        &mut update,
        "details-no-object",
        "The details are no object.",
        r#"{"details":[]}"#,
    );
    mistakes::<UpdateProfile>(
        &mut update,
        "details-null",
        "The details are null.",
        r#"{"details":null}"#,
    );
    let taken = Error::Taken(manyface_core::Field::Username);
    update.fails("taken", "The user name is somebody's.", taken);
    bodies(&mut update);
    changes(&mut update);
    update
}

fn get_details() -> Operation {
    let mut get = Operation::of::<GetDetails>(sample(&[]));
    get.says(
        USER,
        "Get user details",
        "The details alone. The four lists are names, and what may be null is null where nothing \
         is set.",
    );
    answer::parts(&mut get);
    get.answers_as("IAMUserDetail", answer::whole::<UserDetail>());
    get.shows_answer::<GetDetails>("full", "The details.", examples::full());
    get.shows_answer::<GetDetails>(
        "empty",
        "Those of a user who has set nothing.",
        examples::empty(),
    );
    everywhere(&mut get);
    get
}

fn update_details() -> Operation {
    let mut update = Operation::of::<UpdateDetails>(sample(&[]));
    update.says(
        USER,
        "Update user details",
        "Changes the details that are there, and no other; without any, nothing.",
    );
    ask::details(&mut update);
    answer::parts(&mut update);
    update.answers_as("IAMUserDetail", answer::whole::<UserDetail>());
    update.shows_answer::<UpdateDetails>(
        "updated",
        "The details as updated.",
        Ok(examples::full()),
    );
    mistakes::<UpdateDetails>(
        &mut update,
        "several-mistakes",
        "Every mistake is told.",
        r#"{"dob":"1999-02-30","linkedin_url":"me","skills":["Rust",null]}"#,
    );
    mistakes::<UpdateDetails>(&mut update, "no-object", "The body is no object.", "[]");
    bodies(&mut update);
    changes(&mut update);
    update
}

fn check_user_existence() -> Operation {
    let mut check = Operation::of::<CheckUserExistence>(sample(&[]));
    check.says(
        USER,
        "Ask whether a user name is free",
        "Needs no credential; with one, the caller's own name is available. A name that nobody \
         can have is not. The slash at the end of the path belongs to it.",
    );
    ask::name(&mut check);
    check.answers::<Availability>();
    for (name, summary, available) in [
        ("free", "The caller could take it.", true),
        ("taken", "The caller could not.", false),
    ] {
        check.shows_answer::<CheckUserExistence>(name, summary, Availability { available });
    }
    check.refuses_body("nothing", "No name is given.", "{}");
    check.refuses_body("blank", "The name is blank.", r#"{"username":" "}"#);
    check.refuses_body("null", "The name is null.", r#"{"username":null}"#);
    check.refuses_body("no-object", "The body is no object.", "[]");
    bodies(&mut check);
    not_acceptable(&mut check);
    check
}

fn read_resume() -> Operation {
    let mut read = Operation::of_route::<IamError>(&read_resume::route(), sample(&[]));
    read.says(
        FILES,
        "Get a résumé",
        "A file that was uploaded, under the address that the profile has. Its owner reads it; \
         where the deployment says so, everybody who has the address. It is an attachment, and \
         never shown in place. The contract does not have this operation.",
    );
    read.path_parameter(
        "name",
        "The name that the profile's `resume` ends with.",
        text(Text {
            pattern: Some("^[0-9a-f]{32}\\.(?:pdf|docx)$".to_owned()),
            example: Some("0123456789abcdef0123456789abcdef.pdf"),
            ..Text::default()
        }),
    );
    for (name, format) in [("pdf", Format::Pdf), ("docx", Format::Docx)] {
        read.answers_bytes(format.media_type());
        read.tells(
            name,
            "The file.",
            attachment(format, b"%PDF-".to_vec().into()),
        );
    }
    let missing = Refusal::Unauthenticated(Denial::Missing);
    read.tells(
        "no-credential",
        "It is somebody's, and there is no credential.",
        IamError::from(missing).reply(),
    );
    let unknown = IamError::from(Refusal::UnknownPath).reply();
    read.tells("unknown", "It is not the caller's, or not there.", unknown);
    everywhere(&mut read);
    read
}

/// The answer to a body with mistakes, which are told together with those that only the
/// deployment knows of.
fn mistakes<E>(operation: &mut Operation, name: &str, summary: &str, body: &str)
where
    E: Endpoint<Body = NoBody, Action = Save, Error = IamError>,
{
    let mut call = sample(&[]);
    call.body = Bytes::copy_from_slice(body.as_bytes());
    let save = E::decode(&call, NoBody).expect("the body can be read");
    assert!(!save.problems.is_empty(), "{name} has no mistakes");
    operation.shows_answer::<E>(name, summary, Err(save.problems));
}

/// What any operation of a user can come to.
fn everywhere(operation: &mut Operation) {
    operation.tells(
        "no-detail",
        "The credential is good, but no user's.",
        IamError::NoDetail.reply(),
    );
    operation.fails("gone", "The user is gone.", Error::Unauthenticated);
    let notices = vec!["Profiles are frozen until Monday.".to_owned()];
    operation.fails(
        "forbidden",
        "A policy of the deployment forbids it, in its words.",
        Error::Forbidden(notices),
    );
    not_acceptable(operation);
}

fn not_acceptable(operation: &mut Operation) {
    let reply = error::negotiate("text/html").expect("JSON is all that there is");
    operation.tells("not-acceptable", "`Accept` has no place for JSON.", reply);
}

fn changes(operation: &mut Operation) {
    everywhere(operation);
    let managed = Error::Managed {
        fields: vec![manyface_core::Field::FullName],
        owner: manyface_core::AuthProvider::Oidc,
    };
    operation.fails(
        "managed",
        "The user's identity provider owns the field.",
        managed,
    );
}

/// What the endpoints say of bodies that they cannot read.
fn bodies(operation: &mut Operation) {
    operation.reads_itself();
    operation.refuses_body("malformed-json", "The body is not JSON.", r#"{"bio":}"#);
    let number = format!(r#"{{"address":{}}}"#, "9".repeat(30));
    operation.refuses_body("large-number", "A number of more than 64 bits.", &number);
    let as_type = |media_type: &'static str, body: &'static [u8]| {
        move |call: &mut Call| {
            let value = HeaderValue::from_static(media_type);
            call.headers.insert(header::CONTENT_TYPE, value);
            call.body = Bytes::from_static(body);
        }
    };
    operation.refuses(
        "charset",
        "JSON in another charset than UTF-8.",
        as_type("application/json; charset=latin-1", b"{}"),
    );
    operation.refuses("content-coding", "The body is compressed.", |call| {
        let gzip = HeaderValue::from_static("gzip");
        call.headers.insert(header::CONTENT_ENCODING, gzip);
        call.body = Bytes::from_static(b"{}");
    });
    operation.refuses(
        "malformed-form",
        "A form without its boundary.",
        as_type(MULTIPART, b"--x--"),
    );
    operation.refuses(
        "other-type",
        "The body is of a type that is not read.",
        as_type("text/plain", b"full_name"),
    );
}

/// Where the sizes are told that the generator cannot know of.
fn sizes() -> String {
    let files = BODY_LIMIT / (1024 * 1024);
    format!(
        "What to change. JSON and plain forms may have 2.5 MiB; with files {files} MiB, of which \
         each file may have 5."
    )
}

fn form_example(prefix: &str) -> serde_json::Value {
    json!({ format!("{prefix}bio"): "I count.", format!("{prefix}skills"): ["Rust", "Go"] })
}
