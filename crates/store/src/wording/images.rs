//! Statements about the records of images. All times are those of the database.

use std::sync::LazyLock;

use super::{Flavour, Texts, id_parameter, now};

/// The columns that refer to images, and those that say whose the reference is. An image that one
/// of them names is in use.
const REFERENCES: [(&str, &str, &str); 3] = [
    ("profiles", "avatar_image", "id"),
    ("profile_overrides", "avatar_image", "profile_id"),
    ("uploads", "image", "profile_id"),
];

/// Claims the image `$1`, unless it is marked or was removed; returns it if it could. `$2` is 1 where
/// the request did not upload it.
pub(crate) static CLAIM_IMAGE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let now = now(flavour);
        format!(
            ") INSERT INTO images (id, claimed_at, reused_at) \
             SELECT $1, {now}, CASE WHEN $2 = 1 THEN {now} END \
             WHERE NOT EXISTS (SELECT 1 FROM removed_images AS r WHERE r.id = $1) \
             ON CONFLICT (id) DO UPDATE SET claimed_at = excluded.claimed_at, \
             reused_at = COALESCE(excluded.reused_at, images.reused_at) \
             WHERE images.doomed_at IS NULL RETURNING id"
        )
    })
});

/// As [`CLAIM_IMAGE`], where owner `$2` may upload it: its `$3` bytes are within the quota of `$4`
/// images and `$5` bytes. On SQLite [`UNUSED_UPLOADS`] is asked before, in the same transaction.
pub(crate) static CLAIM_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    let now = now(Flavour::Postgres);
    Texts::of_postgres(format!(
        "), c AS (INSERT INTO images (id, claimed_at) SELECT $1, {now} \
         WHERE NOT EXISTS (SELECT 1 FROM removed_images AS r WHERE r.id = $1) \
         AND image_upload_fits($2, $1, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET claimed_at = excluded.claimed_at \
         WHERE images.doomed_at IS NULL RETURNING id), \
         u AS (INSERT INTO image_uploads (owner, image, bytes) SELECT $2, c.id, $3 FROM c \
         ON CONFLICT DO NOTHING) SELECT c.id FROM c"
    ))
});

/// Notes that owner `$1` has uploaded image `$2` of `$3` bytes, on SQLite.
pub(crate) static ADD_IMAGE_UPLOAD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(
        ") INSERT INTO image_uploads (owner, image, bytes) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING",
    )
});

/// Forgets which images owner `$1` has uploaded, on SQLite.
pub(crate) static FORGET_IMAGE_UPLOADS: LazyLock<Texts> =
    LazyLock::new(|| Texts::of_sqlite(") DELETE FROM image_uploads WHERE owner = $1"));

/// Reads how many images of owner `$1` but `$2` no profile shows, their bytes, when the oldest of
/// them was claimed, and what time it is: as an array.
pub(crate) static UNUSED_UPLOADS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let now = now(flavour);
        let columns = format!("count(*), COALESCE(sum(u.bytes), 0), min(i.claimed_at), {now}");
        let array = match flavour {
            Flavour::Postgres => format!("json_build_array({columns})::text"),
            Flavour::Sqlite => format!("json_array({columns})"),
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

/// Finds up to `$3` images that nothing refers to, and that were claimed `$1` or marked `$2`
/// microseconds ago.
pub(crate) static UNUSED_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let unused = unused(flavour);
        format!(") SELECT i.id FROM images AS i WHERE {unused} ORDER BY i.claimed_at LIMIT $3")
    })
});

/// Marks those of the images in `$4` of which that is still so under the lease `$3`; returns them.
pub(crate) static MARK_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (unused, ids, now) = (unused(flavour), ids(flavour, 4), now(flavour));
        format!(
            ") UPDATE images AS i SET doomed_at = {now}, lease = $3 \
             WHERE i.id IN {ids} AND {unused} RETURNING id"
        )
    })
});

