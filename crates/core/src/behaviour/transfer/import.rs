//! Tests of the lines of an import.

use super::super::fixture::{now, tenant, unique};
use Outcome::{Added, Rejected, Unchanged};

use crate::{
    AdminRepository, BulkRepository, Export, ImportSettings, Importer, InputLine, LineReport,
    OnConflict, Outcome, Profile, ProfileId, ProfileRef, Provenance, RecordObject,
    ReservedUsernames, Username,
};

/// Returns all lines of an export.
pub(super) async fn export(bulk: &dyn BulkRepository) -> Vec<String> {
    let mut export = Export::new(bulk, None);
    let mut lines = Vec::new();
    while let Some(page) = export.next().await.unwrap() {
        lines.extend(page);
    }
    lines
}

/// Imports `lines` in batches of seven, with settings that `edit` changes.
pub(super) async fn run(
    bulk: &dyn BulkRepository,
    lines: &[String],
    edit: impl FnOnce(&mut ImportSettings<'_>),
) -> Vec<LineReport> {
    let mut settings = ImportSettings {
        on_conflict: OnConflict::Fail,
        dry_run: false,
        fail_fast: false,
        provenance: Provenance::operator(now()),
        reserved: ReservedUsernames::default(),
        files: None,
        limit: None,
        complete: &|_, _| Vec::new(),
        new_id: &|at| {
            let mut random = [0; 10];
            random[..8].copy_from_slice(&unique().to_be_bytes());
            Ok(ProfileId::mint(at, random))
        },
        read: &|line| RecordObject::parse(line).map_err(|error| vec![error]),
    };
    edit(&mut settings);
    let mut importer = Importer::new(bulk, settings);
    let lines = lines.iter().zip(1..).map(|(text, number)| InputLine {
        number,
        text: text.clone(),
    });
    let lines: Vec<_> = lines.collect();
    let mut reports = Vec::new();
    for batch in lines.chunks(7) {
        reports.extend(importer.run(batch).await.unwrap());
    }
    reports
}

pub(super) async fn check(bulk: &dyn BulkRepository, repository: &dyn AdminRepository) {
    tenant(repository).await;
    broken_lines_stop_nothing_else(bulk, repository).await;
    the_first_broken_line_can_end_an_import(bulk, repository).await;
    nothing_is_written_by_a_dry_run(bulk, repository).await;
    conflicts_are_skipped_updated_or_rejected(bulk, repository).await;
    an_update_renames_and_replaces_ids(bulk, repository).await;
}

fn outcomes(reports: &[LineReport]) -> Vec<Outcome> {
    reports.iter().map(|report| report.outcome).collect()
}

fn name() -> String {
    format!("imported-{}-{}", std::process::id(), unique())
}

fn line(name: &str, more: &str) -> String {
    format!(r#"{{"username":"{name}","email":"a@b.example"{more}}}"#)
}

async fn find(repository: &dyn AdminRepository, name: &str) -> Option<Profile> {
    let key = Username::parse(name).unwrap().key().to_owned();
    repository
        .inspect(&ProfileRef::Username(key))
        .await
        .unwrap()
}

async fn broken_lines_stop_nothing_else(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
) {
    let [one, two] = [name(), name()];
    let lines = [
        line(&one, r#","bio":"x","external_ids":{"whop":""}"#),
        "{".to_owned(),
        String::new(),
        line(&one, r#","bio":"x""#),
        line(
            &two,
            r#","tenant_id":"00000000-0000-0000-0000-000000000001""#,
        ),
        r#"{"type":"nonsense"}"#.to_owned(),
        line(&two, ""),
        line(&one, r#","bio":"x""#),
        line(&one, r#","bio":"y""#),
        line("admin", ""),
    ];
    let reports = run(bulk, &lines, |_| {}).await;
    let numbers: Vec<_> = reports.iter().map(|report| report.line).collect();
    assert_eq!(numbers, [1, 2, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(
        outcomes(&reports),
        [
            Rejected, Rejected, Added, Rejected, Rejected, Added, Unchanged, Rejected, Rejected
        ]
    );
    assert_eq!(reports[7].errors[0].field, "bio");
    let stored = find(repository, &one).await.unwrap();
    assert_eq!((stored.bio.as_deref(), stored.version), (Some("x"), 1));
    assert_eq!(repository.history(stored.id, 9).await.unwrap().len(), 1);
}

async fn the_first_broken_line_can_end_an_import(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
) {
    let names = [(); 3].map(|()| name());
    let lines = [
        line(&names[0], ""),
        line(&names[1], r#","country":"ZZ""#),
        line(&names[2], ""),
    ];
    let reports = run(bulk, &lines, |settings| settings.fail_fast = true).await;
    assert_eq!(outcomes(&reports), [Outcome::Added, Outcome::Rejected]);
    assert!(find(repository, &names[0]).await.is_some());
    assert!(find(repository, &names[2]).await.is_none());
}

async fn nothing_is_written_by_a_dry_run(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
) {
    let name = name();
    let lines = [line(&name, r#","bio":"x""#), line(&name, "")];
    let reports = run(bulk, &lines, |settings| settings.dry_run = true).await;
    assert_eq!(outcomes(&reports), [Outcome::Added, Outcome::Rejected]);
    let fields: Vec<_> = reports[0]
        .fields
        .iter()
        .map(|field| &*field.field)
        .collect();
    for field in ["bio", "email", "username"] {
        assert!(fields.contains(&field), "{fields:?}");
    }
    assert!(find(repository, &name).await.is_none());
}

async fn conflicts_are_skipped_updated_or_rejected(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
) {
    let name = name();
    run(bulk, &[line(&name, r#","bio":"old","phone":"1""#)], |_| {}).await;
    let changed = [line(&name, r#","bio":"new""#)];
    for (on_conflict, outcome, bio) in [
        (OnConflict::Fail, Outcome::Rejected, "old"),
        (OnConflict::Skip, Outcome::Skipped, "old"),
        (OnConflict::Update, Outcome::Updated, "new"),
        (OnConflict::Update, Outcome::Unchanged, "new"),
    ] {
        let reports = run(bulk, &changed, |settings| {
            settings.on_conflict = on_conflict;
        })
        .await;
        assert_eq!(outcomes(&reports), [outcome]);
        let stored = find(repository, &name).await.unwrap();
        assert_eq!(stored.bio.as_deref(), Some(bio));
        assert_eq!(stored.phone.as_deref(), Some("1"));
    }
    let stored = find(repository, &name).await.unwrap();
    assert_eq!(stored.version, 2);
    let history = repository.history(stored.id, 9).await.unwrap();
    assert_eq!((history.len(), history[0].version), (2, 2));
    let patch: serde_json::Value = serde_json::from_str(history[0].patch.as_str()).unwrap();
    assert_eq!(patch, serde_json::json!({"bio": "new"}));
}

async fn an_update_renames_and_replaces_ids(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
) {
    let [old, new] = [name(), name()];
    let subject =
        |number: u32| format!(r#","identities":[{{"issuer":"i","subject":"{old}{number}"}}]"#);
    run(bulk, &[line(&old, &subject(1))], |_| {}).await;
    let id = find(repository, &old).await.unwrap().id;
    let renamed = [line(&new, &format!(r#","id":"{id}"{}"#, subject(2)))];
    let update = |settings: &mut ImportSettings<'_>| settings.on_conflict = OnConflict::Update;
    assert_eq!(
        outcomes(&run(bulk, &renamed, update).await),
        [Outcome::Updated]
    );
    assert_eq!(find(repository, &new).await.unwrap().id, id);
    assert!(find(repository, &old).await.is_none());
    for (number, is_found) in [(1, false), (2, true)] {
        let who = ProfileRef::Identity {
            issuer: "i".into(),
            subject: format!("{old}{number}"),
        };
        assert_eq!(repository.inspect(&who).await.unwrap().is_some(), is_found);
    }
    // The former name stays reserved for the user who had it.
    let reports = run(bulk, &[line(&old, "")], |_| {}).await;
    assert_eq!(outcomes(&reports), [Outcome::Rejected]);
}
