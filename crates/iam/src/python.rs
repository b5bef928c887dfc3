//! Values with Python's types, and JSON as Python's `json` parses it.
//!
//! The API runs on a Python framework, and its responses show it: the position and reason of a JSON
//! error, the name of a type, a number that became a string.

mod reader;
mod repr;
mod value;

pub(crate) use reader::{JsonError, Text, decode_utf8};
pub(crate) use value::{File, List, Members, Raw, Value, read};
