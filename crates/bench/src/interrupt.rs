//! Termination signals such as Ctrl-C: every wait polls for them, stops, and cleans up.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::{Failure, Result};

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts to listen for termination signals.
pub(crate) fn listen() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|e| Failure::could_not("listen for signals", e))?;
    let entered = runtime.enter();
    let mut signals = Vec::new();
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        signals.push(signal(kind).map_err(|e| Failure::could_not("listen for signals", e))?);
    }
    drop(entered);
    thread::spawn(move || {
        runtime.block_on(async move {
            let [interrupt, terminate, hangup] = &mut signals[..] else {
                return;
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            IS_INTERRUPTED.store(true, Ordering::Relaxed);
        });
    });
    Ok(())
}

/// Returns an error after one of the signals was received.
pub(crate) fn check() -> Result<()> {
    if IS_INTERRUPTED.load(Ordering::Relaxed) {
        return Err(Failure::new("interrupted"));
    }
    Ok(())
}
