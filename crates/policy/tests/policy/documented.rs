//! The examples of `docs/policies.md`.

use manyface_core::{Decision, Field};
use manyface_policy::schema;

use crate::support::{Ask, Folder, forbidden};

const DOCS: &str = include_str!("../../../../docs/policies.md");

/// Returns the Cedar blocks of the documentation, with the file name in their first line: `//
/// 10-base.cedar`.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = DOCS.split("```cedar\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let named = blocks.map(|block| {
        let name = block.lines().next().unwrap();
        (name.strip_prefix("// ").unwrap(), block)
    });
    named.collect()
}

fn folder(names: &[&str]) -> Folder {
    let examples = examples();
    let chosen = examples.iter().filter(|(name, _)| names.contains(name));
    let chosen: Vec<_> = chosen.copied().collect();
    assert_eq!(chosen.len(), names.len(), "{names:?}");
    Folder::new(&chosen)
}

#[test]
fn all_examples_are_valid_together() {
    let examples = examples();
    assert!(examples.len() >= 5);
    let contents = Folder::new(&examples).open().unwrap().contents();
    assert!(contents.warnings.is_empty(), "{:?}", contents.warnings);
}

#[test]
fn names_are_frozen_during_an_audit() {
    let policies = folder(&["10-base.cedar", "20-audit.cedar"]).open().unwrap();
    let notice = "Names are frozen until the audit ends on 1 December.";
    for field in [Field::GivenName, Field::FamilyName, Field::FullName] {
        let ask = Ask::update(&[Field::Bio, field]);
        assert_eq!(ask.of(&policies), forbidden(&[notice]));
        let later = ask.with(|ask| ask.now = "2026-12-01T00:00:00Z".parse().unwrap());
        assert_eq!(later.of(&policies), Decision::Permit);
    }
    assert_eq!(Ask::update(&[Field::Bio]).of(&policies), Decision::Permit);
    assert_eq!(Ask::read().of(&policies), Decision::Permit);
}

#[test]
fn only_hr_changes_given_names() {
    let policies = folder(&["10-base.cedar", "30-given-names.cedar"]);
    let policies = policies.open().unwrap();
    let ask = Ask::update(&[Field::GivenName]);
    assert_eq!(
        ask.of(&policies),
        forbidden(&["Ask HR to change your given name."])
    );
    assert_eq!(ask.in_group("hr").of(&policies), Decision::Permit);
    let other = Ask::update(&[Field::FamilyName]);
    assert_eq!(other.of(&policies), Decision::Permit);
}

#[test]
fn pictures_are_forbidden() {
    let policies = folder(&["10-base.cedar", "40-no-pictures.cedar"]);
    let policies = policies.open().unwrap();
    let ask = Ask::update(&[Field::Avatar]);
    assert_eq!(
        ask.of(&policies),
        forbidden(&["Pictures are not allowed here."])
    );
    assert_eq!(Ask::update(&[]).of(&policies), Decision::Permit);
}

#[test]
fn the_documented_schema_is_the_schema() {
    let schema = schema(&["movieknight", "tenant"]);
    let (_, rest) = DOCS.split_once("```cedarschema\n").unwrap();
    let documented = rest.split("```").next().unwrap();
    let (fixed, _) = schema.split_once("\n// The fields of a profile").unwrap();
    assert_eq!(documented.trim_end(), fixed.trim_end());
}
