//! Signatures of webhooks, as specified by Standard Webhooks.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::{fmt, str::FromStr};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// The prefix of secrets, by which secret scanners recognise them.
const PREFIX: &str = "whsec_";
/// The permitted lengths of a secret, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs the requests of a webhook with HMAC-SHA-256.
#[derive(Clone)]
pub struct WebhookSecret {
    text: String,
    key: hmac::Key,
}

/// The text is not a secret of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ followed by 24 to 64 bytes in base64")]
pub struct NotAWebhookSecret;

impl WebhookSecret {
    /// Creates a secret of 32 random bytes.
    pub fn of_random(random: [u8; 32]) -> Self {
        Self::of_bytes(&random)
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self {
            text: format!("{PREFIX}{}", STANDARD.encode(bytes)),
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        }
    }

    /// Returns the secret as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the signature of a request, as in the header `webhook-signature`. `timestamp` is the
    /// time of the request in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl FromStr for WebhookSecret {
    type Err = NotAWebhookSecret;

    fn from_str(text: &str) -> Result<Self, NotAWebhookSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NotAWebhookSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NotAWebhookSecret)?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(NotAWebhookSecret);
        }
        Ok(Self::of_bytes(&bytes))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WebhookSecret")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = secret.sign(id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_secrets_of_24_to_64_bytes_are_accepted() {
        let text = |length: usize| format!("whsec_{}", STANDARD.encode(vec![7; length]));
        for length in [24, 32, 64] {
            let secret: WebhookSecret = text(length).parse().unwrap();
            assert_eq!(secret.as_str(), text(length));
            assert!(!format!("{secret:?}").contains(&text(length)));
        }
        for wrong in [
            String::new(),
            text(23),
            text(65),
            text(32).replace("whsec_", ""),
            format!("{}\n", text(32)),
            "whsec_???".to_owned(),
        ] {
            assert!(wrong.parse::<WebhookSecret>().is_err(), "{wrong}");
        }
        let random = WebhookSecret::of_random([1; 32]);
        assert!(random.as_str().parse::<WebhookSecret>().is_ok());
    }
}
