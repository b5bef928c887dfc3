//! Export and import of tables whose rows are records: tenants, the catalogue, reserved user names
//! and API keys. The statements differ only in the names of columns.

use std::sync::LazyLock;

use diesel::deserialize::Result as RowResult;
use manyface_core::{CatalogueName, Record, RecordObject, Result, Section, TenantId};
use serde_json::{Map, Value, json};

use super::{BulkDatabase, time};
use crate::{
    database::{Columns, FromRow, unreadable},
    sql::{Flavour, Parameter, Sql, Statement},
};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// Whether a tenant is the default.
    Default,
    Number,
    Id,
    Time,
    Json,
}

impl Kind {
    /// Returns the member `name` of the record `e`, cast to this type.
    fn value(self, name: &str) -> String {
        match self {
            Self::Text => format!("(e.value ->> '{name}')"),
            Self::Default => format!(
                "((e.value ->> '{name}')::boolean \
                 AND NOT EXISTS (SELECT 1 FROM tenants AS t WHERE t.is_default))"
            ),
            Self::Number => format!("(e.value ->> '{name}')::bigint"),
            Self::Id => format!("(e.value ->> '{name}')::uuid"),
            Self::Time => format!("(e.value ->> '{name}')::timestamptz"),
            Self::Json => format!("(e.value -> '{name}')"),
        }
    }

    /// Returns the expression that reads a column.
    fn read(self, name: &str) -> String {
        match self {
            Self::Id | Self::Json => format!("{name}::text AS {name}"),
            Self::Number => format!("{name}::bigint AS {name}"),
            Self::Text | Self::Default | Self::Time => name.to_owned(),
        }
    }
}

/// The records of a section.
struct Table {
    name: &'static str,
    /// The value of the member `type`.
    record: &'static str,
    /// The columns, of which the first is the key.
    columns: &'static [(&'static str, Kind)],
    /// A column that is written and not read.
    derived: Option<(&'static str, Kind)>,
    /// A column that is not compared.
    ignored: Option<&'static str>,
    condition: &'static str,
}

/// The statements for a section.
struct Statements {
    table: Table,
    first_page: Sql,
    page: Sql,
    insert: Sql,
    presence: Sql,
}

static TENANTS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::of(Table {
        name: "tenants",
        record: "tenant",
        columns: &[
            ("id", Kind::Id),
            ("name", Kind::Text),
            ("is_default", Kind::Default),
            ("created_at", Kind::Time),
            ("suspended_at", Kind::Time),
        ],
        derived: None,
        ignored: Some("is_default"),
        condition: "TRUE",
    })
});

const ENTRY_COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Number),
    ("tenant_id", Kind::Id),
    ("kind", Kind::Text),
    ("name", Kind::Text),
    ("description", Kind::Text),
    ("merged_into", Kind::Number),
    ("created_by", Kind::Id),
    ("created_at", Kind::Time),
];

static ENTRIES: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(entries("merged_into IS NULL")));

static MERGED_ENTRIES: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(entries("merged_into IS NOT NULL")));

fn entries(condition: &'static str) -> Table {
    Table {
        name: "catalogue",
        record: "catalogue_entry",
        columns: ENTRY_COLUMNS,
        derived: Some(("name_key", Kind::Text)),
        ignored: None,
        condition,
    }
}

static RESERVATIONS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::of(Table {
        name: "username_reservations",
        record: "username_reservation",
        columns: &[
            ("digest", Kind::Text),
            ("profile_id", Kind::Id),
            ("released_at", Kind::Time),
        ],
        derived: None,
        ignored: None,
        condition: "released_at IS NOT NULL",
    })
});

static API_KEYS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::of(Table {
        name: "api_keys",
        record: "api_key",
        columns: &[
            ("id", Kind::Text),
            ("digest", Kind::Text),
            ("dialect", Kind::Text),
            ("app", Kind::Text),
            ("accounts", Kind::Json),
            ("tenant_id", Kind::Id),
            ("scopes", Kind::Json),
            ("api_version", Kind::Text),
            ("created_at", Kind::Time),
            ("revoked_at", Kind::Time),
        ],
        derived: None,
        ignored: None,
        condition: "TRUE",
    })
});

