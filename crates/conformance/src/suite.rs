//! The exchanges of one dialect and their common settings.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use crate::{Account, Description, Exchange, LoadError, Node};

/// The file with the common settings of the exchanges next to it.
const SUITE_FILE: &str = "suite.toml";

/// The exchanges of one dialect: a directory of files, and `suite.toml` among them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The dialect's name.
    pub dialect: String,
    /// The path at which the user's own profile is read (`GET`) and written.
    pub profile: String,
    /// The method that writes it.
    pub write: String,
    /// The body that sets the initial state of exchanges.
    pub given: String,
    /// The expected body of every success at the profile's path, as JSON with matchers.
    pub success: String,
    /// The expected body of every error.
    pub failure: String,
    /// How a profile is restored: keys of the body, and where the response to `GET` has them
    /// (RFC 6901). `details.bio` is the key `bio` of the object `details`.
    pub restore: BTreeMap<String, String>,
    /// What is written for a key that the response did not have, or had as null, as JSON.
    pub absent: String,
    /// The same for single keys, in place of `absent`.
    #[serde(default)]
    pub unset: BTreeMap<String, String>,
    /// Where more is kept of the user that exchanges write to, and that is put back with the
    /// profile: paths that are read and written as the profile is. What they do not have of their
    /// own shows through from the profile.
    #[serde(default)]
    pub related: Vec<String>,
    /// What cannot be put back: keys of bodies, and where the response has them, or `""` where the
    /// response may hide that something is there. Exchanges that send one are left out where there
    /// may be unset, and those that expect a value.
    #[serde(default)]
    pub irreplaceable: BTreeMap<String, String>,
    /// The JSON pointer of the user's name in the response, if it has one.
    #[serde(default)]
    pub username: Option<String>,
    /// Where `GET` shows what the response to a write shows, if the user sees more of the profile
    /// at `profile`: a path with `{{username}}` in it. Needs `username`.
    #[serde(default)]
    pub as_written: Option<String>,
    /// A body that brings the profile into another state than `given`, for the suite's own tests.
    pub other: String,
    /// Headers that every request has, unless a step has its own: templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The OpenAPI document that requests and responses of manyface servers must match.
    #[serde(skip)]
    pub description: Option<Arc<Description>>,
    /// The exchanges, in the order of their names.
    #[serde(skip)]
    pub exchanges: Vec<Exchange>,
}

impl Suite {
    /// Reads a directory of exchange files.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        let suite = directory.join(SUITE_FILE);
        let mut texts = vec![(suite.clone(), read(&suite)?)];
        for path in files(directory)? {
            let text = read(&path)?;
            texts.push((path, text));
        }
        Self::of_files(texts)
    }

    /// Reads the paths and texts of exchange files, with `suite.toml` among them.
    pub fn of_files(files: impl IntoIterator<Item = (PathBuf, String)>) -> Result<Self, LoadError> {
        let (mut suite, mut exchanges) = (None, Vec::new());
        for (path, text) in files {
            if path.ends_with(SUITE_FILE) {
                suite = Some(Self::parse(&path, &text)?);
            } else {
                exchanges.push(Exchange::parse(&path, &text)?);
            }
        }
        let mut suite = suite.ok_or_else(|| LoadError::Unreadable {
            path: PathBuf::from(SUITE_FILE),
            source: io::ErrorKind::NotFound.into(),
        })?;
        exchanges.sort_by(|one, other| one.name.cmp(&other.name));
        suite.exchanges = exchanges;
        Ok(suite)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, LoadError> {
        let suite: Self = toml::from_str(text).map_err(|source| LoadError::Syntax {
            path: path.to_owned(),
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
                LoadError::value(path.to_owned(), problem)
            })?;
        }
        Ok(suite)
    }

    /// Returns whether every request names the user's tenant.
    pub fn needs_tenant(&self) -> bool {
        let tenant = format!("{{{{{}}}}}", Account::TENANT);
        self.headers.values().any(|value| value.contains(&tenant))
    }

    /// Returns where what was written at `path` is read, whose response is `written`.
    ///
    /// That is `path` itself, but for the profile of a suite with `as_written`.
    pub(crate) fn read_path(&self, path: &str, written: Option<&Node>) -> String {
        let query = path
            .strip_prefix(self.profile.as_str())
            .filter(|rest| rest.is_empty() || rest.starts_with('?'));
        let name = match self.username.as_ref().and_then(|at| written?.at(at)) {
            Some(Node::Text(name)) if name.bytes().all(|byte| byte.is_ascii_graphic()) => name,
            Some(_) | None => return path.to_owned(),
        };
        match (&self.as_written, query) {
            (Some(template), Some(query)) => {
                format!("{}{query}", template.replace("{{username}}", name))
            }
            (Some(_), None) | (None, _) => path.to_owned(),
        }
    }

    /// The body that puts a profile back as `before` has it, of the keys that `now` has
    /// otherwise. A value that equals the inherited one in
    /// `beneath` is written as unset.
    pub(crate) fn restoring(&self, before: &Node, now: &Node, beneath: Option<&Node>) -> String {
        let mut objects: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (key, pointer) in self.differing(before, now) {
            let value = before.at(pointer);
            let shows_through = beneath.is_some_and(|beneath| beneath.at(pointer) == value);
            let value = value.filter(|_| !shows_through).map(Node::to_string);
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

    /// The keys of `restore`, with their places, that are not the same in both.
    pub(crate) fn differing<'a>(
        &'a self,
        before: &Node,
        now: &Node,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let restore = self.restore.iter();
        restore
            .filter(|(_, pointer)| before.at(pointer) != now.at(pointer))
            .map(|(key, pointer)| (key.as_str(), pointer.as_str()))
            .collect::<Vec<_>>()
            .into_iter()
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
    Ok(files)
}

fn read(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
