//! Statements about the names that profiles share, and about their résumés.

use std::sync::LazyLock;

use super::{Flavour, Texts};

/// Reads the entries with the ids in `$1`, each beside the id that names it.
pub(crate) static ENTRIES_BY_IDS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let ids = match flavour {
            Flavour::Postgres => "SELECT value::bigint FROM jsonb_array_elements_text($1)",
            Flavour::Sqlite => "SELECT value FROM json_each($1)",
        };
        format!(") {} WHERE named.id IN ({ids})", named(flavour, "named.id"))
    })
});

/// Reads the entries of the list `$1` with the keys in `$2`, each beside the key that names it.
pub(crate) static ENTRIES_BY_KEYS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (names, keys) = (named(flavour, "named.name_key"), texts(flavour, 2));
        format!(") {names} WHERE named.kind = $1 AND named.name_key IN ({keys})")
    })
});

/// Adds to the list `$1` the names in `$2` (arrays of name, key and description) that it does not
/// have yet, and answers their ids. In the order of the keys: two that add the same names at once
/// must not wait for each other.
pub(crate) static ADD_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (items, place) = match flavour {
            Flavour::Postgres => (
                "jsonb_array_elements($2) WITH ORDINALITY AS item(value, place)",
                "item.place",
            ),
            Flavour::Sqlite => ("json_each($2) AS item", "item.key"),
        };
        let id = text_of_id(flavour);
        format!(
            ") INSERT INTO catalogue (kind, name, name_key, description) \
             SELECT $1, item.value ->> 0, item.value ->> 1, item.value ->> 2 FROM {items} \
             WHERE TRUE ORDER BY item.value ->> 1, {place} ON CONFLICT DO NOTHING RETURNING {id}"
        )
    })
});

/// Reads `$3` entries in the order of their ids, after the id `$2`, of the list `$1` or of all.
pub(crate) static LIST_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let entry = array(flavour, "id, kind, name, description");
        format!(
            ") SELECT {entry} FROM catalogue WHERE merged_into IS NULL \
             AND ($1 IS NULL OR kind = $1) AND id > COALESCE($2, 0) ORDER BY id LIMIT $3"
        )
    })
});

/// Gives the entry `$1` the name `$2` with the key `$3`, unless another of its list has it.
pub(crate) static RENAME_ENTRY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = text_of_id(flavour);
        format!(
            ") UPDATE catalogue SET name = $2, name_key = $3 \
             WHERE id = $1 AND merged_into IS NULL AND NOT EXISTS (SELECT 1 \
             FROM catalogue AS other WHERE other.kind = catalogue.kind \
             AND other.name_key = $3 AND other.id <> $1) RETURNING {id}"
        )
    })
});

/// Makes the entry `$1` another name of the entry `$2`.
pub(crate) static MERGE_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = text_of_id(flavour);
        format!(
            ") UPDATE catalogue SET merged_into = $2 \
             WHERE (id = $1 OR merged_into = $1) AND $1 <> $2 AND EXISTS (SELECT 1 \
             FROM catalogue AS one JOIN catalogue AS other ON other.kind = one.kind \
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

/// Every name and the entry that it stands for, which may be another's by now.
fn named(flavour: Flavour, name: &str) -> String {
    let columns = "entry.id, entry.kind, entry.name, entry.description";
    let row = array(flavour, &format!("{name}, {columns}"));
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
