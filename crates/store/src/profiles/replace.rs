//! The statements that replace profiles.

use std::sync::LazyLock;

use jiff::SignedDuration;
use manyface_core::{Identity, Profile, ProfileId, Replacement, Revision};

use super::{
    columns::{COLUMNS, Column, Writer},
    columns_of_p, document, identity_pairs, join_columns, typed,
};
use crate::{
    database::{Columns, FromRow},
    history::NEXT_CHANGE,
    sql::{Flavour, Parameter, Sql, Statement, origin},
    usernames,
};

/// Replaces the columns of the profile `$10` with those of the document `$1`, if it has the version
/// `$8` and the time `$9`. `$2` is the history entry, `$3` to `$7` its provenance, and `$11` the
/// time of the suspension, or null.
///
/// On PostgreSQL the statement also adds the identities in `$12`, removes those in `$13`, removes
/// the overrides unless the tenant is `$14`, and reserves the user name with the digests in `$15`.
/// A released name stays reserved for `$16`.
static REPLACE: LazyLock<Sql> = LazyLock::new(|| Sql::composed(replace_text));

fn replace_text(flavour: Flavour) -> String {
    let assignment = |column: &Column| match column.name {
        "suspended_at" => "suspended_at = $11".to_owned(),
        name => format!("{name} = {}", typed(*column, &format!("($1 ->> '{name}')"))),
    };
    let is_replaced = |column: &&Column| {
        let is_fixed = matches!(column.name, "id" | "external_ids" | "created_at");
        column.writer != Writer::Revision && !is_fixed
    };
    let assignments = COLUMNS.iter().filter(is_replaced).map(assignment);
    let assignments = assignments.collect::<Vec<_>>().join(", ");
    let bare = join_columns(|column| column.name.to_owned());
    let update = |more: &str| {
        format!(
            "UPDATE profiles AS p SET {assignments}, updated_at = $3, version = p.version + 1{more} \
             WHERE p.id = $10 AND p.version = $8 AND p.updated_at = $9 RETURNING {bare}"
        )
    };
    match flavour {
        Flavour::Sqlite => update(&format!(", last_change = {NEXT_CHANGE}")),
        Flavour::Postgres => {
            let (update, columns) = (update(""), columns_of_p());
            let name = usernames::set_name_of_p(15, 16);
            format!(
                "WITH p AS ({update}){name}, \
                 added AS (INSERT INTO identities (issuer, subject, profile_id) \
                 SELECT pair.value ->> 0, pair.value ->> 1, p.id \
                 FROM jsonb_array_elements($12) AS pair, p), \
                 removed AS (DELETE FROM identities AS i USING p, jsonb_array_elements($13) AS pair \
                 WHERE i.profile_id = p.id AND i.issuer = pair.value ->> 0 \
                 AND i.subject = pair.value ->> 1), \
                 moved AS (DELETE FROM profile_overrides AS o USING p \
                 WHERE o.profile_id = p.id AND p.tenant_id <> $14), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $3, $4, $5, $6, $7, $2 FROM p) \
                 SELECT {columns} FROM p"
            )
        }
    }
}

/// Removes the pairs of issuer and subject in `$1` from the identities of the profile `$2`. SQLite
/// only.
static REMOVE_SOME_IDENTITIES: Sql = Sql::new(
    "DELETE FROM identities WHERE profile_id = $2 AND EXISTS (SELECT 1 FROM json_each($1) AS pair \
     WHERE pair.value ->> 0 = issuer AND pair.value ->> 1 = subject)",
);

/// Removes the overrides of the profile `$1`. SQLite only.
static REMOVE_OVERRIDES: Sql = Sql::new("DELETE FROM profile_overrides WHERE profile_id = $1");

static IDENTITIES: Sql = Sql::new(
    "SELECT issuer, subject FROM identities WHERE profile_id = $1 ORDER BY issuer, subject",
);

impl FromRow for Identity {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            issuer: row.text("issuer")?,
            subject: row.text("subject")?,
        })
    }
}

pub(crate) fn identities(id: ProfileId) -> Statement {
    IDENTITIES.with([id.into()])
}

/// Replaces a profile, on PostgreSQL with its other rows. A released user name stays reserved for
/// `rest`.
pub(crate) fn replace(replacement: &Replacement, rest: SignedDuration) -> Statement {
    let Replacement {
        profile,
        tenant,
        added_identities,
        removed_identities,
        document,
        provenance,
    } = replacement;
    let Revision {
        version,
        updated_at,
    } = profile.revision();
    let documents = [
        document::from_profile(profile),
        Parameter::document(document),
    ];
    let more = [
        version.into(),
        updated_at.into(),
        profile.id.into(),
        profile.suspended_at.into(),
        identity_pairs(added_identities),
        identity_pairs(removed_identities),
        (*tenant).into(),
        usernames::digests(&profile.username),
        rest.into(),
    ];
    let parameters = documents.into_iter().chain(origin(provenance));
    REPLACE.with(parameters.chain(more))
}

pub(crate) fn remove_identities(id: ProfileId, identities: &[Identity]) -> Statement {
    REMOVE_SOME_IDENTITIES.with([identity_pairs(identities), id.into()])
}

pub(crate) fn remove_overrides(profile: &Profile) -> Statement {
    REMOVE_OVERRIDES.with([profile.id.into()])
}
