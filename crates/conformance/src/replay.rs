//! Replaying one exchange.

use crate::{
    Excerpt, Exchange, Failure, Node, Request, Response, Source, Step, Suite, Target, User,
    check::check,
    compare::compare,
    template::{Place, Saved, expand},
};

/// How much is demanded of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The contract, every decision where it is silent, the headers of manyface, and after each
    /// request two laws: what was refused changed nothing, and what was written is read back.
    All,
    /// What the contract's page says, and no more: for servers that are not manyface.
    Page,
}

impl Exchange {
    /// Whether the exchange can be replayed against `target`, and asks no more than `extent`.
    pub fn is_meant_for(&self, target: &dyn Target, extent: Extent) -> bool {
        let is_demanded = match (&self.source, extent) {
            (Source::Decision(_), Extent::Page) => false,
            (Source::Page(_) | Source::Decision(_), Extent::All)
            | (Source::Page(_), Extent::Page) => true,
        };
        is_demanded && (target.makes_users() || !(self.is_fresh() || self.needs_others))
    }
}

/// Replays `exchange` as a user of `target`, whose profile is put back as it was where the target
/// has no other.
pub fn replay(
    exchange: &Exchange,
    suite: &Suite,
    target: &dyn Target,
    extent: Extent,
) -> Result<(), Failure> {
    let user = target.user(exchange.auth_provider)?;
    let mut play = Play {
        suite,
        extent,
        user: &*user,
        saved: Saved::new(),
    };
    play.keep("token", user.token());
    for (name, text) in user.others() {
        play.keep(name, text);
    }
    if target.makes_users() {
        return play.exchange(exchange);
    }
    let before = play.read()?;
    let outcome = play.exchange(exchange);
    let restored = match before {
        Some(before) => play.write("the profile is put back", &suite.restoring(&before.body)),
        None => Ok(()),
    };
    outcome.and(restored)
}

struct Play<'a> {
    suite: &'a Suite,
    extent: Extent,
    user: &'a dyn User,
    saved: Saved,
}

/// A profile as `GET` shows it.
#[derive(PartialEq, Eq)]
struct Snapshot {
    body: Node,
    tag: Option<String>,
}

