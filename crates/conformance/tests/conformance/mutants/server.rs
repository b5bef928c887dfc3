//! A server with the mistake of a mutant.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use manyface_conformance::{
    Account, Failure, MemoryTarget, Node, Request, Response, Suite, Target, User,
};
use manyface_core::AuthProvider;
use manyface_dialect::Dialect;

use super::{
    change::{change_request, change_response},
    subject::View,
    table::{Mutant, Place},
};

pub(crate) type HandlerResult = Result<Response, Failure>;

/// Whether a server has done anything wrong yet.
#[derive(Clone, Default)]
pub(crate) struct Fired(Arc<AtomicBool>);

impl Fired {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The state of a wrong server between the requests of a user.
#[derive(Default)]
pub(crate) struct Memory {
    requests: Cell<usize>,
    writes: Cell<usize>,
    pub(crate) kept: RefCell<Option<Node>>,
    /// The bodies of responses by their requests.
    pub(crate) cache: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The entity tags that were sent, and the first and the last one of them.
    pub(crate) tags: RefCell<BTreeSet<String>>,
    pub(crate) first_and_last_tag: RefCell<Option<(String, String)>>,
}

/// The right server, as one request to the wrong one uses it.
pub(crate) struct Server<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) place: &'a Place,
    pub(crate) memory: &'a Memory,
    right: &'a dyn User,
    handled: RefCell<Vec<(Request, Response)>>,
}

impl Server<'_> {
    /// Returns the response of the right server.
    pub(crate) fn send(&self, request: &Request) -> HandlerResult {
        let response = self.right.send(request)?;
        let both = (request.clone(), response.clone());
        self.handled.borrow_mut().push(both);
        Ok(response)
    }

    pub(crate) fn token(&self) -> &str {
        self.right.token()
    }

    /// Another value of the user, such as `expired`; empty if this user has none, and `None` if no
    /// user has a value of that name.
    pub(crate) fn other(&self, name: &str) -> Option<String> {
        let mut others = self.right.others().iter();
        let found = others.find(|(known, _)| *known == name);
        let is_known = Account::OTHERS.contains(&name) || name == Account::TENANT;
        let missing = is_known.then(String::new);
        found.map(|(_, value)| value.clone()).or(missing)
    }

    pub(crate) fn is_write(&self, request: &Request) -> bool {
        request.method == self.suite.write
    }

    pub(crate) fn is_for_profile(&self, request: &Request) -> bool {
        request.path.split('?').next() == Some(&self.suite.profile)
    }

    /// Returns the JSON pointer of the field in responses.
    pub(crate) fn shown_at(&self) -> &str {
        self.suite.restore.get(&self.place.name).map_or("", |at| at)
    }

    /// Returns the JSON pointer of `key` in the body of `request`.
    pub(crate) fn sent_as(&self, request: &Request, key: &str) -> String {
        match key.split_once('.') {
            Some((_, key)) if !self.is_for_profile(request) => format!("/{key}"),
            Some((object, key)) => format!("/{object}/{key}"),
            None => format!("/{key}"),
        }
    }

    /// The number of requests before this one in two digits; empty before the second.
    pub(crate) fn count(&self) -> String {
        match self.memory.requests.get() {
            0 => String::new(),
            count => format!("{:02}", count % 100),
        }
    }

    /// An `x` for each write that succeeded.
    pub(crate) fn writes(&self) -> String {
        "x".repeat(self.memory.writes.get())
    }

    fn handle(&self, mutant: &Mutant, request: &Request) -> HandlerResult {
        if let Some(handler) = mutant.handler {
            return (handler.0)(self, request);
        }
        let (server, response) = (self, None);
        let early = View {
            server,
            request,
            response,
        };
        let is_early = early.meets(&mutant.when);
        let changed = is_early.then(|| change_request(&mutant.request, early));
        let first = self.send(changed.as_ref().unwrap_or(request))?;
        if self.is_write(request) && first.status == 200 {
            self.memory.writes.update(|writes| writes + 1);
        }
        let response = Some(&first);
        let view = View {
            server,
            request,
            response,
        };
        if !is_early || !view.meets(&mutant.when) {
            return Ok(first);
        }
        let mut response = first.clone();
        if !mutant.retry.0.is_empty() {
            let second = self.send(&change_request(&mutant.retry, view))?;
            let is_accepted = |pattern| view.matches(pattern, &second.status.to_string());
            if mutant.accept.as_ref().is_none_or(is_accepted) {
                response = second;
            }
        }
        if !mutant.repeat.0.is_empty() {
            self.send(&change_request(&mutant.repeat, view))?;
        }
        change_response(&mutant.response, view, &mut response);
        Ok(response)
    }

    /// Whether `response` is the response of the right server to `request` and nothing else.
    fn is_right(&self, request: &Request, response: &Response) -> bool {
        let handled = self.handled.borrow();
        matches!(&handled[..], [(sent, returned)] if sent == request && returned == response)
    }
}

/// A target that is wrong.
pub(crate) struct WrongTarget<'a> {
    suite: &'a Suite,
    mutant: &'a Mutant,
    place: &'a Place,
    right: MemoryTarget,
    fired: Fired,
}

impl<'a> WrongTarget<'a> {
    pub(crate) fn new(
        suite: &'a Suite,
        dialect: fn() -> Dialect,
        mutant: &'a Mutant,
        place: &'a Place,
    ) -> Self {
        let (fired, config) = (Fired::default(), mutant.config.clone());
        // A configuration is wrong whatever is requested.
        fired.0.store(config.is_some(), Ordering::Relaxed);
        let mut right = MemoryTarget::new(move || {
            let mut dialect = dialect();
            if let Some(config) = &config {
                config.apply(&mut dialect);
            }
            dialect
        });
        if let Some(dependency) = mutant.dependency {
            let fired = fired.clone();
            right = right.over(move |backend| dependency.replace(backend, &dialect(), &fired));
        }
        Self {
            suite,
            mutant,
            place,
            right,
            fired,
        }
    }

    /// Whether anything wrong was done since the last call.
    pub(crate) fn has_fired(&self) -> bool {
        self.fired
            .0
            .swap(self.mutant.config.is_some(), Ordering::Relaxed)
    }
}

impl Target for WrongTarget<'_> {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        Ok(Box::new(WrongUser {
            target: self,
            right: self.right.user(provider)?,
            memory: Memory::default(),
        }))
    }

    fn makes_users(&self) -> bool {
        true
    }
}

struct WrongUser<'a> {
    target: &'a WrongTarget<'a>,
    right: Box<dyn User + 'a>,
    memory: Memory,
}

impl User for WrongUser<'_> {
    fn token(&self) -> &str {
        self.right.token()
    }

    fn others(&self) -> &[(&'static str, String)] {
        self.right.others()
    }

    fn send(&self, request: &Request) -> HandlerResult {
        let server = Server {
            suite: self.target.suite,
            place: self.target.place,
            memory: &self.memory,
            right: &*self.right,
            handled: RefCell::default(),
        };
        let response = server.handle(self.target.mutant, request)?;
        self.memory.requests.update(|requests| requests + 1);
        if !server.is_right(request, &response) {
            self.target.fired.set();
        }
        Ok(response)
    }
}
