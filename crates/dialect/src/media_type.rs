//! Content types.

/// Whether `content_type` is `application/json`, in UTF-8 where it says.
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") && parts.all(is_harmless)
}

/// Whether a parameter leaves the body what JSON is: UTF-8. Other parameters mean nothing here.
fn is_harmless(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf8_is_json() {
        for text in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json ; odata=verbose",
        ] {
            assert!(is_json(text), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/merge-patch+json",
            "application/jsonp",
            "application/json; charset=iso-8859-1",
            "text/html; application/json",
        ] {
            assert!(!is_json(text), "{text:?}");
        }
    }
}
