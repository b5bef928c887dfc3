//! Decimal numbers, which are never floats.

use std::{
    ops::{Add, Mul},
    str::FromStr,
};

use bigdecimal::BigDecimal;
use manyface_core::Json;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::node::Node;

/// The most characters of a number, which bounds what arithmetic can cost.
const MAX_CHARS: usize = 64;
/// The fewest decimals of an amount of money.
const CENTS: i64 = 2;

/// A decimal number, written `-?digits[.digits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    text: String,
    value: BigDecimal,
}

/// A text that is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number such as \"12.50\", of at most 64 characters")]
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

    /// The number as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The exact amount, with at least two decimals.
    pub(crate) fn money(&self) -> String {
        let exact = self.value.normalized();
        let decimals = exact.fractional_digit_count().max(CENTS);
        exact.with_scale(decimals).to_plain_string()
    }

    /// The number as a JSON number.
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
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_number = text.len() <= MAX_CHARS
            && are_digits(whole)
            && fraction.is_none_or(are_digits)
            // So that it is a number in JSON too.
            && (whole == "0" || !whole.starts_with('0'));
        if !is_number {
            return Err(NotDecimal);
        }
        let value = text.parse().map_err(|_| NotDecimal)?;
        let text = text.to_owned();
        Ok(Self { text, value })
    }
}

/// Reads a JSON string or a JSON number, from `serde_json` alone.
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
    fn spelling_is_kept() {
        for text in ["1.10", "0", "-0.0", "10000000"] {
            assert_eq!(decimal(text).as_str(), text);
            let json = serde_json::to_string(&decimal(text).number()).unwrap();
            assert_eq!(json, text);
        }
    }

    #[test]
    fn texts_and_numbers_are_read() {
        for json in ["1.50", "\"1.50\""] {
            let read: Decimal = serde_json::from_str(json).unwrap();
            assert_eq!(read, decimal("1.50"));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "1".repeat(65);
        for text in [
            "", "-", ".5", "5.", "1e9", "+1", "01", "1,5", " 1", "NaN", "0x1", "\u{661}", &long,
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotDecimal), "{text:?}");
        }
        for json in ["1e9", "null", "true", "[]", "\"1e1000000000\""] {
            assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
        }
    }
}
