//! The ports of a deployment: authentication, storage, policies, files.

mod admin_repository;
mod authenticate;
mod caller;
mod images;
mod media_urls;
mod policy;
mod profile_repository;
mod quota;
mod stored_file;
mod tenants;

pub use admin_repository::{
    AdminRepository, Change, Identity, Retention, TrimmedHistory, operator_data_document,
};
pub use authenticate::{AuthError, AuthErrorKind, Authenticator, Claim};
pub use caller::{ApiKeyHolder, Caller, ProfileRef, Subject};
pub use images::{
    Image, ImageId, ImageQuota, ImageRecords, ImageSize, ImageUpload, Images, Lease, NoImages,
    NotAnImageId, OpenImage,
};
pub use media_urls::{ImageLocation, MediaUrls};
pub use policy::{Access, Decision, Policies, Question};
pub(crate) use profile_repository::check_target;
pub use profile_repository::{
    ProfileAbsence, ProfileRepository, ProfileUpdate, Provenance, check_update,
};
pub use quota::{Quota, Quotas};
pub use stored_file::{FileParts, StoredFile};
pub use tenants::{Tenant, Tenants};
