//! Checks of the claims of a verified token, and its caller.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{Caller, Claim, Json, ProfileRef, SignIn, Subject, TenantId};
use serde_json::{Map, Value};

use crate::{
    Excerpt, Excerpts, SubjectKind,
    token_error::{ClaimProblem, TokenError},
};

/// The maximum length of a subject and of an account id, in characters (OpenID Connect Core §2).
const MAX_NAME_CHARACTERS: usize = 255;

pub(crate) type Claims = Map<String, Value>;

/// The rules of one issuer's tokens for one dialect.
pub(crate) struct Rules {
    pub(crate) dialect: Arc<str>,
    /// Empty for any issuer.
    pub(crate) issuer: Arc<str>,
    /// Empty for any audience.
    pub(crate) audience: Vec<String>,
    /// Empty for any client.
    pub(crate) client_ids: Vec<String>,
    pub(crate) client_claims: Vec<String>,
    pub(crate) subject: SubjectKind,
    pub(crate) subject_claim: String,
    /// Whether the subject may be an integer, which is converted to decimal digits.
    pub(crate) allows_integers: bool,
    pub(crate) leeway: SignedDuration,
    pub(crate) max_lifetime: SignedDuration,
    pub(crate) token_types: Vec<String>,
    pub(crate) required_claims: BTreeMap<String, Value>,
    pub(crate) scope_claims: Vec<String>,
    pub(crate) tenant_claim: String,
    pub(crate) account_claim: String,
    pub(crate) groups_claim: String,
    /// The claims from which users are created, by field.
    pub(crate) provision: BTreeMap<String, String>,
    /// The optional claims that the dialect's operations or policies read.
    pub(crate) reads: Vec<Claim>,
}

