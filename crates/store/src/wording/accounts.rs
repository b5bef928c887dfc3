//! Statements about what accounts show of users.

use std::sync::LazyLock;

use super::{Flavour, Named, Texts, answer, history::NEXT_CHANGE, id_parameter, tenants::served};

/// What an account may have of its own, in the order in which rows are read.
pub(crate) const OVERRIDE_COLUMNS: [&str; 4] =
    ["display_name", "bio", "avatar_image", "avatar_url"];

/// Reads the profile that the parameters from `$3` name, of the tenant `$2` unless that is null,
/// and what account `$1` shows of it.
pub(crate) static FIND_OVERRIDE: LazyLock<Named> = LazyLock::new(|| {
    Named::of(3, |flavour, id| {
        let (columns, shown, served) = (answer(), shown("o"), served(flavour));
        let tenant = id_parameter(flavour, 2);
        format!(
            ") SELECT {columns}, {shown} FROM profiles AS p LEFT JOIN profile_overrides AS o \
             ON o.profile_id = p.id AND o.account = $1 \
             WHERE p.id = {id} AND ({tenant} IS NULL OR p.tenant_id = {tenant}) AND {served}"
        )
    })
});

/// Reads what account `$2` shows of profile `$1`.
pub(crate) static OWN_OVERRIDE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, shown) = (id_parameter(flavour, 1), shown("o"));
        format!(
            ") SELECT {shown} FROM profile_overrides AS o \
             WHERE o.profile_id = {id} AND o.account = $2"
        )
    })
});

/// Reads everything that accounts show of profile `$1`.
pub(crate) static OVERRIDES_OF: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, shown) = (id_parameter(flavour, 1), shown("o"));
        let is_any = OVERRIDE_COLUMNS.map(|column| format!("o.{column} IS NOT NULL"));
        let is_any = is_any.join(" OR ");
        format!(
            ") SELECT o.account, {shown} FROM profile_overrides AS o \
             WHERE o.profile_id = {id} AND ({is_any}) ORDER BY o.account"
        )
    })
});

/// Writes the document `$3` to what account `$2` shows of profile `$1`: for SQLite, where the
/// transaction does the rest.
pub(crate) static PUT_OVERRIDE: LazyLock<Texts> = LazyLock::new(|| {
    let (columns, values) = (OVERRIDE_COLUMNS.join(", "), values("$3"));
    let assignments = assignments(Flavour::Sqlite, "$3");
    Texts::of_sqlite(&format!(
        ") INSERT INTO profile_overrides AS o (profile_id, account, {columns}) \
         VALUES ($1, $2, {values}) \
         ON CONFLICT (profile_id, account) DO UPDATE SET {assignments}"
    ))
});

/// Removes what account `$2` shows of profile `$1`: for SQLite.
pub(crate) static REMOVE_OVERRIDE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(") DELETE FROM profile_overrides WHERE profile_id = $1 AND account = $2")
});

/// Makes the next version of profile `$1`, at `$2`: for SQLite.
pub(crate) static TOUCH: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(&format!(
        ") UPDATE profiles SET updated_at = $2, version = version + 1, \
         last_change = {NEXT_CHANGE} WHERE id = $1"
    ))
});

/// Applies the document `$1` to what account `$11` shows of the profile that the parameters from
/// `$15` name, and writes the profile's next version and its history: for PostgreSQL, where all
/// of it is one statement.
///
/// `$2` to `$6` are where the change comes from and `$7` what history keeps of it; `$8` to `$10`
/// are the version, the time and the tenant that the profile must have; `$12` is how many accounts
/// may have an override, `$13` the upload that becomes the avatar, and `$14` whether no field may be
/// set to the profile's own value. An account that shows nothing
/// of its own any more has no row. Where nothing is to be changed or nothing may be, no row is
/// written and none is returned.
pub(crate) static UPDATE_OVERRIDE: LazyLock<Named> =
    LazyLock::new(|| Named::of_postgres(15, update_override));

