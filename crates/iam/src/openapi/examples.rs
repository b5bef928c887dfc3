//! A user to show.

use std::sync::Arc;

use manyface_core::{
    Avatar, CatalogueEntry, CatalogueId, CatalogueKind, Country, Date, Json, Profile, TenantId,
    Username, WebUrl, behaviour,
};

use crate::{NAME, shown::Shown};

pub(super) fn empty() -> Shown {
    let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    profile.username = Username::parse("johndoe").unwrap();
    "john@example.com".clone_into(&mut profile.email);
    let id = "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".to_owned();
    profile.external_ids.insert(NAME.to_owned(), id);
    profile.created_at = "2026-06-25T10:30:00Z".parse().unwrap();
    profile.updated_at = "2026-06-25T10:30:00Z".parse().unwrap();
    Shown {
        profile,
        skills: Vec::new(),
        investment_interests: Vec::new(),
        technical_interests: Vec::new(),
        focus_area: Vec::new(),
    }
}

pub(super) fn full() -> Shown {
    let shown = empty();
    let entry = |id, kind, name: &str| {
        Arc::new(CatalogueEntry {
            tenant_id: None,
            id: CatalogueId(id),
            kind,
            name: name.to_owned(),
            description: None,
        })
    };
    let address = Json::parse(r#"{"city":"London","lines":["1 Main Street"]}"#.to_owned());
    let picture = WebUrl::parse("https://i.example.com/john.png").unwrap();
    let link = |text: &str| Some(text.to_owned());
    Shown {
        skills: vec![entry(1, CatalogueKind::Skill, "Rust")],
        focus_area: vec![entry(2, CatalogueKind::Tag, "Machine Learning")],
        profile: Profile {
            full_name: Some("John Doe".to_owned()),
            bio: Some("Software developer passionate about AI".to_owned()),
            user_type: Some("developer".to_owned()),
            avatar: Some(Avatar::External(picture)),
            country: Country::parse_alpha3("USA").ok(),
            date_of_birth: Some(Date::constant(1999, 5, 20)),
            address: address.ok(),
            linkedin_url: link("https://linkedin.com/in/johndoe"),
            github_url: link("https://github.com/johndoe"),
            website_url: link("https://johndoe.com"),
            skills: vec![CatalogueId(1)],
            focus_area: vec![CatalogueId(2)],
            platform_features_emails: true,
            ..shown.profile
        },
        ..shown
    }
}
