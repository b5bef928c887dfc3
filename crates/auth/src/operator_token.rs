//! Tokens of operators.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The prefix of every operator token, by which secret scanners recognise it.
const PREFIX: &str = "mfo_";
/// The length of the secret part: 32 bytes in base64url without padding.
const SECRET_LENGTH: usize = 43;

/// A new operator token, to be shown only to its owner.
pub struct NewOperatorToken(String);

impl NewOperatorToken {
    /// Creates a token from 32 random bytes.
    pub fn of_random(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// Returns the token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the SHA-256 of the token, under which it is stored.
    pub fn digest(&self) -> [u8; 32] {
        digest_of(&self.0)
    }
}

impl fmt::Debug for NewOperatorToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewOperatorToken")
            .finish_non_exhaustive()
    }
}

/// Returns the SHA-256 of a credential, or `None` if it is not a well-formed operator token.
pub fn operator_token_digest(credential: &str) -> Option<[u8; 32]> {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let secret = credential.strip_prefix(PREFIX)?;
    let is_well_formed = secret.len() == SECRET_LENGTH && secret.bytes().all(is_base64url);
    is_well_formed.then(|| digest_of(credential))
}

fn digest_of(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_tokens_have_a_digest() {
        let new = NewOperatorToken::of_random([7; 32]);
        assert_eq!(operator_token_digest(new.as_str()), Some(new.digest()));
        assert!(!format!("{new:?}").contains(new.as_str()));
        for other in [
            "",
            "mfo_",
            "mfk_AAAA",
            &new.as_str()[1..],
            &format!("{}A", new.as_str()),
        ] {
            assert_eq!(operator_token_digest(other), None, "{other}");
        }
    }
}
