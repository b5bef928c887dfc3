//! What `openapi.json` says, and the test that it still does.

use manyface_core::{
    AuthProvider, Avatar, Country, Date, Error, Field, Json, Profile, TenantId, Username,
    Violation, WebUrl, behaviour,
};
use manyface_dialect::openapi::{
    Document, Operation, Text, any_of, constant, free, list, patterns, sample, text, utoipa,
};
use utoipa::openapi::{RefOr, Schema};

use crate::{
    NAME, dialect,
    error::Failure,
    get_me::GetMe,
    update_me::{
        Body, UpdateMe,
        fields::{MAX_AVATAR, MAX_BIO, MAX_NAME, MAX_URL},
    },
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
    get.fails("gone", "The user is gone.", Error::NotFound);
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
    let damaged = Violation::new(Field::Avatar, "must be a PNG, JPEG, GIF or WebP image");
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
    update.fails("gone", "The user is gone.", Error::NotFound);
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

pub(crate) fn always() -> Schema {
    constant("Always true: the request was taken.", true)
}

pub(crate) fn never() -> Schema {
    constant("Always false: the request was refused.", false)
}

pub(crate) fn bio() -> Schema {
    text(Text {
        description: "About the user. Empty clears.",
        most: Some(MAX_BIO),
        pattern: Some(patterns::plain()),
        example: Some("I rate everything against Fight Club."),
        ..Text::default()
    })
}

pub(crate) fn name() -> Schema {
    text(Text {
        description: "The name that is shown. It cannot be cleared: the response always has one.",
        least: Some(1),
        most: Some(MAX_NAME),
        pattern: Some(patterns::visible()),
        example: Some("Movie Fan"),
        ..Text::default()
    })
}

pub(crate) fn avatar() -> Schema {
    let cleared = text(Text {
        description: "Clears.",
        most: Some(0),
        ..Text::default()
    });
    let file = text(Text {
        description: "A PNG, JPEG, GIF or WebP image as a data URI. The limit is of the whole text.",
        most: Some(MAX_AVATAR),
        pattern: Some(patterns::image_data_url()),
        format: Some("image-data-uri"),
        example: Some(
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        ),
        ..Text::default()
    });
    let link = text(Text {
        description: "An address, kept as it is written and never fetched.",
        most: Some(MAX_URL),
        pattern: Some("^[Hh][Tt][Tt][Pp][Ss]?://".to_owned()),
        format: Some("uri"),
        example: Some("https://i.imgur.com/abc.png"),
        ..Text::default()
    });
    any_of("The user's picture.", [cleared, file, link].map(RefOr::T))
}

pub(crate) fn country() -> Schema {
    text(Text {
        description: "An ISO 3166-1 alpha-2 code in either case. Empty clears.",
        most: Some(2),
        pattern: Some(patterns::country_or_empty()),
        example: Some("US"),
        ..Text::default()
    })
}

pub(crate) fn id() -> Schema {
    text(Text {
        description: "The user's id: 24 hexadecimal digits. It never changes.",
        pattern: Some("^[0-9a-f]{24}$".to_owned()),
        example: Some("66a1f2c4e5b3a1234567890a"),
        ..Text::default()
    })
}

pub(crate) fn shown_bio() -> Schema {
    text(Text {
        description: "About the user; empty where nothing is set.",
        ..Text::default()
    })
}

pub(crate) fn shown_name() -> Schema {
    text(Text {
        description: "The name to show: the user name where none is set.",
        least: Some(1),
        ..Text::default()
    })
}

pub(crate) fn email() -> Schema {
    text(Text {
        description: "Where the user gets mail. It cannot be changed here.",
        format: Some("email"),
        ..Text::default()
    })
}

pub(crate) fn badges() -> Schema {
    let badge = free("A badge as the operator states it.");
    list(
        "What the user has earned, as the operator states it.",
        badge,
    )
}

pub(crate) fn username() -> Schema {
    text(Text {
        description: "The unique name. It cannot be changed here.",
        least: Some(1),
        ..Text::default()
    })
}

pub(crate) fn shown_avatar() -> Schema {
    text(Text {
        description: "Where the picture is; not there where none is set.",
        format: Some("uri"),
        ..Text::default()
    })
}

pub(crate) fn created_at() -> Schema {
    moment("When the profile was made.", "2026-06-25T10:30:00.000Z")
}

pub(crate) fn date_of_birth() -> Schema {
    moment(
        "The date of birth, at midnight; not there where it is not known.",
        "1999-05-20T00:00:00.000Z",
    )
}

fn moment(description: &'static str, example: &'static str) -> Schema {
    text(Text {
        description,
        pattern: Some(patterns::wire_time()),
        format: Some("date-time"),
        example: Some(example),
        ..Text::default()
    })
}

pub(crate) fn shown_country() -> Schema {
    text(Text {
        description: "An ISO 3166-1 alpha-2 code; empty where none is set.",
        pattern: Some("^(?:[A-Z]{2})?$".to_owned()),
        example: Some("US"),
        ..Text::default()
    })
}
