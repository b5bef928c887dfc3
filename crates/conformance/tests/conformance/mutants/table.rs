//! The table of mutants: `crates/conformance/mutants`, explained in `docs/conformance.md`.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::Value;

use super::{
    change::Change,
    dependencies::{Config, Dependency},
    handlers::Handler,
    subject::{Pattern, Subject},
};
use crate::Outcome;

/// The file with the lists of places.
const PLACES: &str = "places.toml";

/// A file of mutants: the dialects and conditions of all of them, and each by its name, with what it
/// does in words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    dialects: Vec<String>,
    #[serde(default)]
    when: When,
    mutants: BTreeMap<String, (String, Mutant)>,
}

/// A server that is wrong in one way.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mutant {
    #[serde(skip)]
    pub(crate) name: String,
    /// The defect.
    #[serde(skip)]
    pub(crate) wrong: String,
    /// The dialects in which it is tried.
    pub(crate) dialects: Vec<String>,
    /// The places in which it is wrong, each of them a separate server.
    pub(crate) places: Option<String>,
    /// The requests and responses that it changes.
    pub(crate) when: When,
    /// A replaced dependency.
    pub(crate) dependency: Option<Dependency>,
    /// How its dialect is configured.
    pub(crate) config: Option<Config>,
    /// A handler, which replaces all operations below.
    pub(crate) handler: Option<Handler>,
    /// How it changes the request before it is handled.
    pub(crate) request: Changes,
    /// How it changes the request before it is handled again.
    pub(crate) retry: Changes,
    /// The status with which the second response replaces the first.
    pub(crate) accept: Option<Pattern>,
    /// How it changes the request before it is handled again, without effect on the response.
    pub(crate) repeat: Changes,
    /// How it changes the response.
    pub(crate) response: Changes,
}

/// The conditions under which a mutant changes something: all must be met.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct When {
    /// The request writes.
    pub(crate) write: bool,
    /// The request is for the user's profile, and the response shows it.
    pub(crate) profile: bool,
    /// Parts of the request and response match these patterns.
    #[serde(flatten)]
    pub(crate) parts: BTreeMap<Subject, Pattern>,
}

/// One operation, or an array of them.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Changes(pub(crate) Vec<Change>);

impl TryFrom<Value> for Changes {
    type Error = toml::de::Error;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let is_one = !value.is_array();
        let values = if is_one {
            Value::Array(vec![value])
        } else {
            value
        };
        values.try_into().map(Self)
    }
}

/// The place of a mutant, with its properties: `bio` and its maximum length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl From<&String> for Place {
    fn from(text: &String) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let (name, value) = (name.to_owned(), value.to_owned());
        Self { name, value }
    }
}

/// The lists of places by their names, each with the places of each dialect.
pub(crate) type Places = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Reads all mutants and the lists of places.
pub(crate) fn load() -> Outcome<(Vec<Mutant>, Places)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants");
    let places: Places = toml::from_str(&fs::read_to_string(folder.join(PLACES))?)?;
    let mut mutants = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.ends_with(PLACES) {
            continue;
        }
        let group: Group = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for (name, (wrong, mut mutant)) in group.mutants {
            (mutant.name, mutant.wrong) = (name, wrong);
            if mutant.dialects.is_empty() {
                mutant.dialects.clone_from(&group.dialects);
            }
            mutant.when.write |= group.when.write;
            mutant.when.profile |= group.when.profile;
            mutant.when.parts.extend(group.when.parts.clone());
            mutants.push(mutant);
        }
    }
    Ok((mutants, places))
}
