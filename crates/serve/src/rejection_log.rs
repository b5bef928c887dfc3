//! Why credentials are rejected, for the log.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use manyface_core::{
    AuthError, AuthErrorKind, Caller, ProfileAbsence, ProfileRef, Result, Services, chain,
};

/// How many lines of one reason are written at once.
const BURST: u32 = 10;
/// How long it takes until one more may be written.
const REFILL: Duration = Duration::from_secs(6);

/// The reason where no other is known.
const UNKNOWN_CALLER: &str = "unknown_caller";

/// Writes one log line for each rejected credential: ten of one reason at once, then one each six
/// seconds, which says how many were left out.
///
/// One dialect or reason cannot use up the lines of another.
#[derive(Debug, Default)]
pub struct RejectionLog {
    /// By dialect and code. Both are the program's own, so there are few.
    budgets: Mutex<HashMap<(&'static str, &'static str), Budget>>,
    /// The key of the hash of names: without it, names cannot be guessed and compared.
    hasher: RandomState,
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
        if let Some(suppressed) = self.take(request.dialect, error.code, Instant::now()) {
            write(request, error, suppressed);
        }
    }

    /// Logs why the store does not serve the user of a good credential, as far as it can say.
    pub(crate) async fn log_absence(
        &self,
        request: Rejected<'_>,
        caller: &Caller,
        services: &Services,
    ) {
        let Some(who) = caller.profile() else {
            return;
        };
        let taken = self.take(request.dialect, UNKNOWN_CALLER, Instant::now());
        let Some(suppressed) = taken else {
            return;
        };
        let (code, reason) = explain(&services.explain_absence(who, caller.tenant).await);
        let issuer = match who {
            ProfileRef::Identity { issuer, .. } => Some(Arc::clone(issuer)),
            ProfileRef::Id(_) | ProfileRef::External { .. } | ProfileRef::Username(_) => None,
        };
        let error = AuthError {
            code,
            issuer,
            reason: Some(format!("{reason}: {}", self.pseudonym(who)).into()),
            ..AuthErrorKind::Invalid.into()
        };
        write(request, &error, suppressed);
    }

    /// The user that a credential names, without what may be personal: what an issuer calls its users
    /// can be an email address, so that only a hash of it is written, the same until the process ends.
    fn pseudonym(&self, who: &ProfileRef) -> String {
        let hashed = |text: &str| format!("~{:016x}", self.hasher.hash_one(text));
        match who {
            ProfileRef::Id(id) => format!("user {id}"),
            ProfileRef::External { dialect, id } => format!("user {dialect}:{}", hashed(id)),
            ProfileRef::Identity { subject, .. } => format!("identity {}", hashed(subject)),
            ProfileRef::Username(name) => format!("user {}", hashed(name)),
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

/// The code and the words of what the store says of an absent user.
fn explain(absence: &Result<Option<ProfileAbsence>>) -> (&'static str, String) {
    match absence {
        Ok(Some(absence)) => (absence.code(), absence.to_string()),
        Ok(None) => (
            UNKNOWN_CALLER,
            "the store did not serve the user, and serves them now".to_owned(),
        ),
        Err(error) => {
            let cause = chain(error);
            (UNKNOWN_CALLER, format!("the store cannot say why: {cause}"))
        }
    }
}

fn write(request: Rejected<'_>, error: &AuthError, suppressed: u64) {
    let Rejected {
        request_id,
        dialect,
        method,
        path,
    } = request;
    let AuthError {
        kind,
        code,
        issuer,
        key_id,
        reason,
    } = error;
    let words = reason.as_ref().map(|reason| chain(&**reason));
    let has_words = words.is_some();
    let reason = words.unwrap_or_else(|| kind.to_string());
    let (issuer, key_id) = (issuer.as_deref(), key_id.as_deref());
    match kind {
        // There was no attempt.
        AuthErrorKind::Missing if !has_words => tracing::debug!(
            request_id,
            dialect,
            method,
            path,
            code,
            reason,
            suppressed,
            "credential missing"
        ),
        AuthErrorKind::Unavailable => tracing::warn!(
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
        AuthErrorKind::Missing
        | AuthErrorKind::Malformed
        | AuthErrorKind::Invalid
        | AuthErrorKind::NoSubject
        | AuthErrorKind::Expired
        | AuthErrorKind::WrongKind => tracing::info!(
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

#[cfg(test)]
mod tests {
    use manyface_core::Error;

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

    #[test]
    fn only_what_is_known_of_an_absence_is_logged() {
        let lost = Error::Unavailable(Some("connection refused".into()));
        for (absence, code, words) in [
            (Ok(Some(ProfileAbsence::NoUser)), "no_user", "no such user"),
            (Ok(None), UNKNOWN_CALLER, "serves them now"),
            (Err(lost), UNKNOWN_CALLER, "connection refused"),
        ] {
            let (found, reason) = explain(&absence);
            assert_eq!(found, code);
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn what_an_issuer_calls_its_users_is_hashed() {
        let address = "ada@example.com".to_owned();
        for who in [
            ProfileRef::Username(address.clone()),
            ProfileRef::External {
                dialect: "iam".into(),
                id: address.clone(),
            },
            ProfileRef::Identity {
                issuer: "https://id.example.com/".into(),
                subject: address.clone(),
            },
        ] {
            let name = RejectionLog::default().pseudonym(&who);
            assert!(!name.contains("ada") && name.contains('~'), "{name}");
        }
    }
}
