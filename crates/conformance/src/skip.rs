//! Why an exchange does not run.

use std::fmt;

use manyface_core::AuthProvider;

/// Why an exchange does not run. It is always reported, and never counts as passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It is a decision of the project, and only the contract is checked.
    Decision,
    /// It could write, and writing is not allowed.
    Writes,
    /// It needs an unmodified user.
    Fresh,
    /// It needs a user for whom this provider vouches.
    Provider(AuthProvider),
    /// It needs this one of [`crate::Account::OTHERS`].
    Other(&'static str),
    /// It would change this key of the user's profile, which cannot be restored.
    Irreplaceable(String),
    /// The run ended before it.
    Ended,
}

impl Skip {
    /// The machine-readable code of the reason.
    pub fn code(&self) -> &str {
        match self {
            Self::Decision => "decision",
            Self::Writes => "writes",
            Self::Fresh => "fresh-user",
            Self::Provider(provider) => provider.as_str(),
            Self::Other(name) => name,
            Self::Irreplaceable(_) => "irreplaceable",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::Decision => "is a decision of manyface, and only the contract is required",
            Self::Writes => "would send what can write, which is not allowed",
            Self::Fresh => "needs an unmodified user",
            Self::Provider(provider) => {
                let name = provider.as_str();
                return write!(formatter, "needs a user of an identity provider ({name})");
            }
            Self::Other("bare") => "needs a token of the user without scopes",
            Self::Other("expired") => "needs a token of the user that has expired",
            Self::Other("gone") => "needs the token of a removed user",
            Self::Other("username") => "needs the user's name",
            Self::Other("another") => "needs the name of a second user",
            Self::Other("key") => "needs an API key of the account biz_conformance",
            Self::Other("app") => "needs an API key of an app in the account biz_conformance",
            Self::Other("bound") => "needs a token of the user for the account biz_conformance",
            Self::Other(name) => return write!(formatter, "needs {name}"),
            Self::Irreplaceable(key) => {
                return write!(
                    formatter,
                    "names {key}, which the user may have and which cannot be put back"
                );
            }
            Self::Ended => "was not reached",
        };
        formatter.write_str(reason)
    }
}
