//! A patch as the parameters of the statements that apply it.

use manyface_core::{ColumnValue, Field};

use super::columns::ColumnSet;

/// The values of a patch for the columns of a set, and which of them it names.
pub(super) struct Edits {
    /// Bit `n` is the column at place `n` of the set's columns. Bit `n + REQUIRED` says
    /// that the column must have a value already.
    pub(super) named: i64,
    /// As text, which the statement turns into what the column holds. `None` where the column is
    /// cleared or not named.
    pub(super) values: Vec<Option<String>>,
}

impl Edits {
    /// Returns the values of a patch of these columns, in a set that contains them.
    pub(super) fn of(columns: Vec<(&str, ColumnValue<'_>)>, set: ColumnSet) -> Self {
        let mut edits = Self {
            named: 0,
            values: vec![None; set.columns().len()],
        };
        for (name, value) in columns {
            let place = set.columns().iter().position(|column| column.name == name);
            let place = place.expect("the set is large enough");
            edits.named |= 1 << place;
            edits.values[place] = text(value);
        }
        edits
    }

    /// Requires that those of `names` that are set have a value already.
    pub(super) fn require(&mut self, names: &[Field], set: ColumnSet) {
        for name in names {
            let mut columns = set.columns().iter();
            let place = columns.position(|column| column.name == name.as_str());
            if let Some(place) = place.filter(|place| self.values[*place].is_some()) {
                self.named |= 1 << (place + REQUIRED);
            }
        }
    }
}

/// The start of the second half of [`Edits::named`].
pub(super) const REQUIRED: usize = 32;

/// The smallest set that has all of these columns.
pub(super) fn set_of(columns: &[(&str, ColumnValue<'_>)]) -> ColumnSet {
    let sets = columns.iter().map(|(name, _)| ColumnSet::of(name));
    sets.max().unwrap_or(ColumnSet::Basic)
}

fn text(value: ColumnValue<'_>) -> Option<String> {
    match value {
        ColumnValue::Null => None,
        ColumnValue::Text(text) => Some(text.into_owned()),
        // Both databases read these as true and false.
        ColumnValue::Boolean(flag) => Some(u8::from(flag).to_string()),
        ColumnValue::List(list) => {
            let numbers: Vec<_> = list.iter().map(|id| id.0.to_string()).collect();
            Some(format!("[{}]", numbers.join(",")))
        }
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::{CatalogueId, Edit, ProfilePatch, Username, behaviour::full_patch};

    use super::*;

    #[test]
    fn values_are_in_the_order_of_their_columns() {
        let patch = ProfilePatch {
            full_name: Edit::Clear,
            bio: Edit::Set("b".to_owned()),
            skills: Some(vec![CatalogueId(2), CatalogueId(-1)]),
            activity_based_emails: Some(false),
            username: Username::parse("Ada").ok(),
            ..ProfilePatch::default()
        };
        let columns = patch.columns();
        let set = set_of(&columns);
        let edits = Edits::of(columns, set);
        let mut said = Vec::new();
        for (place, column) in ColumnSet::Every.columns().iter().enumerate() {
            if edits.named & (1 << place) != 0 {
                said.push((column.name, edits.values[place].as_deref()));
            } else {
                assert_eq!(edits.values[place], None);
            }
        }
        let expected = [
            ("username", Some("Ada")),
            ("username_key", Some("ada")),
            ("full_name", None),
            ("bio", Some("b")),
            ("skills", Some("[2,-1]")),
            ("activity_based_emails", Some("0")),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn every_column_of_a_patch_has_a_place() {
        let patch = full_patch(1);
        let edits = Edits::of(patch.columns(), ColumnSet::Every);
        assert_eq!(edits.named.count_ones() as usize, patch.columns().len());
        assert_eq!(ColumnSet::Every.columns().len(), patch.columns().len());
    }
}