impl Rules {
    /// Checks the claims of a token that this issuer signed, and returns its caller and the end of
    /// its validity.
    pub(crate) fn check_claims(
        &self,
        token_type: Option<&str>,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<(Caller, Timestamp), TokenError> {
        self.check_audience(claims)?;
        self.check_client(claims)?;
        let caller = self.caller(claims)?;
        let valid_until = self.check_times(claims, now)?;
        self.check_type(token_type)?;
        self.check_required(claims)?;
        Ok((caller, valid_until))
    }

    /// Returns the sign-in of a caller, if the issuer provisions users.
    pub(crate) fn sign_in(&self, caller: &Caller, claims: &Claims) -> Option<SignIn> {
        let who = caller.profile().filter(|_| !self.provision.is_empty())?;
        let field = |(field, claim): (&String, &String)| {
            let value = claims.get(claim).filter(|value| !value.is_null())?;
            Some((field.clone(), Json::of(value).ok()?))
        };
        Some(SignIn {
            dialect: self.dialect.to_string(),
            who: who.clone(),
            tenant: caller.tenant,
            fields: self.provision.iter().filter_map(field).collect(),
        })
    }

    pub(crate) fn check_audience(&self, claims: &Claims) -> Result<(), TokenError> {
        let given = claims.get("aud");
        if self.audience.is_empty() || strings(given).any(|name| is_in(&self.audience, name)) {
            return Ok(());
        }
        Err(TokenError::Audience {
            given: match given {
                Some(Value::Array(values)) if values.iter().all(Value::is_string) => {
                    Excerpts::new(strings(given))
                }
                Some(Value::Array(_)) => Excerpts::other("an array of other values than strings"),
                other => excerpts_of(other),
            },
            expected: excerpts(&self.audience),
        })
    }

    /// Checks the client that the token was issued to, for issuers whose access tokens have no
    /// `aud`. Uses the first of the configured claims that is present.
    pub(crate) fn check_client(&self, claims: &Claims) -> Result<(), TokenError> {
        let found = self.client_claims.iter().find_map(|name| {
            let value = claims.get(name).filter(|value| !value.is_null())?;
            Some((name, value))
        });
        let given = found.map(|(_, value)| value);
        let id = given.and_then(Value::as_str);
        if self.client_ids.is_empty() || id.is_some_and(|id| is_in(&self.client_ids, id)) {
            return Ok(());
        }
        Err(TokenError::Client {
            claim: found.map_or_else(|| self.client_claims.join(" or "), |(name, _)| name.clone()),
            given: excerpts_of(given),
            expected: excerpts(&self.client_ids),
        })
    }

    pub(crate) fn check_times(
        &self,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<Timestamp, TokenError> {
        let expires_at = time(claims, "exp")?.ok_or(TokenError::NoExpiry)?;
        let issued_at = time(claims, "iat")?;
        let not_before = time(claims, "nbf")?;
        let (latest, leeway) = (now + self.leeway, self.leeway.as_secs());
        for (claim, at) in [("nbf", not_before), ("iat", issued_at)] {
            if let Some(at) = at.filter(|at| *at > latest) {
                let seconds = at.duration_since(now).as_secs();
                return Err(TokenError::NotYet {
                    claim,
                    seconds,
                    leeway,
                });
            }
        }
        let lifetime = expires_at.duration_since(issued_at.unwrap_or(now));
        let too_long = || TokenError::Lifetime {
            seconds: lifetime.as_secs(),
            limit: self.max_lifetime.as_secs(),
        };
        if lifetime > self.max_lifetime {
            return Err(too_long());
        }
        let valid_until = expires_at
            .checked_add(self.leeway)
            .map_err(|_| too_long())?;
        if now >= valid_until {
            let seconds = now.duration_since(expires_at).as_secs();
            return Err(TokenError::Expired { seconds, leeway });
        }
        Ok(valid_until)
    }

    pub(crate) fn check_type(&self, token_type: Option<&str>) -> Result<(), TokenError> {
        let is_accepted = match token_type {
            None => self.token_types.iter().any(String::is_empty),
            Some(given) => self.token_types.iter().any(|accepted| {
                !accepted.is_empty() && bare_type(given).eq_ignore_ascii_case(bare_type(accepted))
            }),
        };
        if is_accepted {
            return Ok(());
        }
        Err(TokenError::Type {
            given: Excerpt::of(token_type),
            expected: excerpts(&self.token_types),
        })
    }

    pub(crate) fn check_required(&self, claims: &Claims) -> Result<(), TokenError> {
        let mut required = self.required_claims.iter();
        let Some((claim, value)) = required.find(|(name, value)| claims.get(*name) != Some(value))
        else {
            return Ok(());
        };
        let is_missing = !claims.contains_key(claim);
        Err(TokenError::Required {
            claim: claim.clone(),
            state: if is_missing { "missing" } else { "different" },
            expected: Excerpt::new(&value.to_string()),
        })
    }

    fn caller(&self, claims: &Claims) -> Result<Caller, TokenError> {
        Ok(Caller {
            subject: Subject::User(self.subject(claims)?),
            scopes: self.scopes(claims)?,
            tenant: self.tenant(claims)?,
            account: self.account(claims)?,
            client: self.client(claims),
            groups: self.groups(claims)?,
        })
    }

    /// Returns the client that the token was issued to, for usage counts.
    fn client(&self, claims: &Claims) -> Option<String> {
        let mut names = self.client_claims.iter();
        let client = names.find_map(|name| claims.get(name)?.as_str())?;
        let is_short = client.chars().nth(MAX_NAME_CHARACTERS).is_none();
        is_short.then(|| client.to_owned())
    }

    /// Returns the user that the token identifies.
    pub(crate) fn subject(&self, claims: &Claims) -> Result<ProfileRef, TokenError> {
        let claim = &self.subject_claim;
        let number = |value: &Value| match value.as_i64() {
            Some(number) => Some(number.to_string()),
            None => value.as_u64().map(|number| number.to_string()),
        };
        let subject = match claims.get(claim) {
            Some(value) if self.allows_integers && !value.is_string() && !value.is_null() => {
                let text = number(value);
                Some(text.ok_or_else(|| ClaimProblem::NotStringOrInteger.of(claim))?)
            }
            _ => name(claims, claim)?,
        };
        let subject = subject.ok_or_else(|| TokenError::NoSubject(claim.clone()))?;
        Ok(match self.subject {
            SubjectKind::ExternalId => ProfileRef::External {
                dialect: Arc::clone(&self.dialect),
                id: subject,
            },
            SubjectKind::ProfileId => {
                let id = subject.parse();
                ProfileRef::Id(id.map_err(|_| ClaimProblem::NotUuid.of(claim))?)
            }
            SubjectKind::Identity => ProfileRef::Identity {
                issuer: Arc::clone(&self.issuer),
                subject,
            },
        })
    }

    pub(crate) fn tenant(&self, claims: &Claims) -> Result<Option<TenantId>, TokenError> {
        let claim = &self.tenant_claim;
        let id = name(claims, claim).and_then(|id| {
            let id = id.map(|id| id.parse());
            id.transpose().map_err(|_| ClaimProblem::NotUuid.of(claim))
        });
        self.if_read(Claim::Tenant, id)
    }

    pub(crate) fn account(&self, claims: &Claims) -> Result<Option<String>, TokenError> {
        self.if_read(Claim::Account, name(claims, &self.account_claim))
    }

    /// Returns the groups. If policies read groups, malformed ones are rejected, because a policy
    /// may forbid an action to one of them.
    pub(crate) fn groups(&self, claims: &Claims) -> Result<Vec<String>, TokenError> {
        let claim = &self.groups_claim;
        let groups = match claims.get(claim) {
            Some(Value::String(group)) => Ok(vec![group.clone()]),
            other => array(other, claim),
        };
        self.if_read(Claim::Groups, groups)
    }

    pub(crate) fn scopes(&self, claims: &Claims) -> Result<Vec<String>, TokenError> {
        let mut names = self.scope_claims.iter();
        let Some(claim) = names.find(|name| claims.contains_key(*name)) else {
            return Ok(Vec::new());
        };
        let scopes = match claims.get(claim) {
            Some(Value::String(text)) => Ok(text
                .split(' ')
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect()),
            other => array(other, claim),
        };
        self.if_read(Claim::Scopes, scopes)
    }

    /// Returns `value`, or the default if it is malformed and `claim` is not read.
    fn if_read<T: Default>(
        &self,
        claim: Claim,
        value: Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        match value {
            Err(_) if !self.reads.contains(&claim) => Ok(T::default()),
            other => other,
        }
    }
}

impl ClaimProblem {
    fn of(self, claim: &str) -> TokenError {
        TokenError::Claim {
            claim: claim.to_owned(),
            problem: self,
        }
    }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

fn excerpts(names: &[String]) -> Excerpts {
    Excerpts::new(names.iter().map(String::as_str))
}

/// Returns excerpts of a value that should be a string, for a message.
fn excerpts_of(value: Option<&Value>) -> Excerpts {
    match value {
        None | Some(Value::Null) => Excerpts::other("missing"),
        Some(Value::String(text)) => Excerpts::new([text.as_str()]),
        Some(Value::Bool(_)) => Excerpts::other("a boolean"),
        Some(Value::Number(_)) => Excerpts::other("a number"),
        Some(Value::Array(_)) => Excerpts::other("an array"),
        Some(Value::Object(_)) => Excerpts::other("an object"),
    }
}

/// Returns the strings of a claim that is a string or an array of strings.
pub(crate) fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Some(Value::Array(values)) => (None, values.as_slice()),
        Some(value) => (value.as_str(), &[][..]),
        None => (None, &[][..]),
    };
    one.into_iter().chain(many.iter().filter_map(Value::as_str))
}

/// Returns an array of strings, empty if the claim is absent or null.
fn array(value: Option<&Value>, claim: &str) -> Result<Vec<String>, TokenError> {
    let wrong = || ClaimProblem::NotStrings.of(claim);
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            Err(wrong())
        }
    }
}

/// Returns a non-empty string of limited length without control characters, or `None` if the claim
/// is absent or null.
fn name(claims: &Claims, claim: &str) -> Result<Option<String>, TokenError> {
    let text = match claims.get(claim) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(ClaimProblem::NotString.of(claim));
        }
    };
    if text.is_empty() {
        Err(ClaimProblem::Empty.of(claim))
    } else if text.chars().count() > MAX_NAME_CHARACTERS {
        Err(ClaimProblem::Long.of(claim))
    } else if text.chars().any(char::is_control) {
        Err(ClaimProblem::Control.of(claim))
    } else {
        Ok(Some(text.clone()))
    }
}

/// Returns a `NumericDate` (RFC 7519 §2) not before 1970.
pub(crate) fn time(claims: &Claims, claim: &str) -> Result<Option<Timestamp>, TokenError> {
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
        .ok_or_else(|| ClaimProblem::NotTime.of(claim))
}

/// Removes the optional prefix of a media type in `typ` (RFC 7515 §4.1.9).
fn bare_type(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => name,
    }
}
