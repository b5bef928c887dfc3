#![doc = include_str!("../README.md")]

mod bench;
mod block;
mod cluster;
mod echo;
mod failure;
mod growth;
mod interrupt;
mod job;
mod media;
mod meter;
mod options;
mod pgbench;
mod plan;
mod population;
mod profile;
mod report;
mod served;
mod site;
mod sqlite;
mod summary;
mod table;
mod targets;
mod tools;
mod users;
mod workplace;
mod wrk;

pub use bench::run;
pub use echo::serve as serve_echo;
pub use failure::{Failure, Result};
pub use media::measure_media;
pub use options::Options;
