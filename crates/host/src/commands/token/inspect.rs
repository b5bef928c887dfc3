//! `manyface token inspect`

use std::{io::Read, sync::Arc};

use manyface_auth::{ApiKeyAuthenticator, Check, Explanation};
use manyface_core::{Authenticator, Caller, ProfileAbsence, ProfileRef, Subject, chain};

use super::{super::output::line, InspectArgs, served};
use crate::{Config, Deployment, Failure};

/// The maximum number of bytes read from standard input.
const MAX_INPUT_BYTES: usize = 64 * 1024;

/// Explains the token on standard input. Does not print the signature and the values that no check
/// reads.
pub(super) async fn run(config: Config, args: InspectArgs) -> Result<(), Failure> {
    let deployment = Deployment::open_existing(config)?;
    let dialect = served(&deployment, &args.dialect)?.name;
    let input = read_input()?;
    let token = bare_token(&input);
    let authenticator = deployment.authenticator();
    let explanation = authenticator.explain(dialect, token).await;
    let keys = ApiKeyAuthenticator::new(deployment.api_keys(), Arc::clone(&authenticator) as _);
    let outcome = keys.authenticate(dialect, token).await;
    // An API key has no claims; only the result is printed.
    if !ApiKeyAuthenticator::is_api_key(token) {
        print(&explanation)?;
    }
    let error = match outcome {
        Ok(caller) => return print_caller(&deployment, &caller).await,
        Err(error) => error,
    };
    let reason = error.reason.as_ref().map(|reason| chain(&**reason));
    let reason = reason.unwrap_or_else(|| error.kind.to_string());
    for other in authenticator.dialects() {
        if other != dialect && authenticator.explain(other, token).await.is_addressed() {
            line(&format!("this is a token of another dialect: {other}"))?;
        }
    }
    Err(Failure::Finding(format!(
        "rejected: {}: {reason}",
        error.code
    )))
}

fn read_input() -> Result<String, Failure> {
    let mut input = Vec::new();
    let mut stdin = std::io::stdin().take(MAX_INPUT_BYTES as u64 + 1);
    let read = stdin.read_to_end(&mut input);
    read.map_err(|error| Failure::could_not("read a token from standard input", error))?;
    if input.len() > MAX_INPUT_BYTES {
        return Err(Failure::Finding(format!(
            "rejected: too_long: standard input has more than {MAX_INPUT_BYTES} bytes"
        )));
    }
    let input = String::from_utf8(input).map_err(|_| {
        let message = "rejected: malformed_token: standard input is not UTF-8, as every token is";
        Failure::Finding(message.to_owned())
    })?;
    if input.trim().is_empty() {
        let message = "standard input is empty; pass the token: `… token inspect < file`";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(input)
}

/// Returns the token without surrounding white space, quotes, header name and scheme.
fn bare_token(input: &str) -> &str {
    let mut text = input.trim().trim_matches(['"', '\'']);
    for prefix in ["Authorization:", "Bearer "] {
        if let Some((start, rest)) = text.split_at_checked(prefix.len())
            && start.eq_ignore_ascii_case(prefix)
        {
            text = rest.trim_start();
        }
    }
    text
}

fn print(explanation: &Explanation) -> Result<(), Failure> {
    for (name, value) in &explanation.header {
        line(&format!("header {name}: {value}"))?;
    }
    for (name, value) in &explanation.claims {
        line(&format!("claim {name}: {value}"))?;
    }
    for Check { name, outcome } in &explanation.checks {
        match outcome {
            Ok(found) => line(&format!("ok      {name}: {found}"))?,
            Err(error) => line(&format!("FAILED  {name}: {error}"))?,
        }
    }
    Ok(())
}

/// Prints the user of an accepted credential, and whether requests of that user are served.
async fn print_caller(deployment: &Deployment, caller: &Caller) -> Result<(), Failure> {
    let who = match &caller.subject {
        Subject::User(who) => who,
        Subject::ApiKey(key) => {
            line(&format!("ok      API key: {}", key.id))?;
            return line("accepted");
        }
        Subject::Anonymous => return line("accepted"),
    };
    deployment.verify().await?;
    let repository = deployment.repository();
    let name = describe(who);
    if let Some(absence) = ProfileAbsence::explain(&*repository, who, caller.tenant).await? {
        line(&format!("FAILED  user: {name}: {absence}"))?;
        let code = absence.code();
        return Err(Failure::Finding(format!("rejected: {code}: {absence}")));
    }
    let profile = repository.inspect(who).await?;
    let profile = profile.ok_or_else(|| Failure::Finding(format!("{name} was removed")))?;
    line(&format!(
        "ok      user: {name} is {} ({}), active, of tenant {}",
        profile.username.as_str(),
        profile.id,
        profile.tenant_id
    ))?;
    line("accepted")
}

fn describe(who: &ProfileRef) -> String {
    match who {
        ProfileRef::Id(id) => id.to_string(),
        ProfileRef::External { dialect, id } => format!("{dialect}:{}", id.escape_debug()),
        ProfileRef::Identity { issuer, subject } => {
            format!("{issuer}#{}", subject.escape_debug())
        }
        ProfileRef::Username(name) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_name_scheme_and_quotes_are_removed() {
        for input in [
            "a.b.c",
            " a.b.c\r\n",
            "\"a.b.c\"\n",
            "Bearer a.b.c",
            "authorization: bearer a.b.c",
            "Authorization:Bearer  a.b.c",
        ] {
            assert_eq!(bare_token(input), "a.b.c", "{input:?}");
        }
    }
}
