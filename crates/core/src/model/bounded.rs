//! Deserialization of bounded configuration values.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, Unexpected, Visitor},
};

/// Reads a whole number from `MIN` to `MAX`; the error names the range.
///
/// Every number in the configuration is deserialized by this function or [`bounded_option`], so
/// that no code panics or overflows on it:
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     #[serde(deserialize_with = "manyface_core::bounded::<1, 512, _, _>")]
///     workers: usize,
/// }
/// let settings = serde_json::from_str::<Settings>(r#"{"workers": 513}"#);
/// let error = settings.map(|settings| settings.workers).unwrap_err();
/// assert!(error.to_string().contains("expected a whole number from 1 to 512"));
/// ```
pub fn bounded<'de, const MIN: u64, const MAX: u64, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_u64(Range::<MIN, MAX, T>(PhantomData))
}

/// Reads a whole number from `MIN` to `MAX` that may be absent; the field also needs
/// `#[serde(default)]`.
pub fn bounded_option<'de, const MIN: u64, const MAX: u64, T, D>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    bounded::<MIN, MAX, T, D>(deserializer).map(Some)
}

/// The accepted range, which error messages name.
struct Range<const MIN: u64, const MAX: u64, T>(PhantomData<T>);

impl<'de, const MIN: u64, const MAX: u64, T: Deserialize<'de>> Visitor<'de> for Range<MIN, MAX, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a whole number from {MIN} to {MAX}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        if !(MIN..=MAX).contains(&number) {
            return Err(E::invalid_value(Unexpected::Unsigned(number), &self));
        }
        T::deserialize(number.into_deserializer())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }
}
