//! One exchange, step by step.

use std::cell::RefCell;

use crate::{
    Excerpt, Exchange, Extent, Failure, Node, Request, Response, Step, Stop, Suite, User,
    check::check,
    compare::{compare, in_order_of},
    snapshot::Snapshot,
    template::{Saved, TemplatePlace, expand},
};

/// A running exchange.
pub(crate) struct ExchangeRun<'a> {
    suite: &'a Suite,
    extent: Extent,
    user: &'a dyn User,
    /// The signal that ends it early.
    stop: &'a Stop,
    saved: Saved,
    sent: RefCell<Vec<Sent>>,
}

/// A request that was sent, and its result.
pub(crate) struct Sent {
    /// The purpose of the request.
    pub(crate) doing: String,
    pub(crate) request: Request,
    /// The response, or why it is missing.
    pub(crate) outcome: Result<Response, String>,
}

impl<'a> ExchangeRun<'a> {
    pub(crate) fn new(
        suite: &'a Suite,
        extent: Extent,
        user: &'a dyn User,
        stop: &'a Stop,
    ) -> Self {
        let mut run = Self {
            suite,
            extent,
            user,
            stop,
            saved: Saved::new(),
            sent: RefCell::default(),
        };
        run.put("token", user.token());
        for (name, text) in user.others() {
            run.put(name, text);
        }
        run
    }

    pub(crate) fn put(&mut self, name: &str, text: &str) {
        let text = Node::Text(text.to_owned());
        self.saved.insert(name.to_owned(), text);
    }

    /// Takes the requests that were sent so far.
    pub(crate) fn take_sent(&self) -> Vec<Sent> {
        self.sent.take()
    }

    /// Runs the exchange; if `is_given`, its initial state is written before.
    pub(crate) fn exchange(&mut self, exchange: &Exchange, is_given: bool) -> Result<(), Failure> {
        self.name_user(exchange)?;
        if is_given {
            self.write("the suite's state is given", &self.suite.given)?;
        }
        if let Some(given) = &exchange.given {
            let given = self.expanded(given, TemplatePlace::Json)?;
            self.write("the exchange's state is given", &given)?;
        }
        for (index, step) in exchange.steps.iter().enumerate() {
            self.step(index + 1, step)?;
        }
        Ok(())
    }

    /// Reads the user's name from the profile, if the exchange needs it and it is unknown.
    fn name_user(&mut self, exchange: &Exchange) -> Result<(), Failure> {
        let is_asked_for = exchange.others.contains(&"username");
        let Some(pointer) = self.suite.username.as_deref().filter(|_| is_asked_for) else {
            return Ok(());
        };
        if self.saved.contains_key("username") {
            return Ok(());
        }
        let profile = self.read("the user's name is read")?;
        if let Some(Node::Text(name)) = profile.and_then(|p| p.body.at(pointer).cloned()) {
            self.put("username", &name);
        }
        Ok(())
    }

