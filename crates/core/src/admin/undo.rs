//! The undoing of a change.

use std::collections::BTreeSet;

use super::{
    changes::{Before, ChangeKind, DetailedChange, FieldChange},
    restore::Restored,
};
use crate::Result;

/// A change to be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The number of the entry.
    pub seq: i64,
    /// The only field to be undone; `None` for all fields of the entry.
    pub field: Option<String>,
    /// Whether later changes of the same fields are overwritten.
    pub force: bool,
}

/// Why a change cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UndoRejection {
    /// The entry does not exist, or the operator may not know of it.
    #[error("there is no change {0}")]
    NoSuchChange(i64),
    /// The user was erased.
    #[error("the values of change {0} were erased with the user")]
    Erased(i64),
    /// The entry is the creation of the user.
    #[error("change {0} is the creation of the user; remove the user instead")]
    Creation(i64),
    /// The entry did not change the field.
    #[error("change {seq} did not change {field}; it changed {changed}")]
    NoSuchField {
        /// The entry.
        seq: i64,
        /// The field.
        field: String,
        /// The changed fields.
        changed: String,
    },
    /// The retention has removed the entries with the earlier value.
    #[error("the earlier value of {0} is unknown: the history before the change was removed")]
    Unknown(String),
    /// A later entry changed the field.
    #[error("change {by} changed {field} later; undo it first, or force the undo")]
    Overwritten {
        /// The field.
        field: String,
        /// The later entry.
        by: i64,
    },
    /// The change has been undone.
    #[error("change {by} has undone {field} already")]
    AlreadyUndone {
        /// The field.
        field: String,
        /// The later entry.
        by: i64,
    },
    /// The change moved the user to another tenant.
    #[error("a move to another tenant cannot be undone; move the user back")]
    Move,
    /// The change wrote overrides of accounts, and other fields as well.
    #[error("the change wrote overrides of accounts and other fields; undo one field at a time")]
    Mixed,
    /// The field never changes, except by an import.
    #[error("a change of {0} cannot be undone")]
    Fixed(String),
    /// The stored image or file of the earlier value was removed.
    #[error("the stored file of the earlier {0} was removed")]
    FileRemoved(String),
    /// The user or the tenant is suspended.
    #[error("the overrides of a suspended user cannot be changed; resume the user first")]
    Suspended,
}

/// Returns the earlier values that the undo of a change restores. `changes` are all entries of the
/// profile, the oldest first.
///
/// A later change of the same field rejects the undo, unless it is forced. A later change that has
/// been undone is ignored.
pub(super) fn plan_undo(
    changes: &[DetailedChange],
    undo: &Undo,
) -> Result<Vec<Restored>, UndoRejection> {
    let Undo { seq, field, force } = undo;
    let index = changes.iter().position(|entry| entry.change.seq == *seq);
    let index = index.ok_or(UndoRejection::NoSuchChange(*seq))?;
    let entry = &changes[index];
    match entry.kind {
        ChangeKind::Erasure | ChangeKind::Erased => return Err(UndoRejection::Erased(*seq)),
        ChangeKind::Creation => return Err(UndoRejection::Creation(*seq)),
        ChangeKind::Update | ChangeKind::Undo(_) => {}
    }
    let fields: Vec<&FieldChange> = match field {
        None => entry.fields.iter().collect(),
        Some(field) => match entry.field(field) {
            Some(change) => vec![change],
            None => return Err(no_such_field(entry, field)),
        },
    };
    // Accounts belong to tenants: overrides from before a move are those of other accounts.
    let is_override = |change: &&FieldChange| change.field.starts_with("overrides.");
    let is_moved_later = changes[index + 1..].iter().any(is_move);
    if is_move(entry) || (is_moved_later && fields.iter().any(is_override)) {
        return Err(UndoRejection::Move);
    }
    let mut accounts = fields.iter().map(|change| account_of(&change.field));
    let first = accounts.next();
    if accounts.any(|account| Some(account) != first) {
        return Err(UndoRejection::Mixed);
    }
    let is_fixed = |field: &&String| field.starts_with("external_ids.") || *field == "created_at";
    let mut names = fields.iter().map(|change| &change.field);
    if let Some(field) = names.find(is_fixed) {
        return Err(UndoRejection::Fixed(field.clone()));
    }
    let mut restored = Vec::new();
    for FieldChange { field, from, .. } in fields {
        let Before::Known(value) = from else {
            return Err(UndoRejection::Unknown(field.clone()));
        };
        if !force {
            check_later(entry, &changes[index + 1..], field)?;
        }
        restored.push(Restored {
            field: field.clone(),
            value: value.clone(),
        });
    }
    Ok(restored)
}

