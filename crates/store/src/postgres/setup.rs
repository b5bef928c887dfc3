//! Settings and checks of new connections.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{Client, Connection, SimpleQueryMessage};

use crate::ConnectError;

/// Reads the state of a new connection. Only this program sets `manyface.connection`: if it is
/// already set, the server connection is shared with another client.
const READ_STATE: &str = "SELECT current_setting('manyface.connection', true), \
                         current_setting('server_encoding'), current_setting('lc_messages')";
/// Reads the name of the connection.
const READ_NAME: &str = "SELECT current_setting('manyface.connection', true)";

/// Generates a unique name for each connection.
#[derive(Debug)]
pub(super) struct Names {
    process: u64,
    next: AtomicU64,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            process: RandomState::new().hash_one(std::process::id()),
            next: AtomicU64::new(1),
        }
    }

    pub(super) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number}", self.process)
    }
}

/// Applies `settings` and `name` to a new connection, and verifies that the database is usable and
/// not behind a transaction pooler. Drives `connection` meanwhile.
pub(super) async fn set_up<S, T>(
    client: &Client,
    connection: &mut Connection<S, T>,
    settings: &str,
    name: &str,
) -> Result<(), ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    tokio::select! {
        biased;
        done = verify(client, settings, name) => done,
        ended = connection => Err(match ended {
            Ok(()) => ConnectError::Unreachable("the connection was closed".to_owned()),
            Err(error) => error.into(),
        }),
    }
}

async fn verify(client: &Client, settings: &str, name: &str) -> Result<(), ConnectError> {
    // In one message, which every pooler sends to one server connection.
    let begin = format!(
        "{READ_STATE}; {settings}; SELECT set_config('manyface.connection', '{name}', false)"
    );
    let [previous, encoding, language] = first_row(client, &begin).await?;
    if encoding != "UTF8" {
        return Err(ConnectError::Encoding(encoding));
    }
    if !previous.is_empty() {
        return Err(ConnectError::Pooler);
    }
    if !is_english(&language) {
        let set = client.batch_execute("SET lc_messages = 'C'").await;
        set.map_err(|_| ConnectError::Language(language))?;
    }
    if has_name(client, name).await? {
        Ok(())
    } else {
        Err(ConnectError::Pooler)
    }
}

/// Returns whether the server connection in use has the name `name`.
pub(super) async fn has_name(client: &Client, name: &str) -> Result<bool, ConnectError> {
    let [found] = first_row(client, READ_NAME).await?;
    Ok(found == name)
}

/// Returns the first row of the results of `statements`, with null as an empty string.
async fn first_row<const N: usize>(
    client: &Client,
    statements: &str,
) -> Result<[String; N], ConnectError> {
    for message in client.simple_query(statements).await? {
        if let SimpleQueryMessage::Row(row) = message {
            let column = |index| {
                row.try_get(index)
                    .ok()
                    .flatten()
                    .unwrap_or_default()
                    .to_owned()
            };
            return Ok(std::array::from_fn(column));
        }
    }
    Err(ConnectError::Rejected(
        "the server returned no row".to_owned(),
    ))
}

/// Returns whether messages in this locale are English: `C`, `POSIX`, or English of any country.
fn is_english(locale: &str) -> bool {
    let (language, _) = locale
        .split_once(['.', '_', '-', '@'])
        .unwrap_or((locale, ""));
    ["c", "posix", "en", "english"].contains(&&*language.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_locales_are_recognised() {
        for locale in [
            "C",
            "POSIX",
            "C.UTF-8",
            "en_US.UTF-8",
            "en_GB",
            "en-US",
            "English_United States.1252",
        ] {
            assert!(is_english(locale), "{locale}");
        }
        for locale in [
            "",
            "de_DE.UTF-8",
            "fr_FR@euro",
            "German_Germany.1252",
            "eo",
            "cs_CZ",
        ] {
            assert!(!is_english(locale), "{locale}");
        }
    }
}
