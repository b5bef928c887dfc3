//! The statements of this crate, as diesel runs them.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Jsonb, Nullable, Text, Untyped},
    sqlite::{Sqlite, SqliteConnection},
};
use jiff::Timestamp;
use manyface_core::{
    Identity, PatchDocument, Profile, ProfileId, ProfileRef, ProfileUpdate, Provenance, Revision,
    TenantId,
};

use crate::{
    document::Document,
    wording::{
        Add, AddDefaultTenant, DefaultTenant, Find, Flavour, History, Link, Links, List,
        Migrations, Record, Remove, Update, Wording,
    },
};

/// A statement with a fixed text and its parameters.
///
/// All parameters stand first, in a common table expression that nothing reads, so that the rest
/// of the text can name each of them as often as it needs. Type and number of them depend on `W`
/// alone, so that a connection prepares each statement once: diesel keeps prepared statements by
/// [`QueryId`].
pub(crate) struct Statement<W> {
    parameters: Vec<Parameter>,
    wording: PhantomData<fn() -> W>,
}

enum Parameter {
    Text(Option<String>),
    Number(Option<i64>),
    Document(Option<Document>),
}

impl<W> Statement<W> {
    fn new(parameters: impl IntoIterator<Item = Parameter>) -> Self {
        Self {
            parameters: parameters.into_iter().collect(),
            wording: PhantomData,
        }
    }
}

fn text(text: impl Into<String>) -> Parameter {
    Parameter::Text(Some(text.into()))
}

fn document(text: &str) -> Parameter {
    Parameter::Document(Some(Document(text.to_owned())))
}

/// The six parameters that name a profile.
fn name(who: &ProfileRef) -> [Parameter; 6] {
    let mut names = [const { None }; 6];
    let (first, texts) = match who {
        ProfileRef::Id(id) => (0, vec![id.to_string()]),
        ProfileRef::External { dialect, id } => (1, vec![dialect.to_string(), id.clone()]),
        ProfileRef::Identity { issuer, subject } => (3, vec![issuer.to_string(), subject.clone()]),
        ProfileRef::Username(key) => (5, vec![key.clone()]),
    };
    for (place, text) in names.iter_mut().skip(first).zip(texts) {
        *place = Some(text);
    }
    names.map(Parameter::Text)
}

/// The five parameters that say when, by whom and through what.
fn origin(provenance: &Provenance) -> [Parameter; 5] {
    [
        Parameter::Number(Some(provenance.at().as_microsecond())),
        text(&provenance.actor),
        text(&provenance.dialect),
        Parameter::Text(provenance.api_version.clone()),
        text(&provenance.request_id),
    ]
}

pub(crate) fn find(who: &ProfileRef) -> Statement<Find> {
    Statement::new(name(who))
}

pub(crate) fn update(update: &ProfileUpdate) -> Statement<Update> {
    let patch = PatchDocument::from(&update.patch);
    write(
        &update.who,
        document(patch.as_str()),
        None,
        update.expected,
        update.tenant,
        &update.provenance,
    )
}

/// Replaces all facts of the profile that `who` names, if it is still in the state `expected`.
pub(crate) fn replace_facts(
    who: &ProfileRef,
    profile: &Profile,
    provenance: &Provenance,
) -> Statement<Update> {
    let facts = Document::of_facts(&profile.facts);
    let history = manyface_core::facts_document(&profile.facts);
    write(
        who,
        Parameter::Document(Some(facts)),
        Some(&history),
        Some(profile.revision()),
        None,
        provenance,
    )
}

fn write(
    who: &ProfileRef,
    patch: Parameter,
    history: Option<&PatchDocument>,
    expected: Option<Revision>,
    tenant: Option<TenantId>,
    provenance: &Provenance,
) -> Statement<Update> {
    let history = history.map(|document| Document(document.as_str().to_owned()));
    let expected = expected.as_ref();
    let guards = [
        Parameter::Document(history),
        Parameter::Number(expected.map(|state| state.version)),
        Parameter::Number(expected.map(|state| state.updated_at.as_microsecond())),
        Parameter::Text(tenant.map(|tenant| tenant.to_string())),
    ];
    let parameters = [patch].into_iter().chain(origin(provenance)).chain(guards);
    Statement::new(parameters.chain(name(who)))
}

