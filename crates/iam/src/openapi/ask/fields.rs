//! What each field may be, made from the limits of the code.

use manyface_core::{CatalogueName, DeploymentSettings};
use manyface_dialect::openapi::{Text, any_of, choice, free, nullable, patterns, text, utoipa};
use utoipa::openapi::{
    RefOr, Schema, SchemaFormat,
    schema::{ArrayBuilder, ObjectBuilder, Type},
};

use super::{super::JSON, Form};
use crate::{
    draft::{MAX_BIO, MAX_FULL_NAME, MAX_PHONE},
    fields::{MAX_ADDRESS, MAX_BYTES, MAX_DEPTH, MAX_ITEMS, MAX_LINK, MAX_USERNAME},
};

/// The details, key by key in the order of the page.
pub(super) fn detail_fields(form: Form) -> Vec<(String, RefOr<Schema>)> {
    let picture = match form {
        Form::Json => text(address(
            "An absolute `http` or `https` URL, never fetched. Blank clears.",
            MAX_ADDRESS,
        )),
        Form::Plain => text(address(
            "An absolute `http` or `https` URL. Empty is no value.",
            MAX_ADDRESS,
        )),
        Form::Multipart => file("A PNG, JPEG, GIF or WebP image, or a text with its URL."),
    };
    let resume = match form {
        Form::Json => text(address("An absolute URL. Blank clears.", MAX_LINK)),
        Form::Plain => text(address("An absolute URL. Empty is no value.", MAX_LINK)),
        Form::Multipart => file("A PDF or DOCX file, or a text with its URL."),
    };
    let any = |name: &str| json_value(form, name);
    let mut fields = vec![
        ("profile_picture", picture),
        ("bio", detail(form, "About the user.", MAX_BIO)),
        ("address", any("An address.")),
        ("country", country()),
        ("phone", detail(form, "A telephone number.", MAX_PHONE)),
        ("dob", date(form)),
        ("user_type", user_type()),
    ];
    for name in [
        "linkedin_url",
        "github_url",
        "twitter_url",
        "facebook_url",
        "website_url",
        "portfolio_url",
    ] {
        fields.push((name, link(form)));
    }
    for (name, may_be_null) in [
        ("skills", false),
        ("investment_interests", false),
        ("technical_interests", true),
        ("focus_area", true),
    ] {
        fields.push((name, names(form, may_be_null)));
    }
    fields.push(("resume", resume));
    for name in [
        "communication_preferences_phone",
        "communication_preferences_email",
        "platform_features_emails",
        "activity_based_emails",
    ] {
        fields.push((name, flag(form)));
    }
    fields.push(("company_info", any("About the user's company.")));
    fields.push(("additional_data", any("Anything else.")));
    let fields = fields.into_iter();
    fields
        .map(|(name, schema)| (name.to_owned(), RefOr::T(schema)))
        .collect()
}

/// A number, which becomes the text that Python writes for it.
fn number() -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .description(Some(
            "Taken for its text: `1.50` for `1.5`. A whole number of more than 64 bits is refused.",
        ));
    Schema::Object(number.build())
}

fn null(description: &str) -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    Schema::Object(null.description(Some(description)).build())
}

/// A text, for which a number may stand in JSON.
fn texts(form: Form, known: Text, clears: bool) -> Schema {
    match form {
        Form::Plain | Form::Multipart => text(known),
        Form::Json => {
            let description = known.description;
            let string = if clears { nullable(known) } else { text(known) };
            any_of(description, [string, number()].map(RefOr::T))
        }
    }
}

/// The schema of one field.
pub(super) fn full_name(form: Form) -> RefOr<Schema> {
    RefOr::T(texts(
        form,
        Text {
            description: "The whole name. Blank clears.",
            most: Some(MAX_FULL_NAME),
            pattern: Some(patterns::plain()),
            example: Some("John Doe"),
            ..Text::default()
        },
        false,
    ))
}

/// The schema of one field.
pub(super) fn username(form: Form) -> RefOr<Schema> {
    RefOr::T(texts(
        form,
        Text {
            description: "The unique name: letters and digits of one script, and `@`, `.`, `+`, \
                          `-`, `_`, not dots alone. A name that is somebody's, or that nobody may \
                          have, is refused.",
            least: Some(1),
            most: Some(MAX_USERNAME),
            format: Some("username"),
            example: Some("johndoe"),
            ..Text::default()
        },
        false,
    ))
}

/// The schema of one field.
pub(super) fn asked_name(form: Form) -> RefOr<Schema> {
    RefOr::T(texts(
        form,
        Text {
            description: "The name. One that nobody can have is not available.",
            least: Some(1),
            most: Some(MAX_USERNAME),
            pattern: Some(patterns::visible()),
            example: Some("johndoe"),
            ..Text::default()
        },
        false,
    ))
}

