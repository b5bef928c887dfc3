//! Settings and checks of every new connection to PostgreSQL.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{Client, Connection, SimpleQueryMessage};

use crate::ConnectError;

/// Asks what a connection is like. `manyface.connection` is set by this program alone: a new
/// connection that has it already shares its server connection with another client.
const QUESTIONS: &str = "SELECT current_setting('manyface.connection', true), \
                         current_setting('server_encoding'), current_setting('lc_messages')";
/// Asks which connection this is.
const WHICH: &str = "SELECT current_setting('manyface.connection', true)";

/// Gives each connection of this process a name that no other connection has.
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

/// Runs `settings` on a new connection, calls it `name`, and verifies that the database and what
/// is between can be used. Drives `connection` meanwhile.
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
        "{QUESTIONS}; {settings}; SELECT set_config('manyface.connection', '{name}', false)"
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
    if is_called(client, name).await? {
        Ok(())
    } else {
        Err(ConnectError::Pooler)
    }
}

/// Whether what is sent now reaches the server connection that was given this name.
pub(super) async fn is_called(client: &Client, name: &str) -> Result<bool, ConnectError> {
    let [found] = first_row(client, WHICH).await?;
    Ok(found == name)
}

/// The first row that `statements` return; null is the empty text.
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

/// Whether messages in this locale are English: `C`, `POSIX`, and English with any country.
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
    fn english_locales_are_known() {
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