/// Removes the default tenant, unless it is `$1` or in use.
static REMOVE_UNUSED_DEFAULT: Sql = Sql::new(
    "DELETE FROM tenants WHERE is_default AND id <> $1 \
     AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE p.tenant_id = tenants.id) \
     AND NOT EXISTS (SELECT 1 FROM api_keys AS k WHERE k.tenant_id = tenants.id) \
     AND NOT EXISTS (SELECT 1 FROM catalogue AS c WHERE c.tenant_id = tenants.id)",
);

impl Statements {
    fn of(table: Table) -> Self {
        let Table {
            name,
            columns,
            condition,
            ..
        } = table;
        let (key, key_kind) = columns[0];
        let written: Vec<_> = columns.iter().copied().chain(table.derived).collect();
        let read = join_columns(columns, ", ", |(column, kind)| kind.read(column));
        let bare = join_columns(&written, ", ", |(column, _)| column.to_owned());
        let values = join_columns(&written, ", ", |(column, kind)| kind.value(column));
        let compared: Vec<_> = columns[1..]
            .iter()
            .copied()
            .filter(|(column, _)| Some(*column) != table.ignored)
            .collect();
        let is_equal = join_columns(&compared, " AND ", |(column, kind)| {
            format!("t.{column} IS NOT DISTINCT FROM {}", kind.value(column))
        });
        let key_value = key_kind.value(key);
        let sql = |text: String| Sql::composed(|_| text.clone());
        Self {
            first_page: sql(format!(
                "SELECT {read} FROM {name} WHERE {condition} ORDER BY {name}.{key} LIMIT $1"
            )),
            page: sql(format!(
                "SELECT {read} FROM {name} WHERE {condition} AND {key} > $1 \
                 ORDER BY {name}.{key} LIMIT $2"
            )),
            insert: sql(format!(
                "INSERT INTO {name} ({bare}) SELECT {values} \
                 FROM jsonb_array_elements($1) AS e (value) WHERE TRUE \
                 ON CONFLICT DO NOTHING RETURNING CAST({key} AS text)"
            )),
            presence: sql(format!(
                "SELECT CAST(t.{key} AS text) AS key, \
                 (CASE WHEN {is_equal} THEN 1 ELSE 0 END)::bigint AS is_equal \
                 FROM jsonb_array_elements($1) AS e (value) JOIN {name} AS t ON t.{key} = {key_value}"
            )),
            table,
        }
    }

    /// Returns the records as an array for [`Self::insert`] and [`Self::presence`].
    fn documents(&self, flavour: Flavour, records: &[Record]) -> Parameter {
        let documents = records.iter().map(|record| self.document(flavour, record));
        Parameter::json(&documents.collect::<Vec<_>>())
    }

    fn document(&self, flavour: Flavour, record: &Record) -> Value {
        let mut document = json!(record);
        for (column, _) in self
            .table
            .columns
            .iter()
            .filter(|(_, kind)| *kind == Kind::Time)
        {
            let at = document[*column].as_str().and_then(|at| at.parse().ok());
            document[*column] = at.map_or(Value::Null, |at| time(flavour, at));
        }
        match record {
            Record::CatalogueEntry(entry) => {
                let name = CatalogueName::parse(&entry.name);
                document["name_key"] =
                    json!(name.as_ref().map_or(&*entry.name, CatalogueName::key));
            }
            Record::Tenant(_)
            | Record::User(_)
            | Record::UsernameReservation(_)
            | Record::ApiKey(_)
            | Record::Change(_)
            | Record::Image(_)
            | Record::File(_) => {}
        }
        document
    }

    /// Reads a row as a record.
    fn record(&self, row: &dyn Columns) -> RowResult<Record> {
        let mut members = Map::new();
        for (column, kind) in self.table.columns {
            let value = match kind {
                Kind::Text | Kind::Id => json!(row.text_or_none(column)?),
                Kind::Default => json!(row.boolean(column)?),
                Kind::Number => json!(row.number_or_none(column)?),
                Kind::Time => json!(row.time_or_none(column)?),
                Kind::Json => row.json(column)?,
            };
            members.insert((*column).to_owned(), value);
        }
        let object: RecordObject = serde_json::from_str(&Value::Object(members).to_string())?;
        Ok(Record::read(self.table.record, &object)?)
    }
}

