//! A dialect's document, for the server that speaks it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Dialect;

/// What of a document says where its server is.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow)]
    servers: Option<&'a RawValue>,
}

impl Dialect {
    /// The OpenAPI document as it is, but for its `servers`: there is one, at `url`, which may be
    /// a path.
    ///
    /// # Panics
    ///
    /// Where the document is no JSON object.
    pub fn openapi_at(&self, url: &str) -> String {
        at(self.openapi, url)
    }
}

fn at(document: &str, url: &str) -> String {
    let place: Place<'_> = serde_json::from_str(document).expect("a document is a JSON object");
    let servers = serde_json::json!([{ "url": url }]);
    let Some(known) = place.servers else {
        let rest = document.trim_start().strip_prefix('{').unwrap_or_default();
        return format!("{{\"servers\":{servers},{rest}");
    };
    // The text is a part of the document's own.
    let start = known.get().as_ptr() as usize - document.as_ptr() as usize;
    let end = start + known.get().len();
    format!("{}{servers}{}", &document[..start], &document[end..])
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn nothing_changes_but_the_servers() {
        let document = "{\n \"z\": 1.0, \"servers\": [ {\"url\": \"https://a\"} ],\n \"a\": {\"servers\": 1}\n}\n";
        let expected =
            "{\n \"z\": 1.0, \"servers\": [{\"url\":\"/b\\\"\"}],\n \"a\": {\"servers\": 1}\n}\n";
        assert_eq!(at(document, "/b\""), expected);
    }

    #[test]
    fn a_document_without_servers_gets_one() {
        let expected = "{\"servers\":[{\"url\":\"/b\"}], \"a\": 1}";
        assert_eq!(at(" { \"a\": 1}", "/b"), expected);
    }
}
