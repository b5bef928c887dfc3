//! Values of fields in an import.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Avatar, BoxError, CatalogueId, ColumnReader, Country, FieldKind, ImageId, LineJson,
    ProfileField, ProfileOverride, RecordError, Username, WebUrl, text,
};

/// The maximum length of a text, in characters. No dialect stores a longer one.
const MAX_TEXT: usize = 2_621_440;
/// The maximum length of an email address (RFC 5321 §4.5.3.1).
const MAX_EMAIL: usize = 254;

/// The override of an account, before its values are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverrideInput {
    display_name: Option<String>,
    bio: Option<String>,
    avatar: Option<AvatarInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AvatarInput {
    Stored(String),
    External(String),
}

pub(super) fn read_override(
    (account, input): (String, OverrideInput),
) -> Result<(String, ProfileOverride), RecordError> {
    let failed = |error: BoxError| RecordError::new("overrides", format!("{account} {error}"));
    for value in [&input.display_name, &input.bio].into_iter().flatten() {
        check_text(value).map_err(failed)?;
    }
    let avatar = input.avatar.map(read_avatar).transpose().map_err(failed)?;
    let shown = ProfileOverride {
        display_name: input.display_name,
        bio: input.bio,
        avatar,
    };
    Ok((account, shown))
}

fn read_avatar(input: AvatarInput) -> Result<Avatar, BoxError> {
    Ok(match input {
        AvatarInput::Stored(id) => Avatar::Stored(id.parse::<ImageId>()?),
        AvatarInput::External(url) => Avatar::External(WebUrl::parse(&url)?),
    })
}

/// Checks a text without changing it, so that an export is imported byte for byte.
fn check_text(value: &str) -> Result<(), BoxError> {
    text::normalise(value, MAX_TEXT)?;
    Ok(())
}

pub(super) fn check_email(email: &str) -> Result<(), BoxError> {
    text::normalise(email, MAX_EMAIL)?;
    let parts = email.split_once('@');
    let is_address = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if is_address && !email.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err("is not an address".into())
    }
}

/// The columns of one field, read from its JSON value.
pub(super) struct FieldColumns {
    texts: std::vec::IntoIter<Option<String>>,
    flag: bool,
}

impl FieldColumns {
    pub(super) fn read(row: &ProfileField, value: &RawValue) -> Result<Self, BoxError> {
        let kind = row.kind();
        let is_null = value.get() == "null";
        let mut flag = false;
        let texts = match kind {
            FieldKind::Boolean => {
                let read = serde_json::from_str(value.get());
                flag = read.map_err(|_| "must be true or false")?;
                Vec::new()
            }
            FieldKind::List => {
                let read = serde_json::from_str::<Vec<CatalogueId>>(value.get());
                let ids = read.map_err(|_| "must be a list of ids of catalogue entries")?;
                vec![Some(serde_json::to_string(&ids)?)]
            }
            FieldKind::Username => {
                let name = Username::parse(&string(value)?)?;
                vec![Some(name.as_str().to_owned()), Some(name.key().to_owned())]
            }
            FieldKind::Text
            | FieldKind::Json
            | FieldKind::Country
            | FieldKind::Date
            | FieldKind::Avatar
                if is_null =>
            {
                vec![None, None]
            }
            FieldKind::Text => {
                let text = string(value)?;
                check_text(&text)?;
                vec![Some(text)]
            }
            FieldKind::Json => {
                let json: LineJson = serde_json::from_str(value.get())?;
                vec![Some(json.0.as_str().to_owned())]
            }
            FieldKind::Country => vec![Some(
                Country::parse_alpha2(&string(value)?)?.alpha2().to_owned(),
            )],
            FieldKind::Date => {
                let date = string(value)?.parse::<Date>();
                let date = date.map_err(|_| "must be a date, such as 1999-05-20")?;
                vec![Some(date.to_string())]
            }
            FieldKind::Avatar => {
                let form = "must be {\"external\": URL} or {\"stored\": ID}";
                let read = serde_json::from_str::<AvatarInput>(value.get());
                match read_avatar(read.map_err(|_| form)?)? {
                    Avatar::Stored(id) => vec![Some(id.as_str().to_owned()), None],
                    Avatar::External(url) => vec![None, Some(url.as_str().to_owned())],
                }
            }
        };
        let texts = texts.into_iter();
        Ok(Self { texts, flag })
    }
}

fn string(value: &RawValue) -> Result<String, BoxError> {
    serde_json::from_str(value.get()).map_err(|_| "must be a string".into())
}

impl ColumnReader for FieldColumns {
    fn text(&mut self) -> Result<Option<String>, BoxError> {
        Ok(self.texts.next().flatten())
    }

    fn flag(&mut self) -> Result<bool, BoxError> {
        Ok(self.flag)
    }
}
