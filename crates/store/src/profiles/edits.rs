//! The parameters of a statement that applies a patch.

use manyface_core::{ColumnValue, Field};

use super::columns::ColumnSet;

/// The values of a patch for a set of columns, and the columns that it names.
pub(super) struct Edits {
    /// Bit `n` says that the patch names column `n` of the set; bit `n + REQUIRED` says that the
    /// column must already have a value.
    pub(super) named: i64,
    /// The values as text, which the statement casts. `None` if the column is cleared or not named.
    pub(super) values: Vec<Option<String>>,
}

impl Edits {
    /// Returns the edits for `columns`, all of which must be in `set`.
    pub(super) fn new(columns: Vec<(&str, ColumnValue<'_>)>, set: ColumnSet) -> Self {
        let mut edits = Self {
            named: 0,
            values: vec![None; set.columns().len()],
        };
        for (name, value) in columns {
            let index = set.columns().iter().position(|column| column.name == name);
            let index = index.expect("the set is large enough");
            edits.named |= 1 << index;
            edits.values[index] = to_text(value);
        }
        edits
    }

    /// Requires that those of `names` that the patch sets already have a value.
    pub(super) fn require(&mut self, names: &[Field], set: ColumnSet) {
        for name in names {
            let mut columns = set.columns().iter();
            let index = columns.position(|column| column.name == name.as_str());
            if let Some(index) = index.filter(|index| self.values[*index].is_some()) {
                self.named |= 1 << (index + REQUIRED);
            }
        }
    }
}

/// The lowest bit of [`Edits::named`] for required columns.
pub(super) const REQUIRED: usize = 32;

/// Returns the smallest set that contains all of `columns`.
pub(super) fn smallest_set(columns: &[(&str, ColumnValue<'_>)]) -> ColumnSet {
    let sets = columns.iter().map(|(name, _)| ColumnSet::containing(name));
    sets.max().unwrap_or(ColumnSet::Basic)
}

fn to_text(value: ColumnValue<'_>) -> Option<String> {
    match value {
        ColumnValue::Null => None,
        ColumnValue::Text(text) => Some(text.into_owned()),
        // Both databases cast these to booleans.
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
        let set = smallest_set(&columns);
        let edits = Edits::new(columns, set);
        let mut named = Vec::new();
        for (index, column) in ColumnSet::Every.columns().iter().enumerate() {
            if edits.named & (1 << index) != 0 {
                named.push((column.name, edits.values[index].as_deref()));
            } else {
                assert_eq!(edits.values[index], None);
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
        assert_eq!(named, expected);
    }

    #[test]
    fn every_column_of_a_patch_has_an_index() {
        let patch = full_patch(1);
        let edits = Edits::new(patch.columns(), ColumnSet::Every);
        assert_eq!(edits.named.count_ones() as usize, patch.columns().len());
        assert_eq!(ColumnSet::Every.columns().len(), patch.columns().len());
    }
}
