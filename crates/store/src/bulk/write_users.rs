//! Import of users into the tables `profiles`, `usernames`, `username_reservations`,
//! `external_ids`, `identities`, `profile_overrides` and `profile_changes`.
//!
//! The array `$1` has an object for each user, with the columns of the profile and the rows of the
//! other tables. After the first statement, [`stored`] selects the users whose profile matches the
//! array. All other statements write only these.

use std::sync::LazyLock;

use manyface_core::{Avatar, PatchDocument, Profile, Provenance, UserRecord, UserWrites};
use serde_json::{Map, Value, json};

use super::{BulkDatabase, changes, time, users::pairs};
use crate::{
    profiles::{join_columns, profile_values, typed},
    sql::{Flavour, Parameter, Sql, Statement, origin},
    usernames,
};

/// Selects the users of the array `$1` whose profile `p` matches the array.
fn stored(flavour: Flavour) -> String {
    let updated_at = time_of(flavour, "updated_at");
    format!(
        "jsonb_array_elements($1) AS e (value) JOIN profiles AS p \
         ON p.id = (e.value ->> 'id')::uuid AND p.version = (e.value ->> 'version')::bigint \
         AND p.updated_at = {updated_at}"
    )
}

/// Returns a time of the record `e`.
fn time_of(_: Flavour, name: &str) -> String {
    format!("(e.value ->> '{name}')::timestamptz")
}

static ADD_PROFILES: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        let names = join_columns(|column| column.name.to_owned());
        let values =
            join_columns(|column| typed(column, &format!("(e.value ->> '{}')", column.name)));
        format!(
            "INSERT INTO profiles ({names}) SELECT {values} \
             FROM jsonb_array_elements($1) AS e (value)"
        )
    })
});

/// Updates the profiles that still have the version and the time of the last change in the array.
static UPDATE_PROFILES: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|flavour| {
        let assignments = join_columns(|column| {
            let value = typed(column, &format!("(e.value ->> '{}')", column.name));
            format!("{} = {value}", column.name)
        });
        let before = time_of(flavour, "updated_before");
        format!(
            "UPDATE profiles AS p SET {assignments} FROM jsonb_array_elements($1) AS e (value) \
             WHERE p.id = (e.value ->> 'id')::uuid \
             AND p.version = (e.value ->> 'version_before')::bigint AND p.updated_at = {before}"
        )
    })
});

/// The statements after the one that writes profiles. They fail if a value belongs to another
/// profile. A released user name stays reserved for `$2`.
static RELATIONS: LazyLock<[Sql; 11]> = LazyLock::new(|| {
    let texts: [fn(&str) -> String; 11] = [
        |stored| {
            format!(
                "DELETE FROM usernames WHERE username_key IN (SELECT n.username_key FROM {stored} \
                 JOIN usernames AS n ON n.profile_id = p.id \
                 WHERE n.username_key <> p.username_key)"
            )
        },
        |stored| {
            format!(
                "INSERT INTO usernames (username_key, profile_id) SELECT p.username_key, p.id \
                 FROM {stored} WHERE NOT EXISTS (SELECT 1 FROM usernames AS n \
                 WHERE n.username_key = p.username_key AND n.profile_id = p.id)"
            )
        },
        |stored| {
            format!(
                "UPDATE username_reservations SET released_at = clock_timestamp() WHERE digest IN \
                 (SELECT c.digest FROM {stored} JOIN username_reservations AS c \
                 ON c.profile_id = p.id WHERE c.released_at IS NULL AND c.digest NOT IN \
                 (SELECT d.value FROM jsonb_array_elements_text(e.value -> 'digests') AS d (value)))"
            )
        },
        |stored| {
            format!(
                "INSERT INTO username_reservations AS c (digest, profile_id) \
                 SELECT d.value, p.id FROM {stored} \
                 CROSS JOIN jsonb_array_elements_text(e.value -> 'digests') AS d (value) \
                 WHERE TRUE ORDER BY d.value ON CONFLICT (digest) DO UPDATE \
                 SET profile_id = CASE WHEN c.profile_id = excluded.profile_id \
                 OR c.released_at <= clock_timestamp() - $2 THEN excluded.profile_id END, \
                 released_at = NULL"
            )
        },
        |stored| {
            format!(
                "DELETE FROM external_ids WHERE (dialect, external_id) IN \
                 (SELECT i.dialect, i.external_id FROM {stored} \
                 JOIN external_ids AS i ON i.profile_id = p.id)"
            )
        },
        |stored| {
            format!(
                "INSERT INTO external_ids (dialect, external_id, profile_id) \
                 SELECT x.value ->> 0, x.value ->> 1, p.id FROM {stored} \
                 CROSS JOIN jsonb_array_elements(e.value -> 'external') AS x (value)"
            )
        },
        |stored| {
            format!(
                "DELETE FROM identities WHERE (issuer, subject) IN \
                 (SELECT i.issuer, i.subject FROM {stored} \
                 JOIN identities AS i ON i.profile_id = p.id)"
            )
        },
        |stored| {
            format!(
                "INSERT INTO identities (issuer, subject, profile_id) \
                 SELECT x.value ->> 0, x.value ->> 1, p.id FROM {stored} \
                 CROSS JOIN jsonb_array_elements(e.value -> 'identities') AS x (value)"
            )
        },
        |stored| {
            format!("DELETE FROM profile_overrides WHERE profile_id IN (SELECT p.id FROM {stored})")
        },
        |stored| {
            format!(
                "INSERT INTO profile_overrides \
                 (profile_id, account, display_name, bio, avatar_image, avatar_url) \
                 SELECT p.id, x.value ->> 'account', x.value ->> 'display_name', \
                 x.value ->> 'bio', x.value ->> 'avatar_image', x.value ->> 'avatar_url' \
                 FROM {stored} \
                 CROSS JOIN jsonb_array_elements(e.value -> 'overrides') AS x (value)"
            )
        },
        |stored| format!("SELECT p.id::text AS id FROM {stored}"),
    ];
    texts.map(|text| Sql::composed(|flavour| text(&stored(flavour))))
});

