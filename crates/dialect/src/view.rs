//! The field mappings of a dialect, as data.
//!
//! Each adapter declares one table, next to its code, and uses it wherever it can. Tests, the laws
//! of the conformance suite and `docs/mapping.md` are derived from the same table.

mod read_mapping;
mod write_mapping;

use manyface_core::Field;

pub use read_mapping::{Absence, ReadForm, ReadMapping};
pub use write_mapping::{ImageForm, NullMeaning, UsernameForm, WriteForm, WriteMapping};

/// One representation of a profile in a dialect: a path that reads and writes it, and its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The name among the dialect's views; empty if there is only one.
    pub name: &'static str,
    /// The path under the dialect's base, which `GET` reads.
    pub path: &'static str,
    /// The method that writes.
    pub method: &'static str,
    /// The headers that select this view, without the tenant header.
    pub headers: &'static [(&'static str, &'static str)],
    /// The meaning of a missing key in a write.
    pub absent: NullMeaning,
    /// Whether a write may also be an `application/x-www-form-urlencoded` form, with nested keys
    /// joined by points.
    pub accepts_forms: bool,
    /// All keys that can be read or written, in the order of the contract.
    pub fields: &'static [FieldMapping],
}

/// One key of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldMapping {
    /// The canonical value.
    pub of: Canonical,
    /// How the key is read; `None` if it is write-only.
    pub read: Option<ReadMapping>,
    /// How the key is written; `None` if it is read-only.
    pub write: Option<WriteMapping>,
}

/// The canonical value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Canonical {
    /// A field.
    Field(Field),
    /// The profile's own id.
    Id,
    /// The profile's id in the dialect.
    ExternalId,
    /// The creation time of the profile.
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
    /// Maps a field of the profile, which can be neither read nor written yet.
    pub const fn of(field: Field) -> Self {
        Self::what(Canonical::Field(field))
    }

    /// Maps a canonical value, which can be neither read nor written yet.
    pub const fn what(of: Canonical) -> Self {
        Self {
            of,
            read: None,
            write: None,
        }
    }

    /// Maps a value that no write changes: ids, times, operator data, constants.
    pub const fn fixed(of: Canonical, at: &'static str) -> Self {
        Self::what(of).read_as(at, ReadForm::Fixed, Absence::Never)
    }

    /// Makes the key readable at the JSON pointer `at` (RFC 6901); an unset value reads as `unset`.
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

    /// Reads the first of `otherwise` that is set if the field itself is unset.
    #[must_use]
    pub const fn otherwise(mut self, otherwise: &'static [&'static [Field]]) -> Self {
        if let Some(shown) = &mut self.read {
            shown.otherwise = otherwise;
        }
        self
    }

    /// Makes the key writable at the JSON pointer `at` (RFC 6901).
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

    /// Returns the canonical field; `None` if the key maps another value.
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
        let write = self.written_as(field)?;
        write.at.rsplit('/').next()
    }

    /// Returns the mapping of `field` under the key that writes it. Other keys are read-only.
    pub fn read_as(&self, field: Field) -> Option<ReadMapping> {
        let mut mappings = self.fields.iter();
        let mapping =
            mappings.find(|mapping| mapping.field() == Some(field) && mapping.write.is_some());
        mapping?.read
    }

    /// Returns how `field` is written; `None` if it is read-only.
    pub fn written_as(&self, field: Field) -> Option<WriteMapping> {
        let mappings = self.fields.iter();
        let mut mappings = mappings.filter(|mapping| mapping.field() == Some(field));
        mappings.find_map(|mapping| mapping.write)
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
        accepts_forms: false,
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
    fn spelling_is_the_last_key_of_the_write_pointer() {
        assert_eq!(VIEW.spelling(Field::DisplayName), Some("shown"));
        assert_eq!(VIEW.spelling(Field::Email), None);
        assert_eq!(VIEW.spelling(Field::Bio), None);
        let otherwise = VIEW.fields[2].read.map(|read| read.otherwise);
        assert_eq!(otherwise, Some(&[&[Field::Username][..]][..]));
    }
}
