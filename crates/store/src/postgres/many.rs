//! Statements that serve many requests at once.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Jsonb, Nullable, Text, Untyped},
};
use manyface_core::{PatchDocument, ProfileRef, ProfileUpdate};

use crate::{
    columns::Width,
    document::Document,
    statement,
    wording::{Around, find_many, update_many},
};

/// A statement with one array for each thing that the requests say.
pub(super) struct Many {
    text: &'static Around,
    arrays: Vec<Values>,
}

enum Values {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Documents(Vec<Document>),
}

/// Reads the profiles of all requests.
pub(super) fn find(requests: &[&ProfileRef]) -> Many {
    Many {
        text: find_many(),
        arrays: names(requests.iter().copied()),
    }
}

/// Makes all updates, of which no two may name the same profile in the same way.
pub(super) fn update(requests: &[&ProfileUpdate]) -> Many {
    let mut arrays = names(requests.iter().map(|request| &request.who));
    let documents = requests.iter().map(|request| {
        let document = PatchDocument::from(&request.patch);
        Document(document.as_str().to_owned())
    });
    let documents: Vec<_> = documents.collect();
    let is_common = |document: &Document| statement::width(&document.0) == Width::Common;
    let width = if documents.iter().all(is_common) {
        Width::Common
    } else {
        Width::Every
    };
    let origin = |request: &&ProfileUpdate| request.provenance.clone();
    let origins: Vec<_> = requests.iter().map(origin).collect();
    let expected = || requests.iter().map(|request| request.expected);
    let tenant = |request: &&ProfileUpdate| request.tenant.map(|tenant| tenant.to_string());
    arrays.push(Values::Documents(documents));
    arrays.push(Values::Numbers(
        origins
            .iter()
            .map(|o| Some(o.at().as_microsecond()))
            .collect(),
    ));
    let mut columns: [Vec<Option<String>>; 4] = Default::default();
    for origin in origins {
        columns[0].push(Some(origin.actor));
        columns[1].push(Some(origin.dialect));
        columns[2].push(origin.api_version);
        columns[3].push(Some(origin.request_id));
    }
    arrays.extend(columns.map(Values::Texts));
    arrays.push(Values::Numbers(
        expected().map(|state| Some(state?.version)).collect(),
    ));
    arrays.push(Values::Numbers(
        expected()
            .map(|state| Some(state?.updated_at.as_microsecond()))
            .collect(),
    ));
    arrays.push(Values::Texts(requests.iter().map(tenant).collect()));
    Many {
        text: update_many(width),
        arrays,
    }
}

/// The arrays `kind`, `name` and `part`.
fn names<'a>(requests: impl Iterator<Item = &'a ProfileRef>) -> Vec<Values> {
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
    vec![
        Values::Numbers(kinds),
        Values::Texts(names),
        Values::Texts(parts),
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
