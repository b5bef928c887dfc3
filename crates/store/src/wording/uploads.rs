//! Statements about uploads, API keys and what the deployment signs with.

use std::sync::LazyLock;

use super::{Flavour, Texts, id_parameter};

/// Adds upload `$1`, made by profile `$2` or the program `$3` of tenant `$14`, unless its creator
/// has `$13` open.
///
/// On PostgreSQL the function counts under a lock, and not in this statement's snapshot, which may
/// be older than what others have added.
pub(crate) static ADD_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (profile, tenant) = (id_parameter(flavour, 2), id_parameter(flavour, 14));
        let open = match flavour {
            Flavour::Postgres => format!("open_uploads({profile}, $3, {tenant}, $11)"),
            Flavour::Sqlite => format!(
                "(SELECT count(*) FROM uploads AS u WHERE {})",
                open(&profile, "$3", &tenant, "$11")
            ),
        };
        format!(
            ") INSERT INTO uploads (id, profile_id, account, filename, media_type, \
             announced_size, is_public, state, image, size, created_at, expires_at, is_used, \
             tenant_id) SELECT $1, {profile}, $3, $4, $5, $6, $7 = 1, $8, $9, $10, $11, $12, FALSE, \
             COALESCE({tenant}, (SELECT tenant_id FROM profiles WHERE id = {profile})) \
             WHERE ($3 IS NOT NULL OR EXISTS (SELECT 1 FROM profiles WHERE id = {profile})) \
             AND {open} < $13 RETURNING id"
        )
    })
});

/// Reads when the first open upload of profile `$1` or the program `$2` of tenant `$4` expires, seen
/// from `$3`; no row if the profile does not exist.
pub(crate) static OPEN_UPLOADS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (profile, tenant) = (id_parameter(flavour, 1), id_parameter(flavour, 4));
        let open = open(&profile, "$2", &tenant, "$3");
        format!(
            ") SELECT CAST(COALESCE((SELECT min(u.expires_at) FROM uploads AS u WHERE {open}), $3) \
             AS text) WHERE $2 IS NOT NULL OR EXISTS (SELECT 1 FROM profiles WHERE id = {profile})"
        )
    })
});

/// Whether the upload `u` is open at `at`, and of this profile or program.
fn open(profile: &str, name: &str, tenant: &str, at: &str) -> String {
    format!(
        "(u.profile_id = {profile} OR (u.account = {name} AND u.tenant_id = {tenant})) \
         AND NOT u.is_used AND u.expires_at > {at}"
    )
}

/// Reads upload `$1`, unless the tenant of its creator is suspended.
pub(crate) static FIND_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let [profile, tenant] = ["profile_id", "tenant_id"].map(|name| text_of_id(flavour, name));
        format!(
            ") SELECT id, {profile}, account, {tenant}, filename, media_type, announced_size, \
             is_public, state, image, size, created_at, expires_at, is_used FROM uploads AS u \
             WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM tenants AS t \
             WHERE t.id = u.tenant_id AND t.suspended_at IS NOT NULL)"
        )
    })
});

/// Takes upload `$1` to state `$2` with image `$3` of `$4` bytes, unless it has come to an end.
pub(crate) static ADVANCE_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        ") UPDATE uploads SET state = $2, image = $3, size = $4 \
         WHERE id = $1 AND state IN ('pending', 'processing') RETURNING id"
            .to_owned()
    })
});

/// Notes that upload `$1` is used, on SQLite.
pub(crate) static USE_UPLOAD: LazyLock<Texts> =
    LazyLock::new(|| Texts::of_sqlite(") UPDATE uploads SET is_used = TRUE WHERE id = $1"));

/// Forgets up to `$2` uploads that expired before `$1`.
pub(crate) static FORGET_UPLOADS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        ") DELETE FROM uploads WHERE id IN (SELECT u.id FROM uploads AS u \
         WHERE u.expires_at < $1 ORDER BY u.expires_at LIMIT $2) RETURNING id"
            .to_owned()
    })
});

/// Adds API key `$1`.
pub(crate) static ADD_API_KEY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let tenant = id_parameter(flavour, 6);
        format!(
            ") INSERT INTO api_keys \
             (id, digest, dialect, app, accounts, tenant_id, scopes, api_version, created_at) \
             VALUES ($1, $2, $3, $4, $5, {tenant}, $7, $8, $9) RETURNING id"
        )
    })
});

/// Reads the API key that dialect `$1` takes and whose digest is `$2`, unless it is revoked or its
/// tenant is suspended.
pub(crate) static FIND_API_KEY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let columns = api_key_columns(flavour);
        format!(
            ") SELECT {columns} FROM api_keys \
             WHERE digest = $2 AND dialect = $1 AND revoked_at IS NULL AND NOT EXISTS \
             (SELECT 1 FROM tenants AS t \
             WHERE t.id = api_keys.tenant_id AND t.suspended_at IS NOT NULL)"
        )
    })
});

/// Reads all API keys.
pub(crate) static LIST_API_KEYS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let columns = api_key_columns(flavour);
        format!(") SELECT {columns} FROM api_keys ORDER BY created_at, id")
    })
});

/// Revokes API key `$1` at `$2`.
pub(crate) static REVOKE_API_KEY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        ") UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING id"
            .to_owned()
    })
});

/// Adds the secret `$2` under the name `$1`, unless there is one.
pub(crate) static ADD_SECRET: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        ") INSERT INTO deployment_secrets (name, secret) VALUES ($1, $2) \
         ON CONFLICT DO NOTHING RETURNING name"
            .to_owned()
    })
});

/// Reads the secret under the name `$1`.
pub(crate) static FIND_SECRET: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| ") SELECT secret FROM deployment_secrets WHERE name = $1".to_owned())
});

fn api_key_columns(flavour: Flavour) -> String {
    let tenant = text_of_id(flavour, "tenant_id");
    format!("id, dialect, app, accounts, {tenant}, scopes, api_version, created_at, revoked_at")
}

fn text_of_id(flavour: Flavour, column: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("{column}::text"),
        Flavour::Sqlite => column.to_owned(),
    }
}
