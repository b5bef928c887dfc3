//! Users from response bodies of this dialect, for imports.

use manyface_core::{RecordError, RecordObject};
use manyface_dialect::ResponseReader;

/// Reads a profile. The dialect has no user names: the email address becomes the user name.
pub(crate) fn read_user(text: &str) -> Result<RecordObject, Vec<RecordError>> {
    let mut response = ResponseReader::parse(text, &[])?;
    response.copy_json("id", "id");
    if let Some(email) = response.take::<String>("email") {
        response.set("username", &email);
        response.set("email", &email);
    }
    response.copy_json("auth_provider", "auth_provider");
    response.copy("first_name", "given_name");
    response.copy("last_name", "family_name");
    response.copy("display_name", "display_name");
    if response.take::<String>("avatar_base64").is_some() {
        let message = "cannot be imported; remove it, or send it through the API";
        response.reject("avatar_base64", message);
    }
    response.finish()
}

#[cfg(test)]
mod tests {
    use manyface_core::UserInput;

    use super::*;

    #[test]
    fn a_response_is_read() {
        let text = concat!(
            r#"{"id":"019efe54-5440-7fff-bfff-ffffffffffff","email":"a@b.example","name":"Ada L","#,
            r#""auth_provider":"oidc","first_name":"Ada","last_name":"L","display_name":null,"#,
            r#""avatar_base64":null}"#
        );
        let user = UserInput::read(read_user(text).unwrap()).unwrap();
        assert!(user.id.is_some() && user.auth_provider.is_some());
        assert_eq!(user.patch.username.unwrap().as_str(), "a@b.example");
        let errors = read_user(r#"{"avatar_base64":"data:image/png;base64,AA=="}"#).unwrap_err();
        assert_eq!(errors[0].field, "avatar_base64");
    }
}
