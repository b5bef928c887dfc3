//! Statements and their parameters.
//!
//! Every text is a whole statement with the parameters `$1`, `$2`, … that can be searched for, run
//! in `psql`, and run in `sqlite3` as [`Sql::text`] returns it. A text may use a parameter
//! repeatedly and in any order. diesel numbers parameters in the order in which they are bound;
//! therefore they are bound in the order of first use, and the text is renumbered accordingly (see
//! [`Part`]).

mod parameter;
mod value;

use std::sync::OnceLock;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, BigInt, Interval, Jsonb, Nullable, Text, Timestamptz, Untyped, Uuid},
    sqlite::{Sqlite, SqliteConnection},
};
use manyface_core::ProfileRef;

pub(crate) use self::{
    parameter::{Parameter, origin},
    value::{Document, Id, Instant},
};

/// The SQL dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Sqlite,
}

/// The replacements that turn PostgreSQL's SQL into SQLite's, which needs no casts.
const SQLITE_REPLACEMENTS: [(&str, &str); 16] = [
    (
        "clock_timestamp()",
        "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
    ),
    ("jsonb_array_elements_text(", "json_each("),
    ("jsonb_array_elements(", "json_each("),
    ("json_build_array(", "json_array("),
    ("::bigint", ""),
    ("::boolean", ""),
    ("::integer", ""),
    ("::jsonb", ""),
    ("::json", ""),
    ("::text", ""),
    ("::timestamptz", ""),
    (" AS d (value)", " AS d"),
    (" AS e (value)", " AS e"),
    (" AS x (value)", " AS x"),
    ("::uuid", ""),
    // SQLite reads `$1` as a parameter with the name 1.
    ("$", "?"),
];

/// A statement for each database.
#[derive(Debug)]
pub(crate) struct Sql {
    postgres: &'static str,
    /// In PostgreSQL's syntax.
    for_sqlite: &'static str,
    sqlite: OnceLock<String>,
    parts: [OnceLock<Vec<Part>>; 2],
}

/// A part of a statement.
#[derive(Debug)]
enum Part {
    Text(String),
    /// The index of a parameter, at its first use.
    Parameter(usize),
}

impl Part {
    /// Splits a text at the first use of each parameter. Parameters are `marker` and a number from
    /// 1.
    fn split(text: &str, marker: char) -> Vec<Self> {
        let mut pieces = text.split(marker);
        let mut pending = pieces.next().unwrap_or_default().to_owned();
        let (mut parts, mut sent) = (Vec::new(), Vec::new());
        for piece in pieces {
            let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
            let Ok(number) = piece[..piece.len() - rest.len()].parse::<usize>() else {
                pending.push(marker);
                pending.push_str(piece);
                continue;
            };
            if let Some(index) = sent.iter().position(|sent| *sent == number) {
                pending.push(marker);
                pending.push_str(&(index + 1).to_string());
            } else {
                sent.push(number);
                parts.push(Self::Text(std::mem::take(&mut pending)));
                parts.push(Self::Parameter(number - 1));
            }
            pending.push_str(rest);
        }
        parts.push(Self::Text(pending));
        parts
    }
}

impl Sql {
    /// Returns a statement in PostgreSQL's syntax, for one database or for both.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self::pair(text, text)
    }

    /// Returns a statement whose text differs between the databases by more than [`SQLITE_REPLACEMENTS`].
    pub(crate) const fn pair(postgres: &'static str, sqlite: &'static str) -> Self {
        Self {
            postgres,
            for_sqlite: sqlite,
            sqlite: OnceLock::new(),
            parts: [const { OnceLock::new() }; 2],
        }
    }

    /// Returns a statement whose text is composed once and never freed.
    pub(crate) fn composed(compose: impl Fn(Flavour) -> String) -> Self {
        let text = |flavour| &*compose(flavour).leak();
        Self::pair(text(Flavour::Postgres), text(Flavour::Sqlite))
    }

    /// Returns the text for a database.
    pub(crate) fn text(&self, flavour: Flavour) -> &str {
        match flavour {
            Flavour::Postgres => self.postgres,
            Flavour::Sqlite => self.sqlite.get_or_init(|| to_sqlite(self.for_sqlite)),
        }
    }

    fn parts(&self, flavour: Flavour) -> &[Part] {
        let marker = match flavour {
            Flavour::Postgres => '$',
            Flavour::Sqlite => '?',
        };
        self.parts[flavour as usize].get_or_init(|| Part::split(self.text(flavour), marker))
    }

    /// Binds the parameters, in the order of their numbers. The text may leave some of them unused.
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

