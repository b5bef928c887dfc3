//! The context of an operation.

use jiff::Timestamp;

use crate::{
    AdminRepository, CatalogueStore, OperatorRole, Provenance, ReservedUsernames, TenantId,
};

/// An operator, as authenticated by a token or by access to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name, for the history.
    pub name: String,
    /// The permitted operations.
    pub role: OperatorRole,
    /// The tenant that the operator is limited to; `None` for the whole deployment.
    pub tenant: Option<TenantId>,
}

impl Operator {
    /// Creates an operator with access to the whole deployment.
    pub fn unlimited(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: OperatorRole::Write,
            tenant: None,
        }
    }

    /// Returns whether the operator may know of `tenant`.
    pub fn sees(&self, tenant: TenantId) -> bool {
        self.tenant.is_none_or(|own| own == tenant)
    }
}

/// The context of one operation of an operator.
#[derive(Clone, Copy)]
pub struct AdminContext<'a> {
    /// The store.
    pub repository: &'a dyn AdminRepository,
    /// The catalogue.
    pub catalogue: &'a dyn CatalogueStore,
    /// The names that no user may have.
    pub reserved: &'a ReservedUsernames,
    /// The operator.
    pub operator: &'a Operator,
    /// The origin of changes, for the history.
    pub provenance: &'a Provenance,
}

impl Operator {
    /// Returns the origin of a change at `at`; `request_id` is empty for a command.
    pub fn provenance(&self, at: Timestamp, request_id: &str) -> Provenance {
        let actor = format!("operator:{}", self.name);
        Provenance::new(at, actor, "operator", request_id.to_owned())
    }
}
