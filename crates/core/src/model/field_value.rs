//! Values of the fields of a profile, and uniform access to them.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::{
    Avatar, BoxError, CatalogueId, Country, Edit, Field, Json, Profile, ProfilePatch, Username,
};

/// The type of a field, which determines its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A string.
    Text,
    /// JSON, stored as text.
    Json,
    /// A country, stored by its alpha-2 code.
    Country,
    /// A civil date, stored as `YYYY-MM-DD`.
    Date,
    /// Ids of catalogue entries, stored as a JSON array.
    List,
    /// A boolean.
    Boolean,
    /// A user name, stored as its spelling and its key.
    Username,
    /// An image: a stored image or a URL, each with a column.
    Avatar,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the types of the fields")]
pub enum FieldValue<'a> {
    Null,
    Text(&'a str),
    Date(Date),
    List(&'a [CatalogueId]),
    Boolean(bool),
    Username(&'a Username),
    Avatar(&'a Avatar),
}

/// The value of a column in a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// The column is cleared.
    Null,
    /// A string, or a [`Json`] value as text, because a database that parsed it would reformat its
    /// numbers.
    Text(Cow<'a, str>),
    /// A boolean.
    Boolean(bool),
    /// Ids of catalogue entries, stored as a JSON array.
    List(&'a [CatalogueId]),
}

impl Serialize for ColumnValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

impl<'a> FieldValue<'a> {
    /// Converts to column values: one for each of [`FieldKind::columns`].
    pub(crate) fn in_columns(self, kind: FieldKind) -> (ColumnValue<'a>, Option<ColumnValue<'a>>) {
        let text = |text: &'a str| ColumnValue::Text(text.into());
        let null = || ColumnValue::Null;
        match self {
            Self::Null if kind == FieldKind::Avatar => (null(), Some(null())),
            Self::Null => (null(), None),
            Self::Text(value) => (text(value), None),
            Self::Date(date) => (ColumnValue::Text(date.to_string().into()), None),
            Self::List(list) => (ColumnValue::List(list), None),
            Self::Boolean(flag) => (ColumnValue::Boolean(flag), None),
            Self::Username(name) => (text(name.as_str()), Some(text(name.key()))),
            Self::Avatar(Avatar::Stored(id)) => (text(id.as_str()), Some(null())),
            Self::Avatar(Avatar::External(url)) => (null(), Some(text(url.as_str()))),
        }
    }
}

impl FieldKind {
    /// Returns the columns of `field`, which must be of this kind.
    pub fn columns(self, field: Field) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Username => ("username", Some("username_key")),
            Self::Avatar => ("avatar_image", Some("avatar_url")),
            Self::Text | Self::Json | Self::Country | Self::Date | Self::List | Self::Boolean => {
                (field.as_str(), None)
            }
        }
    }
}

/// Reads the columns of a stored profile in order.
pub trait ColumnReader {
    /// Reads the next column as text, or `None` if it is null.
    fn text(&mut self) -> Result<Option<String>, BoxError>;

    /// Reads the next column as a boolean.
    fn flag(&mut self) -> Result<bool, BoxError>;
}

/// The type of a value that may be null.
pub(crate) trait Scalar: Sized {
    const KIND: FieldKind;

    fn value(&self) -> FieldValue<'_>;

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError>;
}

/// The type of a field of [`Profile`].
pub(crate) trait Stored: Sized {
    const KIND: FieldKind;

    fn value(&self) -> FieldValue<'_>;

    fn load(reader: &mut dyn ColumnReader) -> Result<Self, BoxError>;
}

/// The type of a field of [`ProfilePatch`] that changes a `T`.
pub(crate) trait EditOf<T> {
    /// Returns the value to be set, or `None` if the field is kept.
    fn value(&self) -> Option<FieldValue<'_>>;

    fn apply_to(&mut self, field: &mut T);

    fn set(&mut self, value: T);
}

/// Accessors of one field in a profile and in a patch.
pub(crate) struct Access<T, E> {
    pub(crate) field: fn(&Profile) -> &T,
    pub(crate) field_mut: fn(&mut Profile) -> &mut T,
    pub(crate) edit: fn(&ProfilePatch) -> &E,
    pub(crate) edit_mut: fn(&mut ProfilePatch) -> &mut E,
}

/// [`Access`] with the type of the field erased.
pub(crate) trait AnyAccess: Sync {
    fn kind(&self) -> FieldKind;
    fn value<'a>(&self, profile: &'a Profile) -> FieldValue<'a>;
    fn edit<'a>(&self, patch: &'a ProfilePatch) -> Option<FieldValue<'a>>;
    fn apply(&self, patch: &mut ProfilePatch, profile: &mut Profile);
    fn load(&self, profile: &mut Profile, reader: &mut dyn ColumnReader) -> Result<(), BoxError>;
    fn load_edit(
        &self,
        patch: &mut ProfilePatch,
        reader: &mut dyn ColumnReader,
    ) -> Result<(), BoxError>;
}

