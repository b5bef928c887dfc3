//! The format of exchange files.

use std::{collections::BTreeMap, path::Path};

use manyface_core::AuthProvider;
use serde::Deserialize;

use crate::{Account, LoadError, Node, template};

/// One exchange: a rule of a dialect, shown by requests and their expected responses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The name of the file, without its extension.
    #[serde(skip)]
    pub name: String,
    /// The names of [`Account::OTHERS`] that it uses.
    #[serde(skip)]
    pub others: Vec<&'static str>,
    /// The rule, in one line.
    pub why: String,
    /// Its source.
    pub source: Source,
    /// A JSON body that is written before the steps, after the suite's own.
    pub given: Option<String>,
    /// Whether the exchange needs an unmodified user; nothing is written before it.
    #[serde(default)]
    pub fresh: bool,
    /// Whether the responses show the state that the suite gives, although nothing is written:
    /// they would be others for another user.
    #[serde(default)]
    pub needs_given: bool,
    /// Who vouches for the user: `oidc` or `saml` for one whom an identity provider calls Ada
    /// Lovelace, and who is unmodified; nothing is written before it.
    #[serde(default)]
    pub auth_provider: AuthProvider,
    /// The requests, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// The source of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// The contract: `contract: …`, with the sentence.
    Contract(String),
    /// A decision of this project, because the contract is silent: `decision: …`.
    Decision(String),
}

impl TryFrom<String> for Source {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once(": ") {
            Some(("contract", sentence)) if !sentence.trim().is_empty() => {
                Ok(Self::Contract(sentence.to_owned()))
            }
            Some(("decision", reason)) if !reason.trim().is_empty() => {
                Ok(Self::Decision(reason.to_owned()))
            }
            Some(_) | None => Err("source must be `contract: …` or `decision: …`"),
        }
    }
}

/// The extent of the checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The contract, every decision where it is silent, the headers of manyface, and after each
    /// request two laws: what was rejected changed nothing, and what was written is read back.
    #[default]
    Full,
    /// The contract only, for other servers than manyface.
    Contract,
}

/// One request and the response it must get.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `METHOD /path?query`, as it is sent; the path is a template.
    pub send: String,
    /// Headers that are added to, or replace, the default ones.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderLines>,
    /// The body as text, a template.
    pub body: Option<String>,
    /// The body as bytes, in hexadecimal digits and blanks.
    pub body_hex: Option<String>,
    /// The status of the response.
    pub status: u16,
    /// The body of the response, as JSON with matchers.
    pub expect: Option<String>,
    /// Whether the response has no body.
    #[serde(default)]
    pub expect_empty: bool,
    /// Headers of the response.
    #[serde(default)]
    pub expect_headers: BTreeMap<String, String>,
}

/// The values of a header.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum HeaderLines {
    /// One line. An empty one removes a default header.
    One(String),
    /// Several lines, sent unchanged.
    Many(Vec<String>),
}

impl HeaderLines {
    /// The lines to send.
    pub fn lines(&self) -> &[String] {
        match self {
            Self::One(line) if line.is_empty() => &[],
            Self::One(line) => std::slice::from_ref(line),
            Self::Many(lines) => lines,
        }
    }
}

impl Exchange {
    /// Parses an exchange file; its name is the stem of `path`.
    pub fn parse(path: &Path, text: &str) -> Result<Self, LoadError> {
        let mut exchange: Self = toml::from_str(text).map_err(|source| LoadError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let name = path.file_stem().unwrap_or_default();
        exchange.name = name.to_string_lossy().into_owned();
        let names = |other: &str| text.contains(&format!("{{{{{other}}}}}"));
        let others = Account::OTHERS.into_iter().filter(|other| names(other));
        exchange.others = others.collect();
        let checked = exchange.check();
        checked.map_err(|problem| LoadError::value(path.to_owned(), problem))?;
        Ok(exchange)
    }

    /// Returns whether the exchange needs an unmodified user.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh || self.auth_provider != AuthProvider::Local
    }

    fn check(&self) -> Result<(), (String, String)> {
        let at = |key: &str| {
            let key = key.to_owned();
            move |reason: String| (key, reason)
        };
        if self.why.trim().is_empty() || self.why.contains('\n') {
            return Err(at("why")("must be one line".to_owned()));
        }
        if self.steps.is_empty() {
            return Err(at("step")("is missing".to_owned()));
        }
        if let Some(given) = &self.given {
            if self.is_fresh() {
                return Err(at("given")("cannot be given to a fresh user".to_owned()));
            }
            template::check(given).map_err(at("given"))?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            let number = index + 1;
            let checked = step.check();
            checked.map_err(|(key, reason)| (format!("step {number}: {key}"), reason))?;
        }
        Ok(())
    }
}

impl Step {
    /// The method and the path.
    pub fn target(&self) -> Option<(&str, &str)> {
        let (method, path) = self.send.split_once(' ')?;
        let is_sendable = !method.is_empty()
            && path.starts_with('/')
            && path.bytes().all(|b| b.is_ascii_graphic());
        is_sendable.then_some((method, path))
    }

    /// The bytes of `body_hex`.
    pub(crate) fn bytes(&self) -> Result<Option<Vec<u8>>, String> {
        let Some(text) = &self.body_hex else {
            return Ok(None);
        };
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let bytes = digits.chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2);
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        let bytes: Option<Vec<u8>> = bytes.collect();
        let bytes = bytes.ok_or("must be pairs of hexadecimal digits")?;
        Ok(Some(bytes))
    }

    fn check(&self) -> Result<(), (String, String)> {
        let at = |key: &str| {
            let key = key.to_owned();
            move |reason: String| (key, reason)
        };
        if self.target().is_none() {
            return Err(at("send")("must be `METHOD /path`".to_owned()));
        }
        template::check(&self.send).map_err(at("send"))?;
        if self.body.is_some() && self.body_hex.is_some() {
            return Err(at("body_hex")("cannot be combined with body".to_owned()));
        }
        if self.expect.is_some() == self.expect_empty {
            return Err(at("expect")(
                "or expect_empty must say what the body is".to_owned(),
            ));
        }
        self.bytes().map_err(at("body_hex"))?;
        template::check(self.body.as_deref().unwrap_or_default()).map_err(at("body"))?;
        for (name, lines) in &self.headers {
            for line in lines.lines() {
                template::check(line).map_err(at(&format!("headers.{name}")))?;
            }
        }
        for (name, value) in &self.expect_headers {
            template::check(value).map_err(at(&format!("expect_headers.{name}")))?;
        }
        if let Some(expect) = &self.expect {
            template::check(expect).map_err(at("expect"))?;
            Node::parse(expect).map_err(|error| at("expect")(format!("is not JSON: {error}")))?;
        }
        Ok(())
    }
}
