//! Fields that operators set, in canonical form.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    AuthProvider, Avatar, BoxError, ColumnReader, Country, Date, FIELDS, FieldKind, Json, Profile,
    ProfileField, ReservedUsernames, Username, WebUrl, text,
};

/// The maximum length of a name or another short text, in characters.
const MAX_TEXT: usize = 255;
/// The maximum length of a biography, in characters.
const MAX_BIO: usize = 10_000;
/// The maximum length of a URL, in characters.
const MAX_URL: usize = 2_048;
/// The maximum length of an email address (RFC 5321 §4.5.3.1).
const MAX_EMAIL: usize = 254;
/// The maximum length of a JSON value, in bytes.
const MAX_JSON: usize = 64 * 1024;
/// The maximum number of entries of a list.
const MAX_ENTRIES: usize = 1_000;
/// The prefix of the name of a stored résumé. Only an upload can store one.
pub(super) const STORED_RESUME: &str = "kept:";

/// The new values of fields, by canonical name. Each value is the whole new value of its field;
/// `null` clears it.
pub type UserFields = BTreeMap<String, Json>;

/// A field that cannot be set to a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct FieldError {
    /// The name, as given.
    pub field: String,
    /// The rule, as the predicate of a sentence with the field as its subject.
    pub message: String,
}

impl FieldError {
    /// Creates the error of a field.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// Sets `fields` of `profile`. Returns all errors; the profile is then incomplete.
pub(super) fn set_fields(
    profile: &mut Profile,
    fields: &UserFields,
    reserved: &ReservedUsernames,
) -> Result<(), Vec<FieldError>> {
    let set = |(name, value): (&String, &Json)| {
        let error = set_field(profile, name, value, reserved).err()?;
        Some(FieldError::new(name, error.to_string()))
    };
    let errors: Vec<_> = fields.iter().filter_map(set).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

fn set_field(
    profile: &mut Profile,
    name: &str,
    json: &Json,
    reserved: &ReservedUsernames,
) -> Result<(), BoxError> {
    let value: Value = json.read()?;
    match name {
        "email" => profile.email = email(&value)?,
        "auth_provider" => {
            let provider = value.as_str().and_then(AuthProvider::parse);
            profile.auth_provider = provider.ok_or("must be local, oidc or saml")?;
        }
        "username" => {
            let username = Username::parse(string(&value)?)?;
            if username != profile.username {
                reserved.check(&username)?;
            }
            profile.username = username;
        }
        _ => {
            let row = FIELDS.iter().find(|row| row.field.as_str() == name);
            let row = row.ok_or_else(|| unknown(name))?;
            let mut columns = columns(row, &value, json, profile)?;
            row.load(profile, &mut columns)
                .map_err(|_| "has a value that is not valid")?;
        }
    }
    Ok(())
}

/// Explains why a field of this name cannot be set.
fn unknown(name: &str) -> &'static str {
    match name {
        "id" | "external_ids" | "created_at" | "updated_at" | "version" => "never changes",
        "tenant_id" => "changes by moving the user",
        "operator_data" => "has an operation for each dialect",
        "suspended_at" => "changes by suspending and resuming the user",
        "identities" => "has operations to add and remove an identity",
        _ => "is not a field",
    }
}

/// The columns of a field, from a value in canonical form.
struct Values {
    texts: std::vec::IntoIter<Option<String>>,
    is_set: bool,
}

impl ColumnReader for Values {
    fn text(&mut self) -> Result<Option<String>, BoxError> {
        Ok(self.texts.next().flatten())
    }

