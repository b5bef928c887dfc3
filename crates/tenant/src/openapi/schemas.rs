//! What each field is, with the limits that the code has.

use manyface_core::AuthProvider;
use manyface_dialect::openapi::{
    Text, any_of, choice, list, nullable, object, patterns, text, utoipa,
};
use utoipa::openapi::{RefOr, Schema, schema::AdditionalProperties};

use crate::{face::FACES, profile::MAX_PICTURE, update_profile::MAX_NAME};

/// What stands before a picture's base64.
const PREFIX: &str = "data:image/jpeg;base64,";

pub(super) fn tenant(example: &'static str) -> Schema {
    text(Text {
        pattern: Some(uuid()),
        format: Some("uuid"),
        example: Some(example),
        ..Text::default()
    })
}

fn uuid() -> String {
    "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$".to_owned()
}

/// A name that is written. Null is accepted where the response shows null.
fn name(description: &'static str, example: &'static str) -> Schema {
    nullable(Text {
        description,
        most: Some(MAX_NAME),
        pattern: Some(patterns::plain()),
        example: Some(example),
        ..Text::default()
    })
}

pub(crate) fn first_name() -> Schema {
    name(
        "The given name. Empty clears; null is rejected unless the response shows null.",
        "Ada",
    )
}

pub(crate) fn last_name() -> Schema {
    name(
        "The family name. Empty clears; null is rejected unless the response shows null.",
        "Lovelace",
    )
}

pub(crate) fn display_name() -> Schema {
    name(
        "The name to show, whoever vouches for the user. Empty clears; null is rejected unless \
         the response shows null.",
        "Ada L.",
    )
}

pub(crate) fn picture() -> Schema {
    nullable(Text {
        description: "A PNG, JPEG, GIF or WebP image of at most 262144 bytes as a data URI in \
                      base64, perhaps with white space; null removes the picture.",
        pattern: Some(patterns::image_data_url()),
        example: Some(
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        ),
        ..Text::default()
    })
}

pub(crate) fn id() -> Schema {
    text(Text {
        description: "The profile's id. It never changes.",
        pattern: Some(uuid()),
        format: Some("uuid"),
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

pub(crate) fn shown_name() -> Schema {
    text(Text {
        description: "The name to show: the display name, else the first and last name, else what \
                      is known. It cannot be changed here.",
        least: Some(1),
        ..Text::default()
    })
}

pub(crate) fn auth_provider() -> Schema {
    choice(
        "Who vouches for the user. Where it is `oidc` or `saml`, that provider owns `first_name`, \
         `last_name` and `email`.",
        [AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml].map(AuthProvider::as_str),
    )
}

pub(crate) fn shown_first_name() -> Schema {
    shown("The given name.")
}

pub(crate) fn shown_last_name() -> Schema {
    shown("The family name.")
}

pub(crate) fn shown_display_name() -> Schema {
    shown("The name that the user has chosen to be shown.")
}

fn shown(description: &'static str) -> Schema {
    nullable(Text {
        description,
        least: Some(1),
        ..Text::default()
    })
}

pub(crate) fn shown_picture() -> Schema {
    nullable(Text {
        description: "The picture as a data URI in base64, of at most 262144 bytes when decoded.",
        most: Some(PREFIX.len() + MAX_PICTURE.div_ceil(3) * 4),
        pattern: Some(patterns::image_data_url()),
        ..Text::default()
    })
}

/// Either the rule that each field breaks, or what the identity provider owns.
pub(crate) fn details() -> Schema {
    let rule = || {
        let rule = text(Text {
            description: "The rule, as the end of a sentence that begins with the field.",
            ..Text::default()
        });
        RefOr::T(rule)
    };
    let fields = || {
        let taken = FACES[0].fields.iter().filter_map(|field| field.taken);
        taken.map(|taken| taken.at.trim_start_matches('/'))
    };
    let mut rules = object(
        "The rule that each field breaks.",
        fields().map(|name| (name, rule(), false)),
    );
    rules.min_properties = Some(1);
    rules.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    let managed_fields = list("The fields.", choice("", fields()));
    let managed = object(
        "The fields that the user's identity provider owns.",
        [
            ("managed_fields", RefOr::T(managed_fields), true),
            ("auth_provider", RefOr::T(auth_provider()), true),
        ],
    );
    any_of(
        "What a program may need beside the code.",
        [rules, managed].map(|object| RefOr::T(Schema::Object(object))),
    )
}

pub(crate) fn notices() -> Schema {
    let notice = text(Text {
        description: "A sentence for people.",
        ..Text::default()
    });
    list(
        "What the policies that forbid it have to say; not there where they say nothing.",
        notice,
    )
}
