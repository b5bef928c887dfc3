//! Reports of the configured keys for operators.

use manyface_core::BoxError;

use crate::{
    SkippedKey, TokenAuthenticator,
    issuer::{Issuer, Origin},
    jwks::ReadKeys,
    key::summary,
};

/// The keys of one issuer.
#[derive(Debug)]
pub struct KeyReport {
    /// The dialect of the issuer.
    pub dialect: String,
    /// The file, variable or URL of the keys.
    pub source: String,
    /// A description of the keys (`2 keys, RS256 k1 k2`), or why they cannot be loaded.
    pub keys: Result<String, BoxError>,
    /// The number of usable keys.
    pub count: usize,
    /// The unusable keys.
    pub skipped: Vec<SkippedKey>,
}

impl TokenAuthenticator {
    /// Loads the keys of all issuers, including those from URLs, without replacing the current
    /// keys.
    pub async fn report_keys(&self) -> Vec<KeyReport> {
        let mut reports = Vec::new();
        for dialect in self.dialects() {
            for issuer in self.issuers.get(dialect).into_iter().flatten() {
                reports.extend(report(issuer).await);
            }
        }
        reports
    }
}

async fn report(issuer: &Issuer) -> Option<KeyReport> {
    let (source, read) = match &issuer.origin {
        Origin::Given => return None,
        Origin::Local(local) => {
            let read = local.load(&issuer.algorithms);
            (local.to_string(), read.map_err(BoxError::from))
        }
        Origin::Remote(remote) => (remote.url().to_owned(), remote.inspect().await),
    };
    let dialect = issuer.rules.dialect.to_string();
    Some(match read {
        Ok(ReadKeys { keys, skipped }) => KeyReport {
            dialect,
            source,
            count: keys.len(),
            keys: Ok(summary(&keys)),
            skipped,
        },
        Err(error) => KeyReport {
            dialect,
            source,
            count: 0,
            keys: Err(error),
            skipped: Vec::new(),
        },
    })
}
