//! Fixtures for the tests of stores.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::{
    AdminRepository, BoxError, ColumnReader, Edit, Erasure, FIELDS, FieldKind, Profile,
    ProfileField, ProfileId, ProfilePatch, ProfileRef, ProfileUpdate, Provenance, TenantId,
    Username,
};

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// Returns a number that is unique in this process.
pub(super) fn unique() -> u64 {
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

/// Returns a timestamp that differs at each call, with nanoseconds, which stores must truncate.
pub(super) fn now() -> Timestamp {
    let step = i128::from(unique()) * 1_000;
    let base = 1_782_383_400_123_456_789_i128;
    Timestamp::from_nanosecond(base + step).expect("the timestamp is in range")
}

/// Returns a profile with unique ids and names.
///
/// # Panics
///
/// Never: the parsed strings are valid.
pub fn new_profile(tenant: TenantId) -> Profile {
    let number = unique();
    let at = now();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let process = std::process::id().to_be_bytes();
    random[8..].copy_from_slice(&process[2..]);
    let id = ProfileId::mint(at, random);
    let name = format!("user-{}-{number}", std::process::id());
    let username = Username::parse(&name).expect("the name is letters, digits and hyphens");
    let mut profile = Profile::new(id, tenant, username, format!("{name}@example.com"), at);
    let external = format!("x{number}-{}", std::process::id());
    profile
        .external_ids
        .insert("movieknight".to_owned(), external);
    profile
}

/// Returns a patch that names every field, with a value that differs for each `salt`.
///
/// # Panics
///
/// Never: the parsed strings are valid.
pub fn full_patch(salt: i32) -> ProfilePatch {
    masked_patch(salt, u32::MAX, 0)
}

/// Returns [`full_patch`] with only the fields whose bits in `named` are set. Bit `n` is the field
/// at index `n` of [`FIELDS`]. A field whose bit in `empty` is also set is cleared.
///
/// # Panics
///
/// Never: the parsed strings are valid.
pub fn masked_patch(salt: i32, named: u32, empty: u32) -> ProfilePatch {
    let mut patch = ProfilePatch::default();
    for (index, row) in FIELDS.iter().enumerate() {
        if named >> index & 1 == 1 {
            let mut columns = if empty >> index & 1 == 1 {
                Columns::empty(row)
            } else {
                Columns::sample(row, index, salt)
            };
            row.load_edit(&mut patch, &mut columns)
                .expect("the sample matches the kind of the field");
        }
    }
    patch
}

/// The columns of one field.
struct Columns {
    texts: std::vec::IntoIter<Option<String>>,
    flag: bool,
}

impl Columns {
    fn of(texts: impl Into<Vec<Option<String>>>, flag: bool) -> Self {
        let texts = texts.into().into_iter();
        Self { texts, flag }
    }

    fn empty(row: &ProfileField) -> Self {
        match row.kind() {
            // A user name cannot be empty.
            FieldKind::Username => Self::sample(row, 0, 0),
            FieldKind::List => Self::of([Some("[]".to_owned())], false),
            FieldKind::Text
            | FieldKind::Json
            | FieldKind::Country
            | FieldKind::Date
            | FieldKind::Boolean
            | FieldKind::Avatar => Self::of([None, None], false),
        }
    }

    fn sample(row: &ProfileField, index: usize, salt: i32) -> Self {
        let name = row.field.as_str();
        let text = match row.kind() {
            FieldKind::Text => format!("{name} {salt} \u{1f600} \"'\\ \u{e9}"),
            FieldKind::Json => format!("{{\"{name}\": [1.10, {salt}, 1e3, \"\\u00e9\"]}}"),
            FieldKind::Country => ["DE", "US", "FR"][below(3, salt)].to_owned(),
            FieldKind::Date => format!("1999-05-{:02}", below(28, salt) + 1),
            FieldKind::List => format!("[{},1]", index * 100 + below(100, salt)),
            FieldKind::Boolean => String::new(),
            FieldKind::Username => {
                let name = format!("Renamed-{}-{}", unique(), std::process::id());
                let name = Username::parse(&name).expect("the name is letters, digits and hyphens");
                let columns = [name.as_str(), name.key()].map(|text| Some(text.to_owned()));
                return Self::of(columns, false);
            }
            FieldKind::Avatar if salt % 2 == 0 => {
                return Self::of([Some(format!("{salt:064x}")), None], false);
            }
            FieldKind::Avatar => {
                return Self::of([None, Some(format!("https://a.example/{salt}"))], false);
            }
        };
        Self::of([Some(text)], salt % 2 == 0)
    }
}

fn below(limit: i32, salt: i32) -> usize {
    usize::try_from(salt.rem_euclid(limit)).expect("a remainder is not negative")
}

impl ColumnReader for Columns {
    fn text(&mut self) -> Result<Option<String>, BoxError> {
        Ok(self.texts.next().flatten())
    }

    fn flag(&mut self) -> Result<bool, BoxError> {
        Ok(self.flag)
    }
}

pub(super) fn bio(text: &str) -> ProfilePatch {
    ProfilePatch {
        bio: Edit::Set(text.to_owned()),
        ..ProfilePatch::default()
    }
}

pub(super) fn provenance() -> Provenance {
    let mut provenance = Provenance::new(now(), "user:1".into(), "movieknight", "r-1".into());
    provenance.api_version = Some("2026-01-01".to_owned());
    provenance
}

pub(super) fn update(profile: &Profile, patch: ProfilePatch) -> ProfileUpdate {
    ProfileUpdate {
        who: ProfileRef::Id(profile.id),
        tenant: None,
        patch,
        expected: None,
        existing_names: Vec::new(),
        upload: None,
        max_new_entries: u32::MAX,
        provenance: provenance(),
    }
}

pub(super) async fn tenant(store: &dyn AdminRepository) -> TenantId {
    let candidate = TenantId(new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = store.default_tenant(candidate, now()).await;
    tenant.expect("the default tenant can be created")
}

/// Adds a new profile, modified by `edit`, to the store.
pub(super) async fn stored(
    store: &dyn AdminRepository,
    edit: impl FnOnce(&mut Profile),
) -> Profile {
    let mut profile = new_profile(tenant(store).await);
    edit(&mut profile);
    let added = store.add(&profile, &[], &provenance()).await;
    added.expect("a new profile can be added");
    profile
}

pub(super) async fn reread(store: &dyn AdminRepository, profile: &Profile) -> Profile {
    let found = store.find(&ProfileRef::Id(profile.id)).await;
    found
        .expect("the profile can be read")
        .expect("the profile exists")
}

/// Erases a user of any revision, and returns whether the user existed.
///
/// # Panics
///
/// If the store fails.
pub async fn erase(store: &dyn AdminRepository, id: ProfileId) -> bool {
    let mut receipt = [0; 10];
    receipt[..8].copy_from_slice(&unique().to_be_bytes());
    let ProfileId(receipt) = ProfileId::mint(now(), receipt);
    let erasure = Erasure::new(receipt, ProfileRef::Id(id), provenance());
    store.erase(&erasure).await.unwrap()
}