impl Play<'_> {
    fn keep(&mut self, name: &str, text: &str) {
        let text = Node::Text(text.to_owned());
        self.saved.insert(name.to_owned(), text);
    }

    fn exchange(&mut self, exchange: &Exchange) -> Result<(), Failure> {
        if !exchange.is_fresh() {
            self.write("the suite's state is given", &self.suite.given)?;
        }
        if let Some(given) = &exchange.given {
            let given = self.expanded(given, Place::Json)?;
            self.write("the exchange's state is given", &given)?;
        }
        for (index, step) in exchange.steps.iter().enumerate() {
            self.step(index + 1, step)?;
        }
        Ok(())
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<(), Failure> {
        let request = self.request(step)?;
        let before = match self.extent {
            Extent::All => self.read()?,
            Extent::Page => None,
        };
        let response = self.user.send(&request)?;
        let mut problems = Vec::new();
        if response.status != step.status {
            problems.push(format!("the status must be {}", step.status));
        }
        let sent = (&request, &response);
        check(
            self.suite,
            self.extent,
            self.user.token(),
            sent,
            &mut problems,
        );
        self.headers(step, &response, &mut problems)?;
        self.body(step, &response, &mut problems)?;
        if let Some(before) = before {
            self.laws(&before, sent, &mut problems)?;
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failure::Unexpected {
            step: number,
            send: step.send.clone(),
            status: response.status,
            body: Excerpt::of(&response.body),
            problems,
        })
    }

    fn request(&self, step: &Step) -> Result<Request, Failure> {
        let (method, path) = step.target().unwrap_or_default();
        let body = match (&step.body, step.bytes().map_err(Failure::Template)?) {
            (Some(text), _) => Some(self.expanded(text, Place::Json)?.into_bytes()),
            (None, bytes) => bytes,
        };
        let mut headers = Vec::new();
        let is_own = |name: &str| {
            step.headers
                .keys()
                .any(|own| own.eq_ignore_ascii_case(name))
        };
        if !is_own("authorization") {
            let value = format!("Bearer {}", self.user.token());
            headers.push(("authorization".to_owned(), value));
        }
        if body.is_some() && !is_own("content-type") {
            let json = "application/json".to_owned();
            headers.push(("content-type".to_owned(), json));
        }
        for (name, line) in &self.suite.headers {
            if !is_own(name) {
                headers.push((name.clone(), self.expanded(line, Place::Plain)?));
            }
        }
        for (name, lines) in &step.headers {
            for line in lines.lines() {
                headers.push((name.clone(), self.expanded(line, Place::Plain)?));
            }
        }
        Ok(Request {
            method: method.to_owned(),
            path: self.expanded(path, Place::Plain)?,
            headers,
            body,
        })
    }

    fn headers(
        &mut self,
        step: &Step,
        response: &Response,
        problems: &mut Vec<String>,
    ) -> Result<(), Failure> {
        for (name, expected) in &step.expect_headers {
            let expected = self.expanded(expected, Place::Plain)?;
            match (expected.as_str(), response.header(name)) {
                ("[absent]", None) => {}
                ("[absent]", Some(value)) => problems.push(format!("has {name}: {value}")),
                (expected, None) => problems.push(format!("lacks {name}: {expected}")),
                (expected, Some(value)) if expected.starts_with('[') => {
                    let expected = Node::Text(expected.to_owned());
                    let mut wrong = Vec::new();
                    compare(&expected, &Node::Text(value), &mut self.saved, &mut wrong);
                    let wrong = wrong.iter().map(|w| w.replacen("the body", name, 1));
                    problems.extend(wrong);
                }
                (expected, Some(value)) if expected != value => {
                    problems.push(format!("{name} must be {expected:?}, not {value:?}"));
                }
                (_, Some(_)) => {}
            }
        }
        Ok(())
    }

    fn body(
        &mut self,
        step: &Step,
        response: &Response,
        problems: &mut Vec<String>,
    ) -> Result<(), Failure> {
        if step.expect_empty && !response.body.is_empty() {
            problems.push("has a body".to_owned());
        }
        let Some(expect) = &step.expect else {
            return Ok(());
        };
        let unreadable = |error: serde_json::Error| Failure::Template(format!("expect: {error}"));
        let expect = Node::parse(&self.expanded(expect, Place::Json)?).map_err(unreadable)?;
        // That it is JSON is checked with every response.
        if let Ok(body) = Node::parse(&String::from_utf8_lossy(&response.body)) {
            compare(&expect, &body, &mut self.saved, problems);
        }
        Ok(())
    }

    /// What was refused changed nothing, and what was written is read back.
    fn laws(
        &self,
        before: &Snapshot,
        (request, response): (&Request, &Response),
        problems: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let is_write = request.method == self.suite.write && response.status == 200;
        let after = if is_write {
            self.read_back(request)?
        } else {
            self.read()?
        };
        let Some(after) = after else {
            return Ok(());
        };
        if !is_write {
            if after != *before {
                problems.push(format!("the profile has changed to {}", after.body));
            }
        } else if Snapshot::of(response).is_none_or(|written| written != after) {
            problems.push(format!("what is read back is {}", after.body));
        }
        Ok(())
    }

    /// The profile; `None` where nothing says that it can be read and it cannot.
    fn read(&self) -> Result<Option<Snapshot>, Failure> {
        let response = self.send("GET", None)?;
        let snapshot = Snapshot::of(&response).filter(|_| response.status == 200);
        match self.extent {
            Extent::All if snapshot.is_none() => Err(setup("the profile is read", &response)),
            Extent::All | Extent::Page => Ok(snapshot),
        }
    }

    /// What `request` has written, read where and as it was written.
    fn read_back(&self, request: &Request) -> Result<Option<Snapshot>, Failure> {
        let is_of_the_write = |(name, _): &&(String, String)| {
            let of_the_write = ["content-", "if-", "transfer-"];
            let name = name.to_ascii_lowercase();
            of_the_write.iter().any(|start| name.starts_with(start))
        };
        let headers = request.headers.iter();
        let headers = headers.filter(|header| !is_of_the_write(header));
        let response = self.user.send(&Request {
            method: "GET".to_owned(),
            path: request.path.clone(),
            headers: headers.cloned().collect(),
            body: None,
        })?;
        if response.status != 200 {
            return Err(setup("what was written is read", &response));
        }
        Ok(Snapshot::of(&response))
    }

    fn write(&self, doing: &'static str, body: &str) -> Result<(), Failure> {
        let response = self.send(&self.suite.write, Some(body))?;
        if response.status == 200 {
            Ok(())
        } else {
            Err(setup(doing, &response))
        }
    }

    fn send(&self, method: &str, body: Option<&str>) -> Result<Response, Failure> {
        let bearer = format!("Bearer {}", self.user.token());
        let mut headers = vec![("authorization".to_owned(), bearer)];
        if body.is_some() {
            let json = "application/json".to_owned();
            headers.push(("content-type".to_owned(), json));
        }
        for (name, line) in &self.suite.headers {
            headers.push((name.clone(), self.expanded(line, Place::Plain)?));
        }
        self.user.send(&Request {
            method: method.to_owned(),
            path: self.suite.profile.clone(),
            headers,
            body: body.map(|text| text.as_bytes().to_owned()),
        })
    }

    fn expanded(&self, template: &str, place: Place) -> Result<String, Failure> {
        expand(template, &self.saved, place).map_err(Failure::Template)
    }
}

impl Snapshot {
    fn of(response: &Response) -> Option<Self> {
        let body = Node::parse(&String::from_utf8_lossy(&response.body)).ok()?;
        let tag = response.header("etag");
        Some(Self { body, tag })
    }
}

fn setup(doing: &'static str, response: &Response) -> Failure {
    Failure::Setup {
        doing,
        status: response.status,
        body: Excerpt::of(&response.body),
    }
}