/// Returns whether an entry moved the user to another tenant.
pub(super) fn is_move(entry: &DetailedChange) -> bool {
    entry.kind != ChangeKind::Creation && entry.field("tenant_id").is_some()
}

/// Returns the account of an override.
fn account_of(field: &str) -> Option<&str> {
    let (account, _) = field.strip_prefix("overrides.")?.rsplit_once('.')?;
    Some(account)
}

fn no_such_field(entry: &DetailedChange, field: &str) -> UndoRejection {
    let changed: Vec<_> = entry.fields.iter().map(|own| own.field.as_str()).collect();
    UndoRejection::NoSuchField {
        seq: entry.change.seq,
        field: field.to_owned(),
        changed: changed.join(", "),
    }
}

/// Rejects the undo of `field` in `entry` if an entry of `later` has changed the field.
fn check_later(
    entry: &DetailedChange,
    later: &[DetailedChange],
    field: &str,
) -> Result<(), UndoRejection> {
    let mut undone = BTreeSet::new();
    for change in later.iter().rev() {
        let by = change.change.seq;
        if change.field(field).is_none() || undone.contains(&change.change.version) {
            continue;
        }
        let field = field.to_owned();
        match change.kind {
            ChangeKind::Undo(target) if target == entry.change.version => {
                return Err(UndoRejection::AlreadyUndone { field, by });
            }
            // It has restored what was there before a change after the entry.
            ChangeKind::Undo(target) if target > entry.change.version => {
                undone.insert(target);
            }
            ChangeKind::Undo(_)
            | ChangeKind::Creation
            | ChangeKind::Update
            | ChangeKind::Erasure
            | ChangeKind::Erased => {
                return Err(UndoRejection::Overwritten { field, by });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Change, PatchDocument, ProfileId, Timestamp, admin::changes::replay};

    /// Returns the entries with these documents, numbered from 1.
    fn entries(documents: &[&str]) -> Vec<DetailedChange> {
        let numbered = (1..).zip(documents);
        let entries = numbered.map(|(seq, document)| Change {
            seq,
            profile_id: ProfileId(uuid::Uuid::nil()),
            version: seq,
            at: Timestamp::UNIX_EPOCH,
            actor: "user:1".to_owned(),
            dialect: "iam".to_owned(),
            api_version: None,
            request_id: String::new(),
            patch: PatchDocument::from_stored((*document).to_owned()),
        });
        replay(entries.collect()).unwrap()
    }

    fn undo(seq: i64) -> Undo {
        Undo {
            seq,
            field: None,
            force: false,
        }
    }

    /// Returns the restored values as `field=value`, or the rejection.
    fn plan(documents: &[&str], undo: &Undo) -> String {
        match plan_undo(&entries(documents), undo) {
            Ok(restored) => {
                let restored = restored.iter().map(|Restored { field, value }| {
                    let value = value.as_ref().map_or("unset", |value| value.as_str());
                    format!("{field}={value}")
                });
                restored.collect::<Vec<_>>().join(" ")
            }
            Err(rejection) => rejection.to_string(),
        }
    }

    const CREATED: &str = r#"{"username":"ada","created_at":"2026-01-01T00:00:00Z","bio":"a"}"#;

    #[test]
    fn earlier_values_are_restored() {
        let changed = r#"{"bio":"b","country":"DE","avatar_image":null,"avatar_url":"https://a"}"#;
        let documents = [CREATED, changed];
        assert_eq!(
            plan(&documents, &undo(2)),
            "avatar=unset bio=\"a\" country=unset"
        );
        let mut one = undo(2);
        one.field = Some("bio".to_owned());
        assert_eq!(plan(&documents, &one), "bio=\"a\"");
        one.field = Some("phone".to_owned());
        let message = "change 2 did not change phone; it changed avatar, bio, country";
        assert_eq!(plan(&documents, &one), message);
    }

    #[test]
    fn a_field_that_is_written_without_a_change_is_not_undone() {
        let same = r#"{"bio":"a","skills":[],"country":"DE"}"#;
        assert_eq!(plan(&[CREATED, same], &undo(2)), "country=unset");
    }

    #[test]
    fn unknown_earlier_values_are_rejected() {
        let message =
            "the earlier value of bio is unknown: the history before the change was removed";
        assert_eq!(plan(&[r#"{"bio":"b"}"#], &undo(1)), message);
        assert_eq!(
            plan(&[r#"{"bio":"b"}"#, r#"{"bio":"c"}"#], &undo(2)),
            "bio=\"b\""
        );
    }

    #[test]
    fn later_changes_are_overwritten_by_force_only() {
        let documents = [CREATED, r#"{"bio":"b"}"#, r#"{"bio":"c"}"#];
        let message = "change 3 changed bio later; undo it first, or force the undo";
        assert_eq!(plan(&documents, &undo(2)), message);
        let mut forced = undo(2);
        forced.force = true;
        assert_eq!(plan(&documents, &forced), "bio=\"a\"");
    }

    #[test]
    fn undone_changes_are_ignored() {
        let mut documents = vec![
            CREATED,
            r#"{"bio":"b"}"#,
            r#"{"bio":"c"}"#,
            r#"{"bio":"b","undoes":3}"#,
        ];
        assert_eq!(plan(&documents, &undo(2)), "bio=\"a\"");
        let message = "change 4 has undone bio already";
        assert_eq!(plan(&documents, &undo(3)), message);
        // The undo is undone: the change counts again.
        documents.push(r#"{"bio":"c","undoes":4}"#);
        let message = "change 3 changed bio later; undo it first, or force the undo";
        assert_eq!(plan(&documents, &undo(2)), message);
    }

    #[test]
    fn a_forced_undo_of_an_earlier_change_is_a_later_change() {
        let documents = [
            CREATED,
            r#"{"bio":"b"}"#,
            r#"{"bio":"c"}"#,
            r#"{"bio":"a","undoes":2}"#,
        ];
        let message = "change 4 changed bio later; undo it first, or force the undo";
        assert_eq!(plan(&documents, &undo(3)), message);
    }

    #[test]
    fn operator_data_and_overrides_are_restored_by_dialect_and_account() {
        let documents = [
            CREATED,
            r#"{"operator_data":{"iam":{"elo":1.50}}}"#,
            r#"{"operator_data":{"movieknight":{}}}"#,
            r#"{"overrides":{"biz_1":{"bio":"x"}}}"#,
        ];
        assert_eq!(
            plan(&documents, &undo(3)),
            r#"operator_data.iam={"elo":1.50} operator_data.movieknight=unset"#
        );
        assert_eq!(plan(&documents, &undo(4)), "overrides.biz_1.bio=unset");
        let mixed = r#"{"bio":"b","overrides":{"biz_1":{"bio":"x"},"biz_2":{"bio":"x"}}}"#;
        let message =
            "the change wrote overrides of accounts and other fields; undo one field at a time";
        assert_eq!(plan(&[CREATED, mixed], &undo(2)), message);
        let one = Undo {
            field: Some("overrides.biz_2.bio".to_owned()),
            ..undo(2)
        };
        assert_eq!(plan(&[CREATED, mixed], &one), "overrides.biz_2.bio=unset");
    }

    #[test]
    fn creations_moves_and_erased_entries_are_rejected() {
        let message = "change 1 is the creation of the user; remove the user instead";
        assert_eq!(plan(&[CREATED], &undo(1)), message);
        let moved = r#"{"tenant_id":"01980000-0000-7000-8000-000000000001"}"#;
        let message = "a move to another tenant cannot be undone; move the user back";
        assert_eq!(plan(&[CREATED, moved], &undo(2)), message);
        // The accounts of the former tenant are others than those of the same names.
        let own = r#"{"overrides":{"biz_1":{"bio":"x"}}}"#;
        let moved = r#"{"tenant_id":"01980000-0000-7000-8000-000000000001","overrides":{}}"#;
        let forced = Undo {
            force: true,
            ..undo(2)
        };
        assert_eq!(plan(&[CREATED, own, moved], &forced), message);
        let field = Undo {
            field: Some("overrides.biz_1.bio".to_owned()),
            ..undo(3)
        };
        assert_eq!(plan(&[CREATED, own, moved], &field), message);
        let message = "the values of change 1 were erased with the user";
        assert_eq!(plan(&["{}"], &undo(1)), message);
        assert_eq!(plan(&["{}"], &undo(2)), "there is no change 2");
    }
}
