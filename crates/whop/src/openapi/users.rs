//! The operations on users.

use manyface_core::{AuthProvider, Error, Field};
use manyface_dialect::{
    Call, Endpoint,
    openapi::{Document, Operation},
};

use super::{ID, answers, ask_for, by_key, gone, sample, sample_of, schemas, versions};
use crate::{
    read_me::ReadMe, read_user::ReadUser, request::Body, rules::MAX_NAME, update_me::UpdateMe,
    update_user::UpdateUser, user::Shown, version::Version,
};
use manyface_core::Action;

pub(super) const TAG: &str = "users";

pub(super) fn add(document: &mut Document) {
    document.add(read_me());
    document.add(update_me());
    document.add(read_user());
    document.add(update_user());
}

fn read_me() -> Operation {
    let mut read = Operation::of::<ReadMe>(sample());
    read.says(
        TAG,
        "Retrieve current user",
        "The user who is signed in. API keys have no user of their own.",
    );
    let older = answers::turns();
    shows::<ReadMe>(&mut read, older[..older.len() - 1].to_vec());
    reads(&mut read);
    read.refuses("key", "An API key.", by_key);
    gone(&mut read);
    read
}

fn read_user() -> Operation {
    let mut read = Operation::of::<ReadUser>(sample_of(ID));
    read.says(
        TAG,
        "Retrieve user",
        "A user of the caller's tenant, as everybody sees them; `me` is the caller. With \
         `account_id`, as that account shows them, which the user and the account's own program \
         may read.",
    );
    read.path_parameter("id", "Which user.", schemas::user());
    shows::<ReadUser>(&mut read, vec![Version::ORIGINAL]);
    reads(&mut read);
    read.refuses(
        "key",
        "An API key, of which the current user is asked.",
        |call| {
            by_key(call);
            *call = Call {
                params: [("id".to_owned(), "me".to_owned())].into_iter().collect(),
                ..call.clone()
            };
        },
    );
    read.fails("no-user", "There is no such user.", Error::NotFound);
    read
}

fn update_me() -> Operation {
    let mut update = Operation::of::<UpdateMe>(sample());
    update.says(TAG, "Update current user", CHANGES);
    shows::<UpdateMe>(&mut update, vec![Version::ORIGINAL]);
    writes(&mut update);
    update.refuses("key", "An API key, which has no user.", by_key);
    update
}

fn update_user() -> Operation {
    let mut update = Operation::of::<UpdateUser>(sample_of(ID));
    update.says(TAG, "Update user", CHANGES);
    update.path_parameter(
        "id",
        "Which user: the caller, but for API keys.",
        schemas::user(),
    );
    shows::<UpdateUser>(&mut update, vec![Version::ORIGINAL]);
    writes(&mut update);
    update.refuses("key", "An API key without an account.", |call| {
        by_key(call);
        call.body = bytes::Bytes::from_static(b"{}");
    });
    update.fails_for("no-user", "There is no such user.", by_key, Error::NotFound);
    update
}

const CHANGES: &str = "\
Changes the fields that are there, and no other. With `account_id`, it changes what that account \
shows of the user; without it the user's own profile, which API keys cannot.";

/// The responses of an operation that answers a user, in the newest version and in `older` ones.
fn shows<E>(operation: &mut Operation, older: Vec<Version>)
where
    E: Endpoint,
    E::Action: Action<Output = Shown>,
{
    let users = answers::users(operation);
    operation.answers_as("AnyUser", users);
    operation.shows_answer::<E>(
        "newest",
        "In the newest version.",
        answers::shown(Version::NEWEST),
    );
    for version in older {
        let name = version.as_str();
        operation.shows_answer_to::<E>(
            name,
            &format!("In the version {version}."),
            |call| ask_for(call, name),
            answers::shown(version),
        );
    }
}

/// What has no body.
fn reads(operation: &mut Operation) {
    parameters(operation);
    operation.query_parameter(
        "include_balance",
        "Whether what the user holds is shown, where the caller may see it: as if it were true \
         where it is left out.",
        schemas::include_balance(),
    );
    refusals(operation);
    operation.refuses("no-flag", "A flag that is none.", |call| {
        "include_balance=yes".clone_into(&mut call.query);
    });
}

fn writes(operation: &mut Operation) {
    parameters(operation);
    refusals(operation);
    operation.reads::<Body>("What to change.");
    operation.asks(
        "page",
        "Name and bio",
        r#"{"name":"Nick","bio":"I sell courses about selling courses."}"#,
    );
    operation.asks(
        "username",
        "The user name",
        r#"{"username":"nick-the-seller"}"#,
    );
    operation.asks(
        "picture",
        "A picture that was uploaded",
        r#"{"profile_picture":{"id":"file_4TnW8sQy0LbC2d"}}"#,
    );
    operation.asks(
        "clear",
        "Clear what can be cleared",
        r#"{"name":"","bio":""}"#,
    );
    operation.refuses("no-scope", "The token lacks the scope.", |call| {
        let mut caller = (*call.caller).clone();
        caller.scopes.clear();
        call.caller = caller.into();
    });
    operation.refuses_body(
        "wrong-types",
        "Fields of another type; every mistake is told.",
        r#"{"name":1,"bio":null,"profile_picture":"me.png"}"#,
    );
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(MAX_NAME + 1));
    operation.refuses_body("long-name", "A name that is too long.", &long);
    operation.refuses_body("control", "A control character.", r#"{"bio":"\u0000"}"#);
    operation.refuses_body(
        "odd-username",
        "A user name that is none.",
        r#"{"username":"a b"}"#,
    );
    operation.refuses_body(
        "no-picture",
        "A picture without a name.",
        r#"{"profile_picture":{}}"#,
    );
    operation.refuses(
        "company",
        "The account as older versions name it.",
        |call| {
            call.body = bytes::Bytes::from_static(br#"{"company_id":"biz_conformance"}"#);
        },
    );
    let taken = Error::Taken(Field::Username);
    operation.fails("taken", "Somebody else has the user name.", taken);
    let managed = Error::Managed {
        fields: vec![Field::DisplayName],
        owner: AuthProvider::Oidc,
    };
    operation.fails(
        "managed",
        "The user's identity provider owns the field.",
        managed,
    );
    gone(operation);
}

fn parameters(operation: &mut Operation) {
    operation.query_parameter(
        "account_id",
        "The account in which the user is shown. In the version 2025-01-01, `company_id` is \
         another name for it.",
        schemas::account(),
    );
}

fn refusals(operation: &mut Operation) {
    versions(operation);
    operation.refuses("no-account", "An account that is none.", |call| {
        "account_id=acme".clone_into(&mut call.query);
        call.body = bytes::Bytes::from_static(b"{}");
    });
    operation.fails(
        "forbidden",
        "The caller may not.",
        Error::Forbidden(Vec::new()),
    );
    let notices = vec!["Profiles are frozen until Monday.".to_owned()];
    operation.fails(
        "policy",
        "A policy of the deployment forbids it, and says why.",
        Error::Forbidden(notices),
    );
}
