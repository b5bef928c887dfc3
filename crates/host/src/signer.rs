//! The signer of the deployment.

use std::sync::OnceLock;

use manyface_auth::HmacSigner;
use manyface_core::{Signer, chain};
use manyface_store::Store;

use crate::{Failure, system};

/// The secret's name in the database.
const SECRET: &str = "signatures";

/// Signs with a secret from the database, the same in all processes; with a random one until it has
/// been read.
#[derive(Debug)]
pub(crate) struct DeploymentSigner {
    shared: OnceLock<HmacSigner>,
    alone: HmacSigner,
}

impl DeploymentSigner {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {
            shared: OnceLock::new(),
            alone: HmacSigner::new(&system::random()?),
        })
    }

    /// Reads the secret; creates it on first use.
    pub(crate) async fn read(&self, store: &Store) -> Result<(), Failure> {
        let secret = store.secret(SECRET, &system::random()?).await;
        let secret = secret.map_err(|e| Failure::could_not("read the secret", chain(&e)))?;
        self.shared.get_or_init(|| HmacSigner::new(&secret));
        Ok(())
    }

    fn signer(&self) -> &HmacSigner {
        self.shared.get().unwrap_or(&self.alone)
    }
}

impl Signer for DeploymentSigner {
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.signer().sign(purpose, text)
    }

    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        self.signer().is_signed(purpose, text, signature)
    }
}
