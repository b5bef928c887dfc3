//! The field mappings of a dialect, as data.
//!
//! The adapter says it once, next to its code, and uses it itself wherever it can; tests, the laws
//! of the conformance kit and `docs/mapping.md` are made of the same table.

mod read_mapping;
mod write_mapping;

use manyface_core::Field;

pub use read_mapping::{Absence, ReadForm, ReadMapping};
pub use write_mapping::{ImageForm, NullMeaning, UsernameForm, WriteForm, WriteMapping};

/// One way in which a dialect shows a profile and takes changes of it: a path, and its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The name among the dialect's views; empty if there is only one.
    pub name: &'static str,
    /// The path under the dialect's base, which `GET` reads.
    pub path: &'static str,
    /// The method that writes.
    pub method: &'static str,
    /// The headers that ask for this view. Where the dialect has tenants, their header is not here.
    pub headers: &'static [(&'static str, &'static str)],
    /// The meaning of a missing key in a write.
    pub absent: NullMeaning,
    /// Whether a write may also be an `application/x-www-form-urlencoded` form, with nested keys
    /// joined by points.
    pub takes_forms: bool,
    /// Everything that it shows or takes, in the order of the contract.
    pub fields: &'static [FieldMapping],
}

/// One key of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldMapping {
    /// The canonical value.
    pub of: Canonical,
    /// How it is shown, where it is.
    pub read: Option<ReadMapping>,
    /// How it is written, where it can be.
    pub write: Option<WriteMapping>,
}

/// The meaning of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Canonical {
    /// A field.
    Field(Field),
    /// The profile's own id.
    Id,
    /// The profile's id in the dialect.
    ExternalId,
    /// When the profile was made.
    CreatedAt,
    /// The provider of the user.
    AuthProvider,
    /// Operator data.
    OperatorData,
    /// No value: the contract requires the key, and manyface has no data for it.
    Nothing,
}

impl Canonical {
    /// The canonical name, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Field(field) => field.as_str(),
            Self::Id => "id",
            Self::ExternalId => "external_ids",
            Self::CreatedAt => "created_at",
            Self::AuthProvider => "auth_provider",
            Self::OperatorData => "operator_data",
            Self::Nothing => "nothing",
        }
    }
}

impl FieldMapping {
    /// A field of the profile, neither shown nor taken yet.
    pub const fn of(field: Field) -> Self {
        Self::what(Canonical::Field(field))
    }

    /// Anything of the profile, neither shown nor taken yet.
    pub const fn what(of: Canonical) -> Self {
        Self {
            of,
            read: None,
            write: None,
        }
    }

    /// A value that no write changes: ids, times, operator data, constants.
    pub const fn fixed(of: Canonical, at: &'static str) -> Self {
        Self::what(of).read_as(at, ReadForm::Fixed, Absence::Never)
    }

    /// The same, shown at `at` (RFC 6901), and as `unset` where nothing is set.
    #[must_use]
    pub const fn read_as(mut self, at: &'static str, form: ReadForm, unset: Absence) -> Self {
        self.read = Some(ReadMapping {
            at,
            form,
            otherwise: &[],
            unset,
        });
        self
    }

    /// The same, which shows the first of `otherwise` that is set where the field itself is not.
    #[must_use]
    pub const fn otherwise(mut self, otherwise: &'static [&'static [Field]]) -> Self {
        if let Some(shown) = &mut self.read {
            shown.otherwise = otherwise;
        }
        self
    }

    /// The same, written at `at` (RFC 6901).
    #[must_use]
    pub const fn written_as(
        mut self,
        at: &'static str,
        form: WriteForm,
        null: NullMeaning,
        empty: NullMeaning,
    ) -> Self {
        self.write = Some(WriteMapping {
            at,
            form,
            null,
            empty,
        });
        self
    }

    /// The canonical field, where it is one.
    pub const fn field(&self) -> Option<Field> {
        match self.of {
            Canonical::Field(field) => Some(field),
            Canonical::Id
            | Canonical::ExternalId
            | Canonical::CreatedAt
            | Canonical::AuthProvider
            | Canonical::OperatorData
            | Canonical::Nothing => None,
        }
    }
}

impl View {
    /// Returns the key of `field` in requests: the last key of its pointer. `None` if it is read-only.
    pub fn spelling(&self, field: Field) -> Option<&'static str> {
        let taken = self.written_as(field)?;
        taken.at.rsplit('/').next()
    }

    /// Returns the mapping of `field` under the key that writes it. Other keys are read-only.
    pub fn read_as(&self, field: Field) -> Option<ReadMapping> {
        let mut views = self.fields.iter();
        let view = views.find(|view| view.field() == Some(field) && view.write.is_some())?;
        view.read
    }

    /// How `field` is written, where it can be.
    pub fn written_as(&self, field: Field) -> Option<WriteMapping> {
        let views = self.fields.iter();
        let mut views = views.filter(|view| view.field() == Some(field));
        views.find_map(|view| view.write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: View = View {
        name: "",
        path: "/me",
        method: "PATCH",
        headers: &[],
        absent: NullMeaning::Keeps,
        takes_forms: false,
        fields: &[
            FieldMapping::fixed(Canonical::Id, "/id"),
            FieldMapping::of(Field::Email).read_as("/email", ReadForm::Text, Absence::Never),
            FieldMapping::of(Field::DisplayName)
                .read_as("/name", ReadForm::Text, Absence::Never)
                .otherwise(&[&[Field::Username]])
                .written_as(
                    "/names/shown",
                    WriteForm::Text { max: 10 },
                    NullMeaning::Rejects,
                    NullMeaning::Clears,
                ),
        ],
    };

    #[test]
    fn a_field_is_spelt_as_it_is_written() {
        assert_eq!(VIEW.spelling(Field::DisplayName), Some("shown"));
        assert_eq!(VIEW.spelling(Field::Email), None);
        assert_eq!(VIEW.spelling(Field::Bio), None);
        let otherwise = VIEW.fields[2].read.map(|shown| shown.otherwise);
        assert_eq!(otherwise, Some(&[&[Field::Username][..]][..]));
    }
}
