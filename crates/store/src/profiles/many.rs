//! The batched statements of PostgreSQL.
//!
//! Each has one array for each parameter of the single statement. If a row does not identify its
//! request, its first column is the request's index in those arrays. The templates have [`GAP`] in
//! place of the list of arrays.

use std::sync::LazyLock;

use super::{
    columns::ColumnSet,
    columns_of_p,
    edits::{Edits, smallest_set},
    is_active,
    update::Input,
};
use crate::sql::{Document, Flavour, Id, Instant};
use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, Array, BigInt, Nullable, Text, Timestamptz, Untyped, Uuid},
};
use manyface_core::{PatchDocument, ProfileRef, ProfileUpdate, TenantId};

/// A profile to read.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) who: ProfileRef,
    /// The tenant that the profile must belong to, or `None` for any.
    pub(crate) tenant: Option<TenantId>,
}

/// A statement with a gap for the list of arrays.
struct Template {
    before: String,
    after: String,
}

impl Template {
    fn new(text: &str) -> Self {
        let (before, after) = text.split_once(GAP).expect("the text has a gap");
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// The placeholder for the list of arrays.
const GAP: &str = "$arrays";

/// How the requests of a batch name their profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// All by id, in the array `profile_id`.
    Ids,
    /// In any way, in the arrays `kind`, `name` and `part`.
    Any,
}

impl Naming {
    const ALL: [Self; 2] = [Self::Ids, Self::Any];
}

/// The arrays of [`Naming::Any`].
const NAMES: &str = "kind, name, part";

/// The id of the profile that the arrays of [`Naming::Any`] name.
const NAMED_ID: &str = "CASE u.kind WHEN 0 THEN u.name::uuid \
    WHEN 1 THEN (SELECT e.profile_id FROM external_ids AS e \
    WHERE e.dialect = u.name AND e.external_id = u.part) \
    WHEN 2 THEN (SELECT i.profile_id FROM identities AS i \
    WHERE i.issuer = u.name AND i.subject = u.part) \
    ELSE (SELECT n.profile_id FROM usernames AS n WHERE n.username_key = u.name) END";

/// Reads the profiles with the ids in the array, each once and in any order. Costs half as much as
/// [`FIND_BY_NAMES`].
static FIND_BY_IDS: LazyLock<Template> = LazyLock::new(|| {
    let (columns, is_active) = (columns_of_p(), is_active(Flavour::Postgres));
    Template::new(&format!(
        "SELECT {columns} FROM profiles AS p WHERE p.id = ANY({GAP}) AND {is_active}"
    ))
});

/// Reads the profiles that the arrays of [`Naming::Any`] name, each of its `tenant` unless that is
/// null.
static FIND_BY_NAMES: LazyLock<Template> = LazyLock::new(|| {
    let (columns, is_active) = (columns_of_p(), is_active(Flavour::Postgres));
    Template::new(&format!(
        "WITH v AS MATERIALIZED (SELECT u.place, u.tenant, {NAMED_ID} AS profile_id \
         FROM unnest({GAP}) WITH ORDINALITY AS u({NAMES}, tenant, place)) \
         SELECT v.place, {columns} FROM v JOIN profiles AS p ON p.id = v.profile_id \
         WHERE (v.tenant IS NULL OR p.tenant_id = v.tenant) AND {is_active}"
    ))
});

/// Returns the statement that applies patches, at most one to each profile, and writes the history
/// of the changed profiles.
///
/// The arrays are those of `naming`; then `named`, `doc`, `at`, `actor`, `dialect`, `api_version`
/// and `request_id`; then the expected `version`, `updated_at` and `tenant`; and then one for each
/// column of the set.
fn update_text(naming: Naming, set: ColumnSet) -> &'static Template {
    static TEXTS: LazyLock<[[Template; 4]; 2]> = LazyLock::new(|| {
        Naming::ALL.map(|naming| ColumnSet::ALL.map(|set| compose_update(naming, set)))
    });
    &TEXTS[naming as usize][set as usize]
}

