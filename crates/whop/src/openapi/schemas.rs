//! What each field of a request is, with the limits that the code has.

use manyface_dialect::openapi::{Text, choice, nullable, patterns, text, utoipa};
use utoipa::openapi::{
    Deprecated, Schema,
    extensions::Extensions,
    schema::{ObjectBuilder, SchemaType, Type},
};

use crate::{
    create_file::{self, MAX_FILENAME},
    error,
    external_id::{MAX_TAIL, USER},
    receive_file::MAX_BYTES,
    request::ACCOUNT,
    rules::{FILE, MAX_BIO, MAX_NAME, MAX_UPLOAD, MAX_USERNAME},
    version::Version,
};

/// An id: `prefix` and letters and digits.
pub(super) fn tagged(prefix: &str) -> String {
    format!("^{prefix}[A-Za-z0-9]{{1,{MAX_TAIL}}}$")
}

pub(super) fn version() -> Schema {
    choice("", Version::all().map(Version::as_str))
}

pub(super) fn user() -> Schema {
    text(Text {
        description: "`me`, a user's id, or a user's name.",
        least: Some(1),
        example: Some("user_x9F0aMwTz3bQk1"),
        ..Text::default()
    })
}

pub(super) fn file() -> Schema {
    text(Text {
        pattern: Some(tagged(FILE)),
        example: Some("file_4TnW8sQy0LbC2d"),
        ..Text::default()
    })
}

pub(super) fn account() -> Schema {
    text(Text {
        pattern: Some(tagged(ACCOUNT)),
        example: Some("biz_conformance"),
        ..Text::default()
    })
}

pub(super) fn include_balance() -> Schema {
    choice("", ["true", "false", "1", "0"])
}

pub(super) fn expires() -> Schema {
    text(Text {
        description: "Seconds since 1970.",
        pattern: Some("^[0-9]{1,18}$".to_owned()),
        ..Text::default()
    })
}

pub(super) fn signature() -> Schema {
    text(Text {
        description: "Hexadecimal digits.",
        pattern: Some("^(?:[0-9a-f]{2})*$".to_owned()),
        ..Text::default()
    })
}

pub(crate) fn kind() -> Schema {
    let kinds = error::TYPES.iter().map(|(_, kind)| *kind);
    choice("What is wrong, for programs.", kinds)
}

pub(crate) fn name() -> Schema {
    nullable(Text {
        description: "The name that is shown. Empty clears; so does null in the version \
                      2025-01-01 and for an account, and is rejected otherwise unless the response \
                      shows null.",
        most: Some(MAX_NAME),
        pattern: Some(patterns::plain()),
        example: Some("Nick"),
        ..Text::default()
    })
}

pub(crate) fn bio() -> Schema {
    nullable(Text {
        description: "About the user. Empty clears; so does null in the version 2025-01-01 and \
                      for an account, and is rejected otherwise unless the response shows null.",
        most: Some(MAX_BIO),
        pattern: Some(patterns::plain()),
        example: Some("I sell courses about selling courses."),
        ..Text::default()
    })
}

pub(crate) fn username() -> Schema {
    nullable(Text {
        description: "The unique name: letters, digits and hyphens. It cannot be set for an \
                      account. Null is ignored in the version 2025-01-01, and is refused otherwise.",
        least: Some(1),
        most: Some(MAX_USERNAME),
        pattern: Some("^-*[A-Za-z0-9][A-Za-z0-9-]*$".to_owned()),
        example: Some("nick-the-seller"),
        ..Text::default()
    })
}

