//! Flags.

use crate::{
    data::{Blank, Data},
    problems::Problem,
    python::Value,
};

const TRUE: [&str; 6] = ["t", "y", "yes", "true", "on", "1"];
const FALSE: [&str; 6] = ["f", "n", "no", "false", "off", "0"];
/// A flag without a value is what it is by default: false.
const NONE: [&str; 2] = ["null", ""];

/// A flag: a boolean, or one of the words and numbers that the framework takes for one.
pub(crate) fn flag(data: &Data<'_>, name: &str) -> Result<Option<bool>, Problem> {
    let flag = match data.value(name, Blank::Null).as_ref() {
        None => return Ok(None),
        Some(Value::Null) => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
        Some(Value::Int(number) | Value::Float(number)) => match number.parse::<f64>() {
            Ok(1.0) => Some(true),
            Ok(0.0) => Some(false),
            Ok(_) | Err(_) => None,
        },
        Some(Value::Text(text)) => {
            let word = text.text.to_lowercase();
            let is_among = |words: &[&str]| words.contains(&word.as_str());
            if is_among(&TRUE) {
                Some(true)
            } else {
                (is_among(&FALSE) || is_among(&NONE)).then_some(false)
            }
        }
        Some(Value::List(_) | Value::Dict(_) | Value::File(_)) => None,
    };
    match flag {
        Some(flag) => Ok(Some(flag)),
        None => Err("Must be a valid boolean.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_words() {
        let words = TRUE.iter().chain(&FALSE).chain(&NONE).map(|word| {
            let letters = word
                .chars()
                .map(|letter| match letter.to_ascii_uppercase() {
                    upper if upper == letter => letter.to_string(),
                    upper => format!("[{upper}{letter}]"),
                });
            letters.collect::<String>()
        });
        let words = words.collect::<Vec<_>>().join("|");
        let patterns = crate::dialect().documented(&["pattern"]);
        let end = format!(" pattern \"^(?:{words})$\" (5)");
        let flags = patterns.iter().filter(|line| line.ends_with(&end));
        assert_eq!(flags.count(), 4, "{end}: {patterns:?}");
    }
}
