//! How servers of other APIs take requests in.

use http::Method;

use crate::Reply;

/// Whether an operation asks who is calling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody may call without a good credential.
    #[default]
    Required,
    /// A caller without a credential is [`manyface_core::Subject::Nobody`]. A bad credential is
    /// refused all the same.
    Optional,
    /// No credential is asked for, nor any that is sent looked at: the request proves itself in
    /// another way.
    Ignored,
}

/// Where a contract's server takes requests in otherwise than most do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// A path that the table has with a slash at its end is moved there (301) where a request
    /// leaves the slash out.
    pub appends_slash: bool,
    /// Credentials are checked before the method: who is not known learns no methods.
    pub credentials_first: bool,
    /// Turns a request away by its `Accept` header, before anything else is looked at; `None` where
    /// the header is good.
    pub negotiate: Option<fn(&str) -> Option<Reply>>,
    /// Says in words with the method in them that a path does not take it, but these.
    pub wrong_method: Option<fn(&str, &[Method]) -> Reply>,
}
