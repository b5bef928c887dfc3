//! Restoring earlier values of fields.

use serde::de::DeserializeOwned;

use crate::{
    Avatar, BoxError, ColumnReader, Edit, Error, FIELDS, FieldKind, Identity, Json, OverridePatch,
    Profile, ProfileField, Result, Username, WebUrl,
};

/// A value that is restored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Restored {
    /// The name of the field, as in [`super::FieldChange`].
    pub(super) field: String,
    /// The value; `None` if it is unset.
    pub(super) value: Option<Json>,
}

/// The identities to be added and to be removed.
pub(super) type Identities = [Vec<Identity>; 2];

impl Restored {
    /// Returns the account and the field of an override.
    pub(super) fn of_account(&self) -> Option<(&str, &str)> {
        self.field.strip_prefix("overrides.")?.rsplit_once('.')
    }

    /// Restores a field of `profile`, or one of its identities.
    pub(super) fn apply(&self, profile: &mut Profile, identities: &mut Identities) -> Result<()> {
        let Self { field, value } = self;
        if let Some(row) = FIELDS.iter().find(|row| row.field.as_str() == field) {
            let mut columns = columns(row, value.as_ref())?;
            return row.load(profile, &mut columns).map_err(Error::Storage);
        }
        if let Some(dialect) = field.strip_prefix("operator_data.") {
            match value {
                Some(data) => profile
                    .operator_data
                    .insert(dialect.to_owned(), data.clone()),
                None => profile.operator_data.remove(dialect),
            };
            return Ok(());
        }
        if let Some(identity) = field.strip_prefix("identities.") {
            let (issuer, subject) = identity.split_once('#').ok_or(Error::NotFound)?;
            let identity = Identity {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
            };
            identities[usize::from(value.is_none())].push(identity);
            return Ok(());
        }
        match field.as_str() {
            "email" => profile.email = required(value.as_ref())?,
            "auth_provider" => profile.auth_provider = required(value.as_ref())?,
            "suspended_at" => profile.suspended_at = value.as_ref().map(read).transpose()?,
            _ => return Err(damaged(format!("{field} cannot be restored"))),
        }
        Ok(())
    }
}

/// Returns the patch that restores the overrides of one account; `fields` has the names of its
/// fields.
pub(super) fn override_patch(fields: &[(&str, Option<&Json>)]) -> Result<OverridePatch> {
    let mut patch = OverridePatch::default();
    for (field, value) in fields {
        match *field {
            "display_name" => patch.display_name = edit(value.map(read).transpose()?),
            "bio" => patch.bio = edit(value.map(read).transpose()?),
            "avatar" => patch.avatar = edit(value.map(avatar).transpose()?),
            field => return Err(damaged(format!("{field} cannot be overridden"))),
        }
    }
    Ok(patch)
}

fn edit<T>(value: Option<T>) -> Edit<T> {
    value.map_or(Edit::Clear, Edit::Set)
}

/// The columns of one field.
struct Columns {
    texts: std::vec::IntoIter<Option<String>>,
    flag: bool,
}

impl ColumnReader for Columns {
    fn text(&mut self) -> Result<Option<String>, BoxError> {
        Ok(self.texts.next().flatten())
    }

    fn flag(&mut self) -> Result<bool, BoxError> {
        Ok(self.flag)
    }
}

fn columns(row: &ProfileField, value: Option<&Json>) -> Result<Columns> {
    let mut flag = false;
    let texts = match row.kind() {
        FieldKind::Text | FieldKind::Country | FieldKind::Date => {
            vec![value.map(read).transpose()?]
        }
        FieldKind::Json | FieldKind::List => vec![value.map(|value| value.as_str().to_owned())],
        FieldKind::Boolean => {
            flag = required(value)?;
            Vec::new()
        }
        FieldKind::Username => {
            let name = Username::parse(&required::<String>(value)?);
            let name = name.map_err(|e| damaged(e.to_string()))?;
            let columns = [name.as_str(), name.key()];
            columns.map(|text| Some(text.to_owned())).into()
        }
        FieldKind::Avatar => match value.map(avatar).transpose()? {
            None => vec![None, None],
            Some(Avatar::Stored(id)) => vec![Some(id.as_str().to_owned()), None],
            Some(Avatar::External(url)) => vec![None, Some(url.as_str().to_owned())],
        },
    };
    let texts = texts.into_iter();
    Ok(Columns { texts, flag })
}

/// Reads the JSON of an avatar: `stored` with an id, or `external` with a URL.
fn avatar(value: &Json) -> Result<Avatar> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stored {
        Stored(String),
        External(String),
    }
    Ok(match read(value)? {
        Stored::Stored(id) => Avatar::Stored(crate::ImageId::from_stored(id)),
        Stored::External(url) => Avatar::External(WebUrl::from_stored(url)),
    })
}

fn required<T: DeserializeOwned>(value: Option<&Json>) -> Result<T> {
    value.map_or_else(|| Err(damaged("a required value is null".to_owned())), read)
}

fn read<T: DeserializeOwned>(value: &Json) -> Result<T> {
    value.read().map_err(|e| Error::Storage(e.into()))
}

fn damaged(message: String) -> Error {
    Error::Storage(message.into())
}