fn compose_update(naming: Naming, set: ColumnSet) -> Template {
    let values = (0..set.columns().len()).map(|index| format!(", c{index}"));
    let values: String = values.collect();
    let arrays = format!(
        "named, doc, at, actor, dialect, api_version, request_id, version, updated_at, \
         tenant{values}, place"
    );
    // `v` has the arrays and the id of the profile.
    let (with_ids, from) = match naming {
        Naming::Ids => (
            String::new(),
            format!("FROM unnest({GAP}) WITH ORDINALITY AS v(profile_id, {arrays})"),
        ),
        Naming::Any => (
            format!(
                "v AS MATERIALIZED (SELECT u.*, {NAMED_ID} AS profile_id \
                 FROM unnest({GAP}) WITH ORDINALITY AS u({NAMES}, {arrays})), "
            ),
            "FROM v".to_owned(),
        ),
    };
    let input = Input {
        named: "v.named",
        value: |index| format!("v.c{index}"),
        at: "v.at",
        version: "v.version",
        updated_at: "v.updated_at",
        tenant: "v.tenant",
        id: "v.profile_id",
    };
    let (update, columns) = (input.update(set, &from), columns_of_p());
    Template::new(&format!(
        "WITH {with_ids}p AS ({update} RETURNING v.place, v.doc, v.at, v.actor, v.dialect, \
         v.api_version, v.request_id, {columns}), \
         change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, at, actor, dialect, api_version, request_id, doc FROM p) \
         SELECT p.place, {columns} FROM p"
    ))
}

/// A statement and its arrays.
pub(crate) struct BatchStatement {
    text: &'static Template,
    arrays: Vec<ArrayParameter>,
}

enum ArrayParameter {
    Ids(Vec<Option<Id>>),
    Times(Vec<Option<Instant>>),
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Documents(Vec<Document>),
}

impl ArrayParameter {
    fn ids(ids: Vec<Option<Id>>) -> Self {
        Self::Ids(trim_trailing_nulls(ids))
    }

    fn times(times: Vec<Option<Instant>>) -> Self {
        Self::Times(trim_trailing_nulls(times))
    }

    fn texts(texts: Vec<Option<String>>) -> Self {
        Self::Texts(trim_trailing_nulls(texts))
    }

    fn numbers(numbers: Vec<Option<i64>>) -> Self {
        Self::Numbers(trim_trailing_nulls(numbers))
    }
}

/// Removes trailing nulls: `unnest` pads shorter arrays with nulls, which costs less than sending
/// them.
fn trim_trailing_nulls<T>(mut values: Vec<Option<T>>) -> Vec<Option<T>> {
    let last = values.iter().rposition(Option::is_some);
    values.truncate(last.map_or(0, |last| last + 1));
    values
}

/// Reads the profiles of all requests if all name them by id. The caller must check the tenants.
pub(crate) fn find_by_ids(requests: &[&Lookup]) -> Option<BatchStatement> {
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    Some(BatchStatement {
        text: &FIND_BY_IDS,
        arrays: vec![ids(&who)?],
    })
}

pub(crate) fn find(requests: &[&Lookup]) -> BatchStatement {
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    let mut arrays = Vec::from(any_names(&who));
    let tenant = |request: &&Lookup| Some(Id(request.tenant?.0));
    arrays.push(ArrayParameter::ids(requests.iter().map(tenant).collect()));
    BatchStatement {
        text: &FIND_BY_NAMES,
        arrays,
    }
}

