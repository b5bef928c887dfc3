//! The statements that serve many requests at once, on PostgreSQL.
//!
//! Each takes one array for each parameter of a request. If a row does not identify
//! its request, it begins with the request's index in those arrays. The texts have
//! [`GAP`] in place of the parameters, which are sent there: each of them once.

use std::sync::LazyLock;

use super::{
    columns::ColumnSet,
    columns_of_p,
    edits::{Edits, set_of},
    is_active,
    update::Input,
};
use crate::sql::{Flavour, Id, Instant, Json};
use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz, Untyped, Uuid},
};
use manyface_core::{PatchDocument, ProfileRef, ProfileUpdate, TenantId};

/// A profile to be read.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) who: ProfileRef,
    /// The tenant that it must belong to, if that matters.
    pub(crate) tenant: Option<TenantId>,
}

/// A text with a gap for the list of parameters.
struct Around {
    before: String,
    after: String,
}

impl Around {
    fn new(text: &str) -> Self {
        let (before, after) = text.split_once(GAP).expect("the text has a gap");
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// The placeholder for the arrays of a statement.
const GAP: &str = "$arrays";

/// How requests name their profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// All by the id, which is the array `profile_id`.
    Ids,
    /// Each in its own way, in the arrays `kind`, `name` and `part`.
    Any,
}

impl Naming {
    const ALL: [Self; 2] = [Self::Ids, Self::Any];
}

/// The arrays of [`Naming::Any`].
const NAMES: &str = "kind, name, part";

/// The id of the profile that they name.
const NAMED_ID: &str = "CASE u.kind WHEN 0 THEN u.name::uuid \
    WHEN 1 THEN (SELECT e.profile_id FROM external_ids AS e \
    WHERE e.dialect = u.name AND e.external_id = u.part) \
    WHEN 2 THEN (SELECT i.profile_id FROM identities AS i \
    WHERE i.issuer = u.name AND i.subject = u.part) \
    ELSE (SELECT n.profile_id FROM usernames AS n WHERE n.username_key = u.name) END";

/// Reads the profiles whose ids are in the one array, each once and in any order. Half the price
/// of [`FIND_MANY`].
static FIND_BY_IDS: LazyLock<Around> = LazyLock::new(|| {
    let (columns, is_active) = (columns_of_p(), is_active(Flavour::Postgres));
    Around::new(&format!(
        "SELECT {columns} FROM profiles AS p WHERE p.id = ANY({GAP}) AND {is_active}"
    ))
});

/// Reads the profiles that the arrays of [`Naming::Any`] name, each of the `tenant` where that is
/// not null.
static FIND_MANY: LazyLock<Around> = LazyLock::new(|| {
    let (columns, is_active) = (columns_of_p(), is_active(Flavour::Postgres));
    Around::new(&format!(
        "WITH v AS MATERIALIZED (SELECT u.place, u.tenant, {NAMED_ID} AS profile_id \
         FROM unnest({GAP}) WITH ORDINALITY AS u({NAMES}, tenant, place)) \
         SELECT v.place, {columns} FROM v JOIN profiles AS p ON p.id = v.profile_id \
         WHERE (v.tenant IS NULL OR p.tenant_id = v.tenant) AND {is_active}"
    ))
});

/// Applies patches, each to the profile that it names and at most one to each profile, and writes
/// the history of those that changed something.
///
/// The arrays are those of `naming`, then `named`, `doc`, `at`, `actor`, `dialect`, `api_version`
/// and `request_id`, then `version`, `updated_at` and `tenant`, which the profile must have, and
/// then one for each column of the set.
fn update_text(naming: Naming, set: ColumnSet) -> &'static Around {
    static TEXTS: LazyLock<[[Around; 4]; 2]> =
        LazyLock::new(|| Naming::ALL.map(|naming| ColumnSet::ALL.map(|set| compose(naming, set))));
    &TEXTS[naming as usize][set as usize]
}

fn compose(naming: Naming, set: ColumnSet) -> Around {
    let values = (0..set.columns().len()).map(|place| format!(", c{place}"));
    let values: String = values.collect();
    let said = format!(
        "named, doc, at, actor, dialect, api_version, request_id, version, updated_at, \
         tenant{values}, place"
    );
    // `v` is what the requests say, and the id of the profile.
    let (looked_up, from) = match naming {
        Naming::Ids => (
            String::new(),
            format!("FROM unnest({GAP}) WITH ORDINALITY AS v(profile_id, {said})"),
        ),
        Naming::Any => (
            format!(
                "v AS MATERIALIZED (SELECT u.*, {NAMED_ID} AS profile_id \
                 FROM unnest({GAP}) WITH ORDINALITY AS u({NAMES}, {said})), "
            ),
            "FROM v".to_owned(),
        ),
    };
    let input = Input {
        named: "v.named",
        value: |place| format!("v.c{place}"),
        at: "v.at",
        version: "v.version",
        updated_at: "v.updated_at",
        tenant: "v.tenant",
        id: "v.profile_id",
    };
    let (update, columns) = (input.update(set, &from), columns_of_p());
    Around::new(&format!(
        "WITH {looked_up}p AS ({update} RETURNING v.place, v.doc, v.at, v.actor, v.dialect, \
         v.api_version, v.request_id, {columns}), \
         change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, at, actor, dialect, api_version, request_id, doc FROM p) \
         SELECT p.place, {columns} FROM p"
    ))
}

