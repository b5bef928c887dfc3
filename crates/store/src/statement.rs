//! The statements of this crate, as diesel runs them.

mod accounts;
mod catalogue;
mod history;
mod images;
mod tenants;
mod update;
mod uploads;
mod usernames;

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
    Identity, PatchDocument, Profile, ProfileId, ProfileRef, Provenance, Revision, TenantId,
    facts_document,
};

pub(crate) use self::tenants::{
    add_tenant, count_profiles, remove_tenant, suspend_tenant, tenant, tenants,
};
use crate::{
    document::{self, Document},
    wording::{self, Flavour, Texts},
};

pub(crate) use self::{
    accounts::{
        find_override, overrides_of, own_override, put_override, remove_override, touch,
        update_override,
    },
    history::{BATCH, due_history, remove_change, trim_history},
    images::{
        add_image_upload, adopt_images, claim_image, claim_upload, finish_images,
        forget_image_uploads, forget_images, forget_removed_images, images_of, mark_erased,
        mark_images, renew_lease, unused_images, unused_uploads,
    },
    uploads::{
        add_api_key, add_secret, add_upload, advance_upload, find_api_key, find_secret,
        find_upload, forget_uploads, list_api_keys, open_uploads, revoke_api_key, secret_bytes,
        use_upload,
    },
};
pub(crate) use catalogue::{
    absorb_entries, add_entries, entries_by_ids, entries_by_names, list_entries, live_entry,
    merge_entries, rename_entry, resumes_in_use, surplus_entry, taken_entry_ids,
};
pub(crate) use update::{add_new_entries, patch, update};
pub(crate) use usernames::{
    add_claims, claim_username, pending_work, purge_usernames, release_orphans, release_usernames,
    username_holders, work_done,
};

/// A statement with one of a few fixed texts, and its parameters.
///
/// All parameters stand first, in a common table expression that nothing reads, so that the rest
/// of the text can name each of them as often as it needs. diesel keeps prepared statements by
/// their text and the types of their parameters: a connection prepares each text once.
pub(crate) struct Statement {
    texts: &'static Texts,
    parameters: Vec<Parameter>,
}

enum Parameter {
    Text(Option<String>),
    Number(Option<i64>),
    Document(Option<Document>),
}

impl Statement {
    fn new(texts: &'static Texts, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        Self {
            texts,
            parameters: parameters.into_iter().collect(),
        }
    }
}

fn text(text: impl Into<String>) -> Parameter {
    Parameter::Text(Some(text.into()))
}

fn document(text: &str) -> Parameter {
    Parameter::Document(Some(Document(text.to_owned())))
}

