//! The steps of a request before its operation runs.

/// Whether an operation requires an authenticated caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// A request without a valid credential is rejected.
    #[default]
    Required,
    /// A request without a credential runs as [`manyface_core::Subject::Anonymous`]. An invalid
    /// credential is rejected.
    Optional,
    /// Credentials are ignored: the request is authorised in another way.
    Ignored,
}

/// One step of a request before its operation runs. Each dialect orders its steps as its upstream
/// server does.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Redirects (301) a path without a trailing slash. This step must be first, because no route
    /// has such a path.
    AppendSlash,
    /// Rejects (406) a request whose `Accept` header fails this test.
    CheckAccept(fn(&str) -> bool),
    /// Responds to `OPTIONS` with the methods of the path. A server that allows other origins
    /// responds to their preflights before all steps.
    RespondToOptions,
    /// Rejects (405) a method that the path does not support.
    CheckMethod,
    /// Rejects (401) a request without a valid credential.
    Authenticate,
}

impl Step {
    /// The usual order.
    pub const DEFAULT: [Self; 3] = [
        Self::RespondToOptions,
        Self::CheckMethod,
        Self::Authenticate,
    ];
}
