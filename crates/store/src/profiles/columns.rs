//! The columns of `profiles`.

use std::sync::LazyLock;

use manyface_core::{FIELDS, Field, FieldKind, WriteGroup};

/// The type of a column, which determines how it is read from documents and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, or JSON stored as text.
    Text,
    /// True or false.
    Boolean,
    /// An integer.
    Number,
    /// A UUID.
    Id,
    /// A time.
    Time,
}

/// The updates that write a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Patches that name its field.
    Patch(WriteGroup),
    /// Only operators and the statement that adds the profile.
    Operator,
    /// Every update.
    Revision,
}

/// A column of `profiles`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The name, which is also its key in documents.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) writer: Writer,
}

/// All columns, in the order in which statements return them and [`super::row`] reads them.
pub(crate) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let column = |name, kind, writer| Column { name, kind, writer };
    let operator = |name, kind| column(name, kind, Writer::Operator);
    let mut columns = vec![
        operator("id", Kind::Id),
        operator("tenant_id", Kind::Id),
        operator("external_ids", Kind::Text),
    ];
    for row in &FIELDS {
        // Follows the user name.
        if row.field == Field::DisplayName {
            columns.push(operator("email", Kind::Text));
        }
        let kind = match row.kind() {
            FieldKind::Boolean => Kind::Boolean,
            FieldKind::Text
            | FieldKind::Json
            | FieldKind::Country
            | FieldKind::Date
            | FieldKind::List
            | FieldKind::Username
            | FieldKind::Avatar => Kind::Text,
        };
        let (first, second) = row.columns();
        let names = [first].into_iter().chain(second);
        columns.extend(names.map(|name| column(name, kind, Writer::Patch(row.group))));
    }
    columns.extend([
        operator("auth_provider", Kind::Text),
        operator("operator_data", Kind::Text),
        operator("suspended_at", Kind::Time),
        operator("created_at", Kind::Time),
        column("updated_at", Kind::Time, Writer::Revision),
        column("version", Kind::Number, Writer::Revision),
    ]);
    columns
});

/// The columns that an update statement can write.
///
/// Fewer columns cost less: PostgreSQL evaluates an expression or two for each, and SQLite rewrites
/// the index of user names if the user name is among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColumnSet {
    /// The columns that most patches name.
    Basic,
    /// The columns that most dialects have, without the user name.
    Common,
    /// All columns except the user name.
    Rare,
    /// All columns that a patch may name.
    Every,
}

impl ColumnSet {
    /// All sets, from the smallest to the largest.
    pub(crate) const ALL: [Self; 4] = [Self::Basic, Self::Common, Self::Rare, Self::Every];

    /// Returns the smallest set that contains a column.
    pub(crate) fn containing(name: &str) -> Self {
        let contains = |set: &Self| set.columns().iter().any(|column| column.name == name);
        Self::ALL.into_iter().find(contains).unwrap_or(Self::Every)
    }

    /// Returns the columns of the set.
    pub(crate) fn columns(self) -> &'static [Column] {
        static COLUMNS_OF: LazyLock<[Vec<Column>; 4]> = LazyLock::new(|| {
            [
                WriteGroup::Basic,
                WriteGroup::Common,
                WriteGroup::Rare,
                WriteGroup::Unique,
            ]
            .map(|widest| {
                let is_in = |column: &&Column| match column.writer {
                    Writer::Patch(group) => group <= widest,
                    Writer::Operator | Writer::Revision => false,
                };
                COLUMNS.iter().filter(is_in).copied().collect()
            })
        });
        &COLUMNS_OF[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_in_the_smallest_set() {
        assert_eq!(ColumnSet::containing("bio"), ColumnSet::Basic);
        assert_eq!(ColumnSet::containing("full_name"), ColumnSet::Common);
        assert_eq!(ColumnSet::containing("phone"), ColumnSet::Rare);
        assert_eq!(ColumnSet::containing("username_key"), ColumnSet::Every);
        for set in ColumnSet::ALL {
            assert!(
                set.columns()
                    .iter()
                    .all(|column| ColumnSet::containing(column.name) <= set)
            );
        }
    }

    #[test]
    fn each_set_is_at_its_index() {
        for (index, set) in ColumnSet::ALL.into_iter().enumerate() {
            assert_eq!(set as usize, index);
        }
    }
}
