//! The exchanges of one dialect, and what they have in common.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use crate::{Description, Exchange, LoadError, Node};

/// The file that says what the exchanges beside it have in common.
const SUITE_FILE: &str = "suite.toml";

/// The exchanges of one dialect: a directory of files, and `suite.toml` among them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The dialect's name.
    pub dialect: String,
    /// Where the user's own profile is read (`GET`) and written.
    pub profile: String,
    /// The method that writes it.
    pub write: String,
    /// The body that brings the profile into the state that exchanges start from.
    pub given: String,
    /// What every success at the profile's path looks like, as JSON with matchers.
    pub success: String,
    /// What every failure looks like.
    pub failure: String,
    /// How a profile is put back: keys of the body, and where the response to `GET` has them
    /// (RFC 6901). `details.bio` is the key `bio` of the object `details`.
    pub restore: BTreeMap<String, String>,
    /// What is written for a key that the response did not have, or had as null, as JSON.
    pub absent: String,
    /// The same for single keys, in place of `absent`.
    #[serde(default)]
    pub unset: BTreeMap<String, String>,
    /// A body that brings the profile into another state than `given`, for the kit's own tests.
    pub other: String,
    /// Headers that every request has, unless a step has its own: templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What every request and response is held against, for servers that are manyface.
    #[serde(skip)]
    pub description: Option<Arc<Description>>,
    /// The exchanges, in the order of their names.
    #[serde(skip)]
    pub exchanges: Vec<Exchange>,
}

impl Suite {
    /// Reads a directory of exchange files.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        let path = directory.join(SUITE_FILE);
        let mut suite: Self =
            toml::from_str(&read(&path)?).map_err(|source| LoadError::Syntax {
                path: path.clone(),
                source: Box::new(source),
            })?;
        for (key, json) in [
            ("given", &suite.given),
            ("success", &suite.success),
            ("failure", &suite.failure),
            ("absent", &suite.absent),
            ("other", &suite.other),
        ] {
            Node::parse(json).map_err(|error| {
                let problem = (key.to_owned(), format!("is not JSON: {error}"));
                LoadError::value(path.clone(), problem)
            })?;
        }
        for path in files(directory)? {
            let exchange = Exchange::parse(&path, &read(&path)?)?;
            suite.exchanges.push(exchange);
        }
        Ok(suite)
    }

    /// The body that puts a profile back as `read` has it.
    pub(crate) fn restoring(&self, read: &Node) -> String {
        let mut objects: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (key, pointer) in &self.restore {
            let value = read.at(pointer).map(Node::to_string);
            let value = value.filter(|value| value != "null");
            let unset = || self.unset.get(key).unwrap_or(&self.absent).clone();
            let value = value.unwrap_or_else(unset);
            let (object, key) = key.split_once('.').unwrap_or(("", key));
            let entry = format!("{}:{value}", crate::node::quoted(key));
            objects.entry(object).or_default().push(entry);
        }
        let mut entries = objects.remove("").unwrap_or_default();
        entries.extend(objects.into_iter().map(|(object, entries)| {
            format!("{}:{{{}}}", crate::node::quoted(object), entries.join(","))
        }));
        format!("{{{}}}", entries.join(","))
    }
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |source| LoadError::Unreadable {
        path: directory.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_exchange = path.extension().is_some_and(|ending| ending == "toml");
        if is_exchange && !path.ends_with(SUITE_FILE) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
