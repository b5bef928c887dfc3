//! Tests of the stores on real databases.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count what tests share as tests"
)]

mod behaviour;
mod catalogue_races;
mod coalescing;
mod concurrency;
mod feed;
mod interleaving;
mod migrations;
mod poolers;
mod postgres;
mod postgres_faults;
mod rules;
mod sqlite;
mod support;