/// Marks those of the images in `$3` that nothing refers to, that nobody has uploaded who is still
/// there and that were last reused `$1` microseconds ago, under the lease `$2`; returns them.
pub(crate) static MARK_ERASED: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (used, ids, now) = (used(), ids(flavour, 3), now(flavour));
        format!(
            ") UPDATE images AS i SET doomed_at = {now}, lease = $2 \
             WHERE i.id IN {ids} AND i.doomed_at IS NULL AND NOT {used} \
             AND COALESCE(i.reused_at <= {now} - $1, TRUE) \
             AND NOT EXISTS (SELECT 1 FROM image_uploads AS u WHERE u.image = i.id) RETURNING id"
        )
    })
});

/// Renews the lease `$2` on the image `$1`, if it is not older than `$3` microseconds; or gives the
/// image up, if something refers to it. Returns the lease that it then has, or an empty text.
pub(crate) static RENEW_LEASE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (used, now) = (used(), now(flavour));
        format!(
            ") UPDATE images AS i SET doomed_at = CASE WHEN {used} THEN NULL ELSE {now} END, \
             lease = CASE WHEN {used} THEN NULL ELSE i.lease END \
             WHERE i.id = $1 AND i.lease = $2 AND i.doomed_at > {now} - $3 \
             RETURNING COALESCE(lease, '')"
        )
    })
});

/// Moves those of the images in `$1` that are marked under the lease `$2` to the removed ones; on
/// SQLite, [`FORGET_IMAGES`] does the rest.
pub(crate) static FINISH_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (ids, now) = (ids(flavour, 1), now(flavour));
        let add = |from: &str| {
            format!(
                "INSERT INTO removed_images (id, removed_at) SELECT id, {now} FROM {from} \
                 ON CONFLICT (id) DO UPDATE SET removed_at = excluded.removed_at RETURNING id"
            )
        };
        match flavour {
            Flavour::Postgres => format!(
                "), gone AS (DELETE FROM images WHERE id IN {ids} AND lease = $2 RETURNING id) {}",
                add("gone")
            ),
            Flavour::Sqlite => {
                format!(
                    ") {}",
                    add(&format!("images WHERE id IN {ids} AND lease = $2"))
                )
            }
        }
    })
});

/// Forgets those of the images in `$1` that are marked under the lease `$2`, on SQLite.
pub(crate) static FORGET_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    let ids = ids(Flavour::Sqlite, 1);
    Texts::of_sqlite(&format!(
        ") DELETE FROM images WHERE id IN {ids} AND lease = $2"
    ))
});

/// Notes those of the images in `$1` that are not known, as if they were claimed now.
pub(crate) static ADOPT_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (ids, now) = (ids(flavour, 1), now(flavour));
        format!(
            ") INSERT INTO images (id, claimed_at) SELECT given.id, {now} FROM {ids} AS given \
             WHERE TRUE ON CONFLICT DO NOTHING RETURNING id"
        )
    })
});

/// Forgets the images that were removed `$1` microseconds ago.
pub(crate) static FORGET_REMOVED_IMAGES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let now = now(flavour);
        format!(") DELETE FROM removed_images WHERE removed_at <= {now} - $1 RETURNING id")
    })
});

/// Reads the images that the profile `$1` refers to or has uploaded.
pub(crate) static IMAGES_OF: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = id_parameter(flavour, 1);
        let each = REFERENCES.map(|(table, column, owner)| {
            format!(
                "SELECT {column} AS id FROM {table} \
                 WHERE {owner} = {id} AND {column} IS NOT NULL"
            )
        });
        format!(
            ") {} UNION SELECT image FROM image_uploads WHERE owner = 'profile ' || {id}",
            each.join(" UNION ")
        )
    })
});

/// Whether a collector that spares what was claimed less than `$1` and marked less than `$2`
/// microseconds ago may mark the image `i`.
fn unused(flavour: Flavour) -> String {
    let (used, now) = (used(), now(flavour));
    format!(
        "((i.doomed_at IS NULL AND i.claimed_at <= {now} - $1) OR i.doomed_at <= {now} - $2) \
         AND NOT {used}"
    )
}

/// Whether something refers to the image `i`.
fn used() -> String {
    let is_used = REFERENCES.map(|(table, column, _)| {
        format!("EXISTS (SELECT 1 FROM {table} AS used WHERE used.{column} = i.id)")
    });
    format!("({})", is_used.join(" OR "))
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
