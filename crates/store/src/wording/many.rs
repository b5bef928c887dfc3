//! The statements that serve many requests at once, for PostgreSQL alone.
//!
//! Each takes one array for each thing that a request says. Where a row does not tell by itself
//! which request it answers, it begins with the request's place in those arrays.

use std::sync::LazyLock;

use super::{Flavour, answer, tenants::served, update::Input};
use crate::columns::Width;

/// A text with a gap for the list of parameters.
pub(crate) struct Around {
    pub(crate) before: String,
    pub(crate) after: String,
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

/// Where the gap of a text is.
const GAP: &str = "$arrays";

/// How requests name their profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
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
    ELSE (SELECT n.id FROM profiles AS n WHERE n.username_key = u.name) END";

/// Reads the profiles whose ids are in the one array, each once and in any order. Half the price
/// of [`FIND_MANY`].
pub(crate) static FIND_BY_IDS: LazyLock<Around> = LazyLock::new(|| {
    let (columns, served) = (answer(), served(Flavour::Postgres));
    Around::new(&format!(
        "SELECT {columns} FROM profiles AS p WHERE p.id = ANY({GAP}) AND {served}"
    ))
});

/// Reads the profiles that the arrays of [`Naming::Any`] name, each of the `tenant` where that is
/// not null.
pub(crate) static FIND_MANY: LazyLock<Around> = LazyLock::new(|| {
    let (columns, served) = (answer(), served(Flavour::Postgres));
    Around::new(&format!(
        "WITH v AS MATERIALIZED (SELECT u.place, u.tenant, {NAMED_ID} AS profile_id \
         FROM unnest({GAP}) WITH ORDINALITY AS u({NAMES}, tenant, place)) \
         SELECT v.place, {columns} FROM v JOIN profiles AS p ON p.id = v.profile_id \
         WHERE (v.tenant IS NULL OR p.tenant_id = v.tenant::uuid) AND {served}"
    ))
});

/// Applies patches, each to the profile that it names and at most one to each profile, and writes
/// the history of those that changed something.
///
/// The arrays are those of `naming`, then `named`, `doc`, `at`, `actor`, `dialect`, `api_version`
/// and `request_id`, then `version`, `updated_at` and `tenant`, which the profile must have, and
/// then one for each column of the width.
pub(crate) fn update_many(naming: Naming, width: Width) -> &'static Around {
    static TEXTS: LazyLock<[[Around; 4]; 2]> =
        LazyLock::new(|| Naming::ALL.map(|naming| Width::ALL.map(|width| compose(naming, width))));
    &TEXTS[naming as usize][width as usize]
}

fn compose(naming: Naming, width: Width) -> Around {
    let values = (0..width.columns().len()).map(|place| format!(", c{place}"));
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
        tenant: "v.tenant::uuid",
        id: "v.profile_id",
    };
    let (update, columns) = (input.update(width, &from), answer());
    Around::new(&format!(
        "WITH {looked_up}p AS ({update} RETURNING v.place, v.doc, v.at, v.actor, v.dialect, \
         v.api_version, v.request_id, {columns}), \
         change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, at, actor, dialect, api_version, request_id, doc FROM p) \
         SELECT p.place, {columns} FROM p"
    ))
}
