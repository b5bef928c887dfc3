//! How many profiles and history entries a database has, and the SQL that makes them.

/// The number of the first profile. All numbers have twelve digits, because they end the ids.
pub(crate) const FIRST: u64 = 100_000_000_000;

/// The initial content of a measured database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Population {
    /// The number of profiles.
    pub(crate) profiles: u64,
    /// The number of history entries.
    pub(crate) history: u64,
}

impl Population {
    pub(crate) fn of(profiles: u64) -> Self {
        Self {
            profiles,
            history: 0,
        }
    }

    /// The statements that create it in PostgreSQL, each in a separate transaction.
    pub(crate) fn postgres(self) -> String {
        self.statements(
            include_str!("../sql/profiles_postgres.sql"),
            include_str!("../sql/history_postgres.sql"),
        )
    }

    /// The statements that make it in SQLite.
    pub(crate) fn sqlite(self) -> String {
        self.statements(
            include_str!("../sql/profiles_sqlite.sql"),
            include_str!("../sql/history_sqlite.sql"),
        )
    }

    fn statements(self, profiles: &str, history: &str) -> String {
        let history = if self.history == 0 { "" } else { history };
        format!("{profiles}{history}")
            .replace("{first}", &FIRST.to_string())
            .replace("{count}", &self.profiles.to_string())
            .replace("{entries}", &self.history.to_string())
    }
}

#[cfg(test)]
mod tests;
