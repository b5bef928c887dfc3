//! Forms.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    charset::Charset,
    python::{Raw, Value},
};

/// The fields of a form, in the order of the body. A name may be repeated, and each value is a string
/// or a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Form<'a>(Vec<(String, Value<'a>)>);

/// The error for a form with too many fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyFields;

/// The maximum number of fields in a form, as in the framework.
pub(crate) const MAX_FIELDS: usize = 1_000;

impl<'a> Form<'a> {
    pub(crate) fn new(fields: Vec<(String, Value<'a>)>) -> Self {
        Self(fields)
    }

    /// Parses `application/x-www-form-urlencoded` with bytes, escaped or not, in `charset`.
    pub(crate) fn urlencoded(body: &[u8], charset: Charset) -> Result<Self, TooManyFields> {
        let pairs = body.split(|byte| *byte == b'&');
        let pairs: Vec<_> = pairs
            .filter(|pair| !pair.is_empty())
            .take(MAX_FIELDS + 1)
            .collect();
        if pairs.len() > MAX_FIELDS {
            return Err(TooManyFields);
        }
        let fields = pairs.into_iter().map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = unescape(halves.next().unwrap_or_default(), charset);
            let value = unescape(halves.next().unwrap_or_default(), charset);
            (name, Value::Text(Cow::<str>::Owned(value).into()))
        });
        Ok(Self(fields.collect()))
    }

    /// Returns the last value of a name.
    pub(crate) fn last(&self, name: &str) -> Option<&Value<'a>> {
        let mut fields = self.0.iter().rev();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Returns all values of a name, otherwise those of its names with an index, ordered by index.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<Value<'a>>> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        let values: Vec<_> = values.map(|(_, value)| value.clone()).collect();
        if !values.is_empty() {
            return Some(values);
        }
        let mut items: BTreeMap<u64, Value<'a>> = BTreeMap::new();
        for (known, value) in &self.0 {
            if let Some((index, key)) = parse_index(known, name) {
                // With a key after the index, the item is an object, which no list accepts.
                let item = match key {
                    "" => value.clone(),
                    _ => Value::Dict(Raw::EMPTY_OBJECT),
                };
                items.insert(index, item);
            }
        }
        let items: Vec<_> = items.into_values().collect();
        Some(items).filter(|items| !items.is_empty())
    }

    /// Returns the fields with names that begin with `name` and a dot, without that prefix.
    pub(crate) fn nested(&self, name: &str) -> Option<Form<'a>> {
        let inner = self.0.iter().filter_map(|(known, value)| {
            let key = known.strip_prefix(name)?.strip_prefix('.')?;
            (!key.is_empty()).then(|| (key.to_owned(), value.clone()))
        });
        let inner: Vec<_> = inner.collect();
        (!inner.is_empty()).then_some(Self(inner))
    }
}

/// Returns the index and the rest of `name[index]…`.
fn parse_index<'a>(known: &'a str, name: &str) -> Option<(u64, &'a str)> {
    let rest = known.strip_prefix(name)?.strip_prefix('[')?;
    let (index, key) = rest.split_once(']')?;
    let is_number = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    Some((index.parse().ok().filter(|_| is_number)?, key))
}

/// Decodes `+` as a space and `%XX` as a byte.
fn unescape(text: &[u8], charset: Charset) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match after.get(..2).and_then(parse_byte) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &after[2..];
                }
                None => bytes.push(b'%'),
            },
            other => bytes.push(*other),
        }
    }
    charset.decode(&bytes).into_owned()
}

fn parse_byte(digits: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form<'_> {
        Form::urlencoded(text.as_bytes(), Charset::Utf8).unwrap()
    }

    fn texts(values: Option<Vec<Value<'_>>>) -> Vec<String> {
        let values = values.unwrap_or_default().into_iter();
        values
            .map(|value| value.to_text().text.into_owned())
            .collect()
    }

    #[test]
    fn names_and_values_are_unescaped() {
        let form = form("full_name=Ada+B%20C&x=%C3%A9%ff%zz%4&y&&=z&full_name=D");
        let last = |name| form.last(name).map(|value| value.to_text().text);
        assert_eq!(last("full_name").as_deref(), Some("D"));
        assert_eq!(last("x").as_deref(), Some("\u{e9}\u{fffd}%zz%4"));
        assert_eq!(last("y").as_deref(), Some(""));
        assert_eq!(last("z"), None);
    }

    #[test]
    fn escapes_are_bytes_of_the_charset() {
        let form = Form::urlencoded(b"a=%E9+\xe9&n%E9=x", Charset::Latin1).unwrap();
        let last = |name| form.last(name).map(|value| value.to_text().text);
        assert_eq!(last("a").as_deref(), Some("\u{e9} \u{e9}"));
        assert_eq!(last("n\u{e9}").as_deref(), Some("x"));
    }

    #[test]
    fn lists_are_repeated_names_or_indices() {
        let form = form("a=1&a=2&b[1]=y&b[0]=x&b[x]=z&b[]=z&c[0]d=1&bb[0]=q");
        assert_eq!(texts(form.list("a")), ["1", "2"]);
        assert_eq!(texts(form.list("b")), ["x", "y"]);
        assert_eq!(texts(form.list("c")), ["{}"]);
        assert_eq!(form.list("d"), None);
    }

    #[test]
    fn objects_are_names_with_a_dot() {
        let form = form("details.bio=x&details[bio]=y&details=z&details.=q&detailsx.bio=r");
        let details = form.nested("details").unwrap();
        assert_eq!(details, Form::urlencoded(b"bio=x", Charset::Utf8).unwrap());
        assert_eq!(form.nested("other"), None);
    }

    #[test]
    fn the_number_of_fields_is_bounded() {
        let fields = |count: usize| vec!["a=1"; count].join("&");
        assert!(Form::urlencoded(fields(1_000).as_bytes(), Charset::Utf8).is_ok());
        let many = Form::urlencoded(fields(1_001).as_bytes(), Charset::Utf8);
        assert_eq!(many, Err(TooManyFields));
    }
}
