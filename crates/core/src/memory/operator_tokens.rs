//! Operator tokens in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryProfiles;
use crate::{Error, Field, OperatorToken, OperatorTokens, Result, Violation, model::to_micros};

#[async_trait]
impl OperatorTokens for MemoryProfiles {
    async fn find_operator_token(&self, digest: &[u8; 32]) -> Result<Option<OperatorToken>> {
        let state = self.state();
        let mut tokens = state.operator_tokens.iter();
        let found = tokens.find(|(own, token)| own == digest && token.revoked_at.is_none());
        let is_active = |token: &&OperatorToken| {
            let tenant = token.tenant_id;
            !tenant.is_some_and(|tenant| state.is_suspended(tenant))
        };
        Ok(found.map(|(_, token)| token).filter(is_active).cloned())
    }

    async fn add_operator_token(&self, token: &OperatorToken, digest: &[u8; 32]) -> Result<()> {
        let mut state = self.state();
        if token
            .tenant_id
            .is_some_and(|id| !state.tenants.contains_key(&id))
        {
            let violation = Violation::new(Field::TenantId, "does not exist");
            return Err(Error::Invalid(vec![violation]));
        }
        state.operator_tokens.push((*digest, token.clone()));
        Ok(())
    }

    async fn operator_tokens(&self) -> Result<Vec<OperatorToken>> {
        let state = self.state();
        Ok(state
            .operator_tokens
            .iter()
            .map(|(_, token)| token.clone())
            .collect())
    }

    async fn revoke_operator_token(&self, id: &str, at: Timestamp) -> Result<bool> {
        let mut state = self.state();
        let mut tokens = state.operator_tokens.iter_mut();
        let found = tokens.find(|(_, token)| token.id == id);
        Ok(found.is_some_and(|(_, token)| {
            token.revoked_at.get_or_insert(to_micros(at));
            true
        }))
    }
}
