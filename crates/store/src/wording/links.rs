//! Statements about the names that other systems have for profiles.

use std::sync::LazyLock;

use super::{Flavour, Texts, id_parameter};

/// What dialects call profiles.
pub(super) const EXTERNAL_IDS: &str = "external_ids (dialect, external_id, profile_id)";
/// What identity providers call users.
pub(super) const IDENTITIES: &str = "identities (issuer, subject, profile_id)";

/// Links the pairs of dialect and id in `$1` with profile `$2`.
pub(crate) static LINK_EXTERNAL_IDS: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(|flavour| link_one(flavour, EXTERNAL_IDS)));

/// Links the pairs of issuer and subject in `$1` with profile `$2`.
pub(crate) static LINK_IDENTITIES: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(|flavour| link_one(flavour, IDENTITIES)));

fn link_one(flavour: Flavour, table: &str) -> String {
    let insert = link(flavour, table, 1, &id_parameter(flavour, 2), "");
    format!(") {insert}")
}

/// Links the pairs of one parameter with the profile `id`, which may come `from` elsewhere.
pub(super) fn link(flavour: Flavour, table: &str, pairs: usize, id: &str, from: &str) -> String {
    let each = match flavour {
        Flavour::Postgres => "jsonb_array_elements",
        Flavour::Sqlite => "json_each",
    };
    format!(
        "INSERT INTO {table} SELECT pair.value ->> 0, pair.value ->> 1, {id} \
         FROM {each}(${pairs}) AS pair{from}"
    )
}
