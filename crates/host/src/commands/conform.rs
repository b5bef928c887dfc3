//! `manyface conform`

mod args;
mod credentials;
mod outputs;
mod watch;

use std::{fs, path::Path};

use manyface_conformance::{
    Before, Conclusion, Ended, Extent, HttpTarget, Options, Report, Stop, Suite, Target,
    conform_watched,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

pub(crate) use self::args::ConformArgs;
use self::{args::ExtentArg, credentials::CredentialSet, outputs::Outputs, watch::ProgressDisplay};
use super::output::{line, say};
use crate::{DialectRegistry, Environment, Failure};

/// The environment variable with the URL.
const URL: &str = "MANYFACE_CONFORM_URL";

pub(crate) async fn run(
    environment: &Environment,
    dialect_registry: DialectRegistry,
    args: ConformArgs,
) -> Result<(), Failure> {
    let suite = suite(dialect_registry, &args.dialect, args.suite.as_deref())?;
    let before = args.baseline.as_deref().map(|path| before(path, &suite));
    let before = before.transpose()?;
    let credentials = CredentialSet::read(environment, &args.credentials, args.tenant.clone())?;
    let options = options(&args, &credentials);
    if !suite.exchanges.iter().any(|e| options.is_meant(e)) {
        let message = "no exchange has a matching name; --list shows all".to_owned();
        return Err(Failure::Usage(message));
    }
    if args.list {
        let target = target("http://127.0.0.1", &args, credentials.known(&suite, None))?;
        return list(&suite, &target, &options);
    }
    let url = args.url.clone().or_else(|| variable(environment, URL));
    let url = url.ok_or_else(|| Failure::Usage(format!("--url or {URL}: not given")))?;
    if credentials.tokens.is_empty() {
        let message = "no token: --token-file FILE, MANYFACE_CONFORM_TOKEN, or --token TOKEN";
        return Err(Failure::Usage(message.to_owned()));
    }
    if suite.needs_tenant() && credentials.tenant.is_none() {
        let message = "--tenant or MANYFACE_CONFORM_TENANT: not given; every request needs it";
        return Err(Failure::Usage(message.to_owned()));
    }
    let outputs = Outputs::open(&args)?;
    // Invalid options are reported before any request is sent.
    target(&url, &args, Vec::new())?;
    let options = Options {
        label: url.clone(),
        ..options
    };
    let report = run_suite(suite, url, args, credentials, options).await?;
    finish(&report, before.as_ref(), &outputs)
}

/// Runs the suite on a separate thread and waits for signals.
async fn run_suite(
    suite: Suite,
    url: String,
    args: ConformArgs,
    credentials: CredentialSet,
    options: Options,
) -> Result<Report, Failure> {
    let stop = options.stop.clone();
    let screen = std::sync::Arc::new(ProgressDisplay::new());
    let watching = std::sync::Arc::clone(&screen);
    let (sender, mut ended) = oneshot::channel();
    // A thread, not a task, because the second signal must not wait for it.
    std::thread::spawn(move || {
        let run = || {
            let second = credentials.second_name(&suite, |known| target(&url, &args, known))?;
            let known = credentials.known(&suite, second);
            let target = target(&url, &args, known)?;
            Ok(conform_watched(&suite, &target, &options, &*watching))
        };
        // The receiver no longer exists after a second signal.
        let _ = sender.send(run());
    });
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            report = &mut ended => {
                screen.clear();
                let panicked = |_| Failure::CouldNotRun("the conformance suite panicked".to_owned());
                return report.map_err(panicked)?;
            }
            () = signals.next() => interrupt(&stop, &screen)?,
        }
    }
}

/// The first signal stops the run; the second one exits the process.
fn interrupt(stop: &Stop, screen: &ProgressDisplay) -> Result<(), Failure> {
    screen.clear();
    if !stop.is_set() {
        stop.set();
        say(
            "manyface: stopping after restoring the profiles; interrupt again to leave them as they are",
        );
        return Ok(());
    }
    for baseline in screen.baselines() {
        say(&format!("manyface: before the run, {baseline}"));
    }
    let message = "interrupted twice; profiles may not have been restored".to_owned();
    Err(Failure::CouldNotRun(message))
}

