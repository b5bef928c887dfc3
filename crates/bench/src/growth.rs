//! The same PATCH on databases of growing size.

use serde::Serialize;

use crate::{
    Result,
    block::{Contender, Figures, Operation},
    options::{Database, Run},
    population::Population,
    site::{Scene, Site},
    summary::Ratio,
};

/// The number of connections.
const CONNECTIONS: u32 = 64;

/// The compared populations, the smallest first.
const POPULATIONS: [Population; 4] = [
    Population {
        profiles: 1_000,
        history: 0,
    },
    Population {
        profiles: 100_000,
        history: 0,
    },
    Population {
        profiles: 1_000_000,
        history: 0,
    },
    Population {
        profiles: 100_000,
        history: 1_000_000,
    },
];

/// PATCH on one amount of data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Grown {
    /// The host on PostgreSQL or on SQLite.
    pub(crate) database: Contender,
    pub(crate) profiles: u64,
    /// The initial number of history entries.
    pub(crate) history: u64,
    /// The median of requests per second.
    pub(crate) rate: f64,
    /// The median of the 99th percentiles of the latency, in microseconds.
    pub(crate) p99_us: f64,
    pub(crate) errors: u64,
    pub(crate) unwritten: u64,
    /// The ratio of the rate to that of the smallest population.
    pub(crate) of_smallest: Option<Ratio>,
}

/// Measures each database in turn, one after the other.
pub(crate) fn measure(scene: Scene<'_>, run: &Run) -> Result<Vec<Grown>> {
    let mut all = Vec::new();
    for (database, contender) in [
        (Database::Pg, Contender::Postgres),
        (Database::Sqlite, Contender::Sqlite),
    ] {
        if run.includes(database) {
            all.extend(measure_one(scene, run, database, contender)?);
        }
    }
    Ok(all)
}

fn measure_one(
    scene: Scene<'_>,
    run: &Run,
    database: Database,
    contender: Contender,
) -> Result<Vec<Grown>> {
    let mut sites = Vec::new();
    for (number, population) in POPULATIONS.into_iter().enumerate() {
        let name = format!("{contender:?}_growth{number}").to_lowercase();
        sites.push(Site::open(scene, database, &name, population, &[])?);
    }
    scene.settle()?;
    let warm_up = Scene {
        seconds: 1,
        ..scene
    };
    for site in &mut sites {
        site.load(warm_up, Operation::Patch, CONNECTIONS)?;
    }
    let mut blocks: Vec<Vec<Figures>> = vec![Vec::new(); sites.len()];
    for pair in 0..run.pairs() {
        let mut order: Vec<_> = sites.iter_mut().zip(&mut blocks).collect();
        if pair % 2 == 1 {
            order.reverse();
        }
        for (site, blocks) in order {
            let figures = site.measure(scene, Operation::Patch, CONNECTIONS)?;
            let title = contender.title();
            eprintln!("bench: {pair} growth, {title}: {:.0}/s", figures.rate);
            blocks.push(figures);
        }
    }
    let smallest = blocks.first().cloned().unwrap_or_default();
    let grown = |(population, figures): (Population, &Vec<Figures>)| {
        let middle = |figure: fn(&Figures) -> f64| {
            Ratio::of(figures.iter().map(figure)).map_or(0.0, |ratio| ratio.median)
        };
        let pairs = figures.iter().zip(&smallest);
        Grown {
            database: contender,
            profiles: population.profiles,
            history: population.history,
            rate: middle(|figures| figures.rate),
            p99_us: middle(|figures| figures.p99_us.unwrap_or_default()),
            errors: figures.iter().map(|figures| figures.errors).sum(),
            unwritten: figures.iter().map(|figures| figures.unwritten).sum(),
            of_smallest: Ratio::of(pairs.map(|(figures, smallest)| figures.rate / smallest.rate)),
        }
    };
    Ok(POPULATIONS.into_iter().zip(&blocks).map(grown).collect())
}
