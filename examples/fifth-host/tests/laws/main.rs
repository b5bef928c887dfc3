//! The laws over the served host with all five dialects, and its commands.

use std::process::Command;

use manyface::DialectRegistry;
use manyface_conformance::{Failure, LawOptions, laws};
use manyface_testing::{Postgres, TestDeployment};

#[test]
fn every_command_knows_the_fifth_dialect() {
    let output = Command::new(env!("CARGO_BIN_EXE_fifth-host"))
        .args(["openapi", "userinfo"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let document = include_str!("../../../fifth-dialect/openapi.json");
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
    let deployment = || TestDeployment::new(DialectRegistry::of(fifth_host::dialects), database);
    for deployment in [deployment(), deployment().with_values_of_operators()] {
        let mounts = deployment.mounts()?;
        assert_eq!(mounts.len(), 5);
        let options = LawOptions {
            cases: 24,
            ..LawOptions::default()
        };
        let report = laws(&mounts, &deployment, &options)?;
        let broken = report.broken.map(|broken| broken.to_string());
        assert_eq!(broken, None);
        assert!(report.taken > 100 && report.rejected > 100);
    }
    Ok(())
}
