//! Statements about the names that other systems have for profiles.

use std::{marker::PhantomData, sync::LazyLock};

use super::{Flavour, Texts, Wording, id_parameter};

/// A table that links names elsewhere with profiles.
pub(crate) trait Links: Send + Sync + 'static {
    /// Its name and its two columns.
    const TABLE: &'static str;
}

/// What dialects call profiles.
pub(crate) struct ExternalIds;

impl Links for ExternalIds {
    const TABLE: &'static str = "external_ids (dialect, external_id, profile_id)";
}

/// What identity providers call users.
pub(crate) struct Identities;

impl Links for Identities {
    const TABLE: &'static str = "identities (issuer, subject, profile_id)";
}

/// Links the pairs of `$1` with profile `$2`.
pub(crate) struct Link<L>(PhantomData<L>);

impl Wording for Link<ExternalIds> {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(link_one::<ExternalIds>));
        TEXTS.get(flavour)
    }
}

impl Wording for Link<Identities> {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(link_one::<Identities>));
        TEXTS.get(flavour)
    }
}

fn link_one<L: Links>(flavour: Flavour) -> String {
    let insert = link::<L>(flavour, 1, &id_parameter(flavour, 2), "");
    format!(") {insert}")
}

pub(super) fn link<L: Links>(flavour: Flavour, pairs: usize, id: &str, from: &str) -> String {
    let table = L::TABLE;
    let each = match flavour {
        Flavour::Postgres => "jsonb_array_elements",
        Flavour::Sqlite => "json_each",
    };
    format!(
        "INSERT INTO {table} SELECT pair.value ->> 0, pair.value ->> 1, {id} \
         FROM {each}(${pairs}) AS pair{from}"
    )
}
