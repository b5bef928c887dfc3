//! The contents of policy folders, and errors in them.

use std::fs;

use manyface_core::{Decision, Field};
use manyface_policy::PolicyFile;

use crate::support::{Ask, BASE, Folder, forbidden, tenant};

const TENANT_FOLDER: &str = "tenants/00000000-0000-0000-0000-000000000001";

#[test]
fn a_folder_lists_its_contents() {
    let own = format!("{TENANT_FOLDER}/x.cedar");
    let folder = Folder::new(&[
        ("b.cedar", &format!("{BASE}\n{BASE}")),
        ("a.cedar", BASE),
        ("README.md", "not a policy"),
        (".hidden.cedar", "not a policy"),
        (&own, BASE),
    ]);
    let contents = folder.open().unwrap().contents();
    let file = |name: &str, tenant, policies| PolicyFile {
        name: name.to_owned(),
        tenant,
        policies,
    };
    assert_eq!(
        contents.files,
        [
            file("a.cedar", None, 1),
            file("b.cedar", None, 2),
            file(&own, Some(tenant(1)), 1),
        ]
    );
    assert_eq!(contents.count(), 4);
    assert!(contents.warnings.is_empty());
}

#[test]
fn every_mistake_is_reported_with_its_position() {
    let misspelt = r#"permit (principal, action, resource)
when { context.dialect == Dialect::"whopp" };"#;
    let field = r#"

forbid (principal, action == Action::"update", resource)
when { context.fields.contains(Field::"given-name") };"#;
    let unguarded = r#"forbid (principal, action, resource)
when { context.account == "biz_1" };"#;
    let own = format!("{TENANT_FOLDER}/x.cedar");
    for (name, text, place) in [
        (
            "a.cedar",
            "permit (principal, action, resource)",
            "a.cedar, line 1: ",
        ),
        (
            "a.cedar",
            "permit (principal,\n action, resorce);",
            "a.cedar, line 2: ",
        ),
        ("a.cedar", misspelt, "a.cedar, line 2: "),
        ("a.cedar", field, "a.cedar, line 4: "),
        ("a.cedar", unguarded, "a.cedar, line 2: "),
        (own.as_str(), misspelt, &format!("{own}, line 2: ")),
        ("a.cedar", "// nothing", "a.cedar: the file has no policies"),
        ("a.cedar", "", "a.cedar: the file has no policies"),
        (
            "a.cedar",
            "permit (principal == ?principal, action, resource);",
            "a.cedar: templates",
        ),
    ] {
        let rejection = Folder::new(&[(name, text)]).rejection();
        assert!(rejection.starts_with(place), "{text}: {rejection}");
    }
    let both = Folder::new(&[("a.cedar", misspelt), ("b.cedar", "nonsense")]).rejection();
    assert_eq!(both.lines().count(), 2, "{both}");
}

#[test]
fn a_folder_without_policies_is_rejected() {
    let empty = Folder::new(&[("README.md", "x")]);
    assert!(
        empty
            .rejection()
            .starts_with("FOLDER: there are no policies")
    );
    let empty = Folder::new(&[
        ("a.cedar", BASE),
        (&format!("{TENANT_FOLDER}/README.md"), "x"),
    ]);
    let rejection = empty.rejection();
    assert!(
        rejection.starts_with(&format!("FOLDER/{TENANT_FOLDER}: there are no policies")),
        "{rejection}"
    );
    let missing = Folder::new(&[]);
    fs::remove_dir(missing.path()).unwrap();
    assert!(missing.rejection().starts_with("FOLDER: "));
}

#[test]
fn a_tenant_has_one_folder_named_by_its_uuid() {
    let folder = Folder::new(&[("a.cedar", BASE), ("tenants/acme/a.cedar", BASE)]);
    assert_eq!(
        folder.rejection(),
        "FOLDER/tenants/acme: the name of a tenant's folder must be its UUID"
    );
    let folder = Folder::new(&[
        ("tenants/2489E9AD-2EE2-8E00-8EC9-32D5F69181C0/a.cedar", BASE),
        ("tenants/2489e9ad-2ee2-8e00-8ec9-32d5f69181c0/a.cedar", BASE),
    ]);
    assert!(
        folder
            .rejection()
            .ends_with("the tenant has another folder")
    );
}

#[test]
fn policies_without_a_permit_cause_a_warning() {
    let forbid = "forbid (principal, action, resource);";
    let own = format!("{TENANT_FOLDER}/x.cedar");
    let folder = Folder::new(&[("a.cedar", forbid), (&own, forbid)]);
    let warnings = folder.open().unwrap().contents().warnings;
    let files: Vec<_> = warnings
        .iter()
        .map(|warning| warning.file.as_str())
        .collect();
    assert_eq!(
        files,
        ["*.cedar".to_owned(), format!("{TENANT_FOLDER}/*.cedar")]
    );
    let folder = Folder::new(&[("a.cedar", BASE), (&own, forbid)]);
    assert!(folder.open().unwrap().contents().warnings.is_empty());
}

#[test]
fn a_reload_replaces_the_policies() {
    let folder = Folder::new(&[("a.cedar", BASE)]);
    let policies = folder.open().unwrap();
    let update = Ask::update(&[Field::Bio]);
    assert_eq!(update.of(&policies), Decision::Permit);
    folder.write(
        "b.cedar",
        r#"@notice("No.") forbid (principal, action, resource);"#,
    );
    assert_eq!(update.of(&policies), Decision::Permit);
    policies.reload().unwrap();
    assert_eq!(update.of(&policies), forbidden(&["No."]));
    folder.remove("b.cedar");
    policies.reload().unwrap();
    assert_eq!(update.of(&policies), Decision::Permit);
}

#[test]
fn a_failed_reload_keeps_the_previous_policies() {
    let folder = Folder::new(&[
        ("a.cedar", BASE),
        (
            "b.cedar",
            r#"@notice("No.") forbid (principal, action, resource);"#,
        ),
    ]);
    let policies = folder.open().unwrap();
    let before = policies.contents();
    let assert_unchanged = || {
        assert!(policies.reload().is_err());
        assert_eq!(Ask::read().of(&policies), forbidden(&["No."]));
        assert_eq!(policies.contents(), before);
    };
    for text in [
        "",
        "nonsense",
        "forbid (principal, action, resource) when { context.x };",
    ] {
        folder.write("b.cedar", text);
        assert_unchanged();
    }
    folder.remove("b.cedar");
    folder.write("tenants/acme/a.cedar", BASE);
    assert_unchanged();
    fs::remove_dir_all(folder.path()).unwrap();
    assert_unchanged();
}