fn join_columns(
    columns: &[(&'static str, Kind)],
    separator: &str,
    write: impl Fn((&'static str, Kind)) -> String,
) -> String {
    let columns: Vec<_> = columns.iter().copied().map(write).collect();
    columns.join(separator)
}

/// Returns the statements for a section, or `None` if its records are not rows of one table.
fn statements(section: Section) -> Option<&'static Statements> {
    match section {
        Section::Tenants => Some(&TENANTS),
        Section::Entries => Some(&ENTRIES),
        Section::MergedEntries => Some(&MERGED_ENTRIES),
        Section::Reservations => Some(&RESERVATIONS),
        Section::ApiKeys => Some(&API_KEYS),
        Section::Users | Section::Changes | Section::Files => None,
    }
}

/// A record of the section with this index in [`Section::ALL`].
struct Row<const SECTION: usize>(Record);

impl<const SECTION: usize> FromRow for Row<SECTION> {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let statements = statements(Section::ALL[SECTION]);
        let statements = statements.ok_or("the section has no table")?;
        statements.record(row).map(Self)
    }
}

/// Reads records after the key `after`, with the key of the last one.
pub(super) async fn page<D: BulkDatabase>(
    database: &D,
    section: Section,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Record>, Option<String>)> {
    let Some(statements) = statements(section) else {
        return Ok((Vec::new(), None));
    };
    let statement = match after {
        None => statements.first_page.with([limit.into()]),
        Some(after) => {
            let after = match statements.table.columns[0].1 {
                Kind::Id => TenantId(after.parse().map_err(unreadable)?).into(),
                Kind::Number => after.parse::<i64>().map_err(unreadable)?.into(),
                Kind::Text | Kind::Default | Kind::Time | Kind::Json => after.into(),
            };
            statements.page.with([after, limit.into()])
        }
    };
    let records = match section {
        Section::Tenants => read::<D, 0>(database, statement).await,
        Section::Entries => read::<D, 1>(database, statement).await,
        Section::MergedEntries => read::<D, 2>(database, statement).await,
        Section::Reservations => read::<D, 4>(database, statement).await,
        Section::ApiKeys => read::<D, 5>(database, statement).await,
        Section::Users | Section::Changes | Section::Files => Ok(Vec::new()),
    }?;
    let last = records.last().map(Record::key);
    Ok((records, last))
}

async fn read<D: BulkDatabase, const SECTION: usize>(
    database: &D,
    statement: Statement,
) -> Result<Vec<Record>> {
    let rows: Vec<Row<SECTION>> = database.read(statement).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Returns the statement that reads which of `records` exist, all of one section, or `None` if they
/// cannot be compared.
pub(super) fn presence(flavour: Flavour, records: &[Record]) -> Option<Statement> {
    let statements = statements(records.first()?.section())?;
    let documents = statements.documents(flavour, records);
    Some(statements.presence.with([documents]))
}

/// Returns the statements that add `records` to a section. The last one returns the keys of the
/// added records.
pub(super) fn insert(flavour: Flavour, section: Section, records: &[Record]) -> Vec<Statement> {
    let default = records.iter().find_map(|record| match record {
        Record::Tenant(tenant) if tenant.is_default => Some(tenant.id),
        Record::Tenant(_)
        | Record::CatalogueEntry(_)
        | Record::User(_)
        | Record::UsernameReservation(_)
        | Record::ApiKey(_)
        | Record::Change(_)
        | Record::Image(_)
        | Record::File(_) => None,
    });
    let remove = default.map(|id| REMOVE_UNUSED_DEFAULT.with([id.into()]));
    let insert = statements(section).map(|statements| {
        let documents = statements.documents(flavour, records);
        statements.insert.with([documents])
    });
    remove.into_iter().chain(insert).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_of_their_sections() {
        for (section, record) in [
            (0, "tenant"),
            (1, "catalogue_entry"),
            (2, "catalogue_entry"),
            (4, "username_reservation"),
            (5, "api_key"),
        ] {
            let statements = statements(Section::ALL[section]).unwrap();
            assert_eq!(statements.table.record, record);
        }
    }
}
