//! Statements: their text on each database, and their parameters.
//!
//! Every text is a whole statement with the parameters `$1`, `$2` and so on: it can be searched for
//! and run in `psql`, and in `sqlite3` as [`Sql::get`] returns it. A text may name a parameter as
//! often as it needs, but diesel numbers the parameters itself, in the order in which they are sent.
//! So all of them are sent first, in a common table expression that nothing reads:
//! `WITH input AS (SELECT 0, $1, $2) …`. Only [`Statement`] knows of it.

mod parameter;

use std::sync::OnceLock;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Jsonb, Nullable, Text, Untyped},
    sqlite::{Sqlite, SqliteConnection},
};
use manyface_core::ProfileRef;

pub(crate) use self::parameter::{Json, Parameter, origin};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Sqlite,
}

/// What SQLite spells otherwise. It has no casts like these, and its values need none.
const SPELLINGS: [(&str, &str); 12] = [
    (
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
    ),
    ("jsonb_array_elements_text(", "json_each("),
    ("jsonb_array_elements(", "json_each("),
    ("json_build_array(", "json_array("),
    ("::bigint", ""),
    ("::boolean", ""),
    ("::integer", ""),
    ("::jsonb", ""),
    ("::text", ""),
    (" AS e (value)", " AS e"),
    ("::uuid", ""),
    // There, `$1` would be the name of a parameter instead of its number.
    ("$", "?"),
];

/// The text of a statement.
#[derive(Debug)]
pub(crate) struct Sql {
    postgres: &'static str,
    /// As PostgreSQL would spell it.
    for_sqlite: &'static str,
    sqlite: OnceLock<String>,
}

impl Sql {
    /// A statement of both databases, or of one of them, as PostgreSQL spells it: for SQLite,
    /// [`SPELLINGS`] are replaced.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::pair(text, text)
    }

    /// A statement of which the databases differ in more than spelling.
    pub(crate) const fn pair(postgres: &'static str, sqlite: &'static str) -> Self {
        Self {
            postgres,
            for_sqlite: sqlite,
            sqlite: OnceLock::new(),
        }
    }

    /// A statement that is composed when it is first used, once for all.
    pub(crate) fn composed(compose: impl Fn(Flavour) -> String) -> Self {
        let text = |flavour| &*compose(flavour).leak();
        Self::pair(text(Flavour::Postgres), text(Flavour::Sqlite))
    }

    /// Returns the statement's text.
    pub(crate) fn get(&self, flavour: Flavour) -> &str {
        match flavour {
            Flavour::Postgres => self.postgres,
            Flavour::Sqlite => self.sqlite.get_or_init(|| to_sqlite(self.for_sqlite)),
        }
    }

    /// The statement with its parameters, in the order of their numbers.
    pub(crate) fn with(
        &'static self,
        parameters: impl IntoIterator<Item = Parameter>,
    ) -> Statement {
        Statement {
            sql: self,
            parameters: parameters.into_iter().collect(),
        }
    }
}

/// One statement for each way to name its profile.
///
/// A single text that looks in every table would cost PostgreSQL a seventh more at each update.
#[derive(Debug)]
pub(crate) struct SqlByRef {
    id: Sql,
    external_id: Sql,
    identity: Sql,
    username: Sql,
}

impl SqlByRef {
    /// `compose` gets an expression for the id of the profile, whose name begins at the parameter
    /// `first`.
    pub(crate) fn new(first: usize, compose: impl Fn(Flavour, &str) -> String) -> Self {
        let second = first + 1;
        let sql = |id: String| Sql::composed(|flavour| compose(flavour, &id));
        Self {
            id: sql(format!("${first}::uuid")),
            external_id: sql(format!(
                "(SELECT profile_id FROM external_ids \
                 WHERE dialect = ${first} AND external_id = ${second})"
            )),
            identity: sql(format!(
                "(SELECT profile_id FROM identities \
                 WHERE issuer = ${first} AND subject = ${second})"
            )),
            username: sql(format!(
                "(SELECT profile_id FROM usernames WHERE username_key = ${first})"
            )),
        }
    }

    /// The statement about the profile that `who` names, which is the last of its parameters.
    pub(crate) fn with(
        &'static self,
        parameters: impl IntoIterator<Item = Parameter>,
        who: &ProfileRef,
    ) -> Statement {
        let (sql, first, second) = match who {
            ProfileRef::Id(id) => (&self.id, (*id).into(), None),
            ProfileRef::External { dialect, id } => {
                (&self.external_id, (&**dialect).into(), Some(&**id))
            }
            ProfileRef::Identity { issuer, subject } => {
                (&self.identity, (&**issuer).into(), Some(&**subject))
            }
            ProfileRef::Username(key) => (&self.username, (&**key).into(), None),
        };
        let name = [first].into_iter().chain(second.map(Parameter::from));
        sql.with(parameters.into_iter().chain(name))
    }
}

