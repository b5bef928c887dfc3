//! What each field takes, and what is wrong with what it does not take: in the framework's words.

mod choice;
mod date;
mod flag;
mod json;
mod link;
mod names;
mod text;
mod username;

pub(crate) use choice::{choice, country, not_a_choice};
pub(crate) use date::date;
pub(crate) use flag::flag;
pub(crate) use json::json;
pub(crate) use link::{Given, link, picture, resume};
pub(crate) use names::{Wanted, names};
pub(crate) use text::text;
pub(crate) use username::{free_username, username};
#[cfg(test)]
pub(crate) use {
    link::{MAX_ADDRESS, MAX_LINK},
    names::MAX_ITEMS,
    username::MAX_CHARS,
};

pub(crate) const NULL: &str = "This field may not be null.";
pub(crate) const BLANK: &str = "This field may not be blank.";

/// Whether a field may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// Null empties it.
    Clears,
    /// It may not.
    Refused,
}
