//! The first line of the log of a server.

use crate::{Deployment, Layers, LogFormat, Mode};

/// The commit of the source, if the build sets it.
const COMMIT: Option<&str> = option_env!("MANYFACE_COMMIT");

/// Logs the program, the database without its password, the dialects and the settings that are not
/// defaults. In development, this is omitted from a log in text, which has the commands of the
/// first requests.
pub(super) fn write(deployment: &Deployment, layers: &Layers) {
    let config = deployment.config();
    if config.profile == Mode::Development && config.log_format != LogFormat::Json {
        return;
    }
    let names = deployment.mounts().iter().map(|(_, dialect)| dialect.name);
    let dialects = names.collect::<Vec<_>>().join(", ");
    let settings = layers.sources().keys().map(|name| setting(layers, name));
    let settings = settings.collect::<Vec<_>>().join(", ");
    let (version, database) = (env!("CARGO_PKG_VERSION"), config.database_url());
    tracing::info!(version, commit = COMMIT, %database, dialects, settings, "starting");
}

/// Returns `NAME = VALUE`, or the name only if the value is a URL, which may contain a secret.
fn setting(layers: &Layers, name: &str) -> String {
    match layers.value(name) {
        Some(value) if !value.contains("://") => format!("{name} = {value}"),
        Some(_) | None => name.to_owned(),
    }
}
