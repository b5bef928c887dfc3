//! `manyface user set`

use clap::Args;
use serde_json::{Map, Value};

use crate::Failure;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// A user name, a canonical UUID, or DIALECT:ID
    user: String,
    /// A field and its new value: FIELD=TEXT or FIELD:=JSON, such as given_name=Ada,
    /// skills:=[1,2] or auth_provider=local, which lets the user change all fields
    #[arg(value_name = "FIELD=VALUE", required_unless_present = "clear", value_parser = assignment)]
    assignments: Vec<(String, Value)>,
    /// A field to clear
    #[arg(long, value_name = "FIELD")]
    clear: Vec<String>,
}

impl SetArgs {
    /// Returns the user, and the body of the request.
    pub(super) fn into_body(self) -> Result<(String, Value), Failure> {
        let cleared = self.clear.into_iter().map(|field| (field, Value::Null));
        let mut body = Map::new();
        for (field, value) in self.assignments.into_iter().chain(cleared) {
            if body.insert(field.clone(), value).is_some() {
                return Err(Failure::Usage(format!("{field} is given twice")));
            }
        }
        Ok((self.user, body.into()))
    }
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let form = || "must be FIELD=TEXT or FIELD:=JSON".to_owned();
    let (field, value) = text.split_once('=').ok_or_else(form)?;
    let (field, value) = match field.strip_suffix(':') {
        Some(field) => {
            let json = serde_json::from_str(value);
            (
                field,
                json.map_err(|e| format!("the value of {field} is not JSON: {e}"))?,
            )
        }
        None => (field, Value::String(value.to_owned())),
    };
    if field.is_empty() {
        Err(form())
    } else {
        Ok((field.to_owned(), value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_text_or_json() {
        let check = |text: &str, field: &str, value: Value| {
            assert_eq!(assignment(text), Ok((field.to_owned(), value)), "{text}");
        };
        check("bio=a=b", "bio", json!("a=b"));
        check("bio=", "bio", json!(""));
        check("bio=true", "bio", json!("true"));
        check("skills:=[1, 2]", "skills", json!([1, 2]));
        for text in ["bio", "=x", ":=1", "skills:=[1"] {
            assert!(assignment(text).is_err(), "{text}");
        }
    }
}
