//! Tests of operator tokens.

use super::fixture::{new_profile, now, tenant};
use crate::{
    AdminRepository, Error, OperatorRole, OperatorToken, OperatorTokens, TenantId, model::to_micros,
};

/// Tests a store of operator tokens, and its tenants.
///
/// # Panics
///
/// If a store violates the behaviour.
pub async fn check_operator_tokens(tokens: &dyn OperatorTokens, store: &dyn AdminRepository) {
    let default = tenant(store).await;
    let token = |role, tenant_id| OperatorToken {
        id: format!("opt_{}", new_profile(default).id.0.simple()),
        name: "Ada \"A\" \u{e9}".to_owned(),
        role,
        tenant_id,
        created_at: to_micros(now()),
        revoked_at: None,
    };
    let digest = |token: &OperatorToken| {
        let mut digest = [7; 32];
        digest.copy_from_slice(&token.id.as_bytes()[4..]);
        digest
    };
    let id = TenantId(new_profile(default).id.0);
    let missing = token(OperatorRole::Read, Some(id));
    let rejected = tokens.add_operator_token(&missing, &digest(&missing)).await;
    assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
    let own = crate::Tenant::new(id, "own".to_owned(), now());
    store.add_tenant(&own).await.unwrap();

    let all = [
        token(OperatorRole::Write, None),
        token(OperatorRole::Read, Some(id)),
    ];
    for token in &all {
        tokens
            .add_operator_token(token, &digest(token))
            .await
            .unwrap();
    }
    let listed = tokens.operator_tokens().await.unwrap();
    for token in &all {
        assert!(listed.contains(token));
        let found = tokens.find_operator_token(&digest(token)).await.unwrap();
        assert_eq!(found.as_ref(), Some(token));
    }
    assert_eq!(tokens.find_operator_token(&[0; 32]).await.unwrap(), None);

    store.suspend_tenant(id, Some(now())).await.unwrap();
    assert_eq!(
        tokens.find_operator_token(&digest(&all[1])).await.unwrap(),
        None
    );
    store.suspend_tenant(id, None).await.unwrap();
    assert!(
        tokens
            .find_operator_token(&digest(&all[1]))
            .await
            .unwrap()
            .is_some()
    );

    let at = now();
    assert!(tokens.revoke_operator_token(&all[0].id, at).await.unwrap());
    assert!(
        tokens
            .revoke_operator_token(&all[0].id, now())
            .await
            .unwrap()
    );
    assert!(!tokens.revoke_operator_token("opt_0", at).await.unwrap());
    assert_eq!(
        tokens.find_operator_token(&digest(&all[0])).await.unwrap(),
        None
    );
    let listed = tokens.operator_tokens().await.unwrap();
    let revoked = listed.iter().find(|token| token.id == all[0].id);
    assert_eq!(revoked.unwrap().revoked_at, Some(to_micros(at)));
}
