//! Tests that every store must pass. Call [`check`] and the others from the tests of a store.
//!
//! Each test creates its own profiles, so that several suites may share a database.

#![expect(clippy::unwrap_used, reason = "a check fails by panicking")]

mod admin_repository;
mod blobs;
mod catalogue;
mod changes;
mod erasures;
mod fixture;
mod history;
mod images;
mod operator_data;
mod operator_tokens;
mod overrides;
mod patches;
mod races;
mod replacement;
mod resumes;
mod search;
mod tenants;
mod test_images;
mod transfer;
mod undo;
mod uploads;
mod usage;
mod used_images;
mod usernames;
mod webhooks;

use crate::AdminRepository;

pub use blobs::check_blobs;
pub use catalogue::check_catalogue;
pub use fixture::{erase, full_patch, masked_patch, new_profile};
pub use images::check_images;
pub use operator_tokens::check_operator_tokens;
pub use overrides::check_overrides;
pub use resumes::check_resumes;
pub use test_images::TestImages;
pub use transfer::{TransferPorts, check_transfer};
pub use undo::check_undo;
pub use uploads::{check_api_keys, check_uploads};
pub use usage::check_usage;
pub use used_images::check_used_images;
pub use usernames::check_freed_usernames;
pub use webhooks::check_webhooks;

/// Tests a store of profiles, in which former user names must stay reserved for at least an hour.
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
    changes::check(store).await;
    history::check(store).await;
    erasures::check(store).await;
    usernames::check(store).await;
    replacement::check(store).await;
    search::check(store).await;
}