fn to_sqlite(text: &str) -> String {
    let replace = |text: String, (postgres, sqlite): &(&str, &str)| text.replace(postgres, sqlite);
    SPELLINGS.iter().fold(text.to_owned(), replace)
}

/// A statement and its parameters.
///
/// diesel keeps prepared statements by their text and the types of their parameters: a connection
/// prepares each text once.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: &'static Sql,
    parameters: Vec<Parameter>,
}

impl Statement {
    /// Returns whether a parameter contains U+0000, which no text of PostgreSQL does.
    pub(crate) fn contains_nul(&self) -> bool {
        self.parameters.iter().any(|parameter| match parameter {
            Parameter::Text(Some(text)) => text.contains('\0'),
            Parameter::Text(None) | Parameter::Number(_) | Parameter::Json(_) => false,
        })
    }

    /// Appends the common table expression with the parameters, and the text.
    fn walk<'b, DB>(
        &'b self,
        out: &mut AstPass<'_, 'b, DB>,
        flavour: Flavour,
        bind: impl Fn(&mut AstPass<'_, 'b, DB>, &'b Parameter) -> QueryResult<()>,
    ) -> QueryResult<()>
    where
        DB: diesel::backend::Backend,
    {
        let text = self.sql.get(flavour);
        if self.parameters.is_empty() {
            out.push_sql(text);
            return Ok(());
        }
        out.push_sql("WITH input AS (SELECT 0");
        for parameter in &self.parameters {
            out.push_sql(", ");
            bind(out, parameter)?;
        }
        if let Some(more) = text.strip_prefix("WITH ") {
            out.push_sql("), ");
            out.push_sql(more);
        } else {
            out.push_sql(") ");
            out.push_sql(text);
        }
        Ok(())
    }
}

impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl RunQueryDsl<SqliteConnection> for Statement {}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(
            &mut out,
            Flavour::Postgres,
            |out, parameter| match parameter {
                Parameter::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text),
                Parameter::Number(number) => out.push_bind_param::<Nullable<BigInt>, _>(number),
                Parameter::Json(json) => out.push_bind_param::<Jsonb, _>(json),
            },
        )
    }
}

impl QueryFragment<Sqlite> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk(
            &mut out,
            Flavour::Sqlite,
            |out, parameter| match parameter {
                Parameter::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text),
                Parameter::Number(number) => out.push_bind_param::<Nullable<BigInt>, _>(number),
                Parameter::Json(json) => out.push_bind_param::<Text, _>(json),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;

    use super::*;

    #[test]
    fn parameters_precede_the_text() {
        static PLAIN: Sql = Sql::new("SELECT id::text FROM a WHERE b = $1::uuid OR c = $1");
        static WITH: Sql = Sql::new("WITH b AS (SELECT $1) SELECT * FROM b");
        let check = |sql: &'static Sql, postgres: &str, sqlite: &str| {
            let statement = sql.with(["x".into(), 1_i64.into()]);
            let text = debug_query::<Pg, _>(&statement).to_string();
            assert!(text.starts_with(&format!("{postgres} -- ")), "{text}");
            let text = debug_query::<Sqlite, _>(&statement).to_string();
            assert!(text.starts_with(&format!("{sqlite} -- ")), "{text}");
        };
        check(
            &PLAIN,
            "WITH input AS (SELECT 0, $1, $2) SELECT id::text FROM a WHERE b = $1::uuid OR c = $1",
            "WITH input AS (SELECT 0, ?, ?) SELECT id FROM a WHERE b = ?1 OR c = ?1",
        );
        check(
            &WITH,
            "WITH input AS (SELECT 0, $1, $2), b AS (SELECT $1) SELECT * FROM b",
            "WITH input AS (SELECT 0, ?, ?), b AS (SELECT ?1) SELECT * FROM b",
        );
    }

    #[test]
    fn a_text_with_nul_is_found() {
        static ANY: Sql = Sql::new("SELECT $1");
        assert!(ANY.with(["a\0".into()]).contains_nul());
        assert!(!ANY.with(["a".into(), 0_i64.into()]).contains_nul());
    }
}