fn update_override(id: &str) -> String {
    let flavour = Flavour::Postgres;
    let (version, updated_at, tenant) = ("$8::bigint", "$9::bigint", "$10::uuid");
    let (bare, values) = (OVERRIDE_COLUMNS.join(", "), values("$1"));
    let assignments = assignments(flavour, "$1");
    let is_set = OVERRIDE_COLUMNS.map(|column| format!("($1 ->> '{column}') IS NOT NULL"));
    let is_set = is_set.join(" OR ");
    let is_changed = OVERRIDE_COLUMNS.map(|column| {
        format!("(($1 ? '{column}') AND o.{column} IS DISTINCT FROM ($1 ->> '{column}'))")
    });
    let is_changed = is_changed.join(" OR ");
    let becomes_empty = OVERRIDE_COLUMNS.map(|column| {
        format!(
            "(CASE WHEN ($1 ? '{column}') THEN ($1 ->> '{column}') ELSE o.{column} END) IS NULL"
        )
    });
    let becomes_empty = becomes_empty.join(" AND ");
    let repeats = OVERRIDE_COLUMNS.map(|column| format!("p.{column} = ($1 ->> '{column}')"));
    let repeats = repeats.join(" OR ");
    let nothing = OVERRIDE_COLUMNS.map(|_| "NULL").join(", ");
    let (columns, shown, served) = (answer(), shown("w"), served(flavour));
    // The profile is locked first, so that its guards hold until the end. What two first writes
    // of one override meet at is the key of its table. A patch that only clears makes no row. The
    // functions see what was committed before the lock was had, which this statement may not.
    format!(
        "), t AS MATERIALIZED (SELECT p.id FROM profiles AS p WHERE p.id = {id} \
         AND ({version} IS NULL OR p.version = {version}) \
         AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
         AND ({tenant} IS NULL OR p.tenant_id = {tenant}) AND {served} \
         AND ($14::bigint = 0 OR ({repeats}) IS NOT TRUE) FOR UPDATE), \
         u AS MATERIALIZED (SELECT t.id FROM t WHERE $13 IS NULL \
         OR upload_fits($13, t.id, $11)), \
         o AS (INSERT INTO profile_overrides AS o (profile_id, account, {bare}) \
         SELECT t.id, $11, {values} FROM u AS t WHERE ({is_set}) AND override_fits(t.id, $11, $12) \
         ON CONFLICT (profile_id, account) DO UPDATE SET {assignments} WHERE ({is_changed}) \
         RETURNING o.profile_id, {bare}), \
         c AS (UPDATE profile_overrides AS o SET {assignments} FROM t \
         WHERE o.profile_id = t.id AND o.account = $11 AND NOT ({is_set}) AND ({is_changed}) \
         AND NOT ({becomes_empty}) RETURNING o.profile_id, {bare}), \
         d AS (DELETE FROM profile_overrides AS o USING t \
         WHERE o.profile_id = t.id AND o.account = $11 AND NOT ({is_set}) AND ({is_changed}) \
         AND ({becomes_empty}) RETURNING o.profile_id, {nothing}), \
         w AS (SELECT * FROM o UNION ALL SELECT * FROM c UNION ALL SELECT * FROM d), \
         used AS (UPDATE uploads SET is_used = TRUE FROM w WHERE id = $13), \
         p AS (UPDATE profiles AS p SET updated_at = $2, version = p.version + 1 FROM w \
         WHERE p.id = w.profile_id RETURNING {columns}), \
         change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, $2, $3, $4, $5, $6, $7 FROM p) \
         SELECT {columns}, {shown} FROM p JOIN w ON w.profile_id = p.id"
    )
}

fn shown(table: &str) -> String {
    let columns = OVERRIDE_COLUMNS.map(|column| format!("{table}.{column}"));
    columns.join(", ")
}

fn values(document: &str) -> String {
    let values = OVERRIDE_COLUMNS.map(|column| format!("({document} ->> '{column}')"));
    values.join(", ")
}

fn assignments(flavour: Flavour, document: &str) -> String {
    let assignments = OVERRIDE_COLUMNS.map(|column| {
        let present = present(flavour, document, column);
        format!(
            "{column} = CASE WHEN {present} THEN ({document} ->> '{column}') ELSE o.{column} END"
        )
    });
    assignments.join(", ")
}

/// Whether the document names a column, be it with `null`.
fn present(flavour: Flavour, document: &str, column: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("({document} ? '{column}')"),
        Flavour::Sqlite => format!("(({document} -> '{column}') IS NOT NULL)"),
    }
}
