//! Random tokens that are stored by their digest: API keys and operator tokens.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The length of the secret after the prefix: 32 bytes in base64url without padding.
pub(crate) const SECRET_LENGTH: usize = 43;

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A key of an account or app.
    ApiKey,
    /// A token of an operator.
    Operator,
}

impl TokenKind {
    /// Returns the prefix of the tokens, by which secret scanners recognise them.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "mfk_",
            Self::Operator => "mfo_",
        }
    }

    /// Returns the SHA-256 of a credential, or `None` if it is not a well-formed token of this kind.
    pub fn digest(self, credential: &str) -> Option<[u8; 32]> {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let secret = credential.strip_prefix(self.prefix())?;
        let is_well_formed = secret.len() == SECRET_LENGTH && secret.bytes().all(is_base64url);
        is_well_formed.then(|| digest_of(credential))
    }
}

/// A new token, to be shown only to its owner.
pub struct NewToken(String);

impl NewToken {
    /// Encodes 32 random bytes as a token.
    pub fn of_random(kind: TokenKind, random: [u8; 32]) -> Self {
        let (prefix, secret) = (kind.prefix(), URL_SAFE_NO_PAD.encode(random));
        Self(format!("{prefix}{secret}"))
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

impl fmt::Debug for NewToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewToken").finish_non_exhaustive()
    }
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
        let new = NewToken::of_random(TokenKind::Operator, [7; 32]);
        assert_eq!(TokenKind::Operator.digest(new.as_str()), Some(new.digest()));
        assert!(!format!("{new:?}").contains(new.as_str()));
        for other in [
            "",
            "mfo_",
            "mfk_AAAA",
            &new.as_str()[1..],
            &format!("{}A", new.as_str()),
        ] {
            assert_eq!(TokenKind::Operator.digest(other), None, "{other}");
        }
        assert_eq!(TokenKind::ApiKey.digest(new.as_str()), None);
    }
}
