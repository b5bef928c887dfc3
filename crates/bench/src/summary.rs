//! Aggregates blocks.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::block::{Block, Contender, Figures, Operation};

/// How one contender compares with another, over all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) contender: Contender,
    pub(crate) connections: u32,
    /// The median of each figure; errors are the sum and memory is the maximum.
    pub(crate) figures: Figures,
    /// The rate next to that of pgbench: with one client at one connection, otherwise with as many
    /// clients as its median is best with.
    pub(crate) of_pgbench: Option<Ratio>,
    /// The ratio of the rate to that of the echo host at as many connections.
    pub(crate) of_echo: Option<Ratio>,
    /// CPU time for each request next to that of the echo host at as many connections.
    pub(crate) cpu_of_echo: Option<Ratio>,
}

impl Ratio {
    /// The ratios of all pairs as one; none of no pairs.
    pub(crate) fn of(ratios: impl Iterator<Item = f64>) -> Option<Self> {
        let mut ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
        ratios.sort_by(f64::total_cmp);
        Some(Self {
            median: median(&ratios)?,
            min: *ratios.first()?,
            max: *ratios.last()?,
        })
    }
}

/// The blocks of a run, to be asked for figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'a>(pub(crate) &'a [Block]);

impl<'a> Blocks<'a> {
    /// All lines of the table, in its order.
    pub(crate) fn rows(self) -> Vec<Row> {
        let key = |block: &Block| (block.operation, block.contender, block.connections);
        let mut keys: Vec<_> = self.0.iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        let row = |(operation, contender, connections)| Row {
            operation,
            contender,
            connections,
            figures: medians(
                &self
                    .of(operation, contender, connections)
                    .collect::<Vec<_>>(),
            ),
            of_pgbench: self.of_pgbench(operation, contender, connections),
            of_echo: self.rates(operation, connections, contender, Contender::Echo),
            cpu_of_echo: self.compare(operation, connections, contender, Contender::Echo, |f| {
                f.host_cpu_us
            }),
        };
        keys.into_iter().map(row).collect()
    }

    /// The rate of one next to that of another, at as many connections, in the same pair.
    pub(crate) fn rates(
        self,
        operation: Operation,
        connections: u32,
        one: Contender,
        other: Contender,
    ) -> Option<Ratio> {
        self.compare(operation, connections, one, other, |f| Some(f.rate))
    }

    /// The most memory, in KiB, that the hosts had at so many connections.
    pub(crate) fn memory(self, connections: u32) -> Option<u64> {
        let is_host = |block: &&Block| match block.contender {
            Contender::Postgres | Contender::Sqlite => block.connections == connections,
            Contender::Pgbench | Contender::Echo => false,
        };
        let hosts = self.0.iter().filter(is_host);
        hosts.filter_map(|block| block.figures.rss_kib).max()
    }

    fn compare(
        self,
        operation: Operation,
        connections: u32,
        one: Contender,
        other: Contender,
        figure: impl Fn(&Figures) -> Option<f64>,
    ) -> Option<Ratio> {
        if one == other || one == Contender::Pgbench {
            return None;
        }
        Ratio::of(self.of(operation, one, connections).filter_map(|block| {
            let mut others = self.of(operation, other, connections);
            let other = others.find(|other| other.pair == block.pair)?;
            Some(figure(&block.figures)? / figure(&other.figures)?)
        }))
    }

    fn of_pgbench(
        self,
        operation: Operation,
        contender: Contender,
        connections: u32,
    ) -> Option<Ratio> {
        match contender {
            Contender::Postgres | Contender::Sqlite if connections == 1 => {
                self.rates(operation, connections, contender, Contender::Pgbench)
            }
            Contender::Postgres | Contender::Sqlite => {
                let clients = self.best_clients(operation)?;
                Ratio::of(
                    self.of(operation, contender, connections)
                        .filter_map(|block| {
                            let mut rivals = self.of(operation, Contender::Pgbench, clients);
                            let rival = rivals.find(|rival| rival.pair == block.pair)?;
                            Some(block.figures.rate / rival.figures.rate)
                        }),
                )
            }
            Contender::Pgbench | Contender::Echo => None,
        }
    }

