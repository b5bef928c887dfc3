//! What a proven token must say, and the caller it makes.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{Caller, Denial, ProfileRef, Subject, TenantId};
use serde_json::{Map, Value};

use crate::SubjectKind;

/// The longest `sub` and account id, in characters (OpenID Connect Core §2).
const MAX_NAME_CHARACTERS: usize = 255;

type Claims = Map<String, Value>;

/// What the tokens of one issuer must say to one dialect.
pub(crate) struct Rules {
    pub(crate) dialect: Arc<str>,
    /// Empty: any.
    pub(crate) issuer: Arc<str>,
    /// Empty: any.
    pub(crate) audience: Vec<String>,
    pub(crate) subject: SubjectKind,
    pub(crate) leeway: SignedDuration,
    pub(crate) max_lifetime: SignedDuration,
    pub(crate) token_types: Vec<String>,
    pub(crate) required_claims: BTreeMap<String, Value>,
    pub(crate) scope_claims: Vec<String>,
    pub(crate) tenant_claim: String,
    pub(crate) account_claim: String,
    pub(crate) groups_claim: String,
}

impl Rules {
    /// The caller that a token with these claims makes, and until when. The token's signature is
    /// proven by this issuer's keys, and its `iss` is this issuer.
    pub(crate) fn admit(
        &self,
        token_type: Option<&str>,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<(Caller, Timestamp), Denial> {
        self.check_audience(claims)?;
        let caller = self.caller(claims)?;
        let good_until = self.check_times(claims, now)?;
        self.check_kind(token_type, claims)?;
        Ok((caller, good_until))
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), Denial> {
        let is_ours = |value: &Value| match value {
            Value::String(name) => self.audience.contains(name),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => false,
        };
        let is_for_us = self.audience.is_empty()
            || match claims.get("aud") {
                Some(Value::Array(names)) => names.iter().any(is_ours),
                Some(name) => is_ours(name),
                None => false,
            };
        is_for_us.then_some(()).ok_or(Denial::Invalid)
    }

    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<Timestamp, Denial> {
        let expires_at = time(claims, "exp")?.ok_or(Denial::Invalid)?;
        let issued_at = time(claims, "iat")?;
        let not_before = time(claims, "nbf")?;
        let latest = now + self.leeway;
        if [issued_at, not_before]
            .into_iter()
            .flatten()
            .any(|at| at > latest)
            || expires_at.duration_since(issued_at.unwrap_or(now)) > self.max_lifetime
        {
            return Err(Denial::Invalid);
        }
        let good_until = expires_at
            .checked_add(self.leeway)
            .map_err(|_| Denial::Invalid)?;
        if now >= good_until {
            return Err(Denial::Expired);
        }
        Ok(good_until)
    }

    fn check_kind(&self, token_type: Option<&str>, claims: &Claims) -> Result<(), Denial> {
        let is_accepted = match token_type {
            None => self.token_types.iter().any(String::is_empty),
            Some(given) => self.token_types.iter().any(|accepted| {
                !accepted.is_empty() && bare_type(given).eq_ignore_ascii_case(bare_type(accepted))
            }),
        };
        let has_required = self
            .required_claims
            .iter()
            .all(|(name, value)| claims.get(name) == Some(value));
        (is_accepted && has_required)
            .then_some(())
            .ok_or(Denial::WrongKind)
    }

    fn caller(&self, claims: &Claims) -> Result<Caller, Denial> {
        let subject = name(claims, "sub")?.ok_or(Denial::Invalid)?;
        let profile = match self.subject {
            SubjectKind::ExternalId => ProfileRef::External {
                dialect: Arc::clone(&self.dialect),
                id: subject,
            },
            SubjectKind::ProfileId => ProfileRef::Id(subject.parse().map_err(|_| Denial::Invalid)?),
            SubjectKind::Identity => ProfileRef::Identity {
                issuer: Arc::clone(&self.issuer),
                subject,
            },
        };
        let tenant: Option<TenantId> = name(claims, &self.tenant_claim)?
            .map(|id| id.parse())
            .transpose()
            .map_err(|_| Denial::Invalid)?;
        Ok(Caller {
            subject: Subject::User(profile),
            scopes: self.scopes(claims)?,
            tenant,
            account: name(claims, &self.account_claim)?,
            groups: self.groups(claims)?,
        })
    }

    /// Groups that cannot be read prove nothing: a policy may forbid something to one of them.
    fn groups(&self, claims: &Claims) -> Result<Vec<String>, Denial> {
        match claims.get(&self.groups_claim) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(group)) => Ok(vec![group.clone()]),
            Some(Value::Array(groups)) => groups
                .iter()
                .map(|group| group.as_str().map(str::to_owned).ok_or(Denial::Invalid))
                .collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(Denial::Invalid),
        }
    }

    fn scopes(&self, claims: &Claims) -> Result<Vec<String>, Denial> {
        let held = self.scope_claims.iter().find_map(|name| claims.get(name));
        match held {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(text
                .split(' ')
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect()),
            Some(Value::Array(scopes)) => scopes
                .iter()
                .map(|scope| scope.as_str().map(str::to_owned).ok_or(Denial::Invalid))
                .collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(Denial::Invalid),
        }
    }
}

/// A text that names something: not empty, not long, without control characters. `None` if the
/// claim is absent or null.
fn name(claims: &Claims, claim: &str) -> Result<Option<String>, Denial> {
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text))
            if !text.is_empty()
                && text.chars().count() <= MAX_NAME_CHARACTERS
                && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.clone()))
        }
        Some(
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
        ) => Err(Denial::Invalid),
    }
}

/// A `NumericDate` (RFC 7519 §2), not before 1970.
fn time(claims: &Claims, claim: &str) -> Result<Option<Timestamp>, Denial> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    let since_epoch = match value.as_i64() {
        Some(seconds) => Some(SignedDuration::from_secs(seconds)),
        None => value
            .as_f64()
            .and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok()),
    };
    since_epoch
        .filter(|duration| !duration.is_negative())
        .and_then(|duration| Timestamp::from_duration(duration).ok())
        .map(Some)
        .ok_or(Denial::Invalid)
}

/// A media type as `typ` may shorten it (RFC 7515 §4.1.9).
fn bare_type(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => name,
    }
}
