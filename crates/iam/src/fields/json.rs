//! Any JSON.

use manyface_core::{Edit, Json};

use crate::{data::Data, problems::Problem, python::Value};

/// The most bytes of a value, without blanks, and how deep lists and objects may stand in it.
pub(crate) const MAX_BYTES: usize = 16_384;
pub(crate) const MAX_DEPTH: usize = 32;
const NOT_JSON: &str = "Value must be valid JSON.";

/// Any JSON, kept value for value: numbers to the letter, keys in their order. Null empties the
/// field.
pub(crate) fn json(data: &Data<'_>, name: &str) -> Result<Edit<Json>, Problem> {
    let value = match data.json(name) {
        None => return Ok(Edit::Keep),
        Some(Err(_)) => return Err(NOT_JSON.into()),
        Some(Ok(value)) => value,
    };
    if value == Value::Null {
        return Ok(Edit::Clear);
    }
    if let Some(half) = value.surrogate() {
        return Err(format!("Surrogate characters are not allowed: U+{half:X}.").into());
    }
    if value.raw().is_some_and(|raw| raw.depth() > MAX_DEPTH) {
        let sentence = format!("Ensure this field is nested at most {MAX_DEPTH} levels deep.");
        return Err(sentence.into());
    }
    let too_long = || format!("Ensure this field has no more than {MAX_BYTES} bytes.");
    // Measured before it is built.
    if value.raw().is_some_and(|raw| raw.is_longer_than(MAX_BYTES)) {
        return Err(too_long().into());
    }
    let text = value.to_json().ok_or(NOT_JSON)?;
    if text.len() > MAX_BYTES {
        return Err(too_long().into());
    }
    Json::parse(text)
        .map(Edit::Set)
        .map_err(|_| NOT_JSON.into())
}
