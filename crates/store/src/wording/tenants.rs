//! Statements about tenants.

use std::sync::LazyLock;

use super::{Flavour, Texts, id_parameter};

/// Whether the profile `p` is served: whether its tenant is not suspended.
///
/// PostgreSQL looks up the few suspended tenants once for each statement, and not once for each
/// row: as an array, which costs it less than the hash tables that it makes for `NOT IN`. SQLite
/// would make a table of them for each profile that it reads.
pub(super) fn served(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Postgres => {
            "p.tenant_id <> ALL (ARRAY(SELECT t.id FROM tenants AS t \
             WHERE t.suspended_at IS NOT NULL))"
        }
        Flavour::Sqlite => {
            "NOT EXISTS (SELECT 1 FROM tenants AS t \
             WHERE t.id = p.tenant_id AND t.suspended_at IS NOT NULL)"
        }
    }
}

/// Adds the tenant `$1` by the name of `$2`, made at `$3` and suspended since `$4`, and answers
/// its id; nothing where there is one of that id.
pub(crate) static ADD_TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, since) = (id_parameter(flavour, 1), number(flavour, 4));
        let answer = id_column(flavour);
        format!(
            ") INSERT INTO tenants (id, name, is_default, created_at, suspended_at) \
             VALUES ({id}, $2, FALSE, $3, {since}) ON CONFLICT (id) DO NOTHING RETURNING {answer}"
        )
    })
});

/// Reads the tenant `$1`.
pub(crate) static TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (columns, id) = (columns(flavour), id_parameter(flavour, 1));
        format!(") SELECT {columns} FROM tenants WHERE id = {id}")
    })
});

/// Reads `$2` tenants in the order of their ids, after the id `$1` where there is one.
pub(crate) static TENANTS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (columns, after) = (columns(flavour), id_parameter(flavour, 1));
        format!(
            ") SELECT {columns} FROM tenants WHERE ({after} IS NULL OR id > {after}) \
             ORDER BY id LIMIT $2"
        )
    })
});

/// Counts the profiles of the tenant `$1`.
pub(crate) static COUNT_PROFILES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = id_parameter(flavour, 1);
        format!(") SELECT CAST(count(*) AS text) FROM profiles WHERE tenant_id = {id}")
    })
});

/// Suspends the tenant `$1` since `$2`, or resumes it where `$2` is null, and answers it.
pub(crate) static SUSPEND_TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, since) = (id_parameter(flavour, 1), number(flavour, 2));
        let columns = columns(flavour);
        format!(
            ") UPDATE tenants SET suspended_at = \
             CASE WHEN {since} IS NULL THEN NULL ELSE COALESCE(suspended_at, {since}) END \
             WHERE id = {id} RETURNING {columns}"
        )
    })
});

/// Removes the tenant `$1`, unless it is the default one or a profile or an API key belongs to it,
/// and returns its id.
pub(crate) static REMOVE_TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, answer) = (id_parameter(flavour, 1), id_column(flavour));
        format!(
            ") DELETE FROM tenants WHERE id = {id} AND NOT is_default AND NOT EXISTS \
             (SELECT 1 FROM profiles AS p WHERE p.tenant_id = {id}) AND NOT EXISTS \
             (SELECT 1 FROM api_keys AS k WHERE k.tenant_id = {id}) RETURNING {answer}"
        )
    })
});

/// The columns that [`crate::row::TenantRow`] reads.
fn columns(flavour: Flavour) -> String {
    format!(
        "{}, name, is_default, created_at, suspended_at",
        id_column(flavour)
    )
}

fn id_column(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Postgres => "id::text",
        Flavour::Sqlite => "id",
    }
}

fn number(flavour: Flavour, number: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("${number}::bigint"),
        Flavour::Sqlite => format!("${number}"),
    }
}
