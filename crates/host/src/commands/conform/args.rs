//! The command line of `manyface conform`.

use std::{
    convert::Infallible, fmt, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration,
};

use clap::{Args, ValueEnum};

use crate::commands::values::duration;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Credentials are better given in files (--token-file) or in the environment (MANYFACE_CONFORM_TOKEN) \
than on the command line, where other users of this machine see them. Each credential has all three \
forms; the environment's name is that of the option: MANYFACE_CONFORM_SECOND_TOKEN.

Exit status: 0 all exchanges that ran passed; 1 an exchange failed (with --baseline: one that did \
not fail before); 2 wrong usage; 3 it could not run, not to its end, or a profile could not be put \
back.")]
pub(crate) struct ConformArgs {
    /// The dialect: movieknight, whop, tenant, iam, or the one of --suite
    pub(crate) dialect: String,
    /// Only exchanges with one of these in their names
    pub(crate) filter: Vec<String>,
    /// Exclude exchanges with this in their names; repeatable
    #[arg(long, value_name = "TEXT")]
    pub(crate) skip: Vec<String>,
    /// The base URL of the dialect's paths: http://127.0.0.1:8460 [env: MANYFACE_CONFORM_URL]
    #[arg(long)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    /// The tenant that the users belong to [env: MANYFACE_CONFORM_TENANT]
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// The requirements: everything that manyface promises, or the contract only
    #[arg(long, default_value = "full")]
    pub(crate) extent: ExtentArg,
    /// A folder of exchanges with a suite.toml, instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(crate) suite: Option<PathBuf>,
    /// List the exchanges and whether each would run, without sending requests
    #[arg(long)]
    pub(crate) list: bool,
    /// The number of exchanges that run concurrently; writes of one user run one at a time
    #[arg(long, value_name = "N", default_value = "4", value_parser = jobs)]
    pub(crate) jobs: NonZeroUsize,
    /// The maximum number of requests per second
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// The timeout of a request: 90s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// The timeout of the run
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) deadline: Option<Duration>,
    /// An earlier JSON report; only new failures count as findings
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the report as JSON; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as JUnit XML; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the report as one HTML file; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// The options of exchanges that write.
#[derive(Debug, Args)]
pub(crate) struct Writing {
    /// Run exchanges that write; profiles are restored after each one and at the end
    #[arg(long)]
    pub(crate) allow_writes: bool,
    /// Do not restore profiles
    #[arg(long, requires = "allow_writes")]
    pub(crate) no_restore: bool,
    /// Also run exchanges whose changes cannot be restored, because the dialect does not return the
    /// values, or returns them in another form than it accepts
    #[arg(long, requires = "allow_writes")]
    pub(crate) allow_loss: bool,
}

/// The credentials of the users.
#[derive(Debug, Args)]
pub(crate) struct Credentials {
    /// The user's token, with every scope; repeatable, so that several users write in parallel
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Vec<Secret>,
    /// A file with one or several tokens, one per line [env: MANYFACE_CONFORM_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub(crate) token_file: Option<PathBuf>,
    /// The token of a second user, who is named by exchanges and not written to
    #[arg(long, value_name = "TOKEN")]
    pub(crate) second_token: Option<Secret>,
    /// A file with that token [env: MANYFACE_CONFORM_SECOND_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "second_token")]
    pub(crate) second_token_file: Option<PathBuf>,
    /// A token of the (first) user without scopes
    #[arg(long, value_name = "TOKEN")]
    pub(crate) bare_token: Option<Secret>,
    /// A file with that token [env: MANYFACE_CONFORM_BARE_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "bare_token")]
    pub(crate) bare_token_file: Option<PathBuf>,
    /// An API key of the account biz_conformance
    #[arg(long, value_name = "KEY")]
    pub(crate) api_key: Option<Secret>,
    /// A file with the key [env: MANYFACE_CONFORM_API_KEY]
    #[arg(long, value_name = "FILE", conflicts_with = "api_key")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Token of an unmodified OIDC user named Ada Lovelace
    #[arg(long, value_name = "TOKEN")]
    pub(crate) oidc_token: Option<Secret>,
    /// A file with that token [env: MANYFACE_CONFORM_OIDC_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "oidc_token")]
    pub(crate) oidc_token_file: Option<PathBuf>,
    /// Token of an unmodified SAML user named Ada Lovelace
    #[arg(long, value_name = "TOKEN")]
    pub(crate) saml_token: Option<Secret>,
    /// A file with that token [env: MANYFACE_CONFORM_SAML_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "saml_token")]
    pub(crate) saml_token_file: Option<PathBuf>,
    /// Token of an unmodified user; repeatable: each is used by one exchange
    #[arg(long, value_name = "TOKEN")]
    pub(crate) fresh_token: Vec<Secret>,
    /// A file with one or several, one per line [env: MANYFACE_CONFORM_FRESH_TOKEN]
    #[arg(long, value_name = "FILE", conflicts_with = "fresh_token")]
    pub(crate) fresh_token_file: Option<PathBuf>,
}

/// The requirements on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExtentArg {
    Full,
    Contract,
}

/// A string that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let jobs = text.parse::<NonZeroUsize>().ok();
    let jobs = jobs.filter(|jobs| jobs.get() <= 256);
    jobs.ok_or_else(|| "must be a number from 1 to 256".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok();
    let rate = rate.filter(|rate| (0.001..=1_000_000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.001 to 1000000".to_owned())
}
