//! Printing.

use std::io::Write;

use serde::Serialize;

use crate::Failure;

/// Prints a line on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    written.map_err(|e| Failure::could_not("write to standard output", e))
}

/// Prints a text on standard output as it is.
pub(crate) fn as_it_is(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = output.write_all(text.as_bytes());
    let written = written.and_then(|()| output.flush());
    written.map_err(|e| Failure::could_not("write to standard output", e))
}

/// Prints a value as JSON on one line of standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value);
    line(&text.map_err(|e| Failure::could_not("write JSON", e))?)
}

/// Says something to the person at the terminal; that nobody hears it is no failure.
pub(crate) fn say(text: &str) {
    let said = writeln!(std::io::stderr(), "{text}");
    drop(said);
}
