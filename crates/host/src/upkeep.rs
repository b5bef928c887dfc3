//! What is to be done now and then.

use std::{sync::Arc, time::Duration};

use manyface_core::{Uploads, chain};

use crate::system;

/// How often uploads are looked through.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// How many are forgotten at a time.
const BATCH: u32 = 500;

/// Forgets uploads that have expired, for ever: what refers to a picture no more lets it be
/// collected.
pub(crate) async fn forget_expired_uploads(uploads: Arc<dyn Uploads>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        loop {
            match uploads.forget_expired(system::now(), BATCH).await {
                Ok(count) if count == BATCH => {}
                Ok(_) => break,
                Err(error) => {
                    let cause = chain(&error);
                    tracing::warn!(cause, "expired uploads stay for now");
                    break;
                }
            }
        }
    }
}
