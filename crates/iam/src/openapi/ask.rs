//! What requests are made of.

use manyface_core::{CatalogueName, HouseRules};
use manyface_dialect::openapi::{
    Operation, Text, any_of, choice, free, nullable, object, patterns, text, utoipa,
};
use serde_json::json;
use utoipa::openapi::{
    Object, RefOr, Schema,
    schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Type},
};

use super::{FORM, JSON, MULTIPART, form_example, sizes};
use crate::{
    draft::{MAX_BIO, MAX_FULL_NAME, MAX_PHONE},
    fields::{MAX_ADDRESS, MAX_CHARS, MAX_ITEMS, MAX_LINK},
};

/// How a body is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Plain,
    Multipart,
}

const FORMS: [(&str, Form); 3] = [
    (JSON, Form::Json),
    (FORM, Form::Plain),
    (MULTIPART, Form::Multipart),
];

/// The body of `user/profile/`.
pub(super) fn profile(update: &mut Operation) {
    for (media_type, form) in FORMS {
        let details = detail_fields(form);
        let mut fields = vec![
            ("full_name".to_owned(), full_name(form)),
            ("username".to_owned(), username(form)),
        ];
        let name = match form {
            Form::Json => {
                let details = open("The details.", details);
                let details = update.part("PatchedIAMUserDetail", Schema::Object(details));
                fields.push(("details".to_owned(), details));
                "PatchedUserProfileUpdate"
            }
            Form::Plain | Form::Multipart => {
                let dotted = details.into_iter();
                fields.extend(dotted.map(|(name, schema)| (format!("details.{name}"), schema)));
                if form == Form::Plain {
                    "PatchedUserProfileUpdateForm"
                } else {
                    "PatchedUserProfileUpdateFiles"
                }
            }
        };
        let schema = update.part(name, Schema::Object(open("What to change.", fields)));
        update.reads_as(media_type, schema, &sizes());
    }
    update.may_come_without_body();
    update.asks(
        "page",
        "What the contract shows",
        crate::dialect().example.body,
    );
    update.asks(
        "clear",
        "Clear what can be cleared",
        r#"{"full_name":"","details":{"bio":null,"dob":null,"country":"","skills":[],"linkedin_url":null}}"#,
    );
    update.asks(
        "coerced",
        "Values that are taken for others",
        r#"{"details":{"phone":4420794600,"platform_features_emails":"yes","country":"france"}}"#,
    );
    update.shows(FORM, "form", "Details as a form", form_example("details."));
}

