//! The texts of the statements of this crate: the same for both databases but for a few words.
//!
//! `$1` and so on are the parameters of [`crate::statement`], in the order it gives them.

mod accounts;
mod catalogue;
mod history;
mod images;
mod links;
mod many;
mod registry;
mod tenants;
mod update;
mod uploads;
mod usernames;

use std::sync::LazyLock;

use manyface_core::ProfileRef;

use self::tenants::served;
pub(crate) use self::{
    accounts::{
        FIND_OVERRIDE, OVERRIDES_OF, OWN_OVERRIDE, PUT_OVERRIDE, REMOVE_OVERRIDE, TOUCH,
        UPDATE_OVERRIDE,
    },
    catalogue::{
        ABSORB_ENTRIES, ADD_ENTRIES, ENTRIES_BY_IDS, ENTRIES_BY_NAMES, LIST_ENTRIES, LIVE_ENTRY,
        MERGE_ENTRIES, RENAME_ENTRY, RESUMES_IN_USE, SURPLUS_ENTRY, TAKEN_ENTRY_IDS,
    },
    history::{
        BURY, DUE_HISTORY, ERASE, FIND_TO_UPDATE, FIND_WITH_LAST_CHANGE, HISTORY, RECORD,
        REMOVE_CHANGE, TRIM_HISTORY,
    },
    images::{
        ADD_IMAGE_UPLOAD, ADOPT_IMAGES, CLAIM_IMAGE, CLAIM_UPLOAD, FINISH_IMAGES,
        FORGET_IMAGE_UPLOADS, FORGET_IMAGES, FORGET_REMOVED_IMAGES, IMAGES_OF, MARK_ERASED,
        MARK_IMAGES, RENEW_LEASE, UNUSED_IMAGES, UNUSED_UPLOADS,
    },
    links::{LINK_EXTERNAL_IDS, LINK_IDENTITIES},
    many::{Around, FIND_BY_IDS, FIND_MANY, Naming, update_many},
    registry::{
        ADD, ADD_DEFAULT_TENANT, DEFAULT_TENANT, FORGET_ENTRIES, INSPECT, LAYOUT, LIST, MIGRATIONS,
        REMOVE,
    },
    tenants::{ADD_TENANT, COUNT_PROFILES, REMOVE_TENANT, SUSPEND_TENANT, TENANT, TENANTS},
    update::{ADD_NEW_ENTRIES, REPLACE_FACTS, UPDATE_ALONE, patch, update},
    uploads::{
        ADD_API_KEY, ADD_SECRET, ADD_UPLOAD, ADVANCE_UPLOAD, FIND_API_KEY, FIND_SECRET,
        FIND_UPLOAD, FORGET_UPLOADS, LIST_API_KEYS, OPEN_UPLOADS, REVOKE_API_KEY, USE_UPLOAD,
    },
    usernames::{
        ADD_CLAIMS, CLAIM_USERNAME, FORGET_USERNAMES, PENDING_WORK, PURGE_USERNAMES,
        RELEASE_ORPHANS, RELEASE_USERNAMES, USERNAME_HOLDERS, WORK_DONE,
    },
};
use crate::columns::{COLUMNS, Column, Kind};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Sqlite,
}

/// A statement's text for each database. It follows the list of its parameters.
pub(crate) struct Texts {
    postgres: String,
    sqlite: String,
}

impl Texts {
    fn of(compose: impl Fn(Flavour) -> String) -> Self {
        Self {
            postgres: compose(Flavour::Postgres),
            // There, `$1` would be a parameter's name instead of its number.
            sqlite: compose(Flavour::Sqlite).replace('$', "?"),
        }
    }

    /// A statement that only PostgreSQL is asked.
    fn of_postgres(text: String) -> Self {
        Self {
            postgres: text,
            sqlite: String::new(),
        }
    }

    /// A statement that only SQLite is asked.
    fn of_sqlite(text: &str) -> Self {
        Self {
            postgres: String::new(),
            sqlite: text.replace('$', "?"),
        }
    }

    pub(crate) fn get(&self, flavour: Flavour) -> &str {
        match flavour {
            Flavour::Postgres => &self.postgres,
            Flavour::Sqlite => &self.sqlite,
        }
    }
}

