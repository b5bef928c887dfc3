//! Users from response bodies of this dialect, for imports.

use manyface_core::{RecordError, RecordObject, Timestamp};
use manyface_dialect::ResponseReader;
use serde::Deserialize;

use crate::NAME;

#[derive(Deserialize)]
struct Image {
    url: Option<String>,
}

/// An instant, in seconds in the oldest versions.
#[derive(Deserialize)]
#[serde(untagged)]
enum Instant {
    Seconds(i64),
    Text(String),
}

/// Reads a user of any version. Holdings and verification are not imported.
pub(crate) fn read_user(text: &str) -> Result<RecordObject, Vec<RecordError>> {
    let mut response = ResponseReader::parse(text, &["data"])?;
    response.copy_id("id", NAME);
    response.copy("username", "username");
    response.copy("name", "display_name");
    response.copy("bio", "bio");
    if let Some(email) = response.take::<String>("email") {
        response.set("email", &email);
    }
    match response.take("created_at") {
        Some(Instant::Text(text)) => response.set("created_at", &text),
        Some(Instant::Seconds(seconds)) => match Timestamp::from_second(seconds) {
            Ok(at) => response.set("created_at", &at),
            Err(_) => response.reject("created_at", "is not a time"),
        },
        None => {}
    }
    if response.has("profile_picture") {
        let image: Option<Image> = response.take("profile_picture");
        response.set_image("profile_picture", image.and_then(|image| image.url));
    }
    response.finish()
}

#[cfg(test)]
mod tests {
    use manyface_core::{Edit, UserInput};

    use super::*;

    #[test]
    fn a_response_is_read() {
        let text = concat!(
            r#"{"id":"user_zLzQvmyRHUoP6D","username":"moviefan","name":null,"email":null,"#,
            r#""created_at":"2026-11-28T05:29:30.518Z","bio":"Night owl.","#,
            r#""profile_picture":{"url":"https://a.example/b"},"social_links":[]}"#
        );
        let user = UserInput::read(read_user(text).unwrap()).unwrap();
        assert_eq!(user.email, None);
        assert_eq!(user.patch.display_name, Edit::Clear);
        assert_eq!(user.patch.named_fields().len(), 4);
        let old = read_user(r#"{"created_at":1782383400,"profile_picture":null}"#).unwrap();
        let old = UserInput::read(old).unwrap();
        assert_eq!(old.created_at, Timestamp::from_second(1_782_383_400).ok());
        assert_eq!(old.patch.avatar, Edit::Clear);
    }
}
