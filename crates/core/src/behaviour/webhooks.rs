//! Tests of webhooks.

use jiff::SignedDuration;

use super::fixture::{new_profile, now, stored, tenant};
use crate::{
    AdminRepository, DeadLetter, Error, Lease, Tenant, TenantId, Webhook, WebhookProgress,
    WebhookSecrets, WebhookStore, model::to_micros,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Tests a store of webhooks, and its tenants. No other webhooks may be due.
///
/// # Panics
///
/// If a store violates the behaviour.
pub async fn check_webhooks(webhooks: &dyn WebhookStore, store: &dyn AdminRepository) {
    let other = TenantId(new_profile(tenant(store).await).id.0);
    let webhook = |tenant_id| Webhook {
        id: format!("whk_{}", new_profile(other).id.0.simple()),
        tenant_id,
        url: "https://hooks.example/\u{e9}?a=\"b\"".to_owned(),
        payload: "canonical".to_owned(),
        created_at: to_micros(now()),
        progress: WebhookProgress::default(),
        due_at: now(),
        dead_letters: 0,
    };
    let unknown = webhook(Some(other));
    let missing = webhooks.add_webhook(&unknown, "s", None).await;
    assert!(matches!(missing, Err(Error::Invalid(_))), "{missing:?}");
    let own = Tenant::new(other, "own".to_owned(), now());
    store.add_tenant(&own).await.unwrap();

    stored(store, |_| {}).await;
    let last = store.changes(0, None, u32::MAX).await.unwrap();
    let last = last.last().unwrap().seq;
    let (all, of_tenant) = (webhook(None), webhook(Some(other)));
    webhooks.add_webhook(&all, "s-1", None).await.unwrap();
    webhooks
        .add_webhook(&of_tenant, "s-2", Some(7))
        .await
        .unwrap();
    let listed = webhooks.webhooks().await.unwrap();
    for (added, position) in [(&all, last), (&of_tenant, 7)] {
        let found = webhooks.find_webhook(&added.id).await.unwrap().unwrap();
        assert!(listed.contains(&found));
        let expected = Webhook {
            progress: WebhookProgress {
                last_change: position,
                ..WebhookProgress::default()
            },
            due_at: found.due_at,
            ..added.clone()
        };
        assert_eq!(found, expected);
    }
    assert_eq!(webhooks.find_webhook("whk_0").await.unwrap(), None);

    check_secrets(webhooks, &all.id).await;
    check_leases(webhooks, store, &all.id, &of_tenant).await;
    check_dead_letters(webhooks, &all.id).await;

    assert!(webhooks.remove_webhook(&all.id).await.unwrap());
    assert!(!webhooks.remove_webhook(&all.id).await.unwrap());
    assert_eq!(webhooks.webhook_secrets(&all.id).await.unwrap(), None);
    assert!(store.remove_tenant(other).await.unwrap());
    assert_eq!(webhooks.find_webhook(&of_tenant.id).await.unwrap(), None);
}

async fn check_secrets(webhooks: &dyn WebhookStore, id: &str) {
    let secrets = |current: &str, previous: Option<&str>| {
        Some(WebhookSecrets {
            current: current.to_owned(),
            previous: previous.map(str::to_owned),
        })
    };
    let stored = || async { webhooks.webhook_secrets(id).await.unwrap() };
    assert_eq!(stored().await, secrets("s-1", None));
    let rotate =
        |secret: &'static str, overlap| webhooks.rotate_webhook_secret(id, secret, overlap);
    assert!(rotate("s-3", HOUR).await.unwrap());
    assert_eq!(stored().await, secrets("s-3", Some("s-1")));
    assert!(rotate("s-4", SignedDuration::ZERO).await.unwrap());
    assert_eq!(stored().await, secrets("s-4", None));
    let missing = webhooks.rotate_webhook_secret("whk_0", "s", HOUR).await;
    assert!(!missing.unwrap());
    assert!(!format!("{:?}", stored().await).contains("s-4"));
}

async fn check_leases(
    webhooks: &dyn WebhookStore,
    store: &dyn AdminRepository,
    id: &str,
    of_tenant: &Webhook,
) {
    let [first, second] = [1, 2].map(|byte| Lease::of_random([byte; 16]));
    let claim = |lease, duration| async move {
        let claimed = webhooks.claim_webhook(lease, duration).await.unwrap();
        claimed.map(|webhook| webhook.id)
    };
    // The tenant's webhook is not claimed while the tenant is suspended.
    let tenant_id = of_tenant.tenant_id.unwrap();
    store.suspend_tenant(tenant_id, Some(now())).await.unwrap();
    assert_eq!(claim(&first, HOUR).await.as_deref(), Some(id));
    assert_eq!(claim(&second, HOUR).await, None);
    store.suspend_tenant(tenant_id, None).await.unwrap();
    assert_eq!(claim(&second, HOUR).await, Some(of_tenant.id.clone()));
    assert_eq!(claim(&second, HOUR).await, None);
    let progress = WebhookProgress {
        last_change: 9,
        failures: 2,
        first_failed_at: Some(to_micros(now())),
        last_error: Some("status 500".to_owned()),
    };
    let renew = |id: String, lease, duration| {
        let progress = &progress;
        async move { webhooks.renew_webhook(&id, lease, progress, duration).await }
    };
    let own = of_tenant.id.clone();
    assert!(renew(own.clone(), &second, HOUR).await.unwrap());
    store.suspend_tenant(tenant_id, Some(now())).await.unwrap();
    assert!(!renew(own, &second, HOUR).await.unwrap());

    // A lease that has expired is taken over, and its former holder changes nothing.
    let expired = SignedDuration::ZERO;
    assert!(renew(id.to_owned(), &first, expired).await.unwrap());
    let found = webhooks.find_webhook(id).await.unwrap().unwrap();
    assert_eq!(found.progress, progress);
    assert_eq!(claim(&second, HOUR).await.as_deref(), Some(id));
    assert!(!renew(id.to_owned(), &first, HOUR).await.unwrap());
    let none = WebhookProgress::default();
    let release = |lease, pause| webhooks.release_webhook(id, lease, &none, pause);
    release(&first, expired).await.unwrap();
    let found = webhooks.find_webhook(id).await.unwrap().unwrap();
    assert_eq!(found.progress, progress);

    // A released webhook is due after the pause.
    release(&second, HOUR).await.unwrap();
    let found = webhooks.find_webhook(id).await.unwrap().unwrap();
    assert_eq!(found.progress, none);
    assert_eq!(claim(&first, HOUR).await, None);
    assert_eq!(webhooks.request_resend(id, None, now()).await.unwrap(), 0);
    assert_eq!(claim(&first, HOUR).await.as_deref(), Some(id));
}

async fn check_dead_letters(webhooks: &dyn WebhookStore, id: &str) {
    let letter = |seq, attempts| DeadLetter {
        seq,
        failed_at: to_micros(now()),
        attempts,
        error: format!("status {seq} \u{e9}"),
        resend_requested_at: None,
    };
    let read = |after, is_requested, limit| async move {
        let letters = webhooks.dead_letters(id, after, is_requested, limit);
        letters.await.unwrap()
    };
    let put = |letter: DeadLetter| async move {
        webhooks.put_dead_letter(id, &letter, 3).await.unwrap();
    };
    let letters = [letter(3, 1), letter(5, 2), letter(8, 3)];
    for letter in &letters {
        put(letter.clone()).await;
    }
    assert_eq!(read(0, false, 9).await, letters);
    assert_eq!(read(3, false, 1).await, letters[1..2]);
    assert_eq!(read(0, true, 9).await, []);
    put(letter(9, 1)).await;
    let kept: Vec<_> = read(0, false, 9).await.iter().map(|l| l.seq).collect();
    assert_eq!(kept, [5, 8, 9]);
    let found = webhooks.find_webhook(id).await.unwrap().unwrap();
    assert_eq!(found.dead_letters, 3);

    let at = now();
    assert_eq!(webhooks.request_resend(id, Some(4), at).await.unwrap(), 0);
    assert_eq!(webhooks.request_resend(id, Some(8), at).await.unwrap(), 1);
    let requested = read(0, true, 9).await;
    assert_eq!((requested.len(), requested[0].seq), (1, 8));
    assert_eq!(requested[0].resend_requested_at, Some(to_micros(at)));
    assert_eq!(webhooks.request_resend(id, None, at).await.unwrap(), 3);
    put(letter(8, 4)).await;
    let requested = read(0, true, 9).await;
    assert_eq!(requested.iter().map(|l| l.seq).collect::<Vec<_>>(), [5, 9]);
    webhooks.remove_dead_letter(id, 5).await.unwrap();
    let left = read(0, false, 9).await;
    assert_eq!(left.iter().map(|l| l.seq).collect::<Vec<_>>(), [8, 9]);
    let missing = webhooks.put_dead_letter("whk_0", &letter(1, 1), 3).await;
    missing.unwrap();
}