/// Writes `patch` into the history of the profile that is at `version` now.
pub(crate) fn record(
    id: ProfileId,
    version: i64,
    patch: &PatchDocument,
    provenance: &Provenance,
) -> Statement<Record> {
    let change = [
        document(patch.as_str()),
        text(id.to_string()),
        Parameter::Number(Some(version)),
    ];
    Statement::new(change.into_iter().chain(origin(provenance)))
}

/// Adds a profile; on PostgreSQL with its links and the first entry of its history.
pub(crate) fn add(
    profile: &Profile,
    identities: &[Identity],
    provenance: &Provenance,
) -> Statement<Add> {
    let documents = [
        Document::of(profile),
        Document::of_pairs(profile.external_ids.iter()),
        Document::of_identities(identities),
    ];
    let documents = documents.map(|document| Parameter::Document(Some(document)));
    Statement::new(documents.into_iter().chain(origin(provenance)))
}

/// Adds the names that other systems have for a profile.
pub(crate) fn link<L: Links>(id: ProfileId, pairs: Document) -> Statement<Link<L>> {
    Statement::new([Parameter::Document(Some(pairs)), text(id.to_string())])
}

pub(crate) fn remove(who: &ProfileRef) -> Statement<Remove> {
    Statement::new(name(who))
}

pub(crate) fn list(after: Option<ProfileId>, limit: u32) -> Statement<List> {
    let after = after.map(|id| id.to_string());
    Statement::new([
        Parameter::Text(after),
        Parameter::Number(Some(limit.into())),
    ])
}

pub(crate) fn history(id: ProfileId, limit: u32) -> Statement<History> {
    Statement::new([text(id.to_string()), Parameter::Number(Some(limit.into()))])
}

pub(crate) fn default_tenant() -> Statement<DefaultTenant> {
    Statement::new([])
}

pub(crate) fn add_default_tenant(id: TenantId, at: Timestamp) -> Statement<AddDefaultTenant> {
    let at = Parameter::Number(Some(at.as_microsecond()));
    Statement::new([text(id.to_string()), at])
}

pub(crate) fn migrations() -> Statement<Migrations> {
    Statement::new([])
}

impl<W: 'static> QueryId for Statement<W> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<W> Query for Statement<W> {
    type SqlType = Untyped;
}

impl<W> RunQueryDsl<SqliteConnection> for Statement<W> {}

impl<W: Wording> QueryFragment<Pg> for Statement<W> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH input AS (SELECT 0");
        for parameter in &self.parameters {
            out.push_sql(", ");
            match parameter {
                Parameter::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                Parameter::Number(number) => out.push_bind_param::<Nullable<BigInt>, _>(number)?,
                Parameter::Document(document) => {
                    out.push_bind_param::<Nullable<Jsonb>, _>(document)?;
                }
            }
        }
        out.push_sql(W::text(Flavour::Postgres));
        Ok(())
    }
}

impl<W: Wording> QueryFragment<Sqlite> for Statement<W> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("WITH input AS (SELECT 0");
        for parameter in &self.parameters {
            out.push_sql(", ");
            match parameter {
                Parameter::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                Parameter::Number(number) => out.push_bind_param::<Nullable<BigInt>, _>(number)?,
                Parameter::Document(document) => {
                    out.push_bind_param::<Nullable<Text>, _>(document)?;
                }
            }
        }
        out.push_sql(W::text(Flavour::Sqlite));
        Ok(())
    }
}

impl ToSql<Jsonb, Pg> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The binary form of `jsonb` is the number of that form and then the text.
        std::io::Write::write_all(out, &[1])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Sqlite> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}
