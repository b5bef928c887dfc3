//! The commands, one file each, with the command line and its implementation.
#![expect(clippy::doc_markdown, reason = "help texts are read on a terminal")]

pub(crate) mod admin;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod check;
#[cfg(feature = "conform")]
pub(crate) mod conform;
pub(crate) mod dev;
pub(crate) mod export;
pub(crate) mod healthcheck;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod media;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod output;
#[cfg(feature = "policies")]
pub(crate) mod policy;
pub(crate) mod serve;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod usage;
pub(crate) mod user;
pub(crate) mod values;
pub(crate) mod webhook;
