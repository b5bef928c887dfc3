//! Operations on webhooks.

use http::{Method, StatusCode};
use manyface_auth::WebhookSecret;
use manyface_core::{
    ProfileId, SignedDuration, TenantId, Webhook, WebhookProgress, WebhookSecrets,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};
use crate::{
    deployment::mounts,
    system,
    webhooks::{Delivery, WebhookClient, check_url},
};

/// The maximum number of webhooks of a deployment.
const MAX_WEBHOOKS: usize = 100;
/// The maximum number of webhooks of a tenant, so that no tenant takes the place of others.
const MAX_TENANT_WEBHOOKS: usize = 10;
/// The time for which a replaced secret stays in use.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// The payload in canonical form.
pub(crate) const CANONICAL: &str = "canonical";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listWebhooks",
        path: "/webhooks",
        summary: "Lists all webhooks, without their secrets, in the order of their creation.",
        response: Some("WebhookPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addWebhook",
        path: "/webhooks",
        summary: "Adds a webhook. The response has the secret, which cannot be read again.",
        body: Some("NewWebhook"),
        status: StatusCode::CREATED,
        response: Some("AddedWebhook"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "getWebhook",
        path: "/webhooks/{id}",
        summary: "Returns a webhook, without its secret.",
        response: Some("Webhook"),
        run: |call| Box::pin(show(call)),
        ..Operation::READ
    },
    Operation {
        id: "removeWebhook",
        method: Method::DELETE,
        path: "/webhooks/{id}",
        summary: "Removes a webhook with its dead letters.",
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(remove(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "testWebhook",
        path: "/webhooks/{id}/test",
        summary: "Sends a request of the type webhook.test once, and reports the result.",
        response: Some("WebhookTest"),
        run: |call| Box::pin(test(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "rotateWebhookSecret",
        path: "/webhooks/{id}/rotate",
        summary: "Replaces the secret of a webhook. For 24 hours, requests are signed with both.",
        body: Some("WebhookSecret"),
        response: Some("AddedWebhook"),
        run: |call| Box::pin(rotate(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "listDeadLetters",
        path: "/webhooks/{id}/dead-letters",
        summary: "Lists the changes that the webhook did not accept, in the order of the changes.",
        query: &[
            Parameter::new(
                "after",
                "The member seq of a dead letter; only later ones are returned.",
            ),
            Parameter::new(
                "limit",
                "The maximum number of dead letters, from 1 to 1000. Default: 100.",
            ),
        ],
        response: Some("DeadLetterPage"),
        run: |call| Box::pin(dead_letters(call)),
        ..Operation::READ
    },
    Operation {
        id: "resendDeadLetters",
        path: "/webhooks/{id}/dead-letters/resend",
        summary: "Requests another attempt of one dead letter or of all, and of the next change. A \
                  server makes it within seconds.",
        body: Some("Resend"),
        response: Some("Resent"),
        run: |call| Box::pin(resend(call)),
        ..Operation::WRITE
    },
];

fn not_found(id: &str) -> AdminProblem {
    AdminProblem::not_found(format!("there is no webhook {id}"))
}

/// Returns whether the operator may know of the webhook. A webhook of all tenants is one of the
/// whole deployment.
fn is_visible(call: &Call<'_>, webhook: &Webhook) -> bool {
    let own = call.operator.tenant;
    own.is_none() || own == webhook.tenant_id
}

/// Returns the webhook of the path.
async fn webhook(call: &Call<'_>) -> Result<Webhook, AdminProblem> {
    let id = call.params.first().map_or("", String::as_str);
    let found = call.api.webhooks.find_webhook(id).await?;
    let found = found.filter(|webhook| is_visible(call, webhook));
    found.ok_or_else(|| not_found(id))
}

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let mut items = call.api.webhooks.webhooks().await?;
    items.retain(|webhook| is_visible(&call, webhook));
    Ok(AdminResponse::json(
        StatusCode::OK,
        &Page { items, next: None },
    ))
}

async fn show(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let webhook = webhook(&call).await?;
    Ok(AdminResponse::json(StatusCode::OK, &webhook))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    url: String,
    payload: Option<String>,
    tenant_id: Option<TenantId>,
    after: Option<String>,
    secret: Option<String>,
}

/// A webhook with its new secret.
#[derive(Serialize)]
struct Added<'a> {
    #[serde(flatten)]
    webhook: &'a Webhook,
    secret: &'a str,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let new: New = call.body()?;
    let config = &call.api.config;
    check_url(&new.url, &config.webhooks)
        .map_err(|message| AdminProblem::invalid_field("url", message))?;
    let payload = new.payload.unwrap_or_else(|| CANONICAL.to_owned());
    let mounts = mounts(config)?;
    let dialects: Vec<_> = mounts.iter().map(|(_, dialect)| dialect.name).collect();
    if payload != CANONICAL && !dialects.contains(&&*payload) {
        let message = format!("must be {CANONICAL}, or one of {}", dialects.join(", "));
        return Err(AdminProblem::invalid_field("payload", message));
    }
    let tenant_id = call.owner(new.tenant_id).await?;
    let after = new.after.map(|after| parse_seq("after", &after));
    let after = after.transpose()?;
    let secret = secret(new.secret.as_deref())?;
    let known = call.api.webhooks.webhooks().await?;
    if known.len() >= MAX_WEBHOOKS {
        let message = format!("a deployment has at most {MAX_WEBHOOKS} webhooks; remove one first");
        return Err(AdminProblem::conflict(message));
    }
    let of_tenant = known.iter().filter(|known| known.tenant_id == tenant_id);
    if tenant_id.is_some() && of_tenant.count() >= MAX_TENANT_WEBHOOKS {
        let message =
            format!("a tenant has at most {MAX_TENANT_WEBHOOKS} webhooks; remove one first");
        return Err(AdminProblem::conflict(message));
    }
    let now = call.now();
    let ProfileId(id) = system::profile_id(now)?;
    let webhook = Webhook {
        id: format!("whk_{}", id.simple()),
        tenant_id,
        url: new.url,
        payload,
        created_at: now,
        progress: WebhookProgress::default(),
        due_at: now,
        dead_letters: 0,
    };
    let webhooks = &call.api.webhooks;
    webhooks
        .add_webhook(&webhook, secret.as_str(), after)
        .await?;
    let stored = webhooks.find_webhook(&webhook.id).await?;
    let added = Added {
        webhook: &stored.unwrap_or(webhook),
        secret: secret.as_str(),
    };
    Ok(AdminResponse::json(StatusCode::CREATED, &added))
}

fn parse_seq(field: &str, text: &str) -> Result<i64, AdminProblem> {
    let seq = text.parse().ok().filter(|seq| *seq >= 0);
    seq.ok_or_else(|| AdminProblem::invalid_field(field, "must be the seq of a change"))
}

/// Returns the given secret, or a random one.
fn secret(given: Option<&str>) -> Result<WebhookSecret, AdminProblem> {
    match given {
        Some(text) => text
            .parse()
            .map_err(|error: manyface_auth::NotAWebhookSecret| {
                AdminProblem::invalid_field("secret", error.to_string())
            }),
        None => Ok(WebhookSecret::of_random(system::random()?)),
    }
}

async fn remove(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let Webhook { id, .. } = webhook(&call).await?;
    if call.api.webhooks.remove_webhook(&id).await? {
        Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
    } else {
        Err(not_found(&id))
    }
}

async fn secrets(call: &Call<'_>, id: &str) -> Result<WebhookSecrets, AdminProblem> {
    let secrets = call.api.webhooks.webhook_secrets(id).await?;
    secrets.ok_or_else(|| not_found(id))
}

/// The result of a test.
#[derive(Serialize)]
struct TestResult {
    is_delivered: bool,
    error: Option<String>,
}

async fn test(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let Webhook { id, url, .. } = webhook(&call).await?;
    let secrets = secrets(&call, &id).await?;
    let now = call.now();
    let ProfileId(unique) = system::profile_id(now)?;
    let body = json!({ "type": "webhook.test", "timestamp": now, "data": { "webhook": id } });
    let delivery = Delivery {
        url,
        id: format!("{id}_test_{}", unique.simple()),
        body: body.to_string().into_bytes(),
    };
    let client = WebhookClient::new(&call.api.config.webhooks);
    let delivered = client.deliver(delivery, &secrets, now).await;
    let result = TestResult {
        is_delivered: delivered.is_ok(),
        error: delivered.err().map(|error| error.reason),
    };
    Ok(AdminResponse::json(StatusCode::OK, &result))
}

/// The body of a rotation.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    secret: Option<String>,
}

async fn rotate(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let rotation: Rotation = optional_body(&call)?;
    let webhook = webhook(&call).await?;
    let secret = secret(rotation.secret.as_deref())?;
    let webhooks = &call.api.webhooks;
    let is_rotated = webhooks.rotate_webhook_secret(&webhook.id, secret.as_str(), OVERLAP);
    if !is_rotated.await? {
        return Err(not_found(&webhook.id));
    }
    let rotated = Added {
        webhook: &webhook,
        secret: secret.as_str(),
    };
    Ok(AdminResponse::json(StatusCode::OK, &rotated))
}

fn optional_body<T: Default + for<'de> Deserialize<'de>>(
    call: &Call<'_>,
) -> Result<T, AdminProblem> {
    if call.request.body.is_empty() {
        Ok(T::default())
    } else {
        call.body()
    }
}

async fn dead_letters(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let after = call.parse_query("after", "the seq of a change")?;
    let limit = call.limit()?;
    let Webhook { id, .. } = webhook(&call).await?;
    let webhooks = &call.api.webhooks;
    let letters = webhooks.dead_letters(&id, after.unwrap_or(0), false, limit + 1);
    let page = Page::of(letters.await?, limit, |letter| letter.seq.to_string());
    Ok(AdminResponse::json(StatusCode::OK, &page))
}

/// The body of a request to send again.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResendBody {
    seq: Option<String>,
}

/// The number of dead letters to send again.
#[derive(Serialize)]
struct Resent {
    requested: u64,
}

async fn resend(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let ResendBody { seq } = optional_body(&call)?;
    let seq = seq.map(|seq| parse_seq("seq", &seq)).transpose()?;
    let Webhook { id, .. } = webhook(&call).await?;
    let requested = call.api.webhooks.request_resend(&id, seq, call.now());
    let requested = requested.await?;
    match seq {
        Some(seq) if requested == 0 => Err(AdminProblem::not_found(format!(
            "there is no dead letter {seq}"
        ))),
        _ => Ok(AdminResponse::json(StatusCode::OK, &Resent { requested })),
    }
}