pub(crate) fn profile_picture() -> Schema {
    let id = text(Text {
        description: "The file's id.",
        most: Some(MAX_UPLOAD),
        pattern: Some(tagged(FILE)),
        example: Some("file_4TnW8sQy0LbC2d"),
        ..Text::default()
    });
    let signed = text(Text {
        description: "The file's signed name, as its maker was told it.",
        most: Some(MAX_UPLOAD),
        ..Text::default()
    });
    let shown = text(Text {
        description: "Where the picture is that the response shows.",
        ..Text::default()
    });
    let object = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Object, Type::Null]))
        .description(Some(
            "A picture that was uploaded, by either of its names. Null removes it in the version \
             2025-01-01 and for an account, and is rejected otherwise unless the response shows \
             null. The object that the response shows, with `url`, is no change.",
        ))
        .property("id", id)
        .property("direct_upload_id", signed)
        .property("url", shown);
    // The builder has no word for a condition beside the keys.
    let either = serde_json::json!([
        {"type": "null"},
        {"type": "object", "required": ["id"]},
        {"type": "object", "required": ["direct_upload_id"]},
        {
            "type": "object",
            "required": ["url"],
            "not": {"anyOf": [{"required": ["id"]}, {"required": ["direct_upload_id"]}]},
        },
    ]);
    let either = Extensions::from_iter([("oneOf", either)]);
    Schema::Object(object.extensions(Some(either)).build())
}

pub(crate) fn company_id() -> Schema {
    let company = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .description(Some(
            "The account, in the version 2025-01-01 alone; later it is `account_id` in the query.",
        ))
        .pattern(Some(tagged(ACCOUNT)))
        .deprecated(Some(Deprecated::True));
    Schema::Object(company.build())
}

pub(crate) fn filename() -> Schema {
    let endings = create_file::TYPES.iter().map(|(ending, _)| {
        let letters = ending.chars();
        let either = letters.map(|c| format!("[{}{c}]", c.to_ascii_uppercase()));
        either.collect::<String>()
    });
    let endings: Vec<_> = endings.collect();
    let plain = patterns::plain();
    let plain = plain.trim_end_matches('$');
    text(Text {
        description: "What the file is called. Its ending says which picture it is.",
        most: Some(MAX_FILENAME),
        pattern: Some(format!(r"{plain}\.(?:{})$", endings.join("|"))),
        example: Some("me.png"),
        ..Text::default()
    })
}

pub(crate) fn visibility() -> Schema {
    let visibility = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .description(Some(
            "Whether the file has an address that needs no signature. Where it is left out, it is \
             private; before 2026-08-21-1 it is public.",
        ))
        .enum_values(Some([
            serde_json::json!("public"),
            serde_json::json!("private"),
            serde_json::Value::Null,
        ]));
    Schema::Object(visibility.build())
}

pub(crate) fn byte_size() -> Schema {
    let size = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Integer, Type::Null]))
        .description(Some("How many bytes the file will have, exactly."))
        .minimum(Some(1))
        .maximum(Some(MAX_BYTES))
        .examples([serde_json::json!(20480)]);
    Schema::Object(size.build())
}

pub(crate) fn multipart() -> Schema {
    let multipart = ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Boolean, Type::Null]))
        .description(Some("Never: files are small here."))
        .enum_values(Some([serde_json::json!(false), serde_json::Value::Null]));
    Schema::Object(multipart.build())
}

/// What is known of a text in a response, by the key that it stands at.
pub(super) fn shown_text(path: &str) -> Text {
    let last = path.rsplit('.').next().unwrap_or_default();
    match last {
        "id" if path.ends_with("file.id") => Text {
            pattern: Some(tagged(FILE)),
            ..Text::default()
        },
        "id" => Text {
            pattern: Some(tagged(USER)),
            ..Text::default()
        },
        "created_at" => Text {
            pattern: Some(patterns::wire_time()),
            format: Some("date-time"),
            ..Text::default()
        },
        "email" => Text {
            format: Some("email"),
            ..Text::default()
        },
        "username" => Text {
            least: Some(1),
            ..Text::default()
        },
        _ if last.ends_with("_usd") => Text {
            pattern: Some("^-?[0-9]+(?:[.][0-9]+)?$".to_owned()),
            ..Text::default()
        },
        _ => Text::default(),
    }
}
