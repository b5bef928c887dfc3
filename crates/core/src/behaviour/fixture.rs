//! Profiles to try things on.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::{
    Avatar, CatalogueId, Country, Edit, ImageId, Json, Profile, ProfileId, ProfilePatch,
    ProfileRef, ProfileUpdate, Provenance, Registry, TenantId, Username, WebUrl,
};

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// A number that this process has not used before.
pub(super) fn unique() -> u64 {
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

/// An instant, different at each call, with a part below the microsecond that stores must drop.
pub(super) fn now() -> Timestamp {
    let step = i128::from(unique()) * 1_000;
    let base = 1_782_383_400_123_456_789_i128;
    Timestamp::from_nanosecond(base + step).expect("is in this century")
}

/// A profile that differs from every other that this process makes.
///
/// # Panics
///
/// Never: the texts it parses are fixed.
pub fn new_profile(tenant: TenantId) -> Profile {
    let number = unique();
    let at = now();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let process = std::process::id().to_be_bytes();
    random[8..].copy_from_slice(&process[2..]);
    let id = ProfileId::mint(at, random);
    let name = format!("user-{}-{number}", std::process::id());
    let username = Username::parse(&name).expect("is letters, digits and hyphens");
    let mut profile = Profile::new(id, tenant, username, format!("{name}@example.com"), at);
    let external = format!("x{number}-{}", std::process::id());
    profile
        .external_ids
        .insert("movieknight".to_owned(), external);
    profile
}

/// A patch that names every field, with a value that differs for each `salt`.
///
/// # Panics
///
/// Never: the texts it parses are fixed.
pub fn full_patch(salt: i32) -> ProfilePatch {
    let text = |name: &str| Edit::Set(format!("{name} {salt} \u{1f600} \"'\\ \u{e9}"));
    let list = |offset: i32| Some(vec![CatalogueId(salt + offset), CatalogueId(1)]);
    let json = |name: &str| {
        let text = format!("{{\"{name}\": [1.10, {salt}, 1e3, \"\\u00e9\"]}}");
        Edit::Set(Json::parse(text).expect("is JSON"))
    };
    let flag = Some(salt % 2 == 0);
    let day = i8::try_from(salt.rem_euclid(28)).expect("is below 28") + 1;
    let countries = ["DE", "US", "FR"];
    let country = countries[usize::try_from(salt.rem_euclid(3)).expect("is below 3")];
    ProfilePatch {
        username: Some(
            Username::parse(&format!("Renamed-{}-{}", unique(), std::process::id()))
                .expect("is letters, digits and hyphens"),
        ),
        display_name: text("display"),
        full_name: text("full"),
        given_name: text("given"),
        family_name: text("family"),
        bio: text("bio"),
        avatar: Edit::Set(if salt % 2 == 0 {
            Avatar::Stored(ImageId::from_stored(format!("{salt:064x}")))
        } else {
            Avatar::External(WebUrl::from_stored(format!("https://a.example/{salt}")))
        }),
        country: Edit::Set(Country::parse_alpha2(country).expect("is assigned")),
        date_of_birth: Edit::Set(jiff::civil::date(1999, 5, day)),
        phone: text("phone"),
        address: json("address"),
        user_type: text("type"),
        linkedin_url: text("linkedin"),
        github_url: text("github"),
        twitter_url: text("twitter"),
        facebook_url: text("facebook"),
        website_url: text("website"),
        portfolio_url: text("portfolio"),
        skills: list(10),
        investment_interests: list(20),
        technical_interests: list(30),
        focus_area: list(40),
        resume: text("resume"),
        company_info: json("company"),
        communication_preferences_phone: flag,
        communication_preferences_email: flag,
        platform_features_emails: flag,
        activity_based_emails: flag,
        additional_data: json("additional"),
        new_entries: Vec::new(),
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
        most_new_entries: u32::MAX,
        provenance: provenance(),
    }
}

pub(super) async fn tenant(store: &dyn Registry) -> TenantId {
    let candidate = TenantId(new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = store.default_tenant(candidate, now()).await;
    tenant.expect("there is a default tenant")
}

/// A stored profile that `edit` has had its way with.
pub(super) async fn stored(store: &dyn Registry, edit: impl FnOnce(&mut Profile)) -> Profile {
    let mut profile = new_profile(tenant(store).await);
    edit(&mut profile);
    let added = store.add(&profile, &[], &provenance()).await;
    added.expect("a new profile can be added");
    profile
}

pub(super) async fn reread(store: &dyn Registry, profile: &Profile) -> Profile {
    let found = store.find(&ProfileRef::Id(profile.id)).await;
    found.expect("can be read").expect("is there")
}
