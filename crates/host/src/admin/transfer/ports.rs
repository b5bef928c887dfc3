//! What imports need of a deployment.

use std::sync::Arc;

use manyface_core::{
    BulkRepository, CatalogueStore, FileTransfer, ImportSettings, OnConflict, Operator, ProfileId,
    Provenance, RecordError, RecordObject, ReservedUsernames, TenantLimit, Timestamp, UserRecord,
};
use manyface_dialect::{Dialect, ReadUser};

use crate::{Failure, admin::AdminApi, dialect_registry::mint_external_ids, system};

/// The options of an import.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImportOptions {
    pub(crate) on_conflict: OnConflict,
    pub(crate) dry_run: bool,
    pub(crate) fail_fast: bool,
}

type Complete = dyn Fn(&mut UserRecord, bool) -> Vec<RecordError> + Send + Sync;

/// The ports of an import, and the functions that read lines and complete users.
pub(crate) struct ImportPorts {
    pub(crate) bulk: Arc<dyn BulkRepository>,
    catalogue: Arc<dyn CatalogueStore>,
    reserved: Arc<ReservedUsernames>,
    files: Arc<dyn FileTransfer>,
    complete: Box<Complete>,
    new_id: fn(Timestamp) -> Result<ProfileId, RecordError>,
    read: ReadUser,
}

impl ImportPorts {
    /// Opens the ports for lines in canonical form, or in the form of the responses of `dialect`,
    /// which the option `name` gives.
    pub(crate) fn open(api: &AdminApi, name: &str, dialect: Option<&str>) -> Result<Self, Failure> {
        let read = match dialect {
            None => |line: &str| RecordObject::parse(line).map_err(|error| vec![error]),
            Some(dialect) => {
                let read = api.dialects.find(name, dialect)?.capabilities.read_user;
                read.ok_or_else(|| {
                    let message = format!("{name}: responses of {dialect} cannot be imported");
                    Failure::Usage(message)
                })?
            }
        };
        let dialects = api.dialects.dialects();
        Ok(Self {
            bulk: api.store.bulk(),
            catalogue: Arc::clone(&api.catalogue),
            reserved: Arc::clone(&api.reserved),
            files: api.media()?.stored_files(),
            complete: Box::new(move |user, adds_ids| complete(user, adds_ids, &dialects)),
            new_id: |at| {
                let id = system::profile_id(at);
                id.map_err(|failure| RecordError::new("id", failure))
            },
            read,
        })
    }

    /// Returns the settings of an import by `operator`.
    pub(crate) fn settings(
        &self,
        options: ImportOptions,
        operator: &Operator,
        provenance: Provenance,
    ) -> ImportSettings<'_> {
        let ImportOptions {
            on_conflict,
            dry_run,
            fail_fast,
        } = options;
        ImportSettings {
            on_conflict,
            dry_run,
            fail_fast,
            provenance,
            reserved: (*self.reserved).clone(),
            files: Some(&*self.files),
            limit: operator.tenant.map(|tenant| TenantLimit {
                tenant,
                catalogue: &*self.catalogue,
            }),
            complete: &*self.complete,
            new_id: &self.new_id,
            read: &self.read,
        }
    }
}

/// Checks external ids and operator data of a user and, if `adds_ids`, adds missing ids.
fn complete(user: &mut UserRecord, adds_ids: bool, dialects: &[Dialect]) -> Vec<RecordError> {
    let profile = &mut user.profile;
    let find = |name: &str| dialects.iter().find(|dialect| dialect.name == name);
    let mut errors = Vec::new();
    for (name, id) in &profile.external_ids {
        let message = match find(name).map(|dialect| dialect.external_ids) {
            None => format!("has the unknown dialect {name}"),
            Some(None) => format!("has an id of {name}, which uses canonical ids only"),
            Some(Some(ids)) if !(ids.is_valid)(id) => format!("has no valid id of {name}"),
            Some(Some(_)) => continue,
        };
        errors.push(RecordError::new("external_ids", message));
    }
    for (name, data) in &profile.operator_data {
        let checked = match find(name) {
            None => Err("is an unknown dialect".to_owned()),
            Some(dialect) => (dialect.check_operator_data)(data),
        };
        if let Err(error) = checked {
            errors.push(RecordError::new(format!("operator_data.{name}"), error));
        }
    }
    if adds_ids {
        mint_external_ids(profile, dialects);
    }
    errors
}
