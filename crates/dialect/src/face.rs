//! What a dialect shows and takes of the canonical profile, as data.
//!
//! The adapter says it once, beside its code, and uses it itself wherever it can; tests, the laws
//! of the conformance kit and `docs/mapping.md` are made of the same table.

mod shown;
mod taken;

use manyface_core::Field;

pub use shown::{Shown, ShownForm, Unset};
pub use taken::{Meaning, PictureForm, Taken, TakenForm, UsernameForm};

/// One way in which a dialect shows a profile and takes changes of it: a path, and its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// What tells it from the dialect's other faces; empty where there is but one.
    pub name: &'static str,
    /// The path under the dialect's base, which `GET` reads.
    pub path: &'static str,
    /// The method that writes.
    pub method: &'static str,
    /// The headers that ask for this face. Where the dialect has tenants, their header is not here.
    pub headers: &'static [(&'static str, &'static str)],
    /// What leaving a key out of a write means.
    pub absent: Meaning,
    /// Whether a write may also be an `application/x-www-form-urlencoded` form, with nested keys
    /// joined by points.
    pub takes_forms: bool,
    /// Everything that it shows or takes, in the order of the contract.
    pub fields: &'static [FieldView],
}

/// One key of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// What of the canonical profile it is.
    pub of: Canonical,
    /// How it is shown, where it is.
    pub shown: Option<Shown>,
    /// How it is written, where it can be.
    pub taken: Option<Taken>,
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Canonical {
    /// A field.
    Field(Field),
    /// The profile's own id.
    Id,
    /// What the dialect calls the profile.
    ExternalId,
    /// When the profile was made.
    CreatedAt,
    /// Who vouches for the user.
    AuthProvider,
    /// What operators state about the user.
    Facts,
    /// Nothing: the contract asks for the key, and the core knows nothing to put there.
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
            Self::Facts => "facts",
            Self::Nothing => "nothing",
        }
    }
}

impl FieldView {
    /// A field of the profile, neither shown nor taken yet.
    pub const fn of(field: Field) -> Self {
        Self::what(Canonical::Field(field))
    }

    /// Anything of the profile, neither shown nor taken yet.
    pub const fn what(of: Canonical) -> Self {
        Self {
            of,
            shown: None,
            taken: None,
        }
    }

    /// What is shown as it is and changes with no write: ids, times, facts, constants.
    pub const fn fixed(of: Canonical, at: &'static str) -> Self {
        Self::what(of).shown(at, ShownForm::Fixed, Unset::Never)
    }

    /// The same, shown at `at` (RFC 6901), and as `unset` where nothing is set.
    #[must_use]
    pub const fn shown(mut self, at: &'static str, form: ShownForm, unset: Unset) -> Self {
        self.shown = Some(Shown {
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
        if let Some(shown) = &mut self.shown {
            shown.otherwise = otherwise;
        }
        self
    }

    /// The same, written at `at` (RFC 6901).
    #[must_use]
    pub const fn taken(
        mut self,
        at: &'static str,
        form: TakenForm,
        null: Meaning,
        empty: Meaning,
    ) -> Self {
        self.taken = Some(Taken {
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
            | Canonical::Facts
            | Canonical::Nothing => None,
        }
    }
}

impl Face {
    /// What a write calls `field`: the last key of its pointer. `None` where it cannot be written.
    pub fn spelling(&self, field: Field) -> Option<&'static str> {
        let taken = self.taken(field)?;
        taken.at.rsplit('/').next()
    }

    /// Where `field` is shown under the key that writes it. At other keys it is for reading only.
    pub fn shown(&self, field: Field) -> Option<Shown> {
        let mut views = self.fields.iter();
        let view = views.find(|view| view.field() == Some(field) && view.taken.is_some())?;
        view.shown
    }

    /// How `field` is written, where it can be.
    pub fn taken(&self, field: Field) -> Option<Taken> {
        let views = self.fields.iter();
        let mut views = views.filter(|view| view.field() == Some(field));
        views.find_map(|view| view.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Face = Face {
        name: "",
        path: "/me",
        method: "PATCH",
        headers: &[],
        absent: Meaning::Keeps,
        takes_forms: false,
        fields: &[
            FieldView::fixed(Canonical::Id, "/id"),
            FieldView::of(Field::Email).shown("/email", ShownForm::Text, Unset::Never),
            FieldView::of(Field::DisplayName)
                .shown("/name", ShownForm::Text, Unset::Never)
                .otherwise(&[&[Field::Username]])
                .taken(
                    "/names/shown",
                    TakenForm::Text { max: 10 },
                    Meaning::Refused,
                    Meaning::Clears,
                ),
        ],
    };

    #[test]
    fn a_field_is_spelt_as_it_is_written() {
        assert_eq!(FACE.spelling(Field::DisplayName), Some("shown"));
        assert_eq!(FACE.spelling(Field::Email), None);
        assert_eq!(FACE.spelling(Field::Bio), None);
        let otherwise = FACE.fields[2].shown.map(|shown| shown.otherwise);
        assert_eq!(otherwise, Some(&[&[Field::Username][..]][..]));
    }
}
