//! A host on a separate database, and its measurement.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use manyface_testing::Postgres;

use crate::{
    Failure, Result,
    block::{Figures, Operation},
    cluster::checkpoint,
    job,
    meter::memory,
    options::Database,
    population::Population,
    served::Served,
    sqlite,
    users::Users,
    workplace::{TIMEOUT, Workplace},
    wrk::{Load, Outcome},
};

/// The context of all measurements of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) work: &'a Workplace,
    /// The cluster, if PostgreSQL is measured.
    pub(crate) cluster: Option<&'a Postgres>,
    /// The host's configuration file, if it has one.
    pub(crate) config: Option<&'a Path>,
    pub(crate) seconds: u32,
}

/// A host on a separate database.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) host: Served,
    pub(crate) users: Users,
    store: Store,
    tokens: PathBuf,
}

#[derive(Debug)]
enum Store {
    /// The database of this name.
    Postgres(String),
    Sqlite(PathBuf),
}

impl Scene<'_> {
    /// The cluster, which is there.
    pub(crate) fn cluster(&self) -> Result<&Postgres> {
        let missing = || Failure::new("PostgreSQL is not running");
        self.cluster.ok_or_else(missing)
    }

    /// Flushes the new data to the disk, so that it does not slow down a block.
    pub(crate) fn settle(&self) -> Result<()> {
        let folder = self.work.path();
        job::output("sync", &mut Command::new("sync"), folder, TIMEOUT, || {}).map(drop)
    }

    /// Measures a server other than a host.
    pub(crate) fn measure_echo(
        &self,
        echo: &mut Served,
        users: Users,
        operation: Operation,
        connections: u32,
    ) -> Result<Figures> {
        let tokens = self.work.tokens(users)?;
        let load = self.load(&echo.base_url, &tokens, operation, connections);
        let (figures, _) = self.measure(echo.pid(), load)?;
        echo.check_running()?;
        Ok(figures)
    }

    fn load<'b>(
        &self,
        base_url: &'b str,
        tokens: &'b Path,
        operation: Operation,
        connections: u32,
    ) -> Load<'b> {
        Load {
            base_url,
            tokens,
            operation,
            connections,
            seconds: self.seconds,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "nothing serves 2^52 requests in one block"
    )]
    fn measure(&self, pid: u32, load: Load<'_>) -> Result<(Figures, Outcome)> {
        let ticks = self.work.ticks;
        let mut rss = 0;
        let before = ticks.cpu(pid);
        let outcome = load.run(self.work, || rss = memory(pid).0.max(rss))?;
        let spent = ticks.cpu(pid) - before;
        let requests = outcome.requests.max(1) as f64;
        let figures = Figures {
            // Errors do not count as work.
            rate: outcome.requests.saturating_sub(outcome.errors) as f64 * 1e6
                / outcome.duration_us.max(1.0),
            p50_us: outcome.p50_us,
            p99_us: Some(outcome.p99_us),
            host_cpu_us: Some(spent / requests),
            rss_kib: Some(rss),
            peak_kib: Some(memory(pid).1),
            errors: outcome.errors,
            ..Figures::default()
        };
        Ok((figures, outcome))
    }
}

impl Site {
    /// Makes and fills the database `name`, and starts a host on it, run by `wrapper`, if any.
    pub(crate) fn open(
        scene: Scene<'_>,
        kind: Database,
        name: &str,
        population: Population,
        wrapper: &[String],
    ) -> Result<Self> {
        let Population { profiles, history } = population;
        eprintln!("bench: creating {name}: {profiles} profiles, {history} history entries");
        let work = scene.work;
        let (store, url) = match kind {
            Database::Pg => {
                let cluster = scene.cluster()?;
                cluster.psql("postgres", &format!("CREATE DATABASE {name}"));
                let url = cluster.url(name);
                Served::migrate(work, &url)?;
                cluster.psql(name, &population.postgres());
                cluster.psql(name, "VACUUM ANALYZE");
                checkpoint(cluster);
                (Store::Postgres(name.to_owned()), url)
            }
            Database::Sqlite => {
                let file = work.path().join(format!("{name}.sqlite"));
                let url = format!("sqlite:{}", file.display());
                Served::migrate(work, &url)?;
                sqlite::fill(&file, population)?;
                (Store::Sqlite(file), url)
            }
        };
        let users = work.users(population);
        Ok(Self {
            host: Served::host(work, name, wrapper, &url, scene.config)?,
            users,
            store,
            tokens: work.tokens(users)?,
        })
    }

    /// Loads the host for one block.
    #[expect(
        clippy::cast_precision_loss,
        reason = "nothing serves 2^52 requests in one block"
    )]
    pub(crate) fn measure(
        &mut self,
        scene: Scene<'_>,
        operation: Operation,
        connections: u32,
    ) -> Result<Figures> {
        let cluster = match self.store {
            Store::Postgres(_) => Some(scene.cluster()?),
            Store::Sqlite(_) => None,
        };
        if let Some(cluster) = cluster {
            checkpoint(cluster);
        }
        let spent = || {
            let family = |cluster: &Postgres| scene.work.ticks.cpu_of_family(cluster.pid());
            cluster.map(family)
        };
        let changes_before = self.last_change(scene)?;
        let before = spent();
        let load = scene.load(&self.host.base_url, &self.tokens, operation, connections);
        let (mut figures, outcome) = scene.measure(self.host.pid(), load)?;
        let requests = outcome.requests.max(1) as f64;
        let postgres = spent().zip(before).map(|(after, before)| after - before);
        figures.postgres_cpu_us = postgres.map(|micros| micros / requests);
        if operation == Operation::Patch {
            let changes = self.last_change(scene)? - changes_before;
            let acknowledged = outcome.requests.saturating_sub(outcome.errors);
            figures.unwritten = acknowledged.saturating_sub(changes.try_into().unwrap_or(0));
        }
        self.host.check_running()?;
        Ok(figures)
    }

    /// The name of the database if it is PostgreSQL.
    pub(crate) fn database(&self) -> Option<&str> {
        match &self.store {
            Store::Postgres(name) => Some(name),
            Store::Sqlite(_) => None,
        }
    }

    /// The number of the last history entry.
    fn last_change(&self, scene: Scene<'_>) -> Result<i64> {
        match &self.store {
            Store::Postgres(name) => {
                let query = "SELECT COALESCE(MAX(seq), 0) FROM profile_changes";
                let said = scene.cluster()?.psql(name, query);
                let number = said.trim().parse();
                number.map_err(|e| Failure::could_not("read the history", e))
            }
            Store::Sqlite(file) => sqlite::last_change(file),
        }
    }

    /// Loads the host without measuring.
    pub(crate) fn load(
        &mut self,
        scene: Scene<'_>,
        operation: Operation,
        connections: u32,
    ) -> Result<Outcome> {
        let load = scene.load(&self.host.base_url, &self.tokens, operation, connections);
        load.run(scene.work, || {})
    }
}
