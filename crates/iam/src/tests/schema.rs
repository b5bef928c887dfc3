//! Answers beside the page's own schema.

use super::*;

/// Whether a value is of a type.
type IsRight = fn(&serde_json::Value) -> bool;

/// The page's `IAMUserDetailView`: its required keys and the types that it gives them. `dob` is a
/// date there, and null where there is none.
const REQUIRED: [(&str, IsRight); 36] = {
    use serde_json::Value;
    const TEXT: IsRight = Value::is_string;
    const ANY: IsRight = |_| true;
    const FLAG: IsRight = Value::is_boolean;
    const WHOLE: IsRight = Value::is_i64;
    const LIST: IsRight = Value::is_array;
    [
        ("user_id", TEXT),
        ("full_name", TEXT),
        ("email", TEXT),
        ("username", TEXT),
        ("created_at", TEXT),
        ("profile_picture", TEXT),
        ("bio", TEXT),
        ("address", ANY),
        ("country", TEXT),
        ("phone", TEXT),
        ("dob", |value| value.is_string() || value.is_null()),
        ("linkedin_url", TEXT),
        ("github_url", TEXT),
        ("twitter_url", TEXT),
        ("facebook_url", TEXT),
        ("website_url", TEXT),
        ("portfolio_url", TEXT),
        ("resume", TEXT),
        ("company_info", ANY),
        ("communication_preferences_phone", FLAG),
        ("communication_preferences_email", FLAG),
        ("platform_features_emails", FLAG),
        ("activity_based_emails", FLAG),
        ("skills_data", LIST),
        ("investment_interests_data", LIST),
        ("technical_interests_data", LIST),
        ("focus_area_data", LIST),
        ("followers_count", WHOLE),
        ("following_count", WHOLE),
        ("is_following", FLAG),
        ("is_current_user", FLAG),
        ("top_domain_elo", Value::is_f64),
        ("top_domain_rank", WHOLE),
        ("streak", TEXT),
        ("title", TEXT),
        ("unlocked_titles", TEXT),
    ]
};
/// The keys of it that are not required, and those of the required ones that are like others.
const MORE: [&str; 8] = [
    "skills",
    "investment_interests",
    "technical_interests",
    "focus_area",
    "additional_data",
    "is_followed_back",
    "highest_streak",
    "streak_freeze_days",
];

#[tokio::test]
async fn answers_have_the_schema_of_the_page() {
    let desk = Desk::new().await;
    let example = dialect().example.body;
    for body in [
        "{}",
        example,
        r#"{"details":{"dob":"1999-05-20","skills":["Rust"]}}"#,
    ] {
        let (status, answer) = desk.patch(body).await;
        assert_eq!(status, 200, "{answer}");
        let object = answer.as_object().unwrap();
        for (key, is_right) in REQUIRED {
            assert!(object.get(key).is_some_and(is_right), "{key}: {answer}");
        }
        for list in [
            "skills",
            "investment_interests",
            "technical_interests",
            "focus_area",
        ] {
            let ids = object[list].as_array().unwrap();
            assert!(ids.iter().all(serde_json::Value::is_i64), "{list}");
        }
        assert_eq!(object.len(), REQUIRED.len() + MORE.len());
        assert!(MORE.iter().all(|key| object.contains_key(*key)));
    }
}
