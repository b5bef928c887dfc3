//! What the code answers in each version, and the schemas of that.

use manyface_core::{
    Avatar, Creator, ImageId, Json, Profile, ProfileId, ProfileOverride, TenantId, Timestamp,
    Upload, UploadState, Username,
};
use manyface_dialect::openapi::{Operation, any_of, media_urls, utoipa};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use super::shapes::shape;
use crate::{
    NAME,
    file::{Destination, ShownFile},
    user::{Shown, View},
    version::Version,
};

const FACTS: &str = r#"{"balances":[
  {"symbol":"USDT","name":"Tether","balance":"12.50","price_usd":1,
   "icon_url":"https://icons.example/usdt.png",
   "breakdown":{"available":"10","pending":"2.50","reserve":"0",
   "pending_settlements":[{"date":"2026-07-02","amount":"2.50"}]}},
  {"symbol":"USD","name":"US Dollar","kind":"cash","balance":"40",
   "breakdown":{"available":"20","pending":"10","reserve":"5","in_transit":"5",
   "pending_settlements":[{"date":"2026-07-02","amount":"10"}]}}],
 "verification":{"individual":{"status":"approved"},"business":null}}"#;
/// Holdings of which nobody knows the worth, and a business that is checked.
const OTHER_FACTS: &str = r#"{"balances":[{"symbol":"RARE","name":"Rare Coin","balance":"7"},
  {"symbol":"XTS","name":"Test","kind":"cash","balance":"1"}],
 "verification":{"individual":null,"business":{"status":"pending"}}}"#;

/// The versions in which users look otherwise than in the version before.
pub(super) fn turns() -> Vec<Version> {
    let shapes: Vec<_> = Version::all()
        .map(|version| (version, user_in(version)))
        .collect();
    let mut turns = vec![Version::ORIGINAL];
    for pair in shapes.windows(2) {
        let [(_, before), (version, after)] = pair else {
            continue;
        };
        if before != after {
            turns.push(*version);
        }
    }
    turns
}

/// A user in any version: the newest shape first.
pub(super) fn users(operation: &mut Operation) -> Schema {
    let turns = turns();
    let mut shapes = Vec::new();
    for (index, version) in turns.iter().enumerate().rev() {
        let next = turns.get(index + 1);
        let name = match next {
            None => "User".to_owned(),
            Some(_) => format!("User{}", version.as_str().replace('-', "")),
        };
        let mut schema = user_in(*version);
        if let Schema::Object(object) = &mut schema {
            object.description = Some(match next {
                None => format!("A user from the version {version} on."),
                Some(next) => format!("A user from the version {version} to before {next}."),
            });
        }
        shapes.push(operation.part(&name, schema));
    }
    any_of(
        "A user in the version that `Api-Version-Date` says.",
        shapes,
    )
}

fn user_in(version: Version) -> Schema {
    let mut users = Vec::new();
    for facts in ["{}", FACTS, OTHER_FACTS] {
        for is_full in [true, false] {
            let profile = profile(facts, is_full);
            let shown = Shown::new(profile, ProfileOverride::default(), view(version, is_full));
            users.push(serde_json::to_value(shown.encode(&media_urls())).unwrap());
        }
    }
    shape("user", &users.iter().collect::<Vec<&Value>>())
}

/// A user in `version`, with everything that there is to show.
pub(super) fn shown(version: Version) -> Shown {
    let profile = profile(FACTS, true);
    Shown::new(profile, ProfileOverride::default(), view(version, true))
}

fn view(version: Version, is_full: bool) -> View {
    View {
        version,
        account: None,
        shows_balances: is_full,
        shows_email: is_full,
    }
}

fn profile(facts: &str, is_full: bool) -> Profile {
    let at: Timestamp = "2026-06-25T10:30:00Z".parse().unwrap();
    let id = ProfileId::mint(at, [7; 10]);
    let tenant = TenantId(uuid::Uuid::nil());
    let username = Username::parse("nick").unwrap();
    let mut profile = Profile::new(id, tenant, username, "nick@example.com".to_owned(), at);
    let external = super::ID.to_owned();
    profile.external_ids.insert(NAME.to_owned(), external);
    let facts = Json::parse(facts.to_owned()).unwrap();
    profile.facts.insert(NAME.to_owned(), facts);
    if is_full {
        profile.display_name = Some("Nick".to_owned());
        profile.bio = Some("I sell courses about selling courses.".to_owned());
        profile.avatar = Some(Avatar::Stored(ImageId::of_digest([0xab; 32])));
    }
    profile
}

/// A file in any version: the newest shape first. `is_new` is of the one that was just made.
pub(super) fn files(operation: &mut Operation, is_new: bool) -> Schema {
    let mut shapes: Vec<(Version, Schema)> = Vec::new();
    for version in Version::all() {
        let schema = file_in(version, is_new);
        if shapes.last().is_none_or(|(_, before)| *before != schema) {
            shapes.push((version, schema));
        }
    }
    let name = if is_new { "NewFile" } else { "File" };
    let mut named = Vec::new();
    for (index, (version, schema)) in shapes.iter().enumerate().rev() {
        let next = shapes.get(index + 1).map(|(next, _)| next);
        let name = match next {
            None => name.to_owned(),
            Some(_) => format!("{name}{}", version.as_str().replace('-', "")),
        };
        let mut schema = schema.clone();
        if let Schema::Object(object) = &mut schema {
            object.description = Some(match next {
                None => format!("A file from the version {version} on."),
                Some(next) => format!("A file from the version {version} to before {next}."),
            });
        }
        let named_one: RefOr<Schema> = operation.part(&name, schema);
        named.push(named_one);
    }
    any_of("A file in the version that `Api-Version-Date` says.", named)
}

fn file_in(version: Version, is_new: bool) -> Schema {
    let mut states = vec![UploadState::Pending];
    if !is_new {
        states.extend([UploadState::Failed, ready()]);
    }
    let files = states.into_iter().flat_map(|state| {
        [true, false].map(|is_public| {
            let mut shown = file(version, state.clone(), is_new);
            shown.upload.is_public = is_public;
            serde_json::to_value(shown.encode(&media_urls())).unwrap()
        })
    });
    let files: Vec<_> = files.collect();
    let path = if is_new { "new_file" } else { "file" };
    shape(path, &files.iter().collect::<Vec<_>>())
}

pub(super) fn ready() -> UploadState {
    UploadState::Ready {
        image: ImageId::of_digest([0xab; 32]),
        size: 20_480,
    }
}

/// A file in `version`, with where to send it where `is_new`.
pub(super) fn file(version: Version, state: UploadState, is_new: bool) -> ShownFile {
    let at: Timestamp = "2026-06-25T10:30:00Z".parse().unwrap();
    let id = "file_4TnW8sQy0LbC2d";
    let destination = Destination {
        url: format!(
            "https://id.example.com/api/v1/files/{id}/content?expires=1782387000&signature=5f0c"
        ),
        signed_name: format!("{id}--5f0c"),
    };
    ShownFile {
        upload: Upload {
            id: id.to_owned(),
            creator: Creator::Program(TenantId(uuid::Uuid::nil()), "biz_conformance".to_owned()),
            filename: "me.png".to_owned(),
            media_type: "image/png".to_owned(),
            announced_size: Some(20_480),
            is_public: false,
            state,
            created_at: at,
            expires_at: at,
            is_used: false,
        },
        destination: is_new.then_some(destination),
        version,
    }
}
