//! Actions on profiles, and their context.

mod action;
mod action_context;
mod permission;
mod principal;
mod services;
mod update_profile;

pub use action::{Action, ActionError, ReadProfile};
pub use action_context::ActionContext;
pub use principal::Principal;
pub use services::{DeploymentSettings, ResumeReaders, Services};
pub use update_profile::UpdateProfile;
