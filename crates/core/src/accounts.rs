//! API keys, overrides and uploads of accounts.

mod api_keys;
mod override_profile;
mod overrides;
mod uploads;

pub use api_keys::{ApiKey, ApiKeys};
pub use override_profile::{OverrideOwner, ReadOverride, UpdateOverride};
pub use overrides::{
    NoOverrides, OverridePatch, OverrideUpdate, Overrides, ProfileInAccount, ProfileOverride,
    adds_override, check_override_update,
};
pub use uploads::{Creator, NoUploads, Signer, Upload, UploadState, Uploads, check_upload};