/// The body of `iamuserdetails/me/`.
pub(super) fn details(update: &mut Operation) {
    for (media_type, form) in FORMS {
        let name = match form {
            Form::Json => "PatchedIAMUserDetail",
            Form::Plain => "PatchedIAMUserDetailForm",
            Form::Multipart => "PatchedIAMUserDetailFiles",
        };
        let schema = Schema::Object(open("The details.", detail_fields(form)));
        let schema = update.part(name, schema);
        update.reads_as(media_type, schema, &sizes());
    }
    update.may_come_without_body();
    update.asks("one", "One detail", r#"{"bio":"I count."}"#);
    update.asks(
        "clear",
        "Clear what can be cleared",
        r#"{"bio":null,"dob":null,"country":"","skills":[]}"#,
    );
    update.shows(FORM, "form", "Details as a form", form_example(""));
}

/// The body of `check-user-existence/`.
pub(super) fn name(check: &mut Operation) {
    for (media_type, form) in FORMS {
        let name = asked_name(form);
        let mut body = open("The name.", vec![("username".to_owned(), name)]);
        body.required = vec!["username".to_owned()];
        check.reads_as(media_type, Schema::Object(body), "Which name.");
    }
    check.asks("name", "A name", r#"{"username":"johndoe"}"#);
    check.shows(
        FORM,
        "form",
        "A name as a form",
        json!({"username": "johndoe"}),
    );
}

/// An object of which nothing need be there, and in which other keys may be.
fn open(description: &str, fields: Vec<(String, RefOr<Schema>)>) -> Object {
    let fields = fields.iter();
    let fields = fields.map(|(name, schema)| (name.as_str(), schema.clone(), false));
    let mut object = object(description, fields);
    let ignored = AdditionalProperties::FreeForm(true);
    object.additional_properties = Some(Box::new(ignored));
    object
}

fn detail_fields(form: Form) -> Vec<(String, RefOr<Schema>)> {
    let picture = match form {
        Form::Json => address(
            "An `http` or `https` URL that is never fetched. Blank clears.",
            MAX_ADDRESS,
        ),
        Form::Plain => address("An `http` or `https` URL. Empty is no value.", MAX_ADDRESS),
        Form::Multipart => file(
            "image/png",
            "A PNG, JPEG, GIF or WebP image, or a text with its URL.",
        ),
    };
    let resume = match form {
        Form::Json => address("A URL. Blank clears.", MAX_LINK),
        Form::Plain => address("A URL. Empty is no value.", MAX_LINK),
        Form::Multipart => file(
            "application/pdf",
            "A PDF or DOCX file, or a text with its URL.",
        ),
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
            "Taken for its text: `1.50` for `1.5`. Whole numbers have 64 bits.",
        ))
        .minimum(Some(i64::MIN as f64))
        .maximum(Some(i64::MAX as f64));
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

fn full_name(form: Form) -> RefOr<Schema> {
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

fn username(form: Form) -> RefOr<Schema> {
    RefOr::T(texts(
        form,
        Text {
            description: "The unique name: letters and digits of one script, and `@`, `.`, `+`, \
                          `-`, `_`, not dots alone. A name that is somebody's, or that nobody may \
                          have, is refused.",
            least: Some(1),
            most: Some(MAX_CHARS),
            format: Some("username"),
            example: Some("johndoe"),
            ..Text::default()
        },
        false,
    ))
}

fn asked_name(form: Form) -> RefOr<Schema> {
    RefOr::T(texts(
        form,
        Text {
            description: "The name. One that nobody can have is not available.",
            least: Some(1),
            most: Some(MAX_CHARS),
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

fn blank() -> Schema {
    text(Text {
        description: "Clears.",
        pattern: Some("^$".to_owned()),
        most: Some(0),
        ..Text::default()
    })
}

fn address(description: &'static str, most: usize) -> Schema {
    let url = text(Text {
        most: Some(most),
        format: Some("uri"),
        example: Some("https://example.com/johndoe"),
        ..Text::default()
    });
    any_of(description, [url, blank()].map(RefOr::T))
}

fn link(form: Form) -> Schema {
    let url = text(Text {
        most: Some(MAX_LINK),
        format: Some("uri"),
        example: Some("https://example.com/johndoe"),
        ..Text::default()
    });
    let description = "An `http`, `https`, `ftp` or `ftps` URL. Blank clears.";
    match form {
        Form::Json => any_of(description, [url, blank(), null("Clears.")].map(RefOr::T)),
        Form::Plain | Form::Multipart => any_of(description, [url, blank()].map(RefOr::T)),
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
    let date = text(Text {
        description: "The date of birth, not in the future. `1999-5-20` and the other forms of \
                      ISO 8601 are read, too.",
        format: Some("date"),
        example: Some("1999-05-20"),
        ..Text::default()
    });
    match form {
        Form::Json => any_of("The date of birth.", [date, null("Clears.")].map(RefOr::T)),
        Form::Plain | Form::Multipart => {
            any_of("The date of birth.", [date, blank()].map(RefOr::T))
        }
    }
}

fn user_type() -> Schema {
    let rules = HouseRules::default();
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
        .items(RefOr::T(item))
        .max_items(Some(MAX_ITEMS))
        .description(Some(description));
    let array = Schema::Array(array.build());
    if form == Form::Json && may_be_null {
        any_of(description, [array, null("Clears.")].map(RefOr::T))
    } else {
        array
    }
}

/// Any JSON; in a form the text of it.
fn json_value(form: Form, description: &str) -> Schema {
    let limits = "Any JSON of at most 16,384 bytes without blanks and 32 levels. Null clears.";
    let description = format!("{description} {limits}");
    if form == Form::Json {
        return free(&description);
    }
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(Some(utoipa::openapi::SchemaFormat::Custom(
            "json".to_owned(),
        )))
        .content_media_type(JSON)
        .examples([r#"{"city":"London"}"#]);
    Schema::Object(text.build())
}

fn file(media_type: &str, description: &str) -> Schema {
    let file = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(Some(utoipa::openapi::SchemaFormat::Custom(
            "binary".to_owned(),
        )))
        .content_media_type(media_type);
    Schema::Object(file.build())
}
