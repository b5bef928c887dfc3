//! Requests to webhooks, as specified by Standard Webhooks.

mod address;
mod client;

pub(crate) use self::client::{Delivery, DeliveryError, WebhookClient, check_url};
