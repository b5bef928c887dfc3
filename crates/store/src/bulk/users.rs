//! Export of users with their identities and overrides, and look-ups of the owners of unique
//! values.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use diesel::deserialize::Result as RowResult;
use manyface_core::{
    Avatar, Field, Identity, Profile, ProfileId, ProfileOverride, Record, Result, UserClaims,
    UserRecord,
};
use serde_json::json;

use super::BulkDatabase;
use crate::{
    database::{Columns, FromRow},
    profiles::columns_of_p,
    sql::{Parameter, Sql, Statement},
    usernames,
};

/// Reads the profiles with the ids in the array `$1`.
static BY_IDS: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        let columns = columns_of_p();
        format!(
            "SELECT {columns} FROM profiles AS p \
             WHERE p.id IN (SELECT e.value::uuid FROM jsonb_array_elements_text($1) AS e (value)) \
             ORDER BY p.id"
        )
    })
});

/// Reads the identities of the profiles in the array `$1`.
static IDENTITIES: Sql = Sql::new(
    "SELECT i.profile_id::text AS id, i.issuer AS issuer, i.subject AS subject \
     FROM identities AS i WHERE i.profile_id IN \
     (SELECT e.value::uuid FROM jsonb_array_elements_text($1) AS e (value))",
);

/// Reads the overrides of the profiles in the array `$1`.
static OVERRIDES: Sql = Sql::new(
    "SELECT o.profile_id::text AS id, o.account AS account, o.display_name AS display_name, \
     o.bio AS bio, o.avatar_image AS avatar_image, o.avatar_url AS avatar_url \
     FROM profile_overrides AS o WHERE o.profile_id IN \
     (SELECT e.value::uuid FROM jsonb_array_elements_text($1) AS e (value))",
);

/// Reads the profiles that own the user names, external ids and identities in the array `$1`. A
/// released user name stays reserved for `$2`.
static HOLDERS: Sql = Sql::new(
    "SELECT (e.value ->> 'place')::bigint AS place, 'username'::text AS field, \
     n.profile_id::text AS id FROM jsonb_array_elements($1) AS e (value) \
     JOIN usernames AS n ON n.username_key = (e.value ->> 'username_key') \
     UNION SELECT (e.value ->> 'place')::bigint, 'username'::text, c.profile_id::text \
     FROM jsonb_array_elements($1) AS e (value) \
     CROSS JOIN jsonb_array_elements_text(e.value -> 'digests') AS d (value) \
     JOIN username_reservations AS c ON c.digest = d.value \
     WHERE c.released_at IS NULL OR c.released_at > clock_timestamp() - $2 \
     UNION SELECT (e.value ->> 'place')::bigint, 'external_id'::text, i.profile_id::text \
     FROM jsonb_array_elements($1) AS e (value) \
     CROSS JOIN jsonb_array_elements(e.value -> 'external') AS x (value) \
     JOIN external_ids AS i ON i.dialect = (x.value ->> 0) AND i.external_id = (x.value ->> 1) \
     UNION SELECT (e.value ->> 'place')::bigint, 'identity'::text, i.profile_id::text \
     FROM jsonb_array_elements($1) AS e (value) \
     CROSS JOIN jsonb_array_elements(e.value -> 'identities') AS x (value) \
     JOIN identities AS i ON i.issuer = (x.value ->> 0) AND i.subject = (x.value ->> 1)",
);

struct IdentityRow(ProfileId, Identity);

impl FromRow for IdentityRow {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let identity = Identity {
            issuer: row.text("issuer")?,
            subject: row.text("subject")?,
        };
        Ok(Self(ProfileId(row.parse("id")?), identity))
    }
}

struct OverrideRow(ProfileId, String, ProfileOverride);

impl FromRow for OverrideRow {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let image = row.text_or_none("avatar_image")?;
        let shown = ProfileOverride {
            display_name: row.text_or_none("display_name")?,
            bio: row.text_or_none("bio")?,
            avatar: Avatar::from_stored(image, row.text_or_none("avatar_url")?),
        };
        Ok(Self(
            ProfileId(row.parse("id")?),
            row.text("account")?,
            shown,
        ))
    }
}

struct HolderRow {
    place: i64,
    field: Field,
    id: ProfileId,
}

impl FromRow for HolderRow {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let field = match &*row.text("field")? {
            "username" => Field::Username,
            "identity" => Field::Identity,
            _ => Field::ExternalId,
        };
        Ok(Self {
            place: row.number("place")?,
            field,
            id: ProfileId(row.parse("id")?),
        })
    }
}

pub(super) fn by_ids(ids: &[ProfileId]) -> Statement {
    BY_IDS.with([Parameter::json(ids)])
}

/// Reads the identities and overrides of profiles.
pub(super) async fn with_relations<D: BulkDatabase>(
    database: &D,
    profiles: Vec<Profile>,
) -> Result<Vec<UserRecord>> {
    if profiles.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = profiles.iter().map(|profile| profile.id).collect();
    let mut identities: HashMap<ProfileId, Vec<Identity>> = HashMap::new();
    for IdentityRow(id, identity) in database
        .read(IDENTITIES.with([Parameter::json(&ids)]))
        .await?
    {
        identities.entry(id).or_default().push(identity);
    }
    let mut overrides: HashMap<ProfileId, BTreeMap<_, _>> = HashMap::new();
    for OverrideRow(id, account, shown) in database
        .read(OVERRIDES.with([Parameter::json(&ids)]))
        .await?
    {
        if !shown.is_empty() {
            overrides.entry(id).or_default().insert(account, shown);
        }
    }
    let users = profiles.into_iter().map(|profile| {
        let mut identities = identities.remove(&profile.id).unwrap_or_default();
        identities.sort_unstable();
        UserRecord {
            identities,
            overrides: overrides.remove(&profile.id).unwrap_or_default(),
            profile,
            has_history: false,
        }
    });
    Ok(users.collect())
}

pub(super) fn records(users: Vec<UserRecord>) -> Vec<Record> {
    let users = users.into_iter();
    users.map(|user| Record::User(Box::new(user))).collect()
}

pub(super) async fn holders<D: BulkDatabase>(
    database: &D,
    claims: &[UserClaims],
) -> Result<Vec<Vec<(Field, ProfileId)>>> {
    let document = |(place, claims): (usize, &UserClaims)| {
        let name = claims.username.as_ref();
        json!({
            "place": place,
            "username_key": name.map(manyface_core::Username::key),
            "digests": name.map(usernames::digest_list).unwrap_or_default(),
            "external": claims.external_ids,
            "identities": pairs(&claims.identities),
        })
    };
    let documents: Vec<_> = claims.iter().enumerate().map(document).collect();
    let rest = database.username_rest();
    let find = HOLDERS.with([Parameter::json(&documents), rest.into()]);
    let mut holders = vec![Vec::new(); claims.len()];
    for HolderRow { place, field, id } in database.read(find).await? {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(holders) = holders.get_mut(place) {
            holders.push((field, id));
        }
    }
    Ok(holders)
}

pub(super) fn pairs(identities: &[Identity]) -> Vec<[&str; 2]> {
    let identities = identities.iter();
    identities
        .map(|identity| [&*identity.issuer, &*identity.subject])
        .collect()
}
