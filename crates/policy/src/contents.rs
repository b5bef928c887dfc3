//! What is in a folder of policies.

use manyface_core::TenantId;

use crate::Mistake;

/// What was read from a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The files in the order of their names, the deployment's first.
    pub files: Vec<PolicyFile>,
    /// What is allowed but hardly meant.
    pub warnings: Vec<Mistake>,
}

/// One file of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name under the folder.
    pub name: String,
    /// The tenant whose users alone it judges; `None` for everybody.
    pub tenant: Option<TenantId>,
    /// How many policies are in it.
    pub policies: usize,
}

impl Contents {
    /// How many policies there are.
    pub fn count(&self) -> usize {
        self.files.iter().map(|file| file.policies).sum()
    }
}