/// A statement with one array for each thing that the requests say.
pub(crate) struct Many {
    text: &'static Around,
    arrays: Vec<Values>,
}

enum Values {
    Ids(Vec<Option<Id>>),
    Times(Vec<Option<Instant>>),
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Documents(Vec<Json>),
}

impl Values {
    fn ids(ids: Vec<Option<Id>>) -> Self {
        Self::Ids(without_last_nulls(ids))
    }

    fn times(times: Vec<Option<Instant>>) -> Self {
        Self::Times(without_last_nulls(times))
    }

    fn texts(texts: Vec<Option<String>>) -> Self {
        Self::Texts(without_last_nulls(texts))
    }

    fn numbers(numbers: Vec<Option<i64>>) -> Self {
        Self::Numbers(without_last_nulls(numbers))
    }
}

/// PostgreSQL takes nulls for what the shorter of several arrays have not, for less than it takes
/// to send them.
fn without_last_nulls<T>(mut values: Vec<Option<T>>) -> Vec<Option<T>> {
    let last = values.iter().rposition(Option::is_some);
    values.truncate(last.map_or(0, |last| last + 1));
    values
}

/// Reads the profiles of all requests, where all name them by their ids. Whether a profile is of
/// the right tenant is not asked.
pub(crate) fn find_by_ids(requests: &[&Lookup]) -> Option<Many> {
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    Some(Many {
        text: &FIND_BY_IDS,
        arrays: vec![ids(&who)?],
    })
}

/// Reads the profiles of all requests.
pub(crate) fn find(requests: &[&Lookup]) -> Many {
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    let mut arrays = Vec::from(any_names(&who));
    let tenant = |request: &&Lookup| Some(Id(request.tenant?.0));
    arrays.push(Values::ids(requests.iter().map(tenant).collect()));
    Many {
        text: &FIND_MANY,
        arrays,
    }
}

/// Makes all updates, of which no two may name the same profile in the same way.
pub(crate) fn update(requests: &[&ProfileUpdate]) -> Many {
    let columns: Vec<_> = requests
        .iter()
        .map(|request| request.patch.columns())
        .collect();
    let sets = columns.iter().map(|columns| set_of(columns));
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
            // Such ones travel alone.
            upload: _,
            max_new_entries: _,
            provenance,
        } = request;
        let mut edits = Edits::of(columns, set);
        edits.require(existing_names, set);
        named.push(Some(edits.named));
        documents.push(Json(PatchDocument::from(patch).into_text()));
        times.push(Some(Instant(provenance.at())));
        versions.push(expected.map(|state| state.version));
        instants.push(expected.map(|state| Instant(state.updated_at)));
        tenants.push(tenant.map(|tenant| Id(tenant.0)));
        let own = [
            Some(provenance.actor.clone()),
            Some(provenance.dialect.clone()),
            provenance.api_version.clone(),
            Some(provenance.request_id.clone()),
        ];
        for (column, text) in texts.iter_mut().zip(own) {
            column.push(text);
        }
        for (column, value) in values.iter_mut().zip(edits.values) {
            column.push(value);
        }
    }
    let [actors, dialects, api_versions, request_ids] = texts.map(Values::texts);
    arrays.extend([
        Values::Numbers(named),
        Values::Documents(documents),
        Values::Times(times),
        actors,
        dialects,
        api_versions,
        request_ids,
        Values::numbers(versions),
        Values::times(instants),
        Values::ids(tenants),
    ]);
    arrays.extend(values.into_iter().map(Values::texts));
    Many {
        text: update_text(naming, set),
        arrays,
    }
}

/// How the requests name their profiles, and the arrays that do.
fn names(requests: &[&ProfileRef]) -> (Naming, Vec<Values>) {
    match ids(requests) {
        Some(ids) => (Naming::Ids, vec![ids]),
        None => (Naming::Any, Vec::from(any_names(requests))),
    }
}

/// The ids of the profiles, if the requests name all of them by their ids.
fn ids(requests: &[&ProfileRef]) -> Option<Values> {
    let id = |who: &&ProfileRef| match who {
        ProfileRef::Id(id) => Some(Some(Id(id.0))),
        ProfileRef::External { .. } | ProfileRef::Identity { .. } | ProfileRef::Username(_) => None,
    };
    requests
        .iter()
        .map(id)
        .collect::<Option<_>>()
        .map(Values::Ids)
}

/// The arrays of [`Naming::Any`].
fn any_names(requests: &[&ProfileRef]) -> [Values; 3] {
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
        Values::Numbers(kinds),
        Values::Texts(names),
        Values::texts(parts),
    ]
}

impl QueryId for Many {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Many {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Many {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.text.before);
        for (index, values) in self.arrays.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            match values {
                Values::Ids(ids) => out.push_bind_param::<Array<Nullable<Uuid>>, _>(ids)?,
                Values::Times(times) => {
                    out.push_bind_param::<Array<Nullable<Timestamptz>>, _>(times)?;
                }
                Values::Texts(texts) => out.push_bind_param::<Array<Nullable<Text>>, _>(texts)?,
                Values::Numbers(numbers) => {
                    out.push_bind_param::<Array<Nullable<BigInt>>, _>(numbers)?;
                }
                Values::Documents(documents) => {
                    out.push_bind_param::<Array<Jsonb>, _>(documents)?;
                }
            }
        }
        out.push_sql(&self.text.after);
        Ok(())
    }
}