/// A text of the details. Blank and null clear it.
fn detail(form: Form, description: &'static str, most: usize) -> Schema {
    texts(
        form,
        Text {
            description,
            most: Some(most),
            pattern: Some(patterns::plain()),
            ..Text::default()
        },
        true,
    )
}

/// An address, or nothing.
fn address(description: &'static str, most: usize) -> Text {
    Text {
        description,
        most: Some(most),
        // One that may be empty, and have letters of any script.
        format: Some("iri-reference"),
        example: Some("https://example.com/johndoe"),
        ..Text::default()
    }
}

fn link(form: Form) -> Schema {
    let url = address(
        "An absolute URL: `http`, `https`, `ftp` or `ftps`. Blank clears.",
        MAX_LINK,
    );
    match form {
        Form::Json => nullable(url),
        Form::Plain | Form::Multipart => text(url),
    }
}

fn country() -> Schema {
    text(Text {
        description: "An ISO 3166-1 alpha-2 or alpha-3 code, or the country's name in English, \
                      in any case. Blank clears.",
        format: Some("country"),
        example: Some("USA"),
        ..Text::default()
    })
}

fn date(form: Form) -> Schema {
    let date = Text {
        description: "The date of birth, not in the future: `1999-05-20`, also without its zeros, \
                      and the other forms that ISO 8601 has of a day. Null, and an empty text in a \
                      form, clear it.",
        // Not `date`, which has one form.
        format: Some("iso-8601-date"),
        example: Some("1999-05-20"),
        ..Text::default()
    };
    match form {
        Form::Json => nullable(date),
        Form::Plain | Form::Multipart => text(date),
    }
}

fn user_type() -> Schema {
    let rules = DeploymentSettings::default();
    let types = rules.user_types.iter().map(String::as_str);
    choice(
        "What kind of user it is: one of those that the deployment has, these if nothing is \
         configured. Empty clears. It grants nothing.",
        types.chain([""]),
    )
}

fn flag(form: Form) -> Schema {
    let words = [
        "t", "y", "yes", "true", "on", "1", "f", "n", "no", "false", "off", "0", "null", "",
    ];
    let any_case = |word: &str| -> String {
        let letters = word.chars().map(|letter| {
            let upper = letter.to_ascii_uppercase();
            if upper == letter {
                letter.to_string()
            } else {
                format!("[{upper}{letter}]")
            }
        });
        letters.collect()
    };
    let pattern = words.map(any_case).join("|");
    let word = text(Text {
        description: "A word for it in any case; an empty one and `null` are false.",
        pattern: Some(format!("^(?:{pattern})$")),
        example: Some("yes"),
        ..Text::default()
    });
    match form {
        Form::Plain | Form::Multipart => word,
        Form::Json => {
            let flag = ObjectBuilder::new().schema_type(Type::Boolean).build();
            let number = ObjectBuilder::new()
                .schema_type(Type::Number)
                .enum_values(Some([0, 1]))
                .build();
            any_of(
                "Whether it is so. Null is false.",
                [
                    Schema::Object(flag),
                    Schema::Object(number),
                    word,
                    null("False."),
                ]
                .map(RefOr::T),
            )
        }
    }
}

fn names(form: Form, may_be_null: bool) -> Schema {
    let item = texts(
        form,
        Text {
            description: "A name, which is made where nobody has used it before; or the number of \
                          one, as responses have it.",
            least: Some(1),
            most: Some(CatalogueName::MAX_CHARS),
            pattern: Some(patterns::visible()),
            example: Some("Rust"),
            ..Text::default()
        },
        false,
    );
    let description = "Names or numbers, in the user's order. An empty list clears.";
    let array = ArrayBuilder::new()
        .items(RefOr::T(item.clone()))
        .max_items(Some(MAX_ITEMS))
        .description(Some(description));
    let array = Schema::Array(array.build());
    if form != Form::Json {
        // One value under the name is a list of it.
        return any_of(description, [array, item].map(RefOr::T));
    }
    if may_be_null {
        any_of(description, [array, null("Clears.")].map(RefOr::T))
    } else {
        array
    }
}

/// Any JSON; in a form the text of it.
fn json_value(form: Form, description: &str) -> Schema {
    let limits = format!(
        "Any JSON of at most {MAX_BYTES} bytes without blanks and {MAX_DEPTH} levels. Null clears."
    );
    let description = format!("{description} {limits}");
    if form == Form::Json {
        return free(&description);
    }
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(Some(SchemaFormat::Custom("json".to_owned())))
        .content_media_type(JSON)
        .examples([r#"{"city":"London"}"#]);
    Schema::Object(text.build())
}

fn file(description: &str) -> Schema {
    let file = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(Some(SchemaFormat::Custom("binary".to_owned())));
    Schema::Object(file.build())
}
