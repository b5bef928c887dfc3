//! One of a set.

use manyface_core::{Country, Edit, text as rules};

use super::{NULL, text::string};
use crate::{
    data::{Blank, Data},
    problems::{Problem, shortened},
    python::Value,
};

/// The text of a choice, which the deployment knows whether it has. An empty one empties the field.
pub(crate) fn choice(data: &Data<'_>, name: &str) -> Result<Edit<String>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => Ok(Edit::Set(value.to_text().text.into_owned()).clear_if(String::is_empty)),
    }
}

/// What is said of a value that is not in the set, of which no more than
/// [`crate::problems::MAX_ECHO`] characters are repeated.
pub(crate) fn not_a_choice(value: &str) -> Problem {
    format!("\"{}\" is not a valid choice.", shortened(value)).into()
}

/// A country: a code of two or three letters, or its name in English, in any case. A blank text
/// empties the field.
pub(crate) fn country(data: &Data<'_>, name: &str) -> Result<Edit<Country>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => {
            let text = string(value)?;
            let text = rules::trim(&text.text);
            if text.is_empty() {
                return Ok(Edit::Clear);
            }
            let country = Country::parse_alpha3(text)
                .or_else(|_| Country::parse_alpha2(text))
                .or_else(|_| Country::parse_name(text));
            country.map(Edit::Set).map_err(|_| not_a_choice(text))
        }
    }
}
