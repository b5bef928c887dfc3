//! HMAC signatures of values that clients send back.

use std::fmt;

use aws_lc_rs::hmac;
use manyface_core::Signer;

/// Signs with HMAC-SHA-256 and a secret of the deployment.
pub struct HmacSigner(hmac::Key);

impl HmacSigner {
    /// Returns a signer with a secret of 32 random bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

/// Returns the message to sign, which is unique for each pair of purpose and text.
fn message(purpose: &str, text: &str) -> Vec<u8> {
    let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX);
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(purpose.as_bytes());
    message.extend_from_slice(text.as_bytes());
    message
}

impl Signer for HmacSigner {
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.0, &message(purpose, text));
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        hmac::verify(&self.0, &message(purpose, text), signature).is_ok()
    }
}

impl fmt::Debug for HmacSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HmacSigner").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_text_and_purpose_verify() {
        let signer = HmacSigner::new(&[1; 32]);
        let signature = signer.sign("a", "text");
        assert!(signer.is_signed("a", "text", &signature));
        for (purpose, text) in [("a", "texts"), ("b", "text"), ("at", "ext"), ("", "atext")] {
            assert!(!signer.is_signed(purpose, text, &signature));
            assert_ne!(signer.sign(purpose, text), signature);
        }
        assert!(!signer.is_signed("a", "text", &signature[..31]));
        assert!(!signer.is_signed("a", "text", &[]));
        assert!(!HmacSigner::new(&[2; 32]).is_signed("a", "text", &signature));
    }
}
