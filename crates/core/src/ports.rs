//! The ports of a deployment: authentication, storage, policies, files.

mod admin_repository;
mod authenticate;
mod bulk_repository;
mod caller;
mod erasure;
mod file_transfer;
mod images;
mod media_urls;
mod operator_token;
mod policy;
mod profile_repository;
mod quota;
mod replacement;
mod sign_in;
mod stored_file;
mod tenants;
mod usage;
mod user_query;
mod webhooks;

pub(crate) use admin_repository::REPLACE_ATTEMPTS;
pub use admin_repository::{AdminRepository, Change, Identity, Retention, TrimmedHistory};
pub use authenticate::{AuthError, AuthErrorKind, Authenticator, Claim};
pub use bulk_repository::{
    ApiKeyRecord, BulkRepository, ChangeRecord, EntryRecord, LineJson, Presence, Record,
    RecordError, RecordObject, RecordPage, ReservationRecord, Section, UserClaims, UserRecord,
    UserReplacement, UserWrites,
};
pub use caller::{ApiKeyHolder, Caller, ProfileRef, Subject};
pub use erasure::{Erasure, ErasureReceipt, RemovedCounts};
pub use file_transfer::{FileRecord, FileTransfer, ImageRecord};
pub use images::{
    Image, ImageId, ImageQuota, ImageRecords, ImageSize, ImageUpload, Images, Lease, NoImages,
    NotAnImageId, OpenImage,
};
pub use media_urls::{ImageLocation, MediaUrls};
pub use operator_token::{OperatorRole, OperatorToken, OperatorTokens};
pub use policy::{Access, AccessRequest, Decision, Policies};
pub(crate) use profile_repository::check_target;
pub use profile_repository::{
    ProfileAbsence, ProfileRepository, ProfileUpdate, Provenance, check_update,
};
pub use quota::{Quota, Quotas};
pub use replacement::{Replacement, creation_document};
pub use sign_in::{SignIn, SignIns};
pub use stored_file::{FileParts, StoredFile};
pub use tenants::{Tenant, Tenants};
pub use usage::{FieldUsage, UsageCount, UsageFilter, UsageKey, UsageStore};
pub use user_query::{UserCursor, UserOrder, UserPage, UserQuery};
pub use webhooks::{DeadLetter, Webhook, WebhookProgress, WebhookSecrets, WebhookStore};
