//! What `openapi.json` says, and the test that it still does.

mod schemas;

pub(crate) use schemas::{
    always, avatar, badges, bio, country, created_at, date_of_birth, email, id, name, never,
    shown_avatar, shown_bio, shown_country, shown_name, username,
};

use manyface_core::{
    AuthProvider, Avatar, Country, Date, Error, Field, Json, Profile, TenantId, Username,
    Violation, WebUrl, behaviour,
};
use manyface_dialect::openapi::{Document, Operation, sample};

use crate::{
    NAME, dialect,
    error::Failure,
    get_me::GetMe,
    update_me::{Body, MAX_BIO, UpdateMe},
    user::Success,
};

const ABOUT: &str = "\
The profile of the user who is signed in, as MovieKnight documents it, served by manyface.

Every answer is an object with `ok`: true with `data`, or false with `error`, a sentence for \
people. Requests that are refused change nothing.

Texts are trimmed, put into Unicode normalisation form C, and counted in characters (Unicode \
scalar values) after that. Keys that are not documented are ignored.";

const TAG: &str = "users";

#[test]
fn openapi_json_is_what_the_code_says() {
    let mut document = Document::of(dialect(), "MovieKnight profile API", ABOUT);
    document.contract("https://apidocs.movieknight.site/movie-knight-api/users/update-my-profile");
    document.tag(TAG, "The caller's own profile.");
    document.bearer(
        "bearer",
        "JWT",
        "A token that the deployment trusts (RFC 6750).",
    );
    document.failure::<Failure<'_>>();
    document.add(get_me());
    document.add(update_me());
    document.check(env!("CARGO_MANIFEST_DIR"), env!("CARGO_PKG_NAME"));
}

fn get_me() -> Operation {
    let mut get = Operation::of::<GetMe>(sample(&[]));
    get.says(
        TAG,
        "Get my profile",
        "The same object that an update answers. The contract does not have this operation.",
    );
    get.answers::<Success>();
    get.shows_answer::<GetMe>("full", "The user.", full());
    get.shows_answer::<GetMe>("empty", "A user who has set nothing.", empty());
    get.fails(
        "forbidden",
        "A policy of the deployment forbids it.",
        forbidden(),
    );
    get.fails("gone", "The user is gone.", Error::Unauthenticated);
    get
}

fn update_me() -> Operation {
    let mut update = Operation::of::<UpdateMe>(sample(&[]));
    update.says(
        TAG,
        "Update my profile",
        "Changes the fields that are there, and no other. An empty text clears `bio`, `avatarUrl` \
         and `countryCode`; null is no value.",
    );
    update.reads_any::<Body>("What to change.");
    update.asks(
        "page",
        "Four fields at once",
        r#"{"bio":"I rate everything against Fight Club.","name":"Movie Fan","avatarUrl":"https://i.imgur.com/abc.png","countryCode":"US"}"#,
    );
    update.asks("one", "One field", r#"{"bio":"I like films."}"#);
    update.asks(
        "clear",
        "Clear what can be cleared",
        r#"{"bio":"","avatarUrl":"","countryCode":""}"#,
    );
    update.answers::<Success>();
    update.shows_answer::<UpdateMe>("updated", "The user as updated.", full());
    update.refuses_body("nothing", "No known field.", r#"{"nickname":"Fan"}"#);
    update.refuses_body(
        "wrong-types",
        "Fields of another type; every mistake is told.",
        r#"{"bio":1,"name":null}"#,
    );
    update.refuses_body("blank-name", "A name of nothing.", r#"{"name":"  "}"#);
    let long = format!(r#"{{"bio":"{}"}}"#, "x".repeat(MAX_BIO + 1));
    update.refuses_body("long-bio", "A bio that is too long.", &long);
    update.refuses_body("control", "A control character.", r#"{"bio":"\u0000"}"#);
    update.refuses_body(
        "no-url",
        "An avatar that is no address.",
        r#"{"avatarUrl":"me.png"}"#,
    );
    update.refuses_body(
        "no-image",
        "A data URI of something else.",
        r#"{"avatarUrl":"data:text/html;base64,AAEC"}"#,
    );
    update.refuses_body(
        "no-country",
        "A country that is none.",
        r#"{"countryCode":"ZZ"}"#,
    );
    let damaged = Violation::new(Field::Avatar, "must be a whole and undamaged picture");
    update.fails(
        "damaged",
        "A picture that cannot be read.",
        Error::Invalid(vec![damaged]),
    );
    let managed = Error::Managed {
        fields: vec![Field::DisplayName],
        owner: AuthProvider::Oidc,
    };
    update.fails(
        "managed",
        "The user's identity provider owns the field.",
        managed,
    );
    update.fails(
        "forbidden",
        "A policy of the deployment forbids it.",
        forbidden(),
    );
    update.fails("gone", "The user is gone.", Error::Unauthenticated);
    update
}

fn forbidden() -> Error {
    Error::Forbidden(vec!["Profiles are frozen until Monday.".to_owned()])
}

fn empty() -> Profile {
    let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    profile.username = Username::parse("moviefan").unwrap();
    "moviefan@example.com".clone_into(&mut profile.email);
    let id = "66a1f2c4e5b3a1234567890a".to_owned();
    profile.external_ids.insert(NAME.to_owned(), id);
    profile.created_at = "2026-06-25T10:30:00Z".parse().unwrap();
    profile.updated_at = "2026-06-25T10:30:00Z".parse().unwrap();
    profile
}

fn full() -> Profile {
    let mut profile = empty();
    let facts = r#"{"badges":["early-bird"],"aiUsage":{"used":2,"limit":5}}"#;
    let facts = Json::parse(facts.to_owned()).unwrap();
    profile.facts.insert(NAME.to_owned(), facts);
    let avatar = WebUrl::parse("https://i.imgur.com/abc.png").unwrap();
    Profile {
        bio: Some("I rate everything against Fight Club.".to_owned()),
        display_name: Some("Movie Fan".to_owned()),
        avatar: Some(Avatar::External(avatar)),
        country: Country::parse_alpha2("US").ok(),
        date_of_birth: Some(Date::constant(1999, 5, 20)),
        ..profile
    }
}
