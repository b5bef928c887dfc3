//! The rules of dates.

use jiff::civil::{ISOWeekDate, Weekday};
use manyface_core::{Date, Edit};

use crate::{
    input::{EmptyString, Fields},
    problems::Problem,
    python::Value,
};

const INVALID: &str = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";

/// Reads a date. Null clears the field, and so does an empty string in a form.
pub(crate) fn date(input: &Fields<'_>, name: &str) -> Result<Edit<Date>, Problem> {
    match input.value(name, EmptyString::Null).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Ok(Edit::Clear),
        Some(Value::Text(text)) => parse(&text.text)
            .map(Edit::Set)
            .ok_or_else(|| INVALID.into()),
        Some(
            Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::File(_),
        ) => Err(INVALID.into()),
    }
}

/// Parses a date in every format of the framework: `YYYY-MM-DD`, also with single digits, and the
/// formats of ISO 8601 without hyphens and by weeks.
fn parse(text: &str) -> Option<Date> {
    let date = parse_iso(text).or_else(|| {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_short = |part: &str| (1..=2).contains(&part.len());
        let is_complete = parts.next().is_none() && year.len() == 4;
        if !is_complete || !is_short(month) || !is_short(day) {
            return None;
        }
        Date::new(number(year)?, number(month)?, number(day)?).ok()
    })?;
    (date.year() > 0).then_some(date)
}

fn parse_iso(text: &str) -> Option<Date> {
    let (year, rest) = (text.get(..4)?, text.get(4..)?);
    let year = number(year)?;
    let (rest, has_hyphens) = match rest.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    if let Some(rest) = rest.strip_prefix('W') {
        let (week, day) = (rest.get(..2)?, rest.get(2..)?);
        let day = match (day, has_hyphens) {
            ("", _) => Some("1"),
            (day, true) => day.strip_prefix('-'),
            (day, false) => Some(day),
        };
        let day = day.filter(|day| day.len() == 1)?;
        let day = Weekday::from_monday_one_offset(number(day)?).ok()?;
        return Some(ISOWeekDate::new(year, number(week)?, day).ok()?.date());
    }
    let (month, day) = (rest.get(..2)?, rest.get(2..)?);
    let day = if has_hyphens {
        day.strip_prefix('-')?
    } else {
        day
    };
    if day.len() != 2 {
        return None;
    }
    Date::new(year, number(month)?, number(day)?).ok()
}

/// Parses a number that consists of ASCII digits only.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_parsed_in_every_format_of_the_framework() {
        for (text, date) in [
            ("2023-01-05", "2023-01-05"),
            ("2023-1-5", "2023-01-05"),
            ("2023-01-05\n", "2023-01-05"),
            ("20230105", "2023-01-05"),
            ("2023-W01-1", "2023-01-02"),
            ("2023W011", "2023-01-02"),
            ("2023W01", "2023-01-02"),
            ("2023-W01", "2023-01-02"),
            ("2024-02-29", "2024-02-29"),
            ("0001-01-01", "0001-01-01"),
        ] {
            assert_eq!(parse(text), date.parse().ok(), "{text}");
        }
    }

    #[test]
    fn other_strings_are_rejected() {
        for text in [
            "",
            "2023",
            "2023-02-29",
            "2023-02-30",
            "0000-00-00",
            "0000-01-01",
            "2023-13-01",
            "2023-01-01T00:00:00Z",
            " 2023-01-01",
            "2023-01-01 ",
            "2023-001-01",
            "23-01-01",
            "2023/01/01",
            "2023-0105",
            "202301-05",
            "2023-W54-1",
            "2023-W01-8",
            "2023-W0",
            "\u{ff12}\u{ff10}\u{ff12}\u{ff13}-01-01",
            "+023-01-01",
            "-2023-01-01",
            "12345-01-01",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
