//! The profile, its fields and their values.

mod bounded;
mod country;
mod document;
mod edit;
mod field;
mod field_value;
mod id;
mod json;
mod patch;
mod profile;
mod revision;
mod username;
mod web_url;

pub use bounded::{bounded, bounded_option};
pub use country::{Country, NoSuchCountry};
pub use document::PatchDocument;
pub use edit::Edit;
pub use field::{FIELDS, Field, ProfileField, WriteGroup};
pub use field_value::{ColumnReader, ColumnValue, FieldKind, FieldValue};
pub use id::{CatalogueId, NotAUuid, ProfileId, TenantId};
pub use json::{Json, NotJson};
pub use patch::{ProfilePatch, check_managed, managed_edits, managed_fields};
pub use profile::{AuthProvider, Avatar, DialectMap, Profile};
pub(crate) use revision::to_micros;
pub use revision::{Expected, Revision};
pub use username::{ReservedUsernames, Username, UsernameError};
pub use web_url::{WebUrl, WebUrlError};