impl<T: Stored + 'static, E: EditOf<T> + 'static> AnyAccess for Access<T, E> {
    fn kind(&self) -> FieldKind {
        T::KIND
    }

    fn value<'a>(&self, profile: &'a Profile) -> FieldValue<'a> {
        (self.field)(profile).value()
    }

    fn edit<'a>(&self, patch: &'a ProfilePatch) -> Option<FieldValue<'a>> {
        (self.edit)(patch).value()
    }

    fn apply(&self, patch: &mut ProfilePatch, profile: &mut Profile) {
        (self.edit_mut)(patch).apply_to((self.field_mut)(profile));
    }

    fn load(&self, profile: &mut Profile, reader: &mut dyn ColumnReader) -> Result<(), BoxError> {
        *(self.field_mut)(profile) = T::load(reader)?;
        Ok(())
    }

    fn load_edit(
        &self,
        patch: &mut ProfilePatch,
        reader: &mut dyn ColumnReader,
    ) -> Result<(), BoxError> {
        (self.edit_mut)(patch).set(T::load(reader)?);
        Ok(())
    }
}

impl<T: Scalar> EditOf<Option<T>> for Edit<T> {
    fn value(&self) -> Option<FieldValue<'_>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(FieldValue::Null),
            Self::Set(value) => Some(value.value()),
        }
    }

    fn apply_to(&mut self, field: &mut Option<T>) {
        std::mem::take(self).apply(field);
    }

    fn set(&mut self, value: Option<T>) {
        *self = value.map_or(Self::Clear, Self::Set);
    }
}

impl<T: Stored> EditOf<T> for Option<T> {
    fn value(&self) -> Option<FieldValue<'_>> {
        self.as_ref().map(T::value)
    }

    fn apply_to(&mut self, field: &mut T) {
        if let Some(value) = self.take() {
            *field = value;
        }
    }

    fn set(&mut self, value: T) {
        *self = Some(value);
    }
}

impl<T: Scalar> Stored for Option<T> {
    const KIND: FieldKind = T::KIND;

    fn value(&self) -> FieldValue<'_> {
        self.as_ref().map_or(FieldValue::Null, T::value)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Self, BoxError> {
        T::load(reader)
    }
}

impl Scalar for String {
    const KIND: FieldKind = FieldKind::Text;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Text(self)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError> {
        reader.text()
    }
}

impl Scalar for Json {
    const KIND: FieldKind = FieldKind::Json;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Text(self.as_str())
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError> {
        Ok(reader.text()?.map(Self::parse).transpose()?)
    }
}

impl Scalar for Country {
    const KIND: FieldKind = FieldKind::Country;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Text(self.alpha2())
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError> {
        let code = reader.text()?;
        Ok(code.map(|code| Self::parse_alpha2(&code)).transpose()?)
    }
}

impl Scalar for Date {
    const KIND: FieldKind = FieldKind::Date;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Date(*self)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError> {
        Ok(reader.text()?.map(|date| date.parse()).transpose()?)
    }
}

impl Scalar for Avatar {
    const KIND: FieldKind = FieldKind::Avatar;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Avatar(self)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Option<Self>, BoxError> {
        Ok(Self::from_stored(reader.text()?, reader.text()?))
    }
}

impl Stored for Username {
    const KIND: FieldKind = FieldKind::Username;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Username(self)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Self, BoxError> {
        match (reader.text()?, reader.text()?) {
            (Some(name), Some(key)) => Ok(Self::from_stored(name, key)),
            (None, _) | (_, None) => Err("a user name is null".into()),
        }
    }
}

impl Stored for Vec<CatalogueId> {
    const KIND: FieldKind = FieldKind::List;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::List(self)
    }

    /// Most lists are empty.
    fn load(reader: &mut dyn ColumnReader) -> Result<Self, BoxError> {
        match reader.text()?.ok_or("a list is null")?.as_str() {
            "[]" => Ok(Self::new()),
            text => Ok(serde_json::from_str(text)?),
        }
    }
}

impl Stored for bool {
    const KIND: FieldKind = FieldKind::Boolean;

    fn value(&self) -> FieldValue<'_> {
        FieldValue::Boolean(*self)
    }

    fn load(reader: &mut dyn ColumnReader) -> Result<Self, BoxError> {
        reader.flag()
    }
}
