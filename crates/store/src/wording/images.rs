//! Statements about pictures.

use std::sync::LazyLock;

use super::{Flavour, Texts};

/// The columns that refer to pictures. A picture that one of them names is in use.
const REFERENCES: [(&str, &str); 3] = [
    ("profiles", "avatar_image"),
    ("profile_overrides", "avatar_image"),
    ("uploads", "image"),
];

/// Claims picture `$1` at `$2`, unless it is doomed; answers it if it could.
pub(crate) static CLAIM_IMAGE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        // The clocks of several hosts differ: a claim never becomes older.
        ") INSERT INTO images (id, claimed_at) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET claimed_at = CASE \
         WHEN excluded.claimed_at > images.claimed_at THEN excluded.claimed_at \
         ELSE images.claimed_at END \
         WHERE images.doomed_at IS NULL RETURNING id"
            .to_owned()
    })
});

/// As [`CLAIM_IMAGE`], where owner `$3` may upload it: its `$4` bytes are within the quota of `$5`
/// images and `$6` bytes. On SQLite [`UNUSED_UPLOADS`] is asked before, in the same transaction.
pub(crate) static CLAIM_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_postgres(
        "), c AS (INSERT INTO images (id, claimed_at) SELECT $1, $2 \
         WHERE image_upload_fits($3, $1, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET claimed_at = GREATEST(excluded.claimed_at, \
         images.claimed_at) WHERE images.doomed_at IS NULL RETURNING id), \
         u AS (INSERT INTO image_uploads (owner, image, bytes) SELECT $3, c.id, $4 FROM c \
         ON CONFLICT DO NOTHING) SELECT c.id FROM c"
            .to_owned(),
    )
});

/// Notes that owner `$1` has uploaded image `$2` of `$3` bytes, on SQLite.
pub(crate) static ADD_IMAGE_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(
        ") INSERT INTO image_uploads (owner, image, bytes) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING",
    )
});

/// Reads how many images of owner `$1` but `$2` no profile shows, their bytes, and when the oldest
/// of them was claimed: as an array.
pub(crate) static UNUSED_UPLOADS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let array = match flavour {
            Flavour::Postgres => {
                "json_build_array(count(*), COALESCE(sum(u.bytes), 0), min(i.claimed_at))::text"
            }
            Flavour::Sqlite => "json_array(count(*), COALESCE(sum(u.bytes), 0), min(i.claimed_at))",
        };
        let is_shown = ["profiles", "profile_overrides"].map(|table| {
            format!("NOT EXISTS (SELECT 1 FROM {table} AS used WHERE used.avatar_image = u.image)")
        });
        let is_unused = is_shown.join(" AND ");
        format!(
            ") SELECT {array} FROM image_uploads AS u JOIN images AS i ON i.id = u.image \
             WHERE u.owner = $1 AND u.image <> $2 AND {is_unused}"
        )
    })
});

/// Finds up to `$3` pictures that nobody uses, and that were claimed before `$1` or doomed before
/// `$2`.
pub(crate) static UNUSED_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| {
        let unused = unused();
        format!(") SELECT i.id FROM images AS i WHERE {unused} ORDER BY i.claimed_at LIMIT $3")
    })
});

/// Dooms, at `$3`, those of the pictures in `$4` of which that is still so; answers them.
pub(crate) static DOOM_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (unused, ids) = (unused(), ids(flavour, 4));
        format!(
            ") UPDATE images AS i SET doomed_at = $3 WHERE i.id IN {ids} AND {unused} RETURNING id"
        )
    })
});

/// Forgets those of the pictures in `$1` that were doomed at `$2`.
pub(crate) static FORGET_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let ids = ids(flavour, 1);
        format!(") DELETE FROM images WHERE id IN {ids} AND doomed_at = $2 RETURNING id")
    })
});

/// Notes those of the pictures in `$1` that are not known, as if claimed at `$2`.
pub(crate) static ADOPT_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let ids = ids(flavour, 1);
        format!(
            ") INSERT INTO images (id, claimed_at) SELECT given.id, $2 FROM {ids} AS given \
             WHERE TRUE ON CONFLICT DO NOTHING RETURNING id"
        )
    })
});

/// Whether a collector that spares what was claimed since `$1` and doomed since `$2` may take the
/// picture `i`.
fn unused() -> String {
    let is_used = REFERENCES.map(|(table, column)| {
        format!("EXISTS (SELECT 1 FROM {table} AS used WHERE used.{column} = i.id)")
    });
    let is_used = is_used.join(" OR ");
    format!("((i.doomed_at IS NULL AND i.claimed_at < $1) OR i.doomed_at < $2) AND NOT ({is_used})")
}

/// The texts of the JSON array that is a parameter.
fn ids(flavour: Flavour, parameter: usize) -> String {
    match flavour {
        Flavour::Postgres => {
            format!("(SELECT value AS id FROM jsonb_array_elements_text(${parameter}))")
        }
        Flavour::Sqlite => format!("(SELECT value AS id FROM json_each(${parameter}))"),
    }
}
