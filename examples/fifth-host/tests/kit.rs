//! The conformance kit over the fifth dialect: its exchanges in memory, and the laws over the served
//! host with all five.

use std::{path::Path, process::Command};

use manyface::Known;
use manyface_conformance::{Extent, Failure, LawOptions, MemoryTarget, Suite, laws, replay};

#[path = "../../../crates/conformance/tests/conformance/household.rs"]
mod household;

use household::Household;
use manyface_testing::Postgres;

#[test]
fn the_exchanges_hold_over_the_memory_store() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fifth-dialect/exchanges");
    let suite = Suite::load(&folder).unwrap();
    assert!(suite.exchanges.len() > 5);
    // Every answer is held against the OpenAPI document, too.
    let suite = suite
        .described_by(fifth_dialect::dialect().openapi)
        .unwrap();
    let target = MemoryTarget::new(fifth_dialect::dialect);
    for exchange in &suite.exchanges {
        let replayed = replay(exchange, &suite, &target, Extent::All);
        let outcome = replayed.map_err(|failure| failure.to_string());
        assert_eq!(outcome, Ok(()), "{}", exchange.name);
    }
}

#[test]
fn every_command_knows_the_fifth_dialect() {
    let output = Command::new(env!("CARGO_BIN_EXE_fifth-host"))
        .args(["openapi", "userinfo"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let document = include_str!("../../fifth-dialect/openapi.json");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim_end(),
        document.trim_end()
    );
    let output = Command::new(env!("CARGO_BIN_EXE_fifth-host"))
        .args(["policy", "schema"])
        .output()
        .unwrap();
    let schema = String::from_utf8(output.stdout).unwrap();
    assert!(schema.contains("userinfo"), "{schema}");
}

#[test]
fn the_laws_hold_for_five_dialects_over_one_store() {
    check_laws(None).unwrap();
}

#[test]
fn the_laws_hold_for_five_dialects_on_postgresql() {
    check_laws(Some(|| Postgres::shared().database())).unwrap();
}

fn check_laws(database: Option<fn() -> String>) -> Result<(), Failure> {
    let household = || Household::new(Known::of(fifth_host::dialects), database);
    for household in [household(), household().with_values_of_operators()] {
        let mounts = household.mounts()?;
        assert_eq!(mounts.len(), 5);
        let options = LawOptions {
            cases: 24,
            ..LawOptions::default()
        };
        let report = laws(&mounts, &household, &options)?;
        let broken = report.broken.map(|broken| broken.to_string());
        assert_eq!(broken, None);
        assert!(report.taken > 100 && report.refused > 100);
    }
    Ok(())
}
