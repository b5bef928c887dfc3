//! The server that a mutant stands before.

use std::{cell::RefCell, collections::BTreeMap};

use manyface_conformance::{
    Account, Failure, MemoryTarget, Node, Request, Response, Suite, Target, User,
};
use manyface_core::AuthProvider;
use manyface_dialect::Dialect;

use super::{
    edit,
    mutant::{Answer, Deed, Fired},
};

/// The right server, as a mutant sees it who stands before it.
pub(crate) struct Server<'a> {
    pub(crate) suite: &'a Suite,
    /// Where the mutant is wrong.
    pub(crate) place: &'a str,
    right: &'a dyn User,
    said: RefCell<Vec<(Request, Response)>>,
    /// What the mutant remembers from one request to the next.
    pub(crate) memory: &'a RefCell<BTreeMap<String, Node>>,
}

impl Server<'_> {
    pub(crate) fn dialect(&self) -> &str {
        &self.suite.dialect
    }

    /// What the right server answers.
    pub(crate) fn send(&self, request: &Request) -> Answer {
        let response = self.right.send(request)?;
        let both = (request.clone(), response.clone());
        self.said.borrow_mut().push(both);
        Ok(response)
    }

    /// What the right server answers to the same request with another method and no body.
    pub(crate) fn read(&self, request: &Request) -> Answer {
        let mut reading = request.clone();
        "GET".clone_into(&mut reading.method);
        reading.body = None;
        let is_of_the_write = |name: &str| {
            let name = name.to_ascii_lowercase();
            let starts = ["content-", "if-", "transfer-"];
            starts.iter().any(|start| name.starts_with(start))
        };
        reading.headers.retain(|(name, _)| !is_of_the_write(name));
        self.send(&reading)
    }

    /// The user's own credential as a header has it.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.right.token())
    }

    /// What else is known of the user.
    pub(crate) fn other(&self, name: &str) -> String {
        let mut others = self.right.others().iter();
        let found = others.find(|(known, _)| *known == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    }

    /// Whether `request` is for the user's own profile.
    pub(crate) fn is_for_profile(&self, request: &Request) -> bool {
        edit::path(request) == self.suite.profile
    }

    /// Whether `request` would change something.
    pub(crate) fn is_write(&self, request: &Request) -> bool {
        request.method == self.suite.write
    }

    /// Whether `response` shows the user's own profile.
    pub(crate) fn is_profile(&self, request: &Request, response: &Response) -> bool {
        response.status == 200 && self.is_for_profile(request)
    }

    /// Where a response has the field that the mutant is wrong in.
    pub(crate) fn shown_at(&self) -> &str {
        self.suite.restore.get(self.place).map_or("", |at| at)
    }

    /// Where a body of `request` has the field that the mutant is wrong in.
    pub(crate) fn sent_at(&self, request: &Request) -> String {
        self.sent_as(request, self.place)
    }

    /// Where a body of `request` has the key `key`.
    pub(crate) fn sent_as(&self, request: &Request, key: &str) -> String {
        let is_whole = self.is_for_profile(request);
        match key.split_once('.') {
            Some((_, key)) if !is_whole => format!("/{key}"),
            Some((object, key)) => format!("/{object}/{key}"),
            None => format!("/{key}"),
        }
    }

    /// Keeps `node` for later requests.
    pub(crate) fn remember(&self, name: &str, node: Node) {
        self.memory.borrow_mut().insert(name.to_owned(), node);
    }

    pub(crate) fn remembered(&self, name: &str) -> Option<Node> {
        self.memory.borrow().get(name).cloned()
    }

    fn answer(&self, deed: Deed, request: &Request) -> Answer {
        match deed {
            Deed::Hears(how) => {
                let mut heard = request.clone();
                how(self, &mut heard);
                self.send(&heard)
            }
            Deed::Says(how) => {
                let mut response = self.send(request)?;
                how(self, request, &mut response);
                Ok(response)
            }
            Deed::Acts(how) => how(self, request),
            Deed::Mounts(_) | Deed::StandsOn(_) => self.send(request),
        }
    }

    /// Whether `response` is what the right server answers to `request`, to which alone it was sent.
    fn is_right(&self, request: &Request, response: &Response) -> bool {
        let said = self.said.borrow();
        matches!(&said[..], [(sent, answered)] if sent == request && answered == response)
    }
}

/// A target that is wrong.
pub(crate) struct WrongTarget<'a> {
    suite: &'a Suite,
    place: &'a str,
    deed: Deed,
    right: MemoryTarget,
    fired: Fired,
}

impl<'a> WrongTarget<'a> {
    pub(crate) fn new(
        suite: &'a Suite,
        dialect: fn() -> Dialect,
        deed: Deed,
        place: &'a str,
    ) -> Self {
        let fired = Fired::default();
        let right = match deed {
            Deed::Hears(_) | Deed::Says(_) | Deed::Acts(_) => MemoryTarget::new(dialect),
            Deed::Mounts(how) => {
                // What is mounted is wrong whatever is asked of it.
                fired.set();
                MemoryTarget::new(move || {
                    let mut dialect = dialect();
                    how(&mut dialect);
                    dialect
                })
            }
            Deed::StandsOn(how) => {
                let fired = fired.clone();
                let right = MemoryTarget::new(dialect);
                right.over(move |backend| how(backend, &dialect(), &fired))
            }
        };
        Self {
            suite,
            place,
            deed,
            right,
            fired,
        }
    }

    /// Whether anything wrong was done since it was last asked.
    pub(crate) fn has_fired(&self) -> bool {
        let fired = self.fired.is_set();
        if !matches!(self.deed, Deed::Mounts(_)) {
            self.fired.clear();
        }
        fired
    }
}

impl Target for WrongTarget<'_> {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        Ok(Box::new(WrongUser {
            target: self,
            right: self.right.user(provider)?,
            memory: RefCell::default(),
        }))
    }

    fn makes_users(&self) -> bool {
        true
    }
}

struct WrongUser<'a> {
    target: &'a WrongTarget<'a>,
    right: Box<dyn User + 'a>,
    memory: RefCell<BTreeMap<String, Node>>,
}

impl User for WrongUser<'_> {
    fn token(&self) -> &str {
        self.right.token()
    }

    fn others(&self) -> &[(&'static str, String)] {
        self.right.others()
    }

    fn send(&self, request: &Request) -> Answer {
        let server = Server {
            suite: self.target.suite,
            place: self.target.place,
            right: &*self.right,
            said: RefCell::default(),
            memory: &self.memory,
        };
        let response = server.answer(self.target.deed, request)?;
        if !server.is_right(request, &response) {
            self.target.fired.set();
        }
        Ok(response)
    }
}

/// The user's tenant, by the name that exchanges give it.
pub(crate) const TENANT: &str = Account::TENANT;
