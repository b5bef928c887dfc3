//! The columns of a stored profile.

use std::sync::LazyLock;

use manyface_core::{FIELDS, Field, FieldKind, WriteGroup};

/// The type of a column, which decides how a value is read from a document and a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, or JSON kept as text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A UUID.
    Id,
    /// A time.
    Time,
}

/// The updates that write a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Any patch that names its field.
    Patch(WriteGroup),
    /// Only operators, and the statement that adds the profile.
    Operator,
    /// Every update.
    Revision,
}

/// One column of `profiles`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name, which is also its key in documents.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) kind: Kind,
    /// The updates that write it.
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
        // It follows the user name.
        if row.field == Field::DisplayName {
            columns.push(operator("email", Kind::Text));
        }
        let kind = match row.kind() {
            FieldKind::Boolean => Kind::Flag,
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

/// The columns of an update statement.
///
/// Listing all columns would cost more, for columns that few updates name: PostgreSQL evaluates an
/// expression or two for each, and SQLite writes the index of user names anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColumnSet {
    /// The few that most patches name.
    Basic,
    /// Those that most dialects have, without the user name.
    Common,
    /// All but the user name.
    Rare,
    /// All that a patch may name.
    Every,
}

impl ColumnSet {
    /// All of them, from the smallest to the largest.
    pub(crate) const ALL: [Self; 4] = [Self::Basic, Self::Common, Self::Rare, Self::Every];

    /// The smallest set that has a column.
    pub(crate) fn of(name: &str) -> Self {
        let has = |set: &Self| set.columns().iter().any(|column| column.name == name);
        Self::ALL.into_iter().find(has).unwrap_or(Self::Every)
    }

    /// The columns of the set.
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
    fn a_column_has_its_smallest_set() {
        assert_eq!(ColumnSet::of("bio"), ColumnSet::Basic);
        assert_eq!(ColumnSet::of("full_name"), ColumnSet::Common);
        assert_eq!(ColumnSet::of("phone"), ColumnSet::Rare);
        assert_eq!(ColumnSet::of("username_key"), ColumnSet::Every);
        for set in ColumnSet::ALL {
            assert!(
                set.columns()
                    .iter()
                    .all(|column| ColumnSet::of(column.name) <= set)
            );
        }
    }

    #[test]
    fn each_set_is_at_its_index() {
        for (place, set) in ColumnSet::ALL.into_iter().enumerate() {
            assert_eq!(set as usize, place);
        }
    }
}
