//! Conversions between versions lose no data.

use manyface_core::{
    Avatar, ImageId, Json, MediaUrls, Profile, ProfileOverride, TenantId, behaviour,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::app::TestApp;
use crate::{
    NAME,
    user_view::{UserOutput, UserView},
    version::Version,
};

fn user_in(profile: &Profile, version: Version) -> Value {
    let view = UserView {
        version,
        account: None,
        shows_balances: true,
        shows_email: true,
    };
    let media = MediaUrls::under("https://id.example.com").unwrap();
    let output = UserOutput::new(profile.clone(), ProfileOverride::default(), view);
    serde_json::to_value(output.encode(&media)).unwrap()
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-z][a-zA-Z \u{e9}\u{1f600}\"\\\\/<>]{0,20}[a-z]")
}

prop_compose! {
    fn profile()(
        display_name in text(),
        bio in text(),
        picture in proptest::option::of(any::<[u8; 32]>()),
        balances in proptest::option::of(proptest::collection::vec((0_u32..1_000_000, 0_u32..1_000, 0_u32..1_000, any::<bool>()), 0..4)),
    ) -> Profile {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        profile.display_name = display_name;
        profile.bio = bio;
        profile.avatar = picture.map(|digest| Avatar::Stored(ImageId::of_digest(digest)));
        if let Some(balances) = balances {
            let holdings: Vec<_> = balances.into_iter().map(|(available, pending, transit, is_cash)| json!({
                "symbol": "USD",
                "name": "Dollar",
                "kind": if is_cash { "cash" } else { "crypto" },
                "balance": format!("{available}.10"),
                "price_usd": 1.25,
                "breakdown": {
                    "available": format!("{available}.10"),
                    "pending": format!("{pending}.05"),
                    "reserve": "0",
                    "in_transit": format!("{transit}.5"),
                },
            })).collect();
            let operator_data = json!({ "balances": holdings }).to_string();
            let operator_data = Json::parse(operator_data).unwrap();
            crate::operator_data::check(&operator_data).unwrap();
            profile.operator_data.insert(NAME.to_owned(), operator_data);
        }
        profile
    }
}

/// Returns the hundredths of a decimal string or number.
fn hundredths(value: &Value) -> i64 {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = format!("{fraction:0<2}");
    whole.parse::<i64>().unwrap() * 100 + fraction[..2].parse::<i64>().unwrap()
}

/// Returns the sums of pending amounts and amounts in transit.
fn pending_and_transit(balances: &Value) -> Vec<i64> {
    let items = balances.as_array().unwrap();
    let of = |item: &Value| {
        let breakdown = &item["breakdown"];
        let transit = breakdown.get("in_transit").map_or(0, hundredths);
        hundredths(&breakdown["pending"]) + transit
    };
    items.iter().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_version_returns_the_same_user(profile in profile()) {
        let newest = user_in(&profile, Version::NEWEST);
        for version in Version::all() {
            let older = user_in(&profile, version);
            for key in ["id", "username", "name", "bio", "created_at"] {
                prop_assert_eq!(&older[key], &newest[key], "{} {}", version, key);
            }
            let has_image = profile.avatar.is_some();
            if has_image || !version.is_before("2026-08-21") {
                prop_assert_eq!(&older["profile_picture"], &newest["profile_picture"]);
            } else {
                prop_assert!(older["profile_picture"].is_null());
            }
            // No version changes the amounts.
            let is_flat = older.get("total_usd").is_some();
            let is_nested = older.get("balance").is_some_and(|balance| !balance.is_null());
            if is_flat {
                prop_assert_eq!(&older["total_usd"], &newest["total_usd"]);
                prop_assert_eq!(pending_and_transit(&older["balances"]), pending_and_transit(&newest["balances"]));
            }
            if is_nested {
                prop_assert_eq!(&older["balance"]["total_usd"], &newest["total_usd"]);
                let pending = &newest["balance"]["pending_usd"];
                prop_assert_eq!(&older["balance"]["pending_usd"], pending);
            }
        }
    }

    #[test]
    fn sending_back_a_user_changes_nothing(profile in profile()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::new().await;
            let mut user = app.user("ada").await;
            let mut stored = user.profile().await;
            stored.id = profile.id;
            stored.username = profile.username.clone();
            stored.external_ids = profile.external_ids.clone();
            stored.display_name = profile.display_name.clone();
            stored.bio = profile.bio.clone();
            app.add(&stored).await;
            user.id = manyface_core::ProfileRef::Id(profile.id);
            let scopes = user.caller.scopes.clone();
            user.caller = manyface_core::Caller::user(user.id.clone());
            user.caller.scopes = scopes;
            for version in Version::all() {
                let read = user.get("/users/me", version.as_str()).await.body;
                let mut body = Map::new();
                for key in ["name", "bio", "username"] {
                    // Null is a value in the original version only.
                    if !read[key].is_null() || version == Version::ORIGINAL {
                        body.insert(key.to_owned(), read[key].clone());
                    }
                }
                let body = Value::Object(body).to_string();
                let written = user.patch("/users/me", version.as_str(), &body).await;
                assert_eq!(written.status, 200, "{version} {body} {}", written.text);
                assert_eq!(user.profile().await, stored);
            }
        });
    }

    #[test]
    fn a_write_in_one_version_is_read_in_all(
        name in "[a-z]{1,20}", bio in "[a-z]{1,20}", index in 0_usize..51,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::new().await;
            let user = app.user("ada").await;
            let version = Version::all().nth(index).unwrap();
            let body = json!({ "name": name, "bio": bio }).to_string();
            user.patch("/users/me", version.as_str(), &body).await;
            for version in Version::all() {
                let read = user.get("/users/me", version.as_str()).await;
                assert_eq!((&read.body["name"], &read.body["bio"]), (&json!(name), &json!(bio)));
                assert_eq!(read.headers["api-version-date"], version.as_str());
            }
        });
    }
}
