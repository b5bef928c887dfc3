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
pub(crate) use json::{MAX_BYTES, MAX_DEPTH, json};
pub(crate) use link::{Given, MAX_ADDRESS, MAX_LINK, link, picture, resume};
pub(crate) use names::{MAX_ITEMS, Wanted, names};
pub(crate) use text::text;
pub(crate) use username::{MAX_CHARS as MAX_USERNAME, free_username, username};

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
