//! Values as Python has them, and JSON as its reader takes it.
//!
//! The API runs on a framework in Python, and its clients read that language's words: the place and
//! the reason of a mistake in JSON, the name of a type, a number that became a text.

mod decode;
mod number;
mod reader;
mod value;

pub(crate) use decode::text_of;
pub(crate) use reader::{JsonError, read};
pub(crate) use value::{Dict, File, Text, Value};
