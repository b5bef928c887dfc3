//! Statements about the catalogue, and about résumés.

use std::sync::LazyLock;

use super::{Flavour, Texts, id_parameter};

/// Reads the entries with the ids in `$2` that the tenant `$1` sees, each with the id it was named by.
pub(crate) static ENTRIES_BY_IDS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (names, tenant) = (named(flavour, "named.id"), id_parameter(flavour, 1));
        let ids = numbers(flavour, 2);
        format!(
            ") {names} WHERE named.id IN ({ids}) \
             AND (named.tenant_id = {tenant} OR named.tenant_id IS NULL)"
        )
    })
});

/// Reads the entries with the names in `$2` (arrays of list and key) that `$1` sees, each with its
/// key, and a tenant's own before a shared one.
pub(crate) static ENTRIES_BY_NAMES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (names, tenant) = (named(flavour, "named.name_key"), id_parameter(flavour, 1));
        let wanted = match flavour {
            Flavour::Postgres => "jsonb_array_elements($2)",
            Flavour::Sqlite => "json_each($2)",
        };
        format!(
            ") {names} JOIN {wanted} AS wanted \
             ON named.kind = wanted.value ->> 0 AND named.name_key = wanted.value ->> 1 \
             WHERE named.tenant_id = {tenant} OR named.tenant_id IS NULL \
             ORDER BY named.tenant_id IS NULL"
        )
    })
});

/// Reads when the profile `$1` added the entry that has `$3` later ones, of those that it added after
/// `$2`.
pub(crate) static SURPLUS_ENTRY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let creator = id_parameter(flavour, 1);
        format!(
            ") SELECT CAST(created_at AS text) FROM catalogue \
             WHERE created_by = {creator} AND created_at > $2 \
             ORDER BY catalogue.created_at DESC LIMIT 1 OFFSET $3"
        )
    })
});

/// Adds to the list `$2` of the owner `$1` the names in `$3` (arrays of id, name, key and
/// description) that the owner does not see yet, and returns their ids. They are added in the order
/// of their keys, so that two statements that add the same names do not wait for each other.
pub(crate) static ADD_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (items, place) = match flavour {
            Flavour::Postgres => (
                "jsonb_array_elements($3) WITH ORDINALITY AS item(value, place)",
                "item.place",
            ),
            Flavour::Sqlite => ("json_each($3) AS item", "item.key"),
        };
        let (id, tenant) = (text_of_id(flavour), id_parameter(flavour, 1));
        format!(
            ") INSERT INTO catalogue (id, tenant_id, kind, name, name_key, description) \
             SELECT CAST(item.value ->> 0 AS integer), {tenant}, $2, item.value ->> 1, \
             item.value ->> 2, item.value ->> 3 FROM {items} \
             WHERE NOT EXISTS (SELECT 1 FROM catalogue AS shared WHERE shared.tenant_id IS NULL \
             AND shared.kind = $2 AND shared.name_key = item.value ->> 2) \
             ORDER BY item.value ->> 2, {place} ON CONFLICT DO NOTHING RETURNING {id}"
        )
    })
});

/// Merges the entries of tenants in the list `$1` with the keys in `$2` into the shared entries with
/// the same keys, and returns their ids.
pub(crate) static ABSORB_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, keys) = (text_of_id(flavour), texts(flavour, 2));
        format!(
            "), pairs AS (SELECT own.id AS own_id, COALESCE(shared.merged_into, shared.id) AS shared_id \
             FROM catalogue AS own JOIN catalogue AS shared \
             ON shared.kind = own.kind AND shared.name_key = own.name_key \
             WHERE own.kind = $1 AND own.name_key IN ({keys}) AND own.tenant_id IS NOT NULL \
             AND own.merged_into IS NULL AND shared.tenant_id IS NULL) \
             UPDATE catalogue SET merged_into = pairs.shared_id FROM pairs \
             WHERE pairs.own_id IN (catalogue.id, catalogue.merged_into) \
             RETURNING {id}"
        )
    })
});

/// Reads `$5` entries in the order of their ids, after the id `$4`, of the list `$3` or of all, and
/// of the owner `$2` or, if `$1` is 1, of all.
pub(crate) static LIST_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (entry, tenant) = (array(flavour, ENTRY), id_parameter(flavour, 2));
        format!(
            ") SELECT {entry} FROM catalogue AS entry WHERE merged_into IS NULL \
             AND ($1 = 1 OR tenant_id = {tenant} OR ({tenant} IS NULL AND tenant_id IS NULL)) \
             AND ($3 IS NULL OR kind = $3) AND id > COALESCE($4, 0) ORDER BY id LIMIT $5"
        )
    })
});

/// Reads the entry `$1` of any owner, unless it was merged.
pub(crate) static LIVE_ENTRY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let entry = array(flavour, ENTRY);
        format!(
            ") SELECT {entry} FROM catalogue AS entry \
             WHERE id = $1 AND merged_into IS NULL"
        )
    })
});

