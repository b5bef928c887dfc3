//! Lists of names that profiles share.

use manyface_core::{CatalogueId, CatalogueName};

use super::{BLANK, NULL, Null, checked, string};
use crate::{data::Data, problems::Problem, python::Value};

/// The most items of a list, and the most wrong ones that a response names.
pub(crate) const MAX_ITEMS: usize = 100;
const MAX_WRONG: usize = 50;

/// The meaning of one item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The entry with this number, as responses have it; the digits are the client's.
    Id(Option<CatalogueId>, String),
    /// The entry with this name.
    Name(CatalogueName),
    /// In a form, which has texts alone: the entry that the list has under this number, or else the
    /// one with this name.
    Text(CatalogueName),
}

/// A list of names or numbers; `None` where nothing is given. Null empties the list where it may.
pub(crate) fn names(
    data: &Data<'_>,
    name: &str,
    null: Null,
) -> Result<Option<Vec<Wanted>>, Problem> {
    let items = match data.list(name) {
        None => return Ok(None),
        Some(Value::Null) => {
            return match null {
                Null::Clears => Ok(Some(Vec::new())),
                Null::Rejected => Err(NULL.into()),
            };
        }
        Some(Value::List(items)) => items,
        Some(other) => {
            let kind = other.type_name();
            let sentence = format!("Expected a list of items but got type \"{kind}\".");
            return Err(sentence.into());
        }
    };
    let named = match data {
        Data::Json(_) => Wanted::Name,
        Data::Form(_) => Wanted::Text,
    };
    let (mut wanted, mut wrong) = (Vec::new(), Vec::new());
    for (place, value) in items.items().enumerate() {
        match item(&value, named) {
            Ok(item) if wanted.len() <= MAX_ITEMS => wanted.push(item),
            // There are too many already: only whether they are well-formed matters.
            Ok(_) => {}
            Err(sentences) => wrong.push((place, sentences)),
        }
        if wrong.len() == MAX_WRONG {
            break;
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

fn item(value: &Value<'_>, named: fn(CatalogueName) -> Wanted) -> Result<Wanted, Vec<String>> {
    match value {
        Value::Null => return Err(vec![NULL.to_owned()]),
        Value::Int(digits) => {
            let id = digits.parse().ok().map(CatalogueId);
            return Ok(Wanted::Id(id, value.to_text().text.into_owned()));
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
        .map(named)
        .map_err(|_| vec![BLANK.to_owned()])
}
