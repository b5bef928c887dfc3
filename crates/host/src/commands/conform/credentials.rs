//! Credentials of the users, from options, files and the environment.

use std::{fs, path::PathBuf};

use manyface_conformance::{Account, HttpTarget, KnownUser, Suite, username};
use manyface_core::AuthProvider;

use super::{
    args::{Credentials, Secret},
    variable,
};
use crate::{Environment, Failure};

/// The credentials of all users.
pub(super) struct CredentialSet {
    pub(super) tokens: Vec<String>,
    second: Option<String>,
    bare: Option<String>,
    api_key: Option<String>,
    oidc: Option<String>,
    saml: Option<String>,
    fresh: Vec<String>,
    pub(super) tenant: Option<String>,
}

impl CredentialSet {
    pub(super) fn read(
        environment: &Environment,
        credentials: &Credentials,
        tenant: Option<String>,
    ) -> Result<Self, Failure> {
        let several = |flag: &[Secret], file: &Option<PathBuf>, name: &str| {
            read_credentials(environment, flag, file.as_ref(), name)
        };
        let one = |flag: &Option<Secret>, file: &Option<PathBuf>, name: &str| {
            let flag = flag.as_slice();
            let mut found = read_credentials(environment, flag, file.as_ref(), name)?;
            if found.len() > 1 {
                let option = name.to_lowercase().replace('_', "-");
                let message = format!("--{option}: there can be only one");
                return Err(Failure::Usage(message));
            }
            Ok(found.pop())
        };
        let Credentials {
            token,
            token_file,
            second_token,
            second_token_file,
            bare_token,
            bare_token_file,
            api_key,
            api_key_file,
            oidc_token,
            oidc_token_file,
            saml_token,
            saml_token_file,
            fresh_token,
            fresh_token_file,
        } = credentials;
        Ok(Self {
            tokens: several(token, token_file, "TOKEN")?,
            second: one(second_token, second_token_file, "SECOND_TOKEN")?,
            bare: one(bare_token, bare_token_file, "BARE_TOKEN")?,
            api_key: one(api_key, api_key_file, "API_KEY")?,
            oidc: one(oidc_token, oidc_token_file, "OIDC_TOKEN")?,
            saml: one(saml_token, saml_token_file, "SAML_TOKEN")?,
            fresh: several(fresh_token, fresh_token_file, "FRESH_TOKEN")?,
            tenant: tenant.or_else(|| variable(environment, "MANYFACE_CONFORM_TENANT")),
        })
    }

    /// Returns the values that must not be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        let single = [
            &self.second,
            &self.bare,
            &self.api_key,
            &self.oidc,
            &self.saml,
        ];
        let single = single.into_iter().flatten();
        let all = single.chain(&self.tokens).chain(&self.fresh);
        all.cloned().collect()
    }

    /// Reads the second user's name from their profile, if it has one.
    pub(super) fn second_name(
        &self,
        suite: &Suite,
        target: impl Fn(Vec<KnownUser>) -> Result<HttpTarget, Failure>,
    ) -> Result<Option<String>, Failure> {
        let Some(token) = &self.second else {
            return Ok(None);
        };
        let second = KnownUser {
            label: "the second user".to_owned(),
            ..KnownUser::user(Account::known(token.clone(), self.tenant.clone()))
        };
        let named = username(suite, &target(vec![second])?);
        named.map_err(Failure::CouldNotRun)
    }

    /// Returns all users with their credentials. The second user only has a name, if it is known.
    /// To list exchanges, any name is enough.
    pub(super) fn known(&self, suite: &Suite, second: Option<String>) -> Vec<KnownUser> {
        let account = |token: &String| Account::known(token.clone(), self.tenant.clone());
        let is_named = self.second.is_some() && suite.username.is_some();
        let second = second.or_else(|| is_named.then(|| "another".to_owned()));
        let mut known = Vec::new();
        for (number, token) in self.tokens.iter().enumerate() {
            let mut user = KnownUser::user(account(token));
            let others = &mut user.account.others;
            others.extend(second.clone().map(|name| ("another", name)));
            if number == 0 {
                others.extend(self.bare.clone().map(|token| ("bare", token)));
                others.extend(self.api_key.clone().map(|key| ("key", key)));
            } else {
                user.label = format!("user {}", number + 1);
            }
            known.push(user);
        }
        for (token, provider) in [
            (&self.oidc, AuthProvider::Oidc),
            (&self.saml, AuthProvider::Saml),
        ] {
            known.extend(token.iter().map(|token| KnownUser {
                label: format!("the {provider} user"),
                provider,
                ..KnownUser::user(account(token))
            }));
        }
        known.extend(self.fresh.iter().map(|token| KnownUser {
            label: "an unmodified user".to_owned(),
            is_fresh: true,
            ..KnownUser::user(account(token))
        }));
        known
    }
}

/// Returns the credentials of one kind from options, otherwise from a file, otherwise from the
/// environment.
fn read_credentials(
    environment: &Environment,
    flags: &[Secret],
    file: Option<&PathBuf>,
    name: &str,
) -> Result<Vec<String>, Failure> {
    let variable_name = format!("MANYFACE_CONFORM_{name}");
    let (texts, place) = if !flags.is_empty() {
        let flags = flags.iter().map(|Secret(text)| text.clone());
        let option = name.to_lowercase().replace('_', "-");
        (flags.collect(), format!("--{option}"))
    } else if let Some(file) = file {
        let place = file.display().to_string();
        let text = fs::read_to_string(file);
        let text = text.map_err(|error| Failure::Usage(format!("{place}: {error}")))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        if lines.is_empty() {
            return Err(Failure::Usage(format!("{place}: is empty")));
        }
        (lines, place)
    } else {
        let texts = variable(environment, &variable_name).into_iter();
        (texts.collect(), variable_name)
    };
    // HTTP headers would not transmit other characters unchanged.
    let is_sendable =
        |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if texts.iter().all(is_sendable) {
        return Ok(texts);
    }
    let message = format!("{place}: a credential must be printable ASCII without spaces");
    Err(Failure::Usage(message))
}
