//! Statements that serve many requests at once.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, Array, BigInt, Jsonb, Nullable, Text, Untyped},
};
use manyface_core::{PatchDocument, ProfileRef, ProfileUpdate};
use uuid::Uuid;

use super::lane::Lookup;
use crate::{
    columns::Width,
    document::Document,
    edits::{self, Edits},
    wording::{Around, FIND_BY_IDS, FIND_MANY, Naming, update_many},
};

/// A statement with one array for each thing that the requests say.
pub(super) struct Many {
    text: &'static Around,
    arrays: Vec<Values>,
}

enum Values {
    Ids(Vec<Uuid>),
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Documents(Vec<Document>),
}

impl Values {
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
pub(super) fn find_by_ids(requests: &[&Lookup]) -> Option<Many> {
    let ids = requests.iter().map(|request| id(&request.who));
    Some(Many {
        text: &FIND_BY_IDS,
        arrays: vec![Values::Ids(ids.collect::<Option<_>>()?)],
    })
}

/// Reads the profiles of all requests.
pub(super) fn find(requests: &[&Lookup]) -> Many {
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    let mut arrays = Vec::from(any_names(&who));
    let tenant = |request: &&Lookup| Some(request.tenant?.to_string());
    arrays.push(Values::texts(requests.iter().map(tenant).collect()));
    Many {
        text: &FIND_MANY,
        arrays,
    }
}

/// Makes all updates, of which no two may name the same profile in the same way.
pub(super) fn update(requests: &[&ProfileUpdate]) -> Many {
    let columns: Vec<_> = requests
        .iter()
        .map(|request| request.patch.columns())
        .collect();
    let widths = columns.iter().map(|columns| edits::width(columns));
    let width = widths.max().unwrap_or(Width::Basic);
    let who: Vec<_> = requests.iter().map(|request| &request.who).collect();
    let (naming, mut arrays) = names(&who);
    let rows = || Vec::with_capacity(requests.len());
    let (mut named, mut documents, mut times) = (rows(), Vec::new(), rows());
    let (mut versions, mut instants) = (rows(), rows());
    let mut texts: [Vec<Option<String>>; 5] = Default::default();
    let mut values: Vec<Vec<Option<String>>> = vec![Vec::new(); width.columns().len()];
    for (request, columns) in requests.iter().zip(columns) {
        let ProfileUpdate {
            who: _,
            tenant,
            patch,
            expected,
            existing_names,
            // Such ones travel alone.
            upload: _,
            most_new_entries: _,
            provenance,
        } = request;
        let mut edits = Edits::of(columns, width);
        edits.require(existing_names, width);
        named.push(Some(edits.named));
        documents.push(Document(PatchDocument::from(patch).into_text()));
        times.push(Some(provenance.at().as_microsecond()));
        versions.push(expected.map(|state| state.version));
        instants.push(expected.map(|state| state.updated_at.as_microsecond()));
        let own = [
            Some(provenance.actor.clone()),
            Some(provenance.dialect.clone()),
            provenance.api_version.clone(),
            Some(provenance.request_id.clone()),
            tenant.map(|tenant| tenant.to_string()),
        ];
        for (column, text) in texts.iter_mut().zip(own) {
            column.push(text);
        }
        for (column, value) in values.iter_mut().zip(edits.values) {
            column.push(value);
        }
    }
    let [actors, dialects, api_versions, request_ids, tenants] = texts.map(Values::texts);
    arrays.extend([
        Values::Numbers(named),
        Values::Documents(documents),
        Values::Numbers(times),
        actors,
        dialects,
        api_versions,
        request_ids,
        Values::numbers(versions),
        Values::numbers(instants),
        tenants,
    ]);
    arrays.extend(values.into_iter().map(Values::texts));
    Many {
        text: update_many(naming, width),
        arrays,
    }
}

/// How the requests name their profiles, and the arrays that do.
fn names(requests: &[&ProfileRef]) -> (Naming, Vec<Values>) {
    match requests.iter().map(|who| id(who)).collect() {
        Some(ids) => (Naming::Ids, vec![Values::Ids(ids)]),
        None => (Naming::Any, Vec::from(any_names(requests))),
    }
}

fn id(who: &ProfileRef) -> Option<Uuid> {
    match who {
        ProfileRef::Id(id) => Some(id.0),
        ProfileRef::External { .. } | ProfileRef::Identity { .. } | ProfileRef::Username(_) => None,
    }
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
                Values::Ids(ids) => out.push_bind_param::<Array<sql_types::Uuid>, _>(ids)?,
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
