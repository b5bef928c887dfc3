//! Users from response bodies of this dialect, for imports.

use manyface_core::{RecordError, RecordObject};
use manyface_dialect::ResponseReader;

use crate::NAME;

/// Reads `{"ok":true,"data":{"user":…}}`, or the user alone. A name that equals the user name may be a
/// fallback, and is not imported.
pub(crate) fn read_user(text: &str) -> Result<RecordObject, Vec<RecordError>> {
    let mut response = ResponseReader::parse(text, &["data", "user"])?;
    response.copy_id("id", NAME);
    let username: Option<String> = response.take("username");
    let name: Option<String> = response.take("name");
    if let Some(name) = name.filter(|name| Some(name) != username.as_ref()) {
        response.set("display_name", &name);
    }
    if let Some(username) = username {
        response.set("username", &username);
    }
    response.copy("email", "email");
    response.copy("bio", "bio");
    response.copy("createdAt", "created_at");
    response.copy("countryCode", "country");
    response.copy_image("avatarUrl");
    if let Some(date) = response.take::<String>("dateOfBirth") {
        let date = date.split('T').next().unwrap_or_default().to_owned();
        response.set("date_of_birth", &date);
    }
    response.copy_operator_data(&["badges", "aiUsage"], NAME);
    response.finish()
}

#[cfg(test)]
mod tests {
    use manyface_core::UserInput;

    use super::*;

    #[test]
    fn a_response_is_read() {
        let text = concat!(
            r#"{"ok":true,"data":{"user":{"id":"6b0a66ba83484536265a0287","bio":"","name":"Ada","#,
            r#""email":"a@b.example","badges":[1.50],"aiUsage":{"used":0,"limit":5,"remaining":5},"#,
            r#""username":"ada","avatarUrl":"https://a.example/b","createdAt":"2026-11-28T05:29:30.518Z","#,
            r#""countryCode":"NO","dateOfBirth":"1999-05-20T00:00:00.000Z"}}}"#
        );
        let record = read_user(text).unwrap();
        let data = record.0["operator_data"].get();
        assert!(data.contains("[1.50]"), "{data}");
        let user = UserInput::read(record).unwrap();
        assert_eq!(user.email.as_deref(), Some("a@b.example"));
        assert_eq!(user.patch.named_fields().len(), 6);
        assert_eq!(user.external_ids.unwrap()[NAME], "6b0a66ba83484536265a0287");
    }

    #[test]
    fn a_fallback_of_the_name_is_not_read() {
        let record = read_user(r#"{"username":"ada","name":"ada"}"#).unwrap();
        assert!(!record.0.contains_key("display_name"));
    }
}
