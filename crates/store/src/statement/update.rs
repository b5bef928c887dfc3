//! The statements that apply a patch.

use jiff::Timestamp;
use manyface_core::{PatchDocument, Profile, ProfileId, ProfilePatch, ProfileUpdate, TenantId};

use super::{Parameter, Statement, catalogue, document, name, origin, text, usernames};
use crate::{
    columns::Width,
    edits::{self, Edits},
    wording,
};

/// Makes an update with its guards, on PostgreSQL. A user name that was given up rests for `rest`
/// microseconds.
pub(crate) fn update(update: &ProfileUpdate, rest: i64) -> Statement {
    let ProfileUpdate {
        who,
        tenant,
        patch,
        expected,
        existing_names,
        upload,
        most_new_entries: _,
        provenance,
    } = update;
    let columns = patch.columns();
    // Rare: one text for all of them.
    let is_alone = patch.username.is_some() || upload.is_some() || !patch.new_entries.is_empty();
    let width = if is_alone {
        Width::Every
    } else {
        edits::width(&columns)
    };
    let mut edits = Edits::of(columns, width);
    edits.require(existing_names, width);
    let Edits { named, values } = edits;
    let expected = expected.as_ref();
    let guards = [
        Parameter::Number(expected.map(|state| state.version)),
        Parameter::Number(expected.map(|state| state.updated_at.as_microsecond())),
        Parameter::Text(tenant.map(|tenant| tenant.to_string())),
    ];
    let what = [
        Parameter::Number(Some(named)),
        document(PatchDocument::from(patch).as_str()),
    ];
    let parameters = what.into_iter().chain(origin(provenance)).chain(guards);
    let values = values.into_iter().map(Parameter::Text);
    let parameters = parameters.chain(values);
    if is_alone {
        let room = update.entry_room();
        let more = [
            Parameter::Text(upload.as_deref().map(str::to_owned)),
            catalogue::new_entries(&patch.new_entries),
            Parameter::Number(room.map(|room| room.others)),
            Parameter::Number(room.map(|room| room.since.as_microsecond())),
            match &patch.username {
                Some(username) => usernames::digests(username),
                None => document("[]"),
            },
            Parameter::Number(Some(rest)),
        ];
        let parameters = parameters.chain(more).chain(name(who));
        return Statement::new(wording::UPDATE_ALONE.get(who), parameters);
    }
    Statement::new(wording::update(width, who), parameters.chain(name(who)))
}

/// Adds the new entries of a patch to the catalogue of the profile's tenant, on SQLite.
pub(crate) fn add_new_entries(profile: &Profile, patch: &ProfilePatch, at: Timestamp) -> Statement {
    let parameters = [
        text(profile.tenant_id.to_string()),
        text(profile.id.to_string()),
        Parameter::Number(Some(at.as_microsecond())),
        catalogue::new_entries(&patch.new_entries),
    ];
    Statement::new(&wording::ADD_NEW_ENTRIES, parameters)
}

/// Applies `patch` to the profile `id`, of `tenant` where that matters, at `at`, on SQLite.
pub(crate) fn patch(
    id: ProfileId,
    tenant: Option<TenantId>,
    patch: &ProfilePatch,
    at: Timestamp,
) -> Statement {
    let columns = patch.columns();
    let width = edits::width(&columns);
    let Edits { named, values } = Edits::of(columns, width);
    let what = [
        Parameter::Number(Some(named)),
        Parameter::Number(Some(at.as_microsecond())),
        text(id.to_string()),
        Parameter::Text(tenant.map(|tenant| tenant.to_string())),
    ];
    let values = values.into_iter().map(Parameter::Text);
    Statement::new(wording::patch(width), what.into_iter().chain(values))
}