fn finish(report: &Report, before: Option<&Before>, outputs: &Outputs) -> Result<(), Failure> {
    let delta = before.map(|before| report.delta(before));
    let delta = delta.as_ref();
    let is_begun = report.counts().passed + report.counts().failed > 0;
    if is_begun || !matches!(report.ended, Ended::CouldNotRun(_)) || !report.unrestored.is_empty() {
        say(report.summary(delta).trim_end());
    }
    outputs.write(report, delta)?;
    let dialect = &report.dialect;
    match report.conclusion(delta) {
        Conclusion::Good => Ok(()),
        Conclusion::Findings => {
            let count = delta.map_or(report.counts().failed, |d| d.new_failures.len());
            let new = if delta.is_some() { "new " } else { "" };
            let s = if count == 1 { "" } else { "s" };
            Err(Failure::Finding(format!(
                "{dialect}: {count} {new}finding{s}"
            )))
        }
        Conclusion::CouldNotRun => {
            let problem = report.ended.problem();
            let problem = problem.unwrap_or("a profile could not be restored");
            Err(Failure::CouldNotRun(format!("{dialect}: {problem}")))
        }
    }
}

fn suite(
    dialect_registry: DialectRegistry,
    dialect: &str,
    folder: Option<&Path>,
) -> Result<Suite, Failure> {
    let suite = match folder {
        Some(folder) => Suite::load(folder),
        None => Suite::built_in(dialect).ok_or_else(|| {
            let names: Vec<_> = Suite::built_in_names().collect();
            let names = names.join(", ");
            Failure::Usage(format!(
                "unknown dialect {dialect}; built in are {names}; pass --suite DIR for others"
            ))
        })?,
    };
    let mut suite = suite.map_err(|error| Failure::Usage(error.to_string()))?;
    if suite.dialect != dialect {
        let message = format!("--suite: its dialect is {}, not {dialect}", suite.dialect);
        return Err(Failure::Usage(message));
    }
    // Responses of built-in dialects are also validated against their OpenAPI document.
    if let Some(ours) = dialect_registry
        .dialects()
        .iter()
        .find(|ours| ours.name == dialect)
    {
        let described = suite.described_by(ours.openapi);
        suite = described.map_err(|error| Failure::CouldNotRun(error.to_string()))?;
    }
    Ok(suite)
}

fn before(path: &Path, suite: &Suite) -> Result<Before, Failure> {
    let wrong = |error: String| Failure::Usage(format!("--baseline {}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let before = Before::parse(&text).map_err(wrong)?;
    if before.dialect() == suite.dialect {
        return Ok(before);
    }
    Err(wrong(format!("its dialect is {}", before.dialect())))
}

fn options(args: &ConformArgs, credentials: &CredentialSet) -> Options {
    Options {
        extent: match args.extent {
            ExtentArg::Full => Extent::Full,
            ExtentArg::Contract => Extent::Contract,
        },
        allow_writes: args.writing.allow_writes,
        restore: !args.writing.no_restore,
        allow_loss: args.writing.allow_loss,
        jobs: args.jobs,
        rate: args.rate,
        deadline: args.deadline,
        only: args.filter.clone(),
        except: args.skip.clone(),
        label: String::new(),
        secrets: credentials.secrets(),
        stop: Stop::default(),
    }
}

fn target(
    url: &str,
    args: &ConformArgs,
    known: Vec<manyface_conformance::KnownUser>,
) -> Result<HttpTarget, Failure> {
    let target = HttpTarget::with_known_users(url, known);
    let target = target.map_err(|error| Failure::Usage(format!("--url: {error}")))?;
    Ok(target.with_timeout(args.timeout))
}

fn list(suite: &Suite, target: &dyn Target, options: &Options) -> Result<(), Failure> {
    for exchange in suite.exchanges.iter().filter(|e| options.is_meant(e)) {
        let (extent, writes) = (options.extent, options.allow_writes);
        let skip = exchange.skipped(suite, target, extent, writes);
        let state = skip.map_or_else(|| "runs".to_owned(), |skip| format!("skipped: {skip}"));
        let (name, section, why) = (&exchange.name, exchange.section(), &exchange.why);
        line(&format!("{name}\t{section}\t{state}\t{why}"))?;
    }
    Ok(())
}

fn variable(environment: &Environment, name: &str) -> Option<String> {
    let found = environment.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone())
}

/// The signals that stop a run.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|e| Failure::could_not("listen for signals", e));
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
