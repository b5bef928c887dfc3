//! Printing.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::{Config, Failure, LogFormat, Mode};

/// A reader that has seen enough, such as `head`, is no failure.
fn failed(error: io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        Failure::OutputClosed
    } else {
        Failure::could_not("write to standard output", error)
    }
}

/// Prints a line on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    written.map_err(failed)
}

/// Prints a text on standard output as it is.
pub(crate) fn as_it_is(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = output.write_all(text.as_bytes());
    let written = written.and_then(|()| output.flush());
    written.map_err(failed)
}

/// Prints a value as JSON on one line of standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value);
    line(&text.map_err(|e| Failure::could_not("write JSON", e))?)
}

/// Warns if, in production, the database server need not prove who it is.
pub(crate) fn warn_of_unverified_database(config: &Config) {
    let exposure = config.database_url().exposure();
    if let Some(exposure) = exposure.filter(|_| config.profile == Mode::Production) {
        warn(config.log_format, &exposure);
    }
}

/// Says something about the server's state, as JSON where every line of the log is.
pub(crate) fn announce(format: LogFormat, message: &str) {
    match format {
        LogFormat::Json => tracing::info!("{message}"),
        LogFormat::Auto | LogFormat::Text => say(&format!("manyface: {message}")),
    }
}

/// Warns, as JSON where every line of the log is.
pub(crate) fn warn(format: LogFormat, message: &str) {
    match format {
        LogFormat::Json => tracing::warn!("{message}"),
        LogFormat::Auto | LogFormat::Text => say(&format!("manyface: warning: {message}")),
    }
}

/// Prints a message on standard error, and ignores failures.
pub(crate) fn say(text: &str) {
    let said = writeln!(std::io::stderr(), "{text}");
    drop(said);
}
