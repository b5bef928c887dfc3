//! The table `profile_overrides`, which has the values that accounts show in place of profiles'
//! own.

use std::sync::LazyLock;

use async_trait::async_trait;
use diesel::{
    backend::Backend,
    deserialize::{FromSql, QueryableByName, Result as RowResult},
    row::NamedRow,
    sql_types::{BigInt, Bool, Text, Untyped},
    sqlite::SqliteConnection,
};
use manyface_core::{
    Avatar, Error, OverrideUpdate, Overrides, ProfileId, ProfileInAccount, ProfileOverride,
    ProfileRef, Quota, Result, TenantId, adds_override, check_override_update,
};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    history::{NEXT_CHANGE, record},
    postgres::{ATTEMPTS, Effect, Postgres},
    profiles::{self, Cursor, columns_of_p, is_active},
    sql::{Flavour, Id, Instant, Parameter, Sql, SqlByRef, Statement, origin},
    sqlite::{self, Sqlite},
    uploads,
};

/// The columns that an account may override, in the order in which rows are read.
const COLUMNS: [&str; 4] = ["display_name", "bio", "avatar_image", "avatar_url"];

/// Reads the profile that is named from `$3`, of the tenant `$2` unless that is null, with the
/// override of the account `$1`.
static FIND: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(3, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!(
            "SELECT {columns}, o.display_name, o.bio, o.avatar_image, o.avatar_url \
             FROM profiles AS p LEFT JOIN profile_overrides AS o \
             ON o.profile_id = p.id AND o.account = $1 \
             WHERE p.id = {id} AND ($2 IS NULL OR p.tenant_id = $2) AND {is_active}"
        )
    })
});

/// Reads the override of the profile `$1` in the account `$2`.
static FIND_OWN: Sql = Sql::new(
    "SELECT o.account AS account, o.display_name AS display_name, o.bio AS bio, \
     o.avatar_image AS avatar_image, o.avatar_url AS avatar_url FROM profile_overrides AS o \
     WHERE o.profile_id = $1 AND o.account = $2",
);

/// Reads all overrides of the profile `$1`.
static OF_PROFILE: Sql = Sql::new(
    "SELECT o.account AS account, o.display_name AS display_name, o.bio AS bio, \
     o.avatar_image AS avatar_image, o.avatar_url AS avatar_url FROM profile_overrides AS o \
     WHERE o.profile_id = $1 AND (o.display_name IS NOT NULL OR o.bio IS NOT NULL \
     OR o.avatar_image IS NOT NULL OR o.avatar_url IS NOT NULL) ORDER BY o.account",
);

/// Writes the document `$3` to the override of the profile `$1` in the account `$2`. SQLite only.
static PUT: Sql = Sql::new(
    "INSERT INTO profile_overrides AS o \
     (profile_id, account, display_name, bio, avatar_image, avatar_url) \
     VALUES ($1, $2, ($3 ->> 'display_name'), ($3 ->> 'bio'), ($3 ->> 'avatar_image'), \
     ($3 ->> 'avatar_url')) ON CONFLICT (profile_id, account) DO UPDATE SET \
     display_name = CASE WHEN ($3 -> 'display_name') IS NOT NULL \
     THEN ($3 ->> 'display_name') ELSE o.display_name END, \
     bio = CASE WHEN ($3 -> 'bio') IS NOT NULL THEN ($3 ->> 'bio') ELSE o.bio END, \
     avatar_image = CASE WHEN ($3 -> 'avatar_image') IS NOT NULL \
     THEN ($3 ->> 'avatar_image') ELSE o.avatar_image END, \
     avatar_url = CASE WHEN ($3 -> 'avatar_url') IS NOT NULL \
     THEN ($3 ->> 'avatar_url') ELSE o.avatar_url END",
);

/// SQLite only.
static REMOVE: Sql =
    Sql::new("DELETE FROM profile_overrides WHERE profile_id = $1 AND account = $2");

/// Increments the version of the profile `$1`, at `$2`. SQLite only.
static TOUCH: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        format!(
            "UPDATE profiles SET updated_at = $2, version = version + 1, \
             last_change = {NEXT_CHANGE} WHERE id = $1"
        )
    })
});

/// Applies the document `$1` to the override, in the account `$11`, of the profile that is named
/// from `$15`, and writes the profile's next version and its history. PostgreSQL only.
///
/// `$2` to `$6` are the provenance and `$7` is the history entry; `$8` to `$10` are the expected
/// version, time and tenant; `$12` is the maximum number of accounts with an override, `$13` the
/// upload that becomes the avatar, and `$14` whether values must differ from the profile's own. If
/// nothing changes or a guard fails, no row is written or returned.
static UPDATE: LazyLock<SqlByRef> = LazyLock::new(|| SqlByRef::new(15, |_, id| update_text(id)));

