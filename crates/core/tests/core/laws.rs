//! Patch laws, for any patch and any profile.

use manyface_core::{
    CatalogueId, Edit, Field, PatchDocument, Profile, ProfilePatch, TenantId, behaviour,
};
use proptest::prelude::*;

/// Which of a patch's fields to keep: one bit each.
type Mask = u32;

fn edit<T>(edit: &mut Edit<T>, (kept, cleared): (bool, bool)) {
    if !kept {
        *edit = Edit::Keep;
    } else if cleared {
        *edit = Edit::Clear;
    }
}

/// `full_patch(salt)` without the fields that `kept` leaves out, and with the clearable ones that
/// `cleared` names cleared.
fn masked(salt: i32, kept: Mask, cleared: Mask) -> ProfilePatch {
    let ProfilePatch {
        username,
        mut display_name,
        mut full_name,
        mut given_name,
        mut family_name,
        mut bio,
        mut avatar,
        mut country,
        mut date_of_birth,
        mut phone,
        mut address,
        mut user_type,
        mut linkedin_url,
        mut github_url,
        mut twitter_url,
        mut facebook_url,
        mut website_url,
        mut portfolio_url,
        skills,
        investment_interests,
        technical_interests,
        focus_area,
        mut resume,
        mut company_info,
        communication_preferences_phone,
        communication_preferences_email,
        platform_features_emails,
        activity_based_emails,
        mut additional_data,
        new_entries,
    } = behaviour::full_patch(salt);
    let mut bit = 0;
    let mut next = || {
        bit += 1;
        (kept >> (bit - 1) & 1 == 1, cleared >> (bit - 1) & 1 == 1)
    };
    for text in [
        &mut display_name,
        &mut full_name,
        &mut given_name,
        &mut family_name,
        &mut bio,
        &mut phone,
        &mut user_type,
        &mut linkedin_url,
        &mut github_url,
        &mut twitter_url,
        &mut facebook_url,
        &mut website_url,
        &mut portfolio_url,
        &mut resume,
    ] {
        edit(text, next());
    }
    for json in [&mut address, &mut company_info, &mut additional_data] {
        edit(json, next());
    }
    edit(&mut avatar, next());
    edit(&mut country, next());
    edit(&mut date_of_birth, next());
    let list = |list: Option<Vec<CatalogueId>>, (kept, cleared): (bool, bool)| {
        list.filter(|_| kept)
            .map(|list| if cleared { Vec::new() } else { list })
    };
    ProfilePatch {
        username: username.filter(|_| next().0),
        display_name,
        full_name,
        given_name,
        family_name,
        bio,
        avatar,
        country,
        date_of_birth,
        phone,
        address,
        user_type,
        linkedin_url,
        github_url,
        twitter_url,
        facebook_url,
        website_url,
        portfolio_url,
        skills: list(skills, next()),
        investment_interests: list(investment_interests, next()),
        technical_interests: list(technical_interests, next()),
        focus_area: list(focus_area, next()),
        resume,
        company_info,
        communication_preferences_phone: communication_preferences_phone.filter(|_| next().0),
        communication_preferences_email: communication_preferences_email.filter(|_| next().0),
        platform_features_emails: platform_features_emails.filter(|_| next().0),
        activity_based_emails: activity_based_emails.filter(|_| next().0),
        additional_data,
        new_entries,
    }
}

fn patches() -> impl Strategy<Value = ProfilePatch> {
    (1..50_i32, any::<Mask>(), any::<Mask>())
        .prop_map(|(salt, kept, cleared)| masked(salt, kept, cleared))
}

fn profiles() -> impl Strategy<Value = Profile> {
    patches().prop_map(|patch| {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        patch.apply(&mut profile);
        profile
    })
}

fn applied(patch: &ProfilePatch, profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    patch.clone().apply(&mut profile);
    profile
}

/// The profile as a map from field to value.
fn fields(profile: &Profile) -> serde_json::Map<String, serde_json::Value> {
    let json = serde_json::to_string(profile).expect("a profile has a JSON form");
    serde_json::from_str(&json).expect("its JSON form is an object")
}

proptest! {
    #[test]
    fn applying_twice_is_applying_once(patch in patches(), profile in profiles()) {
        let once = applied(&patch, &profile);
        prop_assert_eq!(applied(&patch, &once), once);
    }

    #[test]
    fn then_is_one_after_the_other(a in patches(), b in patches(), profile in profiles()) {
        let joined = applied(&a.clone().then(b.clone()), &profile);
        prop_assert_eq!(joined, applied(&b, &applied(&a, &profile)));
    }

    #[test]
    fn then_is_associative(a in patches(), b in patches(), c in patches()) {
        let left = a.clone().then(b.clone()).then(c.clone());
        prop_assert_eq!(left, a.then(b.then(c)));
    }

    #[test]
    fn the_empty_patch_is_the_identity(patch in patches(), profile in profiles()) {
        let empty = ProfilePatch::default();
        prop_assert_eq!(patch.clone().then(empty.clone()), patch.clone());
        prop_assert_eq!(empty.clone().then(patch.clone()), patch);
        prop_assert_eq!(applied(&empty, &profile), profile);
    }

    #[test]
    fn a_patch_changes_only_what_it_names(patch in patches(), profile in profiles()) {
        let document = PatchDocument::from(&patch);
        let named: serde_json::Map<_, _> = serde_json::from_str(document.as_str()).unwrap();
        let after = fields(&applied(&patch, &profile));
        for (field, before) in fields(&profile) {
            let is_named = named.contains_key(&field)
                || (field == "avatar" && named.contains_key("avatar_url"));
            prop_assert!(is_named || after[&field] == before, "{} changed", field);
        }
    }

    #[test]
    fn what_a_patch_says_it_names_is_what_it_writes(patch in patches()) {
        let document = PatchDocument::from(&patch);
        let written: serde_json::Map<_, _> = serde_json::from_str(document.as_str()).unwrap();
        let mut written: Vec<_> = written.keys().map(String::as_str).collect();
        // Two fields have two columns each.
        written.retain(|column| !["username_key", "avatar_url"].contains(column));
        let mut said: Vec<_> = patch.named_fields().into_iter().map(Field::as_str).collect();
        for name in &mut said {
            *name = if *name == "avatar" { "avatar_image" } else { *name };
        }
        said.sort_unstable();
        written.sort_unstable();
        prop_assert_eq!(said, written);
    }

    #[test]
    fn what_a_patch_says_it_changes_is_what_changes(patch in patches(), profile in profiles()) {
        let (before, after) = (fields(&profile), fields(&applied(&patch, &profile)));
        let mut said: Vec<_> = patch.changed_fields(&profile);
        said.sort_by_key(|field: &Field| field.as_str());
        let said: Vec<_> = said.into_iter().map(Field::as_str).collect();
        let differ = before.iter().filter(|(field, value)| after[*field] != **value);
        let mut changed: Vec<_> = differ.map(|(field, _)| field.as_str()).collect();
        changed.sort_unstable();
        prop_assert_eq!(said, changed);
    }
}