/// Reads which of the ids in `$1` are entries, on SQLite.
pub(crate) static TAKEN_ENTRY_IDS: LazyLock<Texts> = LazyLock::new(|| {
    let (id, ids) = (text_of_id(Flavour::Sqlite), numbers(Flavour::Sqlite, 1));
    Texts::of_sqlite(&format!(") SELECT {id} FROM catalogue WHERE id IN ({ids})"))
});

/// Gives the entry `$1` the name `$2` with the key `$3`, unless its owner sees another entry of its
/// list with that key.
pub(crate) static RENAME_ENTRY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = text_of_id(flavour);
        format!(
            ") UPDATE catalogue SET name = $2, name_key = $3 \
             WHERE id = $1 AND merged_into IS NULL AND NOT EXISTS (SELECT 1 \
             FROM catalogue AS other WHERE other.kind = catalogue.kind \
             AND (other.tenant_id = catalogue.tenant_id OR other.tenant_id IS NULL) \
             AND other.name_key = $3 AND other.id <> $1) RETURNING {id}"
        )
    })
});

/// Makes the entry `$1` another name of the entry `$2`, which is of the same owner or shared.
pub(crate) static MERGE_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = text_of_id(flavour);
        format!(
            ") UPDATE catalogue SET merged_into = $2 \
             WHERE (id = $1 OR merged_into = $1) AND $1 <> $2 AND EXISTS (SELECT 1 \
             FROM catalogue AS one JOIN catalogue AS other ON other.kind = one.kind \
             AND (other.tenant_id = one.tenant_id OR other.tenant_id IS NULL) \
             WHERE one.id = $1 AND other.id = $2 \
             AND one.merged_into IS NULL AND other.merged_into IS NULL) RETURNING {id}"
        )
    })
});

/// Reads which of the texts in `$1` are résumés of profiles.
pub(crate) static RESUMES_IN_USE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let texts = texts(flavour, 1);
        format!(
            ") SELECT DISTINCT resume FROM profiles \
             WHERE resume LIKE 'kept:%' AND resume IN ({texts})"
        )
    })
});

/// Removes the entries of its tenant that the profile `p` added or refers to, unless another profile
/// or a merged entry refers to them. The lists of the tenant's other profiles are read once.
pub(super) fn forget_entries(flavour: Flavour) -> String {
    let lists = |profile: &str, condition: &str| {
        let lists = [
            "skills",
            "investment_interests",
            "technical_interests",
            "focus_area",
        ];
        let each = lists.map(|list| {
            let (id, elements) = match flavour {
                Flavour::Postgres => (
                    "e.value::integer",
                    format!("jsonb_array_elements_text({list}::jsonb) AS e (value)"),
                ),
                Flavour::Sqlite => ("e.value", format!("json_each({list}) AS e")),
            };
            let condition = condition.replace("ID", id);
            format!("SELECT {id} AS id FROM {profile}, {elements} {condition}")
        });
        each.join(" UNION ALL ")
    };
    let own = lists("p", "");
    let others = lists(
        "profiles AS other",
        "WHERE other.tenant_id = (SELECT tenant_id FROM p) AND other.id <> (SELECT id FROM p) \
         AND ID IN (SELECT id FROM own)",
    );
    format!(
        "DELETE FROM catalogue WHERE id IN (WITH own AS MATERIALIZED (SELECT c.id \
         FROM catalogue AS c WHERE c.tenant_id = (SELECT tenant_id FROM p) AND c.id IN \
         (SELECT added.id FROM catalogue AS added WHERE added.created_by = (SELECT id FROM p) \
         UNION ALL {own}) \
         AND NOT EXISTS (SELECT 1 FROM catalogue AS merged WHERE merged.merged_into = c.id)) \
         SELECT id FROM own EXCEPT SELECT id FROM ({others}) AS others)"
    )
}

/// The columns of an entry, in the order in which they are read.
const ENTRY: &str = "entry.id, entry.tenant_id, entry.kind, entry.name, entry.description";

/// Every name and its entry, which is the one that it was merged into, if it was.
fn named(flavour: Flavour, name: &str) -> String {
    let row = array(flavour, &format!("{name}, {ENTRY}"));
    format!(
        "SELECT {row} FROM catalogue AS named \
         JOIN catalogue AS entry ON entry.id = COALESCE(named.merged_into, named.id)"
    )
}

fn array(flavour: Flavour, columns: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("json_build_array({columns})::text"),
        Flavour::Sqlite => format!("json_array({columns})"),
    }
}

fn numbers(flavour: Flavour, parameter: usize) -> String {
    match flavour {
        Flavour::Postgres => {
            format!("SELECT value::bigint FROM jsonb_array_elements_text(${parameter})")
        }
        Flavour::Sqlite => format!("SELECT value FROM json_each(${parameter})"),
    }
}

fn texts(flavour: Flavour, parameter: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("SELECT value FROM jsonb_array_elements_text(${parameter})"),
        Flavour::Sqlite => format!("SELECT value FROM json_each(${parameter})"),
    }
}

fn text_of_id(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Postgres => "id::text",
        Flavour::Sqlite => "CAST(id AS TEXT)",
    }
}
