//! What `openapi.json` says, and the test that it still does.

use manyface_core::{
    AuthProvider, Avatar, Date, Error, Field, Profile, ProfileId, TenantId, Timestamp, Username,
    WebUrl, behaviour,
};
use manyface_dialect::openapi::{
    Document, Operation, Text, nullable, patterns, sample, text, utoipa,
};
use utoipa::openapi::Schema;

use crate::{
    claims::Claims,
    dialect,
    error::Failure,
    read_userinfo::ReadUserinfo,
    replace_userinfo::{Body, MAX_NAME, MAX_URL, ReplaceUserinfo},
};

const ABOUT: &str = "\
The claims of the user who is signed in, as OpenID Connect names them, to be read and replaced.

A claim that is not set is left out. A replacement clears what it leaves out, and touches nothing \
that is not a claim here.";

const TAG: &str = "claims";

#[test]
fn openapi_json_is_what_the_code_says() {
    let mut document = Document::of(dialect(), "Claims", ABOUT);
    document.contract("https://openid.net/specs/openid-connect-core-1_0.html#UserInfo");
    document.tag(TAG, "The caller's own claims.");
    document.bearer(
        "bearer",
        "JWT",
        "A token that the deployment trusts (RFC 6750).",
    );
    document.failure::<Failure<'_>>();
    document.add(read());
    document.add(replace());
    document.check(env!("CARGO_MANIFEST_DIR"), env!("CARGO_PKG_NAME"));
}

fn read() -> Operation {
    let mut read = Operation::of::<ReadUserinfo>(sample(&[]));
    read.says(TAG, "Read the claims", "Those that are set.");
    read.answers::<Claims>();
    read.shows_answer::<ReadUserinfo>("full", "A user with every claim.", full());
    read.shows_answer::<ReadUserinfo>("empty", "A user who has set nothing.", empty());
    read.fails(
        "forbidden",
        "A policy forbids it.",
        Error::Forbidden(vec![]),
    );
    read.fails("gone", "The user is gone.", Error::Unauthenticated);
    read
}

fn replace() -> Operation {
    let mut replace = Operation::of::<ReplaceUserinfo>(sample(&[]));
    replace.says(
        TAG,
        "Replace the claims",
        "The four claims that are the user's own become what the body says. What it leaves out, or \
         has as null or as an empty text, is cleared.",
    );
    replace.reads::<Body>("The claims.");
    replace.asks(
        "all",
        "Every claim",
        r#"{"nickname":"Ada L.","given_name":"Ada","family_name":"Lovelace","picture":"https://example.com/ada.png"}"#,
    );
    replace.asks("none", "No claim: all four are cleared", "{}");
    replace.answers::<Claims>();
    replace.shows_answer::<ReplaceUserinfo>("replaced", "The claims as they then are.", full());
    let long = format!(r#"{{"nickname":"{}"}}"#, "x".repeat(MAX_NAME + 1));
    replace.refuses_body("long", "A name that is too long.", &long);
    replace.refuses_body(
        "wrong-types",
        "Claims of another type.",
        r#"{"nickname":1,"picture":[]}"#,
    );
    replace.refuses_body(
        "no-url",
        "A picture that is no address.",
        r#"{"picture":"ada.png"}"#,
    );
    let managed = Error::Managed {
        fields: vec![Field::GivenName],
        owner: AuthProvider::Oidc,
    };
    replace.fails(
        "managed",
        "The user's identity provider owns the claim.",
        managed,
    );
    replace.fails(
        "forbidden",
        "A policy forbids it.",
        Error::Forbidden(vec![]),
    );
    replace.fails("gone", "The user is gone.", Error::Unauthenticated);
    replace
}

fn empty() -> Profile {
    let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    profile.id = ProfileId::mint(Timestamp::UNIX_EPOCH, [1; 10]);
    profile.username = Username::parse("ada").unwrap();
    "ada@example.com".clone_into(&mut profile.email);
    profile.created_at = "2026-06-25T10:30:00Z".parse().unwrap();
    profile.updated_at = "2026-06-25T10:30:00Z".parse().unwrap();
    profile
}

fn full() -> Profile {
    let picture = WebUrl::parse("https://example.com/ada.png").unwrap();
    Profile {
        display_name: Some("Ada L.".to_owned()),
        given_name: Some("Ada".to_owned()),
        family_name: Some("Lovelace".to_owned()),
        avatar: Some(Avatar::External(picture)),
        date_of_birth: Some(Date::constant(1815, 12, 10)),
        ..empty()
    }
}

pub(crate) fn sub() -> Schema {
    text(Text {
        description: "The profile's id: a UUID. It never changes.",
        format: Some("uuid"),
        example: Some("00000000-0000-7101-8101-010101010101"),
        ..Text::default()
    })
}

pub(crate) fn shown() -> Schema {
    text(Text {
        description: "Left out where nothing is set.",
        least: Some(1),
        ..Text::default()
    })
}

pub(crate) fn name() -> Schema {
    nullable(Text {
        description: "Null and empty clear, as leaving it out does.",
        most: Some(MAX_NAME),
        pattern: Some(patterns::plain()),
        example: Some("Ada"),
        ..Text::default()
    })
}

pub(crate) fn picture() -> Schema {
    nullable(Text {
        description: "Where the picture is. Null and empty clear, as leaving it out does.",
        most: Some(MAX_URL),
        pattern: Some("^$|^[Hh][Tt][Tt][Pp][Ss]?://".to_owned()),
        example: Some("https://example.com/ada.png"),
        ..Text::default()
    })
}