    fn flag(&mut self) -> Result<bool, BoxError> {
        Ok(self.is_set)
    }
}

fn columns(
    row: &ProfileField,
    value: &Value,
    json: &Json,
    profile: &Profile,
) -> Result<Values, BoxError> {
    let mut is_set = false;
    let texts = match row.kind() {
        FieldKind::Boolean => {
            is_set = value.as_bool().ok_or("must be true or false")?;
            Vec::new()
        }
        FieldKind::List => {
            let ids = value.as_array().ok_or("must be a list of catalogue ids")?;
            let is_id = |id: &Value| id.as_i64().is_some_and(|id| i32::try_from(id).is_ok());
            if ids.len() > MAX_ENTRIES || !ids.iter().all(is_id) {
                return Err(
                    format!("must be a list of at most {MAX_ENTRIES} catalogue ids").into(),
                );
            }
            vec![Some(value.to_string())]
        }
        _ if value.is_null() => vec![None, None],
        FieldKind::Json if json.as_str().len() > MAX_JSON => {
            return Err(format!("must be at most {MAX_JSON} bytes").into());
        }
        FieldKind::Json => vec![Some(json.as_str().to_owned())],
        FieldKind::Avatar => avatar(value, profile)?.into(),
        FieldKind::Country => {
            let code = string(value)?;
            let country = Country::parse_alpha2(code).or_else(|_| Country::parse_alpha3(code));
            let country = country.map_err(|_| "must be a code of ISO 3166-1")?;
            vec![Some(country.alpha2().to_owned())]
        }
        FieldKind::Date => {
            let date: Result<Date, _> = string(value)?.parse();
            let date = date.map_err(|_| "must be a date, such as 1999-05-20")?;
            vec![Some(date.to_string())]
        }
        FieldKind::Text | FieldKind::Username => vec![short_text(row, string(value)?, profile)?],
    };
    let texts = texts.into_iter();
    Ok(Values { texts, is_set })
}

fn string(value: &Value) -> Result<&str, BoxError> {
    value.as_str().ok_or_else(|| "must be a string".into())
}

/// Normalises a text. An empty text clears the field.
fn short_text(
    row: &ProfileField,
    value: &str,
    profile: &Profile,
) -> Result<Option<String>, BoxError> {
    let name = row.field.as_str();
    let is_resume = name == "resume";
    if is_resume && profile.resume.as_deref() == Some(value) {
        return Ok(Some(value.to_owned()));
    }
    let is_url = is_resume || name.ends_with("_url");
    let max = match name {
        "bio" => MAX_BIO,
        _ if is_url => MAX_URL,
        _ => MAX_TEXT,
    };
    let text = text::normalise(value, max)?;
    if text.is_empty() {
        return Ok(None);
    }
    if is_resume && text.starts_with(STORED_RESUME) {
        return Err("must be a URL; only an upload stores a file".into());
    }
    if is_url {
        WebUrl::parse(&text).map_err(|_| "must be an http or https URL")?;
    }
    Ok(Some(text))
}

/// Reads `{"external": URL}`, a URL as a string, or the stored image that the profile has already.
fn avatar(value: &Value, profile: &Profile) -> Result<[Option<String>; 2], BoxError> {
    let external = value.get("external").unwrap_or(value).as_str();
    if let Some(url) = external {
        let is_long = url.chars().nth(MAX_URL).is_some();
        let url = WebUrl::parse(url).ok().filter(|_| !is_long);
        let url = url.ok_or("must be an http or https URL")?;
        return Ok([None, Some(url.as_str().to_owned())]);
    }
    match (value.get("stored").and_then(Value::as_str), &profile.avatar) {
        (Some(id), Some(Avatar::Stored(own))) if own.as_str() == id => {
            Ok([Some(id.to_owned()), None])
        }
        _ => Err("must be a URL, or the stored image that the user has".into()),
    }
}

/// Accepts one `@` with characters on both sides and no white space. Only a message proves that the
/// address exists.
pub(super) fn email(value: &Value) -> Result<String, BoxError> {
    let email = text::normalise(string(value)?, MAX_EMAIL)?;
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if is_address && !email.contains(char::is_whitespace) {
        Ok(email)
    } else {
        Err("is not an address".into())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{ProfileId, TenantId};

    fn profile() -> Profile {
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let username = Username::parse("ada").unwrap();
        Profile::new(
            id,
            TenantId(id.0),
            username,
            "ada@example.com".to_owned(),
            at,
        )
    }

    fn check(name: &str, value: &str, expected: Result<&str, &str>) {
        let mut profile = profile();
        let fields = UserFields::from([(name.to_owned(), Json::parse(value.to_owned()).unwrap())]);
        let set = set_fields(&mut profile, &fields, &ReservedUsernames::default());
        let shown: Value = serde_json::to_value(&profile).unwrap();
        match expected {
            Ok(expected) => {
                assert_eq!(set, Ok(()), "{name}");
                assert_eq!(shown[name].to_string(), expected, "{name}");
            }
            Err(message) => assert_eq!(set.unwrap_err()[0].message, message, "{name} {value}"),
        }
    }

    #[test]
    fn fields_are_set_in_canonical_form() {
        check("email", "\" b@example.com \"", Ok("\"b@example.com\""));
        check("username", "\"Grace\"", Ok("\"Grace\""));
        check("auth_provider", "\"oidc\"", Ok("\"oidc\""));
        check("bio", "\"e\u{301}\"", Ok("\"\u{e9}\""));
        check("bio", "null", Ok("null"));
        check("bio", "\" \"", Ok("null"));
        check("country", "\"deu\"", Ok("\"DE\""));
        check("date_of_birth", "\"1815-12-10\"", Ok("\"1815-12-10\""));
        check("skills", "[3,1]", Ok("[3,1]"));
        check("activity_based_emails", "true", Ok("true"));
        check("address", "{\"b\":1}", Ok("{\"b\":1}"));
        check(
            "avatar",
            "\"https://a.example/b.png\"",
            Ok("{\"external\":\"https://a.example/b.png\"}"),
        );
        check("avatar", "null", Ok("null"));
    }

    #[test]
    fn values_of_another_form_are_rejected() {
        check("email", "null", Err("must be a string"));
        check("email", "\"ada\"", Err("is not an address"));
        check("username", "\"admin\"", Err("is reserved"));
        check("auth_provider", "\"x\"", Err("must be local, oidc or saml"));
        check("bio", "1", Err("must be a string"));
        check("country", "\"ZZ\"", Err("must be a code of ISO 3166-1"));
        check(
            "date_of_birth",
            "\"1815-13-10\"",
            Err("must be a date, such as 1999-05-20"),
        );
        check("skills", "null", Err("must be a list of catalogue ids"));
        check(
            "skills",
            "[1.5]",
            Err("must be a list of at most 1000 catalogue ids"),
        );
        check("website_url", "\"x\"", Err("must be an http or https URL"));
        check(
            "resume",
            "\"kept:x.pdf\"",
            Err("must be a URL; only an upload stores a file"),
        );
        check(
            "avatar",
            "{\"stored\":\"0\"}",
            Err("must be a URL, or the stored image that the user has"),
        );
        check(
            "activity_based_emails",
            "null",
            Err("must be true or false"),
        );
        check("boi", "null", Err("is not a field"));
        check("version", "2", Err("never changes"));
        check("tenant_id", "null", Err("changes by moving the user"));
    }
}