/// Writes the history entries of the array `$1`, with their provenance in `$2` to `$6`.
static ADD_CHANGES: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|flavour| {
        let stored = stored(flavour);
        match flavour {
            Flavour::Postgres => format!(
                "INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT p.id, p.version, $2, $3, $4, $5, $6, (e.value ->> 'patch')::json \
                 FROM {stored} WHERE (e.value ->> 'patch') IS NOT NULL"
            ),
            Flavour::Sqlite => format!(
                "INSERT INTO profile_changes (seq, previous, profile_id, version, at, actor, \
                 dialect, api_version, request_id, patch) \
                 SELECT (SELECT COALESCE(MAX(seq), 0) FROM profile_changes) + e.key + 1, \
                 p.last_change, p.id, p.version, $2, $3, $4, $5, $6, (e.value ->> 'patch') \
                 FROM {stored} WHERE (e.value ->> 'patch') IS NOT NULL"
            ),
        }
    })
});

/// Returns no row.
static NONE: Sql = Sql::new("SELECT p.id::text AS id FROM profiles AS p WHERE FALSE");

/// Returns the statements that write users in one transaction. The last one returns the ids of the
/// changed users.
pub(super) fn write<D: BulkDatabase>(database: &D, writes: &UserWrites) -> Vec<Statement> {
    let flavour = D::FLAVOUR;
    let rest = database.username_rest();
    let added = writes.added.iter().map(|user| {
        let patch = (!user.has_history).then(|| user.creation_document());
        document(flavour, user, None, patch.as_ref())
    });
    let replaced = writes.replaced.iter().map(|replacement| {
        let before = Some(&replacement.before.profile);
        document(
            flavour,
            &replacement.after,
            before,
            Some(&replacement.document),
        )
    });
    let mut statements = Vec::new();
    let mut relate = |documents: Vec<Value>, is_new: bool| {
        let text = Parameter::json(&documents);
        let parameter = || text.clone();
        let write: &'static Sql = if is_new {
            &ADD_PROFILES
        } else {
            &UPDATE_PROFILES
        };
        statements.push(write.with([parameter()]));
        let (last, relations) = RELATIONS.split_last().expect("there are eleven statements");
        // Every second statement removes rows, which a new user does not have.
        let relations = relations.iter().enumerate();
        let relations = relations.filter(|(index, _)| !is_new || index % 2 == 1);
        statements.extend(relations.map(|(_, sql)| sql.with([parameter(), rest.into()])));
        statements.extend(record(
            flavour,
            parameter(),
            &writes.provenance,
            documents.len(),
        ));
        statements.push(last.with([parameter()]));
    };
    if !writes.added.is_empty() {
        relate(added.collect(), true);
    }
    if writes.replaced.is_empty() {
        statements.push(NONE.with([]));
    } else {
        relate(replaced.collect(), false);
    }
    statements
}

/// Returns the statements that write the history of `count` users.
fn record(
    flavour: Flavour,
    documents: Parameter,
    provenance: &Provenance,
    count: usize,
) -> Vec<Statement> {
    let add = ADD_CHANGES.with([documents].into_iter().chain(origin(provenance)));
    match flavour {
        Flavour::Postgres => vec![add],
        Flavour::Sqlite => [add].into_iter().chain(changes::link(count)).collect(),
    }
}

/// Returns a user as a member of the array. `patch` is the history entry, if any.
fn document(
    flavour: Flavour,
    user: &UserRecord,
    before: Option<&Profile>,
    patch: Option<&PatchDocument>,
) -> Value {
    let profile = &user.profile;
    let values = profile_values(profile).into_iter();
    let mut document: Map<_, _> = values
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let overrides = user.overrides.iter().map(|(account, shown)| {
        let (image, url) = match &shown.avatar {
            Some(Avatar::Stored(id)) => (Some(id.as_str()), None),
            Some(Avatar::External(url)) => (None, Some(url.as_str())),
            None => (None, None),
        };
        json!({
            "account": account,
            "display_name": shown.display_name,
            "bio": shown.bio,
            "avatar_image": image,
            "avatar_url": url,
        })
    });
    let external: Vec<_> = profile.external_ids.iter().collect();
    let others = [
        (
            "suspended_at",
            json!(profile.suspended_at.map(|at| time(flavour, at))),
        ),
        ("created_at", time(flavour, profile.created_at)),
        ("updated_at", time(flavour, profile.updated_at)),
        ("version_before", json!(before.map(|before| before.version))),
        (
            "updated_before",
            json!(before.map(|before| time(flavour, before.updated_at))),
        ),
        ("digests", json!(usernames::digest_list(&profile.username))),
        ("external", json!(external)),
        ("identities", json!(pairs(&user.identities))),
        ("overrides", overrides.collect()),
        ("patch", json!(patch.map(PatchDocument::as_str))),
    ];
    document.extend(others.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(document)
}
