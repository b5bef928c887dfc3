//! A run, from set-up to report.

use crate::{
    Options, Result,
    block::{Block, Contender, Figures, Operation},
    cluster::{checkpoint, start_postgres},
    growth, interrupt,
    options::{Command, Database, Run},
    pgbench,
    plan::{self, Step},
    population::Population,
    profile,
    report::Report,
    served::Served,
    site::{Scene, Site},
    workplace::Workplace,
};

/// The number of connections of the warm-up.
const WARM_UP_CONNECTIONS: u32 = 8;

/// Runs the command line and removes all temporary files.
pub fn run(options: &Options) -> Result<()> {
    interrupt::listen()?;
    let work = Workplace::new(options.no_build)?;
    let outcome = match &options.command {
        Some(Command::Profile(profile)) => profile::run(&work, profile),
        None => measure(&work, &options.run),
    };
    if outcome.is_err() {
        eprint!("{}", work.complaints());
    }
    outcome
}

fn measure(work: &Workplace, run: &Run) -> Result<()> {
    let cluster = run.includes(Database::Pg).then(start_postgres);
    let config = run.config.as_deref().map(std::path::absolute).transpose();
    let config = config.map_err(|e| crate::Failure::could_not("find the configuration", e))?;
    let scene = Scene {
        work,
        cluster: cluster.as_ref(),
        config: config.as_deref(),
        seconds: run.seconds(),
    };
    let blocks = if run.growth_only {
        Vec::new()
    } else {
        Contest::open(scene, run)?.blocks()?
    };
    let grown = if run.growth || run.growth_only {
        growth::measure(scene, run)?
    } else {
        Vec::new()
    };
    let report = Report::of(run, blocks, grown);
    print!("{}", report.text());
    report.write(run)
}

/// All contenders, ready to be measured.
struct Contest<'a> {
    scene: Scene<'a>,
    run: &'a Run,
    postgres: Option<Site>,
    sqlite: Option<Site>,
    echo: Served,
}

impl<'a> Contest<'a> {
    fn open(scene: Scene<'a>, run: &'a Run) -> Result<Self> {
        let population = Population::of(run.profiles);
        let site = |database, name| -> Result<Option<Site>> {
            if !run.includes(database) {
                return Ok(None);
            }
            Site::open(scene, database, name, population, &[]).map(Some)
        };
        Ok(Self {
            scene,
            run,
            postgres: site(Database::Pg, "postgres_host")?,
            sqlite: site(Database::Sqlite, "sqlite_host")?,
            echo: Served::echo(scene.work)?,
        })
    }

    fn blocks(mut self) -> Result<Vec<Block>> {
        self.scene.settle()?;
        self.warm_up()?;
        let mut blocks = Vec::new();
        for pair in 0..self.run.pairs() {
            for operation in [Operation::Patch, Operation::Get] {
                for step in plan::steps(self.run, pair) {
                    let figures = self.block(operation, step)?;
                    let Step {
                        contender,
                        connections,
                    } = step;
                    let method = operation.method();
                    let title = contender.title();
                    let rate = figures.rate;
                    eprintln!("bench: {pair} {method} {title}, {connections}: {rate:.0}/s");
                    blocks.push(Block {
                        pair,
                        operation,
                        contender,
                        connections,
                        figures,
                    });
                }
            }
        }
        Ok(blocks)
    }

    /// Runs everything once for a second, to warm up.
    fn warm_up(&mut self) -> Result<()> {
        let seconds = std::mem::replace(&mut self.scene.seconds, 1);
        for operation in [Operation::Get, Operation::Patch] {
            for contender in [
                Contender::Postgres,
                Contender::Pgbench,
                Contender::Sqlite,
                Contender::Echo,
            ] {
                let connections = WARM_UP_CONNECTIONS;
                self.block(
                    operation,
                    Step {
                        contender,
                        connections,
                    },
                )?;
            }
        }
        self.scene.seconds = seconds;
        Ok(())
    }

    /// Runs one block; nothing for a contender that does not take part.
    fn block(&mut self, operation: Operation, step: Step) -> Result<Figures> {
        let scene = self.scene;
        let Step {
            contender,
            connections,
        } = step;
        let site = match contender {
            Contender::Postgres => self.postgres.as_mut(),
            Contender::Sqlite => self.sqlite.as_mut(),
            Contender::Pgbench => return self.pgbench(operation, connections),
            Contender::Echo => {
                let users = scene.work.users(Population::of(self.run.profiles));
                return scene.measure_echo(&mut self.echo, users, operation, connections);
            }
        };
        match site {
            Some(site) => site.measure(scene, operation, connections),
            None => Ok(Figures::default()),
        }
    }

    fn pgbench(&self, operation: Operation, clients: u32) -> Result<Figures> {
        let site = self.postgres.as_ref();
        let Some((users, database)) = site.and_then(|site| Some((site.users, site.database()?)))
        else {
            return Ok(Figures::default());
        };
        let scene = self.scene;
        let (work, cluster) = (scene.work, scene.cluster()?);
        checkpoint(cluster);
        let before = work.ticks.cpu_of_family(cluster.pid());
        let seconds = scene.seconds;
        let outcome = pgbench::run(work, cluster, database, users, operation, clients, seconds)?;
        let spent = work.ticks.cpu_of_family(cluster.pid()) - before;
        Ok(Figures {
            rate: outcome.rate,
            p50_us: outcome.average_us,
            postgres_cpu_us: Some(spent / outcome.transactions.max(1.0)),
            errors: outcome.failed,
            ..Figures::default()
        })
    }
}
