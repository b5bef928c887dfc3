//! What the core needs of a deployment: credentials, storage, policies, files.

mod authenticate;
mod caller;
mod images;
mod media_urls;
mod policy;
mod profiles;
mod quota;
mod registry;
mod stored_file;
mod tenants;

pub use authenticate::{AuthError, Authenticator, Claim, Denial};
pub use caller::{ApiKeyHolder, Caller, ProfileRef, Subject};
pub use images::{
    Image, ImageId, ImageQuota, ImageRecords, ImageSize, ImageUpload, Images, Lease, NoImages,
    NotAnImageId, OpenImage,
};
pub use media_urls::{ImageLocation, MediaUrls};
pub use policy::{Access, Decision, Policies, Question};
pub(crate) use profiles::check_target;
pub use profiles::{Absence, ProfileUpdate, Profiles, Provenance, verdict};
pub use quota::{Quota, Quotas};
pub use registry::{Change, Identity, Registry, Retention, TrimmedHistory, facts_document};
pub use stored_file::{FileParts, StoredFile};
pub use tenants::{Tenant, Tenants};