/// The parameters that name a profile.
fn name(who: &ProfileRef) -> Vec<Parameter> {
    match who {
        ProfileRef::Id(id) => vec![text(id.to_string())],
        ProfileRef::External { dialect, id } => vec![text(&**dialect), text(id)],
        ProfileRef::Identity { issuer, subject } => vec![text(&**issuer), text(subject)],
        ProfileRef::Username(key) => vec![text(key)],
    }
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

pub(crate) fn find(who: &ProfileRef) -> Statement {
    Statement::new(wording::FIND.get(who), name(who))
}

/// As [`find`], among the profiles of `tenant`.
pub(crate) fn find_in(tenant: TenantId, who: &ProfileRef) -> Statement {
    let parameters = [text(tenant.to_string())].into_iter().chain(name(who));
    Statement::new(wording::FIND_IN.get(who), parameters)
}

/// As [`find`], also of a suspended tenant.
pub(crate) fn inspect(who: &ProfileRef) -> Statement {
    Statement::new(wording::INSPECT.get(who), name(who))
}

/// Replaces all facts of the profile that `who` names, if it is still in the state of `profile`.
pub(crate) fn replace_facts(
    who: &ProfileRef,
    profile: &Profile,
    provenance: &Provenance,
) -> Statement {
    let what = [
        text(document::text(&profile.facts)),
        document(facts_document(&profile.facts).as_str()),
    ];
    let Revision {
        version,
        updated_at,
    } = profile.revision();
    let guards = [version, updated_at.as_microsecond()].map(|n| Parameter::Number(Some(n)));
    let parameters = what.into_iter().chain(origin(provenance)).chain(guards);
    Statement::new(wording::REPLACE_FACTS.get(who), parameters.chain(name(who)))
}

/// As [`find`], among the profiles of `tenant` where that matters, with the number of the latest
/// entry of its history, on SQLite.
pub(crate) fn find_to_update(tenant: Option<TenantId>, who: &ProfileRef) -> Statement {
    let tenant = Parameter::Text(tenant.map(|tenant| tenant.to_string()));
    let parameters = [tenant].into_iter().chain(name(who));
    Statement::new(wording::FIND_TO_UPDATE.get(who), parameters)
}

/// As [`inspect`], with the number of the latest entry of its history, on SQLite.
pub(crate) fn find_with_last_change(who: &ProfileRef) -> Statement {
    Statement::new(wording::FIND_WITH_LAST_CHANGE.get(who), name(who))
}

/// Writes `patch` into the history of the profile that is at `version` now, after the entry
/// `previous`, on SQLite.
pub(crate) fn record(
    id: ProfileId,
    version: i64,
    patch: &PatchDocument,
    provenance: &Provenance,
    previous: Option<i64>,
) -> Statement {
    let change = [
        document(patch.as_str()),
        text(id.to_string()),
        Parameter::Number(Some(version)),
    ];
    let parameters = change.into_iter().chain(origin(provenance));
    Statement::new(
        &wording::RECORD,
        parameters.chain([Parameter::Number(previous)]),
    )
}

/// Takes out of the history of a profile what was written and by whom, on SQLite.
pub(crate) fn erase(id: ProfileId) -> Statement {
    Statement::new(&wording::ERASE, [text(id.to_string())])
}

/// Keeps the history of a profile that is about to be removed to be found, on SQLite.
pub(crate) fn bury(id: ProfileId) -> Statement {
    Statement::new(&wording::BURY, [text(id.to_string())])
}

/// Adds a profile; on PostgreSQL with its links, the first entry of its history and the claim of its
/// name. A user name that was given up rests for `rest` microseconds.
pub(crate) fn add(
    profile: &Profile,
    identities: &[Identity],
    provenance: &Provenance,
    rest: i64,
) -> Statement {
    let documents = [
        Document::of(profile),
        Document::of_pairs(profile.external_ids.iter()),
        Document::of_identities(identities),
    ];
    let documents = documents.map(|document| Parameter::Document(Some(document)));
    let name = [
        usernames::digests(&profile.username),
        Parameter::Number(Some(rest)),
    ];
    let parameters = documents.into_iter().chain(origin(provenance));
    Statement::new(&wording::ADD, parameters.chain(name))
}

/// Adds what dialects call a profile.
pub(crate) fn link_external_ids(profile: &Profile) -> Statement {
    let pairs = Document::of_pairs(profile.external_ids.iter());
    let parameters = [
        Parameter::Document(Some(pairs)),
        text(profile.id.to_string()),
    ];
    Statement::new(&wording::LINK_EXTERNAL_IDS, parameters)
}

/// Adds what identity providers call the user of a profile.
pub(crate) fn link_identities(id: ProfileId, identities: &[Identity]) -> Statement {
    let pairs = Document::of_identities(identities);
    let parameters = [Parameter::Document(Some(pairs)), text(id.to_string())];
    Statement::new(&wording::LINK_IDENTITIES, parameters)
}

/// Removes the catalogue entries that only the profile `id` uses, on SQLite.
pub(crate) fn forget_entries(id: ProfileId) -> Statement {
    Statement::new(&wording::FORGET_ENTRIES, [text(id.to_string())])
}

pub(crate) fn remove(who: &ProfileRef) -> Statement {
    Statement::new(wording::REMOVE.get(who), name(who))
}

pub(crate) fn list(after: Option<ProfileId>, limit: u32) -> Statement {
    let after = Parameter::Text(after.map(|id| id.to_string()));
    let limit = Parameter::Number(Some(limit.into()));
    Statement::new(&wording::LIST, [after, limit])
}

pub(crate) fn history(id: ProfileId, limit: u32) -> Statement {
    let limit = Parameter::Number(Some(limit.into()));
    Statement::new(&wording::HISTORY, [text(id.to_string()), limit])
}

pub(crate) fn default_tenant() -> Statement {
    Statement::new(&wording::DEFAULT_TENANT, [])
}

pub(crate) fn add_default_tenant(id: TenantId, at: Timestamp) -> Statement {
    let at = Parameter::Number(Some(at.as_microsecond()));
    Statement::new(&wording::ADD_DEFAULT_TENANT, [text(id.to_string()), at])
}

pub(crate) fn layout() -> Statement {
    Statement::new(&wording::LAYOUT, [])
}

pub(crate) fn migrations() -> Statement {
    Statement::new(&wording::MIGRATIONS, [])
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
        out.push_sql(self.texts.get(Flavour::Postgres));
        Ok(())
    }
}

impl QueryFragment<Sqlite> for Statement {
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
        out.push_sql(self.texts.get(Flavour::Sqlite));
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
