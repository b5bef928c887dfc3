//! The behaviour of every store. Call [`check`] from a store's own tests.
//!
//! Each check creates its profiles, so that several suites may run in one database.

#![expect(clippy::unwrap_used, reason = "a check fails by panicking")]

mod admin_repository;
mod blobs;
mod catalogue;
mod fixture;
mod history;
mod images;
mod operator_data;
mod overrides;
mod patches;
mod pictures;
mod races;
mod resumes;
mod tenants;
mod uploads;
mod used_pictures;
mod usernames;

use crate::AdminRepository;

pub use blobs::check_blobs;
pub use catalogue::check_catalogue;
pub use fixture::{full_patch, masked_patch, new_profile};
pub use images::check_images;
pub use overrides::check_overrides;
pub use pictures::TestImages;
pub use resumes::check_resumes;
pub use uploads::{check_api_keys, check_uploads};
pub use used_pictures::check_used_pictures;
pub use usernames::check_freed_usernames;

/// Checks everything that concerns profiles. User names must rest for an hour at least.
///
/// # Panics
///
/// If `store` violates the behaviour.
pub async fn check(store: &dyn AdminRepository) {
    patches::check(store).await;
    operator_data::check(store).await;
    races::check(store).await;
    admin_repository::check(store).await;
    tenants::check(store).await;
    history::check(store).await;
    usernames::check(store).await;
}