    /// With how many clients pgbench is at its best, over all pairs. The best block of a pair would
    /// be the luckiest: of five that do the same on a noisy machine, one is always some percent
    /// above what any of them does in the middle.
    fn best_clients(self, operation: Operation) -> Option<u32> {
        let clients = self.0.iter().map(|block| block.connections);
        let clients: BTreeSet<u32> = clients.collect();
        let rated = clients.into_iter().filter_map(|clients| {
            let rivals = self.of(operation, Contender::Pgbench, clients);
            let rate = Ratio::of(rivals.map(|rival| rival.figures.rate))?.median;
            Some((clients, rate))
        });
        let best = rated.max_by(|(_, one), (_, other)| one.total_cmp(other));
        best.map(|(clients, _)| clients)
    }

    fn of(
        self,
        operation: Operation,
        contender: Contender,
        connections: u32,
    ) -> impl Iterator<Item = &'a Block> {
        self.0.iter().filter(move |block| {
            block.operation == operation
                && block.contender == contender
                && block.connections == connections
        })
    }
}

/// The middle of sorted figures.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

fn medians(blocks: &[&Block]) -> Figures {
    let middle = |figure: fn(&Figures) -> Option<f64>| {
        let figures = blocks.iter().filter_map(|block| figure(&block.figures));
        Ratio::of(figures).map(|ratio| ratio.median)
    };
    let most = |figure: fn(&Figures) -> Option<u64>| {
        blocks
            .iter()
            .filter_map(|block| figure(&block.figures))
            .max()
    };
    Figures {
        rate: middle(|f| Some(f.rate)).unwrap_or_default(),
        p50_us: middle(|f| Some(f.p50_us)).unwrap_or_default(),
        p99_us: middle(|f| f.p99_us),
        host_cpu_us: middle(|f| f.host_cpu_us),
        postgres_cpu_us: middle(|f| f.postgres_cpu_us),
        rss_kib: most(|f| f.rss_kib),
        peak_kib: most(|f| f.peak_kib),
        errors: blocks.iter().map(|block| block.figures.errors).sum(),
        unwritten: blocks.iter().map(|block| block.figures.unwritten).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(pair: u32, contender: Contender, connections: u32, rate: f64) -> Block {
        Block {
            pair,
            operation: Operation::Patch,
            contender,
            connections,
            figures: Figures {
                rate,
                errors: 1,
                ..Figures::default()
            },
        }
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
    }

    #[test]
    fn each_pair_is_compared_with_itself_and_with_the_best_of_pgbench() {
        let blocks = [
            block(0, Contender::Postgres, 64, 200.0),
            block(0, Contender::Pgbench, 8, 100.0),
            block(0, Contender::Pgbench, 64, 50.0),
            block(1, Contender::Postgres, 64, 30.0),
            block(1, Contender::Pgbench, 8, 10.0),
            // Luck, in one pair.
            block(1, Contender::Pgbench, 64, 15.0),
        ];
        let rows = Blocks(&blocks).rows();
        let row = rows.iter().find(|row| row.contender == Contender::Postgres);
        let row = row.unwrap();
        let expected = Ratio {
            median: 2.5,
            min: 2.0,
            max: 3.0,
        };
        assert_eq!(row.of_pgbench, Some(expected));
        assert_eq!((row.figures.errors, row.of_echo), (2, None));
    }

    #[test]
    fn one_connection_is_compared_with_one_client() {
        let blocks = [
            block(0, Contender::Postgres, 1, 80.0),
            block(0, Contender::Pgbench, 1, 100.0),
            block(0, Contender::Pgbench, 64, 900.0),
        ];
        let ratio = Blocks(&blocks).of_pgbench(Operation::Patch, Contender::Postgres, 1);
        assert_eq!(ratio.map(|ratio| ratio.median), Some(0.8));
    }
}
