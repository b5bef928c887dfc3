//! The statements that serve many requests at once, for PostgreSQL alone.
//!
//! Each takes one array for each thing that a request says; the rows it answers begin with the
//! request's place in those arrays.

use std::sync::LazyLock;

use super::{Flavour, answer, joined, update::Input};
use crate::columns::{COLUMNS, Width};

/// A text with a gap for the list of parameters.
pub(crate) struct Around {
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Gives each request `v` the id of the profile that it names by `kind`, `name` and `part`.
const PROFILE_ID: &str = "CASE u.kind WHEN 0 THEN u.name::uuid \
     WHEN 1 THEN (SELECT e.profile_id FROM external_ids AS e \
     WHERE e.dialect = u.name AND e.external_id = u.part) \
     WHEN 2 THEN (SELECT i.profile_id FROM identities AS i \
     WHERE i.issuer = u.name AND i.subject = u.part) \
     ELSE (SELECT n.id FROM profiles AS n WHERE n.username_key = u.name) END AS profile_id";

/// Reads the profiles that the arrays `kind`, `name` and `part` name.
pub(crate) fn find_many() -> &'static Around {
    static TEXT: LazyLock<Around> = LazyLock::new(|| {
        let columns = answer(Flavour::Postgres);
        Around {
            before: format!("WITH v AS MATERIALIZED (SELECT u.place, {PROFILE_ID} FROM unnest("),
            after: format!(
                ") WITH ORDINALITY AS u(kind, name, part, place)) \
                 SELECT v.place, {columns} FROM v JOIN profiles AS p ON p.id = v.profile_id"
            ),
        }
    });
    &TEXT
}

/// Applies patches, each to the profile that it names and at most one to each profile, and writes
/// the history of those that changed something.
///
/// The arrays are `kind`, `name` and `part`, then `doc`, `at`, `actor`, `dialect`, `api_version`
/// and `request_id`, then `version`, `updated_at` and `tenant`, which the profile must have.
pub(crate) fn update_many(width: Width) -> &'static Around {
    static COMMON: LazyLock<Around> = LazyLock::new(|| compose(Width::Common));
    static EVERY: LazyLock<Around> = LazyLock::new(|| compose(Width::Every));
    match width {
        Width::Common => &COMMON,
        Width::Every => &EVERY,
    }
}

fn compose(width: Width) -> Around {
    let input = Input {
        document: "v.doc",
        at: "v.at",
        version: "v.version",
        updated_at: "v.updated_at",
        tenant: "v.tenant::uuid",
        id: "v.profile_id",
    };
    let update = input.update(Flavour::Postgres, width, "FROM v");
    let own = joined(", ", COLUMNS.into_iter(), |column| {
        format!("p.{}", column.name)
    });
    let columns = answer(Flavour::Postgres);
    Around {
        before: format!("WITH v AS MATERIALIZED (SELECT u.*, {PROFILE_ID} FROM unnest("),
        after: format!(
            ") WITH ORDINALITY AS u(kind, name, part, doc, at, actor, dialect, api_version, \
             request_id, version, updated_at, tenant, place)), \
             p AS ({update} RETURNING v.place, v.doc, v.at, v.actor, v.dialect, v.api_version, \
             v.request_id, {own}), \
             change AS (INSERT INTO profile_changes \
             (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
             SELECT id, version, at, actor, dialect, api_version, request_id, doc FROM p) \
             SELECT p.place, {columns} FROM p"
        ),
    }
}
