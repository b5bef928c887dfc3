#![doc = include_str!("../README.md")]

mod action;
mod action_context;
mod api_keys;
mod authenticate;
#[cfg(feature = "behaviour")]
pub mod behaviour;
mod blobs;
mod bounded;
mod caller;
mod catalogue;
mod country;
mod deployment_settings;
mod document;
mod edit;
mod error;
mod field;
mod field_value;
mod id;
mod images;
mod json;
mod media_urls;
mod memory;
mod memory_blobs;
mod override_profile;
mod overrides;
mod ownership;
mod patch;
mod permission;
mod policy;
mod principal;
mod profile;
mod profiles;
mod quota;
mod registry;
mod revision;
mod services;
mod stored_file;
mod tenants;
pub mod text;
mod update_profile;
mod uploads;
mod username;
mod web_url;

pub use action::{Action, ActionError, ReadProfile};
pub use action_context::ActionContext;
pub use api_keys::{ApiKey, ApiKeys};
pub use authenticate::{AuthError, Authenticator, Claim, Denial};
pub use blobs::{BlobKey, BlobKind, Blobs, NotABlobKey, ResumeRecords};
pub use bounded::{bounded, bounded_option};
pub use caller::{ApiKeyHolder, Caller, ProfileRef, Subject};
pub use catalogue::{
    CachedCatalogue, Catalogue, CatalogueChange, CatalogueEntry, CatalogueKind, CatalogueName,
    CatalogueNameError, CatalogueOwner, CatalogueStore, EntryRoom, MemoryCatalogue, NewEntry,
    Openness,
};
pub use country::{Country, NoSuchCountry};
pub use deployment_settings::{DeploymentSettings, ResumeReaders};
pub use document::PatchDocument;
pub use edit::Edit;
pub use error::{BoxError, Error, Result, Violation, ViolationKind, chain};
pub use field::{FIELDS, Field, ProfileField, WriteGroup};
pub use field_value::{ColumnReader, ColumnValue, FieldKind, FieldValue};
pub use id::{CatalogueId, NotAUuid, ProfileId, TenantId};
pub use images::{
    Image, ImageId, ImageQuota, ImageRecords, ImageSize, ImageUpload, Images, Lease, NoImages,
    NotAnImageId, OpenImage,
};
pub use json::{Json, NotJson};
pub use media_urls::{ImageLocation, MediaUrls};
pub use memory::MemoryProfiles;
pub use memory_blobs::{MemoryBlobs, NoBlobs};
pub use override_profile::{OverrideOwner, ReadOverride, UpdateOverride};
pub use overrides::{
    InAccount, NoOverrides, OverridePatch, OverrideUpdate, Overrides, ProfileOverride,
    adds_override, override_verdict,
};
pub use ownership::{check_managed, managed_edits, managed_fields};
pub use patch::ProfilePatch;
pub use policy::{Access, Decision, Policies, Question};
pub use principal::Principal;
pub use profile::{AuthProvider, Avatar, DialectMap, Profile};
pub use profiles::{Absence, ProfileUpdate, Profiles, Provenance, verdict};
pub use quota::{Quota, Quotas};
pub use registry::{Change, Identity, Registry, Retention, TrimmedHistory, facts_document};
pub use revision::{Expected, Revision};
pub use services::Services;
pub use stored_file::{FileParts, StoredFile};
pub use tenants::{Tenant, Tenants};
pub use update_profile::UpdateProfile;
pub use uploads::{Creator, NoUploads, Signer, Upload, UploadState, Uploads, check_upload};
pub use username::{ReservedUsernames, Username, UsernameError};
pub use web_url::{WebUrl, WebUrlError};

pub use jiff::{SignedDuration, Timestamp, civil::Date};
