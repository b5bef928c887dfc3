//! `{{…}}` in bodies, headers and expectations.

use std::collections::BTreeMap;

use crate::{Node, node::quoted};

/// The maximum number of bytes of one repetition.
const MAX_REPETITION: usize = 16 * 1024 * 1024;

/// The values that an exchange has saved so far, by name.
pub(crate) type Saved = BTreeMap<String, Node>;

/// The place of a template, which decides how a saved value is written into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplatePlace {
    /// Inside a JSON string.
    Json,
    /// Outside of JSON.
    Plain,
}

/// Expands `{{text*count}}` to `text`, `count` times, and `{{name}}` to what was saved as `name`.
/// A `{{` without a following `}}` is literal.
pub(crate) fn expand(
    template: &str,
    saved: &Saved,
    place: TemplatePlace,
) -> Result<String, String> {
    walk(template, |inner| match repetition(inner) {
        Some(repeated) => repeated,
        None => match saved.get(inner) {
            Some(value) => Ok(written(value, place)),
            None => Err(format!("{{{{{inner}}}}} was not saved by an earlier step")),
        },
    })
}

/// Checks the form of a template without knowing what will be saved.
pub(crate) fn check(template: &str) -> Result<(), String> {
    let checked = walk(template, |inner| match repetition(inner) {
        Some(repeated) => repeated.map(|_| String::new()),
        None if is_name(inner) => Ok(String::new()),
        None => Err(format!("{{{{{inner}}}}} is neither text*count nor a name")),
    });
    checked.map(drop)
}

fn walk(
    template: &str,
    mut expansion: impl FnMut(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut expanded = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else {
            break;
        };
        expanded.push_str(before);
        expanded.push_str(&expansion(inner)?);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn repetition(inner: &str) -> Option<Result<String, String>> {
    let (text, count) = inner.rsplit_once('*')?;
    let count: usize = count.parse().ok()?;
    let length = text.len().saturating_mul(count);
    Some(if length > MAX_REPETITION {
        Err(format!(
            "{{{{{inner}}}}} makes more than {MAX_REPETITION} bytes"
        ))
    } else {
        Ok(text.repeat(count))
    })
}

fn written(value: &Node, place: TemplatePlace) -> String {
    match value {
        Node::Text(text) => match place {
            TemplatePlace::Json => {
                let quoted = quoted(text);
                quoted[1..quoted.len() - 1].to_owned()
            }
            TemplatePlace::Plain => text.clone(),
        },
        Node::Plain(_) | Node::Array(_) | Node::Object(_) => value.to_string(),
    }
}

/// Returns whether `text` is a valid name of a saved value.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(template: &str, place: TemplatePlace) -> Result<String, String> {
        let saved = Saved::from([
            ("tag".to_owned(), Node::Text("\"1-a\"".to_owned())),
            ("count".to_owned(), Node::Plain("7".to_owned())),
        ]);
        expand(template, &saved, place)
    }

    #[test]
    fn texts_are_repeated() {
        for (template, text) in [
            ("{{x*3}}!", "xxx!"),
            ("{{a*b*2}}", "a*ba*b"),
            ("a{{\u{1f600}*2}}b{{-*0}}", "a\u{1f600}\u{1f600}b"),
            ("{{{\"a\":*2}}1", "{\"a\":{\"a\":1"),
            ("{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":{}}}"),
            ("{{", "{{"),
        ] {
            assert_eq!(
                expanded(template, TemplatePlace::Plain).as_deref(),
                Ok(text)
            );
        }
        assert!(expanded("{{x*99999999999}}", TemplatePlace::Plain).is_err());
    }

    #[test]
    fn saved_values_are_written() {
        assert_eq!(
            expanded("W/{{tag}}", TemplatePlace::Plain).as_deref(),
            Ok("W/\"1-a\"")
        );
        assert_eq!(
            expanded("\"{{tag}}\" {{count}}", TemplatePlace::Json).as_deref(),
            Ok(r#""\"1-a\"" 7"#)
        );
        assert!(expanded("{{other}}", TemplatePlace::Json).is_err());
    }

    #[test]
    fn forms_are_checked_before_anything_is_sent() {
        for template in ["{{tag}}", "{{x*3}}", "{{"] {
            assert_eq!(check(template), Ok(()), "{template}");
        }
        for template in ["{{}}", "{{a b}}", "{{x*}}"] {
            assert!(check(template).is_err(), "{template}");
        }
    }
}