fn update_text(id: &str) -> String {
    let (version, updated_at, tenant) = ("$8::bigint", "$9", "$10");
    let bare = COLUMNS.join(", ");
    let values = COLUMNS
        .map(|column| format!("($1 ->> '{column}')"))
        .join(", ");
    let assignments = COLUMNS.map(|column| {
        format!(
            "{column} = CASE WHEN ($1 ? '{column}') THEN ($1 ->> '{column}') ELSE o.{column} END"
        )
    });
    let assignments = assignments.join(", ");
    let becomes_empty = COLUMNS.map(|column| {
        format!(
            "(CASE WHEN ($1 ? '{column}') THEN ($1 ->> '{column}') ELSE o.{column} END) IS NULL"
        )
    });
    let becomes_empty = becomes_empty.join(" AND ");
    let repeats = COLUMNS.map(|column| format!("p.{column} = ($1 ->> '{column}')"));
    let repeats = repeats.join(" OR ");
    let (columns, is_active) = (columns_of_p(), is_active(Flavour::Postgres));
    let current = COLUMNS.map(|column| format!("o.{column}")).join(", ");
    // The update locks the profile. The function sees what was committed before it is called; if
    // that has changed the profile, PostgreSQL calls it again after locking. The snapshot of this
    // statement may lack a concurrently added override, which is then written instead of deleted,
    // and may remain without values.
    format!(
        "WITH p AS (UPDATE profiles AS p SET updated_at = $2, version = p.version + 1 \
         WHERE p.id = {id} AND ({version} IS NULL OR p.version = {version}) \
         AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
         AND ({tenant} IS NULL OR p.tenant_id = {tenant}) AND {is_active} \
         AND ($14::bigint = 0 OR ({repeats}) IS NOT TRUE) \
         AND override_fits(p.id, $11, $1, $12, $13) RETURNING {columns}), \
         d AS (DELETE FROM profile_overrides AS o USING p \
         WHERE o.profile_id = p.id AND o.account = $11 AND ({becomes_empty}) \
         RETURNING o.profile_id), \
         o AS (INSERT INTO profile_overrides AS o (profile_id, account, {bare}) \
         SELECT p.id, $11, {values} FROM p WHERE NOT EXISTS (SELECT 1 FROM d) \
         ON CONFLICT (profile_id, account) DO UPDATE SET {assignments} \
         RETURNING o.profile_id, {bare}), \
         used AS (UPDATE uploads AS g SET is_used = TRUE FROM p WHERE g.id = $13), \
         change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, $2, $3, $4, $5, $6, $7 FROM p) \
         SELECT {columns}, {current} FROM p LEFT JOIN o ON o.profile_id = p.id"
    )
}

/// A profile and an override, read by position: see [`Cursor`].
struct InAccountRow(RowResult<ProfileInAccount>);

impl<DB> QueryableByName<DB> for InAccountRow
where
    DB: Backend,
    Id: FromSql<Untyped, DB>,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> RowResult<Self> {
        let mut cursor = Cursor::new(row);
        let read = |cursor: &mut Cursor<'_, _, DB>| {
            let profile = cursor.profile()?;
            let current = ProfileOverride {
                display_name: cursor.text_or_none()?,
                bio: cursor.text_or_none()?,
                avatar: Avatar::from_stored(cursor.text_or_none()?, cursor.text_or_none()?),
            };
            Ok((profile, current))
        };
        Ok(Self(read(&mut cursor)))
    }
}

impl InAccountRow {
    /// Returns the first row. The statement that returned it was run even if the row cannot be
    /// read.
    fn first(rows: Vec<Self>) -> Result<Option<ProfileInAccount>> {
        let row = rows.into_iter().next().map(|row| row.0);
        row.transpose().map_err(Error::Storage)
    }
}

/// The name of an account and its override.
struct AccountOverride(String, ProfileOverride);

impl FromRow for AccountOverride {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let avatar_image = row.text_or_none("avatar_image")?;
        let current = ProfileOverride {
            display_name: row.text_or_none("display_name")?,
            bio: row.text_or_none("bio")?,
            avatar: Avatar::from_stored(avatar_image, row.text_or_none("avatar_url")?),
        };
        Ok(Self(row.text("account")?, current))
    }
}

fn find(tenant: Option<TenantId>, who: &ProfileRef, account: &str) -> Statement {
    FIND.with([account.into(), tenant.into()], who)
}

fn update(update: &OverrideUpdate) -> Statement {
    let expected = update.expected.as_ref();
    let guards = [
        Parameter::document(&update.history()),
        expected.map(|state| state.version).into(),
        expected.map(|state| state.updated_at).into(),
        update.tenant.into(),
        (&*update.account).into(),
        update.max_accounts.into(),
        update.upload.as_deref().map(str::to_owned).into(),
        update.must_differ.into(),
    ];
    let patch = Parameter::json_text(update.patch.document().as_str());
    let parameters = [patch].into_iter().chain(origin(&update.provenance));
    UPDATE.with(parameters.chain(guards), &update.who)
}

