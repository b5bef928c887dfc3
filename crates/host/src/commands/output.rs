//! Output to standard output and standard error.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::{Config, Failure, LogFormat, Mode};

/// A reader that closes the pipe, such as `head`, causes no error message.
pub(crate) fn failed(error: io::Error) -> Failure {
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

/// Prints a string on standard output without a line break.
pub(crate) fn as_it_is(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = output.write_all(text.as_bytes());
    let written = written.and_then(|()| output.flush());
    written.map_err(failed)
}

/// Prints a value on standard output as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value);
    line(&text.map_err(|e| Failure::could_not("write JSON", e))?)
}

/// Warns if a production configuration does not verify the database server's certificate.
pub(crate) fn warn_of_unverified_database(config: &Config) {
    let exposure = config.database_url().exposure();
    if let Some(exposure) = exposure.filter(|_| config.profile == Mode::Production) {
        warn(config.log_format, &exposure);
    }
}

/// Reports the server's state, as JSON if the log is JSON.
pub(crate) fn announce(format: LogFormat, message: &str) {
    match format {
        LogFormat::Json => tracing::info!("{message}"),
        LogFormat::Auto | LogFormat::Text => say(&format!("manyface: {message}")),
    }
}

/// Prints a warning, as JSON if the log is JSON.
pub(crate) fn warn(format: LogFormat, message: &str) {
    match format {
        LogFormat::Json => tracing::warn!("{message}"),
        LogFormat::Auto | LogFormat::Text => say(&format!("manyface: warning: {message}")),
    }
}

/// Prints a message on standard error. Write errors are ignored.
pub(crate) fn say(text: &str) {
    let said = writeln!(std::io::stderr(), "{text}");
    drop(said);
}
