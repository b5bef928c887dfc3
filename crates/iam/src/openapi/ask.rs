//! What requests are made of.

mod fields;

use manyface_dialect::openapi::{Operation, object, utoipa};
use serde_json::json;
use utoipa::openapi::{Object, RefOr, Schema, schema::AdditionalProperties};

use self::fields::{asked_name, detail_fields, full_name, username};
use super::{FORM, JSON, MULTIPART, form_example, sizes};

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
                let details = open("The details.", &details);
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
        let schema = update.part(name, Schema::Object(open("What to change.", &fields)));
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
        let schema = Schema::Object(open("The details.", &detail_fields(form)));
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
        let mut body = open("The name.", &[("username".to_owned(), name)]);
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
fn open(description: &str, fields: &[(String, RefOr<Schema>)]) -> Object {
    let fields = fields.iter();
    let fields = fields.map(|(name, schema)| (name.as_str(), schema.clone(), false));
    let mut object = object(description, fields);
    let ignored = AdditionalProperties::FreeForm(true);
    object.additional_properties = Some(Box::new(ignored));
    object
}