/// Operations on overrides that take one statement on PostgreSQL and one transaction on SQLite.
pub(crate) trait WriteOverrides: Database {
    /// See [`Overrides::find_override`].
    fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> impl Future<Output = Result<Option<ProfileInAccount>>> + Send;

    /// See [`Overrides::update_override`].
    fn update_override(
        &self,
        update: OverrideUpdate,
    ) -> impl Future<Output = Result<Option<ProfileInAccount>>> + Send;
}

impl WriteOverrides for Postgres {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<ProfileInAccount>> {
        let find = find(tenant, who, account);
        if find.contains_nul() {
            return Ok(None);
        }
        InAccountRow::first(self.run(Effect::Read, &find).await?)
    }

    async fn update_override(&self, write: OverrideUpdate) -> Result<Option<ProfileInAccount>> {
        if find(write.tenant, &write.who, &write.account).contains_nul() {
            return Ok(None);
        }
        for _ in 0..ATTEMPTS {
            let rows = self.run(Effect::Write, &update(&write)).await?;
            if let Some(written) = InAccountRow::first(rows)? {
                return Ok(Some(written));
            }
            let found = self.find_override(write.tenant, &write.who, &write.account);
            let Some((profile, current)) = found.await? else {
                return Ok(None);
            };
            match check_override_update(&profile, &current, &write) {
                // Either a guard of the statement failed, or the profile has changed since.
                Ok(true) => {
                    let upload = write.upload.as_deref();
                    uploads::check_usable(self, upload, current.avatar.as_ref()).await?;
                    let own: Vec<AccountOverride> =
                        self.read(OF_PROFILE.with([profile.id.into()])).await?;
                    if adds_override(&current, &write) && own.len() >= write.max_accounts as usize {
                        return Err(Quota::Overrides.exceeded());
                    }
                }
                Ok(false) => return Ok(Some((profile, current))),
                Err(Error::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Unavailable(None))
    }
}

impl WriteOverrides for Sqlite {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<ProfileInAccount>> {
        let find = find(tenant, who, account);
        let work = move |database: &mut SqliteConnection| sqlite::load(database, find);
        InAccountRow::first(self.read_transaction(work).await?)
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<ProfileInAccount>> {
        self.transaction(move |database| update_in_transaction(database, update))
            .await
    }
}

/// Updates an override under the write lock.
fn update_in_transaction(
    database: &mut SqliteConnection,
    update: OverrideUpdate,
) -> Result<Option<ProfileInAccount>> {
    let find = profiles::find_to_update(update.tenant, &update.who);
    let Some(row) = sqlite::first_chained(database, find)? else {
        return Ok(None);
    };
    let mut profile = row.profile.read()?;
    let own = || [profile.id.into(), (&*update.account).into()];
    let found: Vec<AccountOverride> = sqlite::rows(database, FIND_OWN.with(own()))?;
    let mut current = found
        .into_iter()
        .next()
        .map_or_else(ProfileOverride::default, |row| row.1);
    match check_override_update(&profile, &current, &update) {
        Ok(true) => {}
        Ok(false) => return Ok(Some((profile, current))),
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    }
    sqlite::check_upload(database, update.upload.as_deref(), current.avatar.as_ref())?;
    if adds_override(&current, &update) {
        let all = OF_PROFILE.with([profile.id.into()]);
        if sqlite::rows::<AccountOverride>(database, all)?.len() >= update.max_accounts as usize {
            return Err(Quota::Overrides.exceeded());
        }
    }
    sqlite::use_upload(database, update.upload.as_deref())?;
    let (remove, mut put) = (REMOVE.with(own()), own().into_iter().collect::<Vec<_>>());
    let at = update.provenance.at();
    sqlite::execute(database, TOUCH.with([profile.id.into(), at.into()]))?;
    profile.version += 1;
    profile.updated_at = at;
    let history = update.history();
    let record = record(&profile, &history, &update.provenance, row.last_change);
    sqlite::execute(database, record)?;
    put.push(Parameter::json_text(update.patch.document().as_str()));
    update.patch.apply(&mut current);
    let write = if current.is_empty() {
        remove
    } else {
        PUT.with(put)
    };
    sqlite::execute(database, write)?;
    Ok(Some((profile, current)))
}

#[async_trait]
impl<D: WriteOverrides> Overrides for Repository<D> {
    async fn find_override(
        &self,
        tenant: Option<TenantId>,
        who: &ProfileRef,
        account: &str,
    ) -> Result<Option<ProfileInAccount>> {
        self.0.find_override(tenant, who, account).await
    }

    async fn update_override(&self, update: OverrideUpdate) -> Result<Option<ProfileInAccount>> {
        self.0.update_override(update).await
    }

    async fn overrides_of(&self, id: ProfileId) -> Result<Vec<(String, ProfileOverride)>> {
        let rows: Vec<AccountOverride> = self.0.read(OF_PROFILE.with([id.into()])).await?;
        Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
    }
}
