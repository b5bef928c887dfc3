//! What each field is, with the limits that the code has.

use manyface_dialect::openapi::{Text, any_of, constant, free, list, patterns, text, utoipa};
use utoipa::openapi::{RefOr, Schema};

use crate::update_me::{MAX_AVATAR, MAX_BIO, MAX_NAME};

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
        example: Some(
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        ),
        ..Text::default()
    });
    let link = text(Text {
        description: "An address, kept as it is written and never fetched.",
        most: Some(MAX_AVATAR),
        pattern: Some(patterns::web_url()),
        example: Some("https://i.imgur.com/abc.png"),
        ..Text::default()
    });
    any_of("The user's picture.", [cleared, file, link].map(RefOr::T))
}

pub(crate) fn country() -> Schema {
    text(Text {
        description: "An ISO 3166-1 alpha-2 code in either case, or XK (Kosovo). Empty clears.",
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
        pattern: Some(patterns::web_url()),
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
        description: "An ISO 3166-1 alpha-2 code, or XK (Kosovo); empty where none is set.",
        pattern: Some("^(?:[A-Z]{2})?$".to_owned()),
        example: Some("US"),
        ..Text::default()
    })
}
