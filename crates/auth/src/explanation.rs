//! Explanations for operators of why a token is rejected.

use std::sync::Arc;

use jiff::Timestamp;
use manyface_core::{AuthError, Authenticator, Caller};
use serde_json::Value;

use crate::{
    Excerpt, Excerpts, TokenAuthenticator, TokenError,
    claims::{Claims, Rules, strings, time},
    issuer::Issuer,
    token::Token,
};

/// The claims whose values never identify a user.
const NON_PERSONAL: [&str; 8] = ["iss", "aud", "exp", "nbf", "iat", "jti", "azp", "client_id"];

/// The claims of a token and the results of all checks. Does not contain the signature.
#[derive(Debug)]
pub struct Explanation {
    /// `alg`, `typ` and `kid` of the header, in quotes.
    pub header: Vec<(&'static str, String)>,
    /// The claims. For claims that no check reads, only the type of the value.
    pub claims: Vec<(String, String)>,
    /// The checks that could be made, in order.
    pub checks: Vec<Check>,
    /// The result of authenticating the token.
    pub outcome: Result<Arc<Caller>, AuthError>,
}

/// One check of a token.
#[derive(Debug)]
pub struct Check {
    /// The name of the check, such as `audience`.
    pub name: &'static str,
    /// The checked value, or why the check failed.
    pub outcome: Result<String, TokenError>,
}

impl Explanation {
    /// Returns whether an issuer of the dialect signed the token for this API.
    pub fn is_addressed(&self) -> bool {
        ["signature", "audience", "client"].iter().all(|name| {
            let mut checks = self.checks.iter();
            checks.any(|check| check.name == *name && check.outcome.is_ok())
        })
    }
}

impl TokenAuthenticator {
    /// Returns the dialects that have issuers, sorted by name.
    pub fn dialects(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.issuers.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Returns every check of `token` in `dialect`. May fetch keys, as a request does.
    pub async fn explain(&self, dialect: &str, token: &str) -> Explanation {
        let outcome = self.authenticate(dialect, token).await;
        let mut explanation = Explanation {
            header: Vec::new(),
            claims: Vec::new(),
            checks: Vec::new(),
            outcome,
        };
        let parsed = match Token::parse(token) {
            Ok(parsed) => parsed,
            Err(error) => {
                explanation.check("form", Err(error));
                return explanation;
            }
        };
        explanation.check("form", Ok(format!("a signed JWT of {} bytes", token.len())));
        let header = &parsed.header;
        explanation.header = vec![
            ("alg", header.algorithm.to_string()),
            ("typ", Excerpt::of(header.token_type.as_deref()).to_string()),
            ("kid", Excerpt::of(header.key_id.as_deref()).to_string()),
        ];
        match self.claimed_issuer(dialect, &parsed) {
            Ok(issuer) => {
                explanation
                    .run_checks(issuer, &parsed, (self.clock)())
                    .await;
            }
            Err(error) => {
                explanation.show(&parsed.claims, &NON_PERSONAL.map(str::to_owned));
                explanation.check("issuer", Err(error));
            }
        }
        explanation
    }
}

impl Explanation {
    async fn run_checks(&mut self, issuer: &Issuer, token: &Token<'_>, now: Timestamp) {
        let (rules, claims) = (&issuer.rules, &token.claims);
        self.show(claims, &known_claims(rules));
        self.check("issuer", Ok(quoted(&rules.issuer)));
        let algorithm = issuer.check_algorithm(token);
        self.check(
            "algorithm",
            algorithm.map(|()| token.header.algorithm.to_string()),
        );
        let keys = issuer.verify(token, now).await;
        let signer = keys.and_then(|keys| keys.verify(token).map(crate::key::Key::name));
        self.check("signature", signer);
        let audience = rules.check_audience(claims);
        self.check("audience", audience.map(|()| one_of(&rules.audience)));
        let client = rules.check_client(claims);
        self.check("client", client.map(|()| one_of(&rules.client_ids)));
        let subject = rules.subject(claims);
        self.check("subject", subject.map(|_| rules.subject_claim.clone()));
        let tenant = rules.tenant(claims);
        self.check(
            "tenant",
            tenant.map(|id| id.map_or_else(none, |id| id.to_string())),
        );
        let account = rules.account(claims);
        self.check(
            "account",
            account.map(|id| id.map_or_else(none, |id| quoted(&id))),
        );
        self.check("scopes", rules.scopes(claims).map(|scopes| listed(&scopes)));
        self.check("groups", rules.groups(claims).map(|groups| listed(&groups)));
        let until = rules.check_times(claims, now);
        self.check(
            "time",
            until.map(|until| format!("valid until {until}, including leeway")),
        );
        let token_type = token.header.token_type.as_deref();
        self.check(
            "type",
            rules
                .check_type(token_type)
                .map(|()| one_of(&rules.token_types)),
        );
        let required = rules.check_required(claims);
        let names: Vec<_> = rules.required_claims.keys().cloned().collect();
        self.check("required claims", required.map(|()| listed(&names)));
    }

    fn check(&mut self, name: &'static str, outcome: Result<String, TokenError>) {
        self.checks.push(Check { name, outcome });
    }

    fn show(&mut self, claims: &Claims, known: &[String]) {
        let shown = claims.iter().map(|(name, value)| {
            let value = if known.contains(name) {
                shown(claims, name, value)
            } else {
                format!("({}, not shown)", kind(value))
            };
            (
                Excerpt::new(name).as_text().escape_debug().to_string(),
                value,
            )
        });
        self.claims = shown.collect();
    }
}

/// Returns the names of the claims that the checks of an issuer read.
fn known_claims(rules: &Rules) -> Vec<String> {
    let named = [
        &rules.subject_claim,
        &rules.tenant_claim,
        &rules.account_claim,
        &rules.groups_claim,
    ];
    let listed = rules.client_claims.iter().chain(&rules.scope_claims);
    let mut known: Vec<_> = NON_PERSONAL.map(str::to_owned).into();
    known.extend(named.into_iter().chain(listed).cloned());
    known.extend(rules.required_claims.keys().cloned());
    known
}

fn shown(claims: &Claims, name: &str, value: &Value) -> String {
    if ["exp", "nbf", "iat"].contains(&name)
        && let Ok(Some(at)) = time(claims, name)
    {
        return format!("{value} ({at})");
    }
    match value {
        Value::String(text) => quoted(text),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            Excerpts::new(strings(Some(value))).to_string()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => format!("({}, not shown)", kind(value)),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn quoted(text: &str) -> String {
    Excerpt::new(text).to_string()
}

fn listed(texts: &[String]) -> String {
    if texts.is_empty() {
        return none();
    }
    Excerpts::new(texts.iter().map(String::as_str)).to_string()
}

fn one_of(texts: &[String]) -> String {
    if texts.is_empty() {
        return "not checked".to_owned();
    }
    format!("one of {}", listed(texts))
}

fn none() -> String {
    "none".to_owned()
}