/// A statement for each way to name a profile.
///
/// A single statement with look-ups in all tables would make PostgreSQL's updates 14 % more
/// expensive.
#[derive(Debug)]
pub(crate) struct SqlByRef {
    id: Sql,
    external_id: Sql,
    identity: Sql,
    username: Sql,
}

impl SqlByRef {
    /// Composes the statements. `compose` gets an expression for the id of the profile, which uses
    /// the parameters from `first`.
    pub(crate) fn new(first: usize, compose: impl Fn(Flavour, &str) -> String) -> Self {
        let second = first + 1;
        let sql = |id: String| Sql::composed(|flavour| compose(flavour, &id));
        Self {
            id: sql(format!("${first}")),
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

    /// Binds the parameters, followed by the name of the profile.
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
    SQLITE_REPLACEMENTS.iter().fold(text.to_owned(), replace)
}

/// A statement and its parameters.
///
/// diesel caches prepared statements by text and parameter types, so each connection prepares each
/// text once.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: &'static Sql,
    parameters: Vec<Parameter>,
}

impl Statement {
    /// Returns whether a parameter contains U+0000, which PostgreSQL text cannot.
    pub(crate) fn contains_nul(&self) -> bool {
        self.parameters.iter().any(|parameter| match parameter {
            Parameter::Text(Some(text)) => text.contains('\0'),
            Parameter::Text(None)
            | Parameter::Number(_)
            | Parameter::Json(_)
            | Parameter::Document(_)
            | Parameter::Id(_)
            | Parameter::Time(_)
            | Parameter::Duration(_) => false,
        })
    }

    /// Emits the text and binds each parameter at its first use.
    fn walk<'b, DB>(
        &'b self,
        out: &mut AstPass<'_, 'b, DB>,
        flavour: Flavour,
        bind: impl Fn(&mut AstPass<'_, 'b, DB>, &'b Parameter) -> QueryResult<()>,
    ) -> QueryResult<()>
    where
        DB: diesel::backend::Backend,
    {
        for part in self.sql.parts(flavour) {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Parameter(index) => bind(out, &self.parameters[*index])?,
            }
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
                Parameter::Document(document) => {
                    out.push_bind_param::<sql_types::Json, _>(document)
                }
                Parameter::Id(id) => out.push_bind_param::<Nullable<Uuid>, _>(id),
                Parameter::Time(time) => out.push_bind_param::<Nullable<Timestamptz>, _>(time),
                Parameter::Duration(span) => out.push_bind_param::<Interval, _>(span),
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
                Parameter::Document(document) => out.push_bind_param::<Text, _>(document),
                Parameter::Id(id) => out.push_bind_param::<Nullable<Text>, _>(id),
                Parameter::Time(time) => out.push_bind_param::<Nullable<BigInt>, _>(time),
                Parameter::Duration(span) => out.push_bind_param::<BigInt, _>(span),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;

    use super::*;

    #[test]
    fn parameters_are_bound_in_the_order_of_first_use() {
        static SOME: Sql = Sql::new("SELECT $3::text WHERE a = $1 OR b = $3 OR c = $1 OR d ? 'e'");
        let statement = SOME.with(["x".into(), 1_i64.into(), "y".into()]);
        let check = |text: String, expected: &str| {
            assert!(text.starts_with(&format!("{expected} -- ")), "{text}");
            assert!(text.find("\"y\"") < text.find("\"x\""), "{text}");
            assert!(!text.contains("1,"), "{text}");
        };
        check(
            debug_query::<Pg, _>(&statement).to_string(),
            "SELECT $1::text WHERE a = $2 OR b = $1 OR c = $2 OR d ? 'e'",
        );
        check(
            debug_query::<Sqlite, _>(&statement).to_string(),
            "SELECT ? WHERE a = ? OR b = ?1 OR c = ?2 OR d ? 'e'",
        );
    }

    #[test]
    fn text_with_nul_is_detected() {
        static ANY: Sql = Sql::new("SELECT $1");
        assert!(ANY.with(["a\0".into()]).contains_nul());
        assert!(!ANY.with(["a".into(), 0_i64.into()]).contains_nul());
    }
}
