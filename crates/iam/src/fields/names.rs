//! Lists of names that profiles share.

use manyface_core::{CatalogueId, CatalogueName};

use super::{
    BLANK, NULL, Null,
    text::{checked, string},
};
use crate::{data::Data, problems::Problem, python::Value};

/// The most items of a list.
pub(crate) const MAX_ITEMS: usize = 100;

/// What one item of a list asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The entry with this number, as responses have it; the digits are the client's.
    Id(Option<CatalogueId>, String),
    /// The entry with this name.
    Name(CatalogueName),
}

/// A list of names or numbers; `None` where nothing is given. Null empties the list where it may.
pub(crate) fn names(data: &Data, name: &str, null: Null) -> Result<Option<Vec<Wanted>>, Problem> {
    let items = match data.list(name).as_deref() {
        None => return Ok(None),
        Some(Value::Null) => {
            return match null {
                Null::Clears => Ok(Some(Vec::new())),
                Null::Refused => Err(NULL.into()),
            };
        }
        Some(Value::List(items)) => items.clone(),
        Some(other) => {
            let kind = other.type_name();
            let sentence = format!("Expected a list of items but got type \"{kind}\".");
            return Err(sentence.into());
        }
    };
    let mut wanted = Vec::with_capacity(items.len());
    let mut wrong = Vec::new();
    for (place, value) in items.iter().enumerate() {
        match item(value) {
            Ok(item) => wanted.push(item),
            Err(sentences) => wrong.push((place, sentences)),
        }
    }
    if !wrong.is_empty() {
        return Err(Problem::Items(wrong));
    }
    if wanted.len() > MAX_ITEMS {
        return Err(format!("Ensure this field has no more than {MAX_ITEMS} elements.").into());
    }
    Ok(Some(wanted))
}

fn item(value: &Value) -> Result<Wanted, Vec<String>> {
    match value {
        Value::Null => return Err(vec![NULL.to_owned()]),
        Value::Int(digits) => {
            let id = digits.parse().ok().map(CatalogueId);
            return Ok(Wanted::Id(id, value.to_text().text));
        }
        Value::Bool(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Dict(_)
        | Value::File(_) => {}
    }
    let text = string(value).map_err(|_| vec!["Not a valid string.".to_owned()])?;
    let (kept, sentences) = checked(&text, CatalogueName::MAX_CHARS);
    if !sentences.is_empty() {
        return Err(sentences);
    }
    CatalogueName::parse(&kept)
        .map(Wanted::Name)
        .map_err(|_| vec![BLANK.to_owned()])
}
