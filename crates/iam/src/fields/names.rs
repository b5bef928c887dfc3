//! The rules of lists with catalogue entries.

use manyface_core::{CatalogueId, CatalogueName};

use super::{BLANK, NULL, Null, check, string};
use crate::{input::Fields, problems::Problem, python::Value, view::MAX_ITEMS};

/// The maximum number of invalid items that a response reports.
const MAX_INVALID: usize = 50;

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListItem {
    /// The entry with an id, and the digits that the client sent.
    Id(Option<CatalogueId>, String),
    /// The entry with a name.
    Name(CatalogueName),
    /// A string in a form: an entry of the current list with this id, otherwise the entry with this
    /// name.
    Text(CatalogueName),
}

/// Reads a list of names and ids, or returns `None` if it is absent.
pub(crate) fn names(
    input: &Fields<'_>,
    name: &str,
    null: Null,
) -> Result<Option<Vec<ListItem>>, Problem> {
    let list = match input.list(name) {
        None => return Ok(None),
        Some(Value::Null) => {
            return match null {
                Null::Clears => Ok(Some(Vec::new())),
                Null::Rejected => Err(NULL.into()),
            };
        }
        Some(Value::List(list)) => list,
        Some(other) => {
            let type_name = other.type_name();
            let message = format!("Expected a list of items but got type \"{type_name}\".");
            return Err(message.into());
        }
    };
    let from_name = match input {
        Fields::Json(_) => ListItem::Name,
        Fields::Form(_) => ListItem::Text,
    };
    let (mut items, mut invalid) = (Vec::new(), Vec::new());
    for (position, value) in list.items().enumerate() {
        match read_item(&value, from_name) {
            Ok(item) if items.len() <= MAX_ITEMS => items.push(item),
            // There are too many items already, so only invalid ones matter.
            Ok(_) => {}
            Err(messages) => invalid.push((position, messages)),
        }
        if invalid.len() == MAX_INVALID {
            break;
        }
    }
    if !invalid.is_empty() {
        return Err(Problem::Items(invalid));
    }
    if items.len() > MAX_ITEMS {
        return Err(format!("Ensure this field has no more than {MAX_ITEMS} elements.").into());
    }
    Ok(Some(items))
}

fn read_item(
    value: &Value<'_>,
    from_name: fn(CatalogueName) -> ListItem,
) -> Result<ListItem, Vec<String>> {
    match value {
        Value::Null => return Err(vec![NULL.to_owned()]),
        Value::Int(digits) => {
            let id = digits.parse().ok().map(CatalogueId);
            return Ok(ListItem::Id(id, value.to_text().text.into_owned()));
        }
        Value::Bool(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Dict(_)
        | Value::File(_) => {}
    }
    let text = string(value).map_err(|_| vec!["Not a valid string.".to_owned()])?;
    let (stored, messages) = check(&text, CatalogueName::MAX_CHARS);
    if !messages.is_empty() {
        return Err(messages);
    }
    CatalogueName::parse(&stored)
        .map(from_name)
        .map_err(|_| vec![BLANK.to_owned()])
}
