//! Why credentials are rejected, for the log.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use manyface_core::{AuthError, Denial, chain};

/// How many lines of one reason are written at once.
const BURST: u32 = 10;
/// How long it takes until one more may be written.
const REFILL: Duration = Duration::from_secs(6);

/// Writes one log line for each rejected credential: ten of one reason at once, then one each six
/// seconds, which says how many were left out.
///
/// Nobody can use up the lines of another dialect or of another reason.
#[derive(Debug, Default)]
pub struct RejectionLog {
    /// By dialect and code. Both are the program's own, so there are few.
    budgets: Mutex<HashMap<(&'static str, &'static str), Budget>>,
}

/// The request whose credential is rejected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rejected<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) dialect: &'static str,
    pub(crate) method: &'a str,
    /// The path's pattern.
    pub(crate) path: &'a str,
}

/// The lines of one reason.
#[derive(Debug)]
struct Budget {
    lines: u32,
    refilled_at: Instant,
    suppressed: u64,
}

impl RejectionLog {
    /// Logs why the credential of a request is rejected. A request without any credential is only
    /// worth a line at debug.
    pub(crate) fn log(&self, request: Rejected<'_>, error: &AuthError) {
        let Rejected {
            request_id,
            dialect,
            method,
            path,
        } = request;
        let AuthError {
            denial,
            code,
            issuer,
            key_id,
            reason,
        } = error;
        let Some(suppressed) = self.take(dialect, code, Instant::now()) else {
            return;
        };
        let words = reason.as_ref().map(|reason| chain(&**reason));
        let has_words = words.is_some();
        let reason = words.unwrap_or_else(|| denial.to_string());
        let (issuer, key_id) = (issuer.as_deref(), key_id.as_deref());
        match denial {
            // There was no attempt.
            Denial::Missing if !has_words => tracing::debug!(
                request_id,
                dialect,
                method,
                path,
                code,
                reason,
                suppressed,
                "credential missing"
            ),
            Denial::Unavailable => tracing::warn!(
                request_id,
                dialect,
                method,
                path,
                code,
                reason,
                issuer,
                key_id,
                suppressed,
                "credential cannot be checked"
            ),
            Denial::Missing
            | Denial::Malformed
            | Denial::Invalid
            | Denial::NoSubject
            | Denial::Expired
            | Denial::WrongKind => tracing::info!(
                request_id,
                dialect,
                method,
                path,
                code,
                reason,
                issuer,
                key_id,
                suppressed,
                "credential rejected"
            ),
        }
    }

    /// Takes one line of the budget of a reason, and returns how many lines were left out before
    /// it; `None` if this one is left out as well.
    fn take(&self, dialect: &'static str, code: &'static str, now: Instant) -> Option<u64> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets.entry((dialect, code)).or_insert(Budget {
            lines: BURST,
            refilled_at: now,
            suppressed: 0,
        });
        let waited = now.saturating_duration_since(budget.refilled_at);
        let refills = u32::try_from(waited.as_secs() / REFILL.as_secs()).unwrap_or(BURST);
        if refills > 0 {
            budget.lines = budget.lines.saturating_add(refills).min(BURST);
            budget.refilled_at = now;
        }
        if budget.lines == 0 {
            budget.suppressed += 1;
            return None;
        }
        budget.lines -= 1;
        Some(std::mem::take(&mut budget.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_of_each_dialect_has_its_own_lines() {
        let (log, start) = (RejectionLog::default(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(log.take("iam", "expired", start), Some(0));
        }
        for _ in 0..1_000 {
            assert_eq!(log.take("iam", "expired", start), None);
        }
        assert_eq!(log.take("iam", "wrong_audience", start), Some(0));
        assert_eq!(log.take("whop", "expired", start), Some(0));
        assert_eq!(log.take("iam", "expired", start + REFILL), Some(1_000));
        assert_eq!(log.take("iam", "expired", start + REFILL), None);
        let later = start + 100 * REFILL;
        let taken = (0..100).filter_map(|_| log.take("iam", "expired", later));
        assert_eq!(taken.collect::<Vec<_>>(), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