/// One statement in the four ways to name its profile.
///
/// A single text that looks in every table would cost PostgreSQL a seventh more at each update.
pub(crate) struct Named {
    id: Texts,
    external_id: Texts,
    identity: Texts,
    username: Texts,
}

impl Named {
    /// `compose` gets an expression for the id of the profile, whose name begins at the parameter
    /// `first`.
    fn of(first: usize, compose: impl Fn(Flavour, &str) -> String) -> Self {
        let id = |flavour| id_parameter(flavour, first);
        let by_id = Texts::of(|flavour| compose(flavour, &id(flavour)));
        Self::with(by_id, first, |id| Texts::of(|flavour| compose(flavour, id)))
    }

    /// As [`Named::of`], for a statement that only PostgreSQL is asked.
    fn of_postgres(first: usize, compose: impl Fn(&str) -> String) -> Self {
        let looked_up = |id: &str| Texts::of_postgres(compose(id));
        let id = id_parameter(Flavour::Postgres, first);
        Self::with(looked_up(&id), first, looked_up)
    }

    /// As [`Named::of`], for a statement that only SQLite is asked.
    fn of_sqlite(first: usize, compose: impl Fn(&str) -> String) -> Self {
        let looked_up = |id: &str| Texts::of_sqlite(&compose(id));
        let id = id_parameter(Flavour::Sqlite, first);
        Self::with(looked_up(&id), first, looked_up)
    }

    fn with(by_id: Texts, first: usize, looked_up: impl Fn(&str) -> Texts) -> Self {
        let second = first + 1;
        Self {
            id: by_id,
            external_id: looked_up(&format!(
                "(SELECT profile_id FROM external_ids \
                 WHERE dialect = ${first} AND external_id = ${second})"
            )),
            identity: looked_up(&format!(
                "(SELECT profile_id FROM identities \
                 WHERE issuer = ${first} AND subject = ${second})"
            )),
            username: looked_up(&format!(
                "(SELECT id FROM profiles WHERE username_key = ${first})"
            )),
        }
    }

    pub(crate) fn get(&self, who: &ProfileRef) -> &Texts {
        match who {
            ProfileRef::Id(_) => &self.id,
            ProfileRef::External { .. } => &self.external_id,
            ProfileRef::Identity { .. } => &self.identity,
            ProfileRef::Username(_) => &self.username,
        }
    }
}

/// Reads the profile that the parameters name, where it is served.
pub(crate) static FIND: LazyLock<Named> = LazyLock::new(|| {
    Named::of(1, |flavour, id| {
        let (columns, served) = (answer(), served(flavour));
        format!(") SELECT {columns} FROM profiles AS p WHERE p.id = {id} AND {served}")
    })
});

/// Reads the profile of the tenant `$1` that the parameters from `$2` name, where it is served.
pub(crate) static FIND_IN: LazyLock<Named> = LazyLock::new(|| {
    Named::of(2, |flavour, id| {
        let (columns, served) = (answer(), served(flavour));
        let tenant = id_parameter(flavour, 1);
        format!(
            ") SELECT {columns} FROM profiles AS p \
             WHERE p.id = {id} AND p.tenant_id = {tenant} AND {served}"
        )
    })
});

/// The list of columns that [`crate::row::ProfileRow`] reads.
fn answer() -> String {
    joined(", ", COLUMNS.iter().copied(), |column| {
        format!("p.{}", column.name)
    })
}

/// The time by the clock of the database, in microseconds since 1970.
fn now(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        Flavour::Sqlite => "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
    }
}

fn id_parameter(flavour: Flavour, number: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("${number}::uuid"),
        Flavour::Sqlite => format!("${number}"),
    }
}

/// What the document has for a column.
fn value(flavour: Flavour, document: &str, column: Column) -> String {
    let text = format!("({document} ->> '{}')", column.name);
    match (flavour, column.kind) {
        (Flavour::Sqlite, _) | (Flavour::Postgres, Kind::Text) => text,
        (Flavour::Postgres, Kind::Flag) => format!("{text}::boolean"),
        (Flavour::Postgres, Kind::Number) => format!("{text}::bigint"),
        (Flavour::Postgres, Kind::Id) => format!("{text}::uuid"),
    }
}

fn joined(
    separator: &str,
    columns: impl Iterator<Item = Column>,
    write: impl Fn(Column) -> String,
) -> String {
    columns.map(write).collect::<Vec<_>>().join(separator)
}
