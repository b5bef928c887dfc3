//! Values with the types that Python gives them, and JSON as its reader accepts it.
//!
//! The API runs on a framework in Python, and its clients read that language's words: the place and
//! the reason of a mistake in JSON, the name of a type, a number that became a text.

mod decode;
mod number;
mod raw;
mod reader;
mod value;

pub(crate) use decode::text_of;
pub(crate) use raw::{Members, Raw};
pub(crate) use reader::{JsonError, read};
pub(crate) use value::{File, List, Text, Value};
