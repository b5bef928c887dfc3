//! A target with a scripted handler.

use manyface_conformance::{
    Account, Failure, HttpTarget, Request, Response, Skip, Target, User, Wanted,
};
use manyface_core::AuthProvider;

type Handler = Box<dyn Fn(&Request) -> Result<Response, Failure> + Send + Sync>;

/// One user, whose requests a closure handles.
pub(crate) struct Fake {
    account: Account,
    response: Handler,
}

impl Fake {
    pub(crate) fn new(
        account: Account,
        response: impl Fn(&Request) -> Result<Response, Failure> + Send + Sync + 'static,
    ) -> Self {
        let response = Box::new(response);
        Self { account, response }
    }

    /// Returns the responses of `inner`, unless `meddle` returns one.
    pub(crate) fn between(
        account: Account,
        inner: HttpTarget,
        meddle: impl Fn(&Request) -> Option<Result<Response, Failure>> + Send + Sync + 'static,
    ) -> Self {
        Self::new(account, move |request| {
            if let Some(response) = meddle(request) {
                return response;
            }
            let known = inner.known();
            known[0].send(request)
        })
    }
}

impl Target for Fake {
    fn user(&self, _: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        Ok(Box::new(FakeUser(self)))
    }

    fn makes_users(&self) -> bool {
        false
    }

    fn lacks(&self, wanted: &Wanted) -> Option<Skip> {
        wanted.is_fresh.then_some(Skip::Fresh)
    }

    fn known(&self) -> Vec<Box<dyn User + '_>> {
        vec![Box::new(FakeUser(self))]
    }
}

struct FakeUser<'a>(&'a Fake);

impl User for FakeUser<'_> {
    fn token(&self) -> &str {
        &self.0.account.token
    }

    fn others(&self) -> &[(&'static str, String)] {
        &self.0.account.others
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        (self.0.response)(request)
    }
}

/// A response as JSON, with the headers of manyface.
pub(crate) fn json(status: u16, body: &str) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-request-id", "1"),
    ];
    Response {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.as_bytes().to_owned(),
    }
}
