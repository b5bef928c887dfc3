//! The steps before an operation.

/// Whether an operation needs to know the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// A request without a valid credential is rejected.
    #[default]
    Required,
    /// A request without a credential has [`manyface_core::Subject::Anonymous`]. An invalid
    /// credential is rejected all the same.
    Optional,
    /// Credentials are ignored: the request is authorised in another way.
    Ignored,
}

/// One step of a request before its operation runs. A dialect lists its steps in the order of the
/// server that its contract describes.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Redirects (301) a path that lacks the slash at its end. It comes first: it is about another
    /// path than the route's.
    AppendSlash,
    /// Rejects (406) a request whose `Accept` header fails this test.
    CheckAccept(fn(&str) -> bool),
    /// Responds to `OPTIONS` with the methods of the path; grants no cross-origin access.
    RespondToOptions,
    /// Rejects (405) a method that the path does not support.
    CheckMethod,
    /// Rejects (401) a request whose credential proves no caller.
    Authenticate,
}

impl Step {
    /// The order of most servers.
    pub const DEFAULT: [Self; 3] = [
        Self::RespondToOptions,
        Self::CheckMethod,
        Self::Authenticate,
    ];
}
