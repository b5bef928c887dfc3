//! Statements: their text on each database, and their parameters.
//!
//! Every text is a whole statement with the parameters `$1`, `$2` and so on: it can be searched for
//! and run in `psql`, and in `sqlite3` as [`Sql::get`] returns it. A text may name a parameter as
//! often as it needs, in any order; diesel numbers the parameters itself, in the order in which they
//! are sent. So they are sent in the order in which the text names them first, and the text that is
//! sent has their numbers in that order. Only [`Part`] knows of it.

mod parameter;
mod value;

use std::sync::OnceLock;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Interval, Jsonb, Nullable, Text, Timestamptz, Untyped, Uuid},
    sqlite::{Sqlite, SqliteConnection},
};
use manyface_core::ProfileRef;

pub(crate) use self::{
    parameter::{Parameter, origin},
    value::{Id, Instant, Json},
};

/// The SQL dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Sqlite,
}

/// SQLite's spellings. It has no casts like these, and its values need none.
const SPELLINGS: [(&str, &str); 16] = [
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
    // There, `$1` would be the name of a parameter instead of its number.
    ("$", "?"),
];

/// The text of a statement.
#[derive(Debug)]
pub(crate) struct Sql {
    postgres: &'static str,
    /// PostgreSQL's spelling.
    for_sqlite: &'static str,
    sqlite: OnceLock<String>,
    parts: [OnceLock<Vec<Part>>; 2],
}

/// A part of a statement as it is sent.
#[derive(Debug)]
enum Part {
    Text(String),
    /// The parameter at this index, which the text names for the first time.
    Parameter(usize),
}

impl Part {
    /// Splits a text in which parameters are `marker` and their number, from 1.
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
            if let Some(place) = sent.iter().position(|sent| *sent == number) {
                pending.push(marker);
                pending.push_str(&(place + 1).to_string());
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
            parts: [const { OnceLock::new() }; 2],
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

    fn parts(&self, flavour: Flavour) -> &[Part] {
        let marker = match flavour {
            Flavour::Postgres => '$',
            Flavour::Sqlite => '?',
        };
        self.parts[flavour as usize].get_or_init(|| Part::split(self.get(flavour), marker))
    }

    /// The statement with its parameters, in the order of their numbers. The text need not name all
    /// of them.
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
            Parameter::Text(None)
            | Parameter::Number(_)
            | Parameter::Json(_)
            | Parameter::Id(_)
            | Parameter::Time(_)
            | Parameter::Duration(_) => false,
        })
    }

    /// Appends the text, with the parameters where it names them first.
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
    fn parameters_are_sent_in_the_order_in_which_the_text_names_them() {
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
    fn a_text_with_nul_is_found() {
        static ANY: Sql = Sql::new("SELECT $1");
        assert!(ANY.with(["a\0".into()]).contains_nul());
        assert!(!ANY.with(["a".into(), 0_i64.into()]).contains_nul());
    }
}