    fn step(&mut self, number: usize, step: &Step) -> Result<(), Failure> {
        let request = self.request(step)?;
        // The requests that set the state belong to the first step.
        let first = if number == 1 {
            0
        } else {
            self.sent.borrow().len()
        };
        let before = match self.extent {
            Extent::Full => self.read("the profile is read before")?,
            Extent::Contract => None,
        };
        let response = self.ask(&format!("step {number}"), &request)?;
        let mut problems = Vec::new();
        if response.status != step.status {
            problems.push(format!("the status must be {}", step.status));
        }
        self.check(&request, &response, &mut problems);
        self.headers(step, &response, &mut problems)?;
        self.body(step, &response, &mut problems)?;
        if let Some(before) = before {
            self.laws(&before, (&request, &response), &mut problems)?;
            self.around(first, &request, &mut problems);
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

    /// What is checked of every response to a step, whatever the step says: a further check is a
    /// further line here.
    fn check(&self, request: &Request, response: &Response, problems: &mut Vec<String>) {
        let sent = (request, response);
        check(self.suite, self.extent, self.user.token(), sent, problems);
    }

    /// Holds what was sent since `first` against the document, next to `step`, which has been.
    fn around(&self, first: usize, step: &Request, problems: &mut Vec<String>) {
        for Sent {
            doing,
            request,
            outcome,
        } in self.sent.borrow().iter().skip(first)
        {
            let Some(response) = outcome.as_ref().ok().filter(|_| request != step) else {
                continue;
            };
            let mut undescribed = Vec::new();
            let suite = self.suite;
            suite.check_described(request, response, &mut undescribed);
            problems.extend(
                undescribed
                    .iter()
                    .map(|problem| format!("{doing}: {problem}")),
            );
        }
    }

    pub(crate) fn request(&self, step: &Step) -> Result<Request, Failure> {
        let (method, path) = step.target().unwrap_or_default();
        let body = match (&step.body, step.bytes().map_err(Failure::Template)?) {
            (Some(text), _) => Some(self.expanded(text, TemplatePlace::Json)?.into_bytes()),
            (None, bytes) => bytes,
        };
        let mut headers = self.headers_of_all(body.is_some())?;
        headers.retain(|(name, _)| {
            let mut own = step.headers.keys();
            !own.any(|own| own.eq_ignore_ascii_case(name))
        });
        for (name, lines) in &step.headers {
            for line in lines.lines() {
                headers.push((name.clone(), self.expanded(line, TemplatePlace::Plain)?));
            }
        }
        Ok(Request {
            method: method.to_owned(),
            path: self.expanded(path, TemplatePlace::Plain)?,
            headers,
            body,
        })
    }

    /// The default headers of a request.
    fn headers_of_all(&self, has_body: bool) -> Result<Vec<(String, String)>, Failure> {
        let bearer = format!("Bearer {}", self.user.token());
        let mut headers = vec![("authorization".to_owned(), bearer)];
        if has_body {
            let json = "application/json".to_owned();
            headers.push(("content-type".to_owned(), json));
        }
        for (name, line) in &self.suite.headers {
            headers.push((name.clone(), self.expanded(line, TemplatePlace::Plain)?));
        }
        Ok(headers)
    }

    fn headers(
        &mut self,
        step: &Step,
        response: &Response,
        problems: &mut Vec<String>,
    ) -> Result<(), Failure> {
        for (name, expected) in &step.expect_headers {
            let expected = self.expanded(expected, TemplatePlace::Plain)?;
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
        let expect =
            Node::parse(&self.expanded(expect, TemplatePlace::Json)?).map_err(unreadable)?;
        // That it is JSON is checked with every response.
        if let Ok(body) = Node::parse(&String::from_utf8_lossy(&response.body)) {
            let body = match self.extent {
                Extent::Full => body,
                Extent::Contract => in_order_of(&expect, body),
            };
            compare(&expect, &body, &mut self.saved, problems);
        }
        Ok(())
    }

    /// Checks that rejected requests changed nothing, and that written values are read back.
    fn laws(
        &self,
        before: &Snapshot,
        (request, response): (&Request, &Response),
        problems: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let is_write = request.method == self.suite.write && response.status == 200;
        let after = if is_write {
            self.read_back(request, response)?
        } else {
            self.read("the profile is read after")?
        };
        let Some(after) = after else {
            return Ok(());
        };
        if !is_write {
            if after != *before {
                problems.push(format!("the profile has changed to {}", after.body));
            }
        } else if let Some(written) = Snapshot::of(response).filter(|w| w.body == after.body) {
            if written.tag != after.tag {
                let [written, read] = [written.tag, after.tag].map(Option::unwrap_or_default);
                problems.push(format!(
                    "etag is {written}, and {read} when it is read back"
                ));
            }
        } else {
            problems.push(format!("what is read back is {}", after.body));
        }
        Ok(())
    }

    /// Reads the profile; `None` if it cannot be read and need not be.
    pub(crate) fn read(&self, doing: &'static str) -> Result<Option<Snapshot>, Failure> {
        let response = self.send(doing, "GET", &self.suite.profile, None)?;
        let snapshot = Snapshot::of(&response).filter(|_| response.status == 200);
        match self.extent {
            Extent::Full if snapshot.is_none() => Err(setup(doing, &response)),
            Extent::Full | Extent::Contract => Ok(snapshot),
        }
    }

    /// What `request` has written, read as it was written: the body where the response is shown again,
    /// and the tag at the path of the write itself, whose representation it names.
    fn read_back(
        &self,
        request: &Request,
        response: &Response,
    ) -> Result<Option<Snapshot>, Failure> {
        let is_of_the_write = |(name, _): &&(String, String)| {
            let of_the_write = ["content-", "if-", "transfer-"];
            let name = name.to_ascii_lowercase();
            of_the_write.iter().any(|start| name.starts_with(start))
        };
        let headers = request.headers.iter();
        let headers = headers.filter(|header| !is_of_the_write(header));
        let doing = "what was written is read";
        let written = Snapshot::of(response).map(|written| written.body);
        let mut reading = Request {
            method: "GET".to_owned(),
            path: self.suite.read_path(&request.path, written.as_ref()),
            headers: headers.cloned().collect(),
            body: None,
        };
        let mut shown = self.snapshot(doing, &reading)?;
        if reading.path != request.path {
            reading.path.clone_from(&request.path);
            let own = self.snapshot(doing, &reading)?;
            let tag = own.and_then(|own| own.tag);
            shown = shown.map(|shown| Snapshot { tag, ..shown });
        }
        Ok(shown)
    }

    fn snapshot(
        &self,
        doing: &'static str,
        reading: &Request,
    ) -> Result<Option<Snapshot>, Failure> {
        let response = self.ask(doing, reading)?;
        if response.status != 200 {
            return Err(setup(doing, &response));
        }
        Ok(Snapshot::of(&response))
    }

    pub(crate) fn write(&self, doing: &'static str, body: &str) -> Result<(), Failure> {
        self.write_at(doing, &self.suite.profile, body)
    }

    pub(crate) fn write_at(
        &self,
        doing: &'static str,
        path: &str,
        body: &str,
    ) -> Result<(), Failure> {
        let response = self.send(doing, &self.suite.write, path, Some(body))?;
        if response.status == 200 {
            Ok(())
        } else {
            Err(setup(doing, &response))
        }
    }

    /// Sends a request that is not a step of the exchange.
    pub(crate) fn send(
        &self,
        doing: &'static str,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Response, Failure> {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: self.headers_of_all(body.is_some())?,
            body: body.map(|text| text.as_bytes().to_owned()),
        };
        self.ask(doing, &request)
    }

    /// Sends a request and records it for the report; all requests go through this function.
    fn ask(&self, doing: &str, request: &Request) -> Result<Response, Failure> {
        let response = self.user.send_until(request, self.stop);
        let outcome = response.as_ref().cloned().map_err(ToString::to_string);
        self.sent.borrow_mut().push(Sent {
            doing: doing.to_owned(),
            request: request.clone(),
            outcome,
        });
        response
    }

    fn expanded(&self, template: &str, place: TemplatePlace) -> Result<String, Failure> {
        expand(template, &self.saved, place).map_err(Failure::Template)
    }
}

pub(crate) fn setup(doing: &'static str, response: &Response) -> Failure {
    Failure::Setup {
        doing,
        status: response.status,
        body: Excerpt::of(&response.body),
    }
}