/// Makes all updates. No two of them may name the same profile in the same way.
pub(crate) fn update(requests: &[&ProfileUpdate]) -> BatchStatement {
    let columns: Vec<_> = requests
        .iter()
        .map(|request| request.patch.columns())
        .collect();
    let sets = columns.iter().map(|columns| smallest_set(columns));
    let set = sets.max().unwrap_or(ColumnSet::Basic);
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    let (naming, mut arrays) = names(&who);
    let rows = || Vec::with_capacity(requests.len());
    let (mut named, mut documents, mut times) = (rows(), Vec::new(), Vec::new());
    let (mut versions, mut instants, mut tenants) = (rows(), Vec::new(), Vec::new());
    let mut texts: [Vec<Option<String>>; 4] = Default::default();
    let mut values: Vec<Vec<Option<String>>> = vec![Vec::new(); set.columns().len()];
    for (request, columns) in requests.iter().zip(columns) {
        let ProfileUpdate {
            who: _,
            tenant,
            patch,
            expected,
            existing_names,
            // Updates with these are never batched.
            upload: _,
            max_new_entries: _,
            provenance,
        } = request;
        let mut edits = Edits::new(columns, set);
        edits.require(existing_names, set);
        named.push(Some(edits.named));
        documents.push(Document(PatchDocument::from(patch).into_text()));
        times.push(Some(Instant(provenance.at())));
        versions.push(expected.map(|state| state.version));
        instants.push(expected.map(|state| Instant(state.updated_at)));
        tenants.push(tenant.map(|tenant| Id(tenant.0)));
        let provenance_texts = [
            Some(provenance.actor.clone()),
            Some(provenance.dialect.clone()),
            provenance.api_version.clone(),
            Some(provenance.request_id.clone()),
        ];
        for (column, text) in texts.iter_mut().zip(provenance_texts) {
            column.push(text);
        }
        for (column, value) in values.iter_mut().zip(edits.values) {
            column.push(value);
        }
    }
    let [actors, dialects, api_versions, request_ids] = texts.map(ArrayParameter::texts);
    arrays.extend([
        ArrayParameter::Numbers(named),
        ArrayParameter::Documents(documents),
        ArrayParameter::Times(times),
        actors,
        dialects,
        api_versions,
        request_ids,
        ArrayParameter::numbers(versions),
        ArrayParameter::times(instants),
        ArrayParameter::ids(tenants),
    ]);
    arrays.extend(values.into_iter().map(ArrayParameter::texts));
    BatchStatement {
        text: update_text(naming, set),
        arrays,
    }
}

/// Returns how the requests name their profiles, and the arrays of the names.
fn names(requests: &[&ProfileRef]) -> (Naming, Vec<ArrayParameter>) {
    match ids(requests) {
        Some(ids) => (Naming::Ids, vec![ids]),
        None => (Naming::Any, Vec::from(any_names(requests))),
    }
}

/// Returns the array of ids, if all requests name their profiles by id.
fn ids(requests: &[&ProfileRef]) -> Option<ArrayParameter> {
    let id = |who: &&ProfileRef| match who {
        ProfileRef::Id(id) => Some(Some(Id(id.0))),
        ProfileRef::External { .. } | ProfileRef::Identity { .. } | ProfileRef::Username(_) => None,
    };
    requests
        .iter()
        .map(id)
        .collect::<Option<_>>()
        .map(ArrayParameter::Ids)
}

/// Returns the arrays of [`Naming::Any`].
fn any_names(requests: &[&ProfileRef]) -> [ArrayParameter; 3] {
    let (mut kinds, mut names, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for who in requests {
        let (kind, name, part) = match who {
            ProfileRef::Id(id) => (0, id.to_string(), None),
            ProfileRef::External { dialect, id } => (1, dialect.to_string(), Some(id.clone())),
            ProfileRef::Identity { issuer, subject } => {
                (2, issuer.to_string(), Some(subject.clone()))
            }
            ProfileRef::Username(key) => (3, key.clone(), None),
        };
        kinds.push(Some(kind));
        names.push(Some(name));
        parts.push(part);
    }
    [
        ArrayParameter::Numbers(kinds),
        ArrayParameter::Texts(names),
        ArrayParameter::texts(parts),
    ]
}

impl QueryId for BatchStatement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for BatchStatement {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for BatchStatement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.text.before);
        for (index, values) in self.arrays.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            match values {
                ArrayParameter::Ids(ids) => out.push_bind_param::<Array<Nullable<Uuid>>, _>(ids)?,
                ArrayParameter::Times(times) => {
                    out.push_bind_param::<Array<Nullable<Timestamptz>>, _>(times)?;
                }
                ArrayParameter::Texts(texts) => {
                    out.push_bind_param::<Array<Nullable<Text>>, _>(texts)?;
                }
                ArrayParameter::Numbers(numbers) => {
                    out.push_bind_param::<Array<Nullable<BigInt>>, _>(numbers)?;
                }
                ArrayParameter::Documents(documents) => {
                    out.push_bind_param::<Array<sql_types::Json>, _>(documents)?;
                }
            }
        }
        out.push_sql(&self.text.after);
        Ok(())
    }
}
