//! Exact decimal numbers.

use std::{
    ops::{Add, Mul},
    str::FromStr,
};

use bigdecimal::BigDecimal;
use manyface_core::Json;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::node::Node;

/// The maximum length of a number without an exponent, which bounds the cost of arithmetic.
const MAX_CHARS: usize = 64;
/// The minimum number of decimals of an amount of money.
const CENTS: i64 = 2;

/// A decimal number, written `-?digits[.digits][e[+-]digits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    text: String,
    value: BigDecimal,
}

/// The error for a string that is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number such as \"12.50\" or 1e-8, of at most 64 characters as digits")]
pub(crate) struct NotDecimal;

impl Decimal {
    pub(crate) fn zero() -> Self {
        Self::of(BigDecimal::from(0))
    }

    pub(crate) fn one() -> Self {
        Self::of(BigDecimal::from(1))
    }

    fn of(value: BigDecimal) -> Self {
        let text = value.to_plain_string();
        Self { text, value }
    }

    /// Returns the number as it was written, or without its exponent if it had one.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the exact amount with at least two decimals.
    pub(crate) fn money(&self) -> String {
        let exact = self.value.normalized();
        let decimals = exact.fractional_digit_count().max(CENTS);
        exact.with_scale(decimals).to_plain_string()
    }

    /// Returns the number as a JSON number.
    pub(crate) fn number(&self) -> Node {
        Json::parse(self.text.clone()).map_or(Node::Null, Node::Number)
    }
}

impl Add<&Decimal> for Decimal {
    type Output = Self;

    fn add(self, other: &Decimal) -> Self {
        Self::of(self.value + &other.value)
    }
}

impl Mul for &Decimal {
    type Output = Decimal;

    fn mul(self, other: Self) -> Decimal {
        Decimal::of(&self.value * &other.value)
    }
}

impl FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(parse_exponent(exponent)?)),
            None => (text, None),
        };
        let digits = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let is_number = number.len() <= MAX_CHARS
            && are_digits(whole)
            && fraction.is_none_or(are_digits)
            // JSON has no leading zeros.
            && (whole == "0" || !whole.starts_with('0'));
        if !is_number {
            return Err(NotDecimal);
        }
        let value: BigDecimal = number.parse().map_err(|_| NotDecimal)?;
        let Some(exponent) = exponent else {
            let text = number.to_owned();
            return Ok(Self { text, value });
        };
        let (unscaled, scale) = value.into_bigint_and_scale();
        // A negative scale would not be written as plain digits.
        let exact = BigDecimal::new(unscaled, scale - exponent);
        let exact = exact.with_scale(exact.fractional_digit_count().max(0));
        let number = Self::of(exact);
        (number.text.len() <= MAX_CHARS)
            .then_some(number)
            .ok_or(NotDecimal)
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Parses the exponent after `e`. It is bounded, and with it the number of digits.
fn parse_exponent(text: &str) -> Result<i64, NotDecimal> {
    const MAX_EXPONENT: i64 = 64;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !are_digits(digits) {
        return Err(NotDecimal);
    }
    let size = digits
        .parse()
        .ok()
        .filter(|size: &i64| *size <= MAX_EXPONENT);
    let size = size.ok_or(NotDecimal)?;
    Ok(if text.starts_with('-') { -size } else { size })
}

/// Reads a JSON string or number. Only `serde_json` is supported.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let text = match json.read::<String>() {
            Ok(text) => text,
            Err(_) => json.as_str().to_owned(),
        };
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn sums_and_products_are_exact() {
        let sum = decimal("0.1") + &decimal("0.2");
        assert_eq!(sum.money(), "0.30");
        let product = &decimal("0.000000000000000001") * &decimal("65321.125");
        assert_eq!(product.money(), "0.000000000000065321125");
        let large = &decimal("123456789012345678901234567890.12") * &decimal("1.50");
        assert_eq!(large.money(), "185185183518518518351851851835.18");
        assert_eq!((decimal("5") + &decimal("-5")).money(), "0.00");
        assert_eq!(decimal("1000").money(), "1000.00");
        assert_eq!(decimal("-0.5").money(), "-0.50");
    }

    #[test]
    fn the_written_form_is_kept() {
        for text in ["1.10", "0", "-0.0", "10000000"] {
            assert_eq!(decimal(text).as_str(), text);
            let json = serde_json::to_string(&decimal(text).number()).unwrap();
            assert_eq!(json, text);
        }
    }

    #[test]
    fn strings_and_numbers_are_read() {
        for json in ["1.50", "\"1.50\""] {
            let read: Decimal = serde_json::from_str(json).unwrap();
            assert_eq!(read, decimal("1.50"));
        }
    }

    #[test]
    fn exponents_are_written_out() {
        for (text, digits) in [
            ("1e-08", "0.00000001"),
            ("1E2", "100"),
            ("1e+2", "100"),
            ("1.50e1", "15.0"),
            ("1.5e3", "1500"),
            ("-2.5e-3", "-0.0025"),
            ("0e5", "0"),
            ("0e-2", "0.00"),
            ("7e0", "7"),
            ("1e00000000000000000000002", "100"),
            ("1e63", &format!("1{}", "0".repeat(63))),
            ("1e-62", &format!("0.{}1", "0".repeat(61))),
        ] {
            let read = decimal(text);
            assert_eq!(read.as_str(), digits, "{text}");
            assert_eq!(read, decimal(digits), "{text}");
            for json in [text.to_owned(), format!("\"{text}\"")] {
                let read: Decimal = serde_json::from_str(&json).unwrap();
                assert_eq!(read.as_str(), digits, "{json}");
                assert_eq!(serde_json::to_string(&read.number()).unwrap(), digits);
            }
        }
    }

    #[test]
    fn numbers_with_large_exponents_are_rejected() {
        for text in [
            "1e64",
            "1e-63",
            "10e63",
            "1e65",
            "1e-65",
            "1e400",
            "1e-400",
            "1e1000000000",
            "1e-1000000000",
            "0e1000000000",
            "1e99999999999999999999999",
            "1e",
            "e5",
            "1e+",
            "1e1.5",
            "1e1e1",
            "1e--1",
            "1e 1",
            "01e1",
            ".5e1",
            "5.e1",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotDecimal), "{text:?}");
        }
    }

    #[test]
    fn other_strings_are_rejected() {
        let long = "1".repeat(65);
        for text in [
            "", "-", ".5", "5.", "+1", "01", "1,5", " 1", "NaN", "0x1", "\u{661}", &long,
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotDecimal), "{text:?}");
        }
        for json in ["null", "true", "[]", "\"1e1000000000\""] {
            assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
        }
    }
}
