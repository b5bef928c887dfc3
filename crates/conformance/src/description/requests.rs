//! Sends requests that a document describes, and compares it with what the exchanges cover.

use std::{collections::BTreeSet, slice, sync::Arc};

use manyface_core::{AccessRequest, AuthProvider, Decision, Policies};
use manyface_dialect::Dialect;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Description, document::members, place::RequestPlace};
use crate::{
    Extent, Failure, HeaderLines, MemoryTarget, Step, Stop, Suite, Target,
    exchange_run::ExchangeRun,
};

/// Statuses that need a server that is slow, busy or broken.
const UNREACHED: [&str; 4] = ["408", "429", "500", "503"];

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request header and its value, a template.
type Header<'a> = (&'a str, &'a str);

/// Headers that are added to, or replace, those of a valid request.
const HEADERS: [Header<'_>; 8] = [
    ("authorization", ""),
    ("authorization", "Bearer {{bare}}"),
    ("authorization", "Bearer {{key}}"),
    ("authorization", "Bearer {{gone}}"),
    ("if-match", "\"unknown\""),
    ("if-none-match", "*"),
    ("accept", "text/html"),
    ("content-type", "text/plain"),
];

/// Forbids everything.
struct Forbid;

impl Policies for Forbid {
    fn decide(&self, _: &AccessRequest<'_>) -> Decision {
        Decision::Forbid(Vec::new())
    }
}

impl Suite {
    /// Sends requests of every kind to each documented operation of `dialect` in memory, and returns
    /// the differences from the document ([`Suite::described_by`]):
    ///
    /// - an example of a request that is rejected;
    /// - a property of a JSON body that is not read: a value of another type is accepted;
    /// - a response that is not documented;
    /// - a documented status that occurs neither here nor in the exchanges.
    ///
    /// `exceptions` are the examples and statuses that cannot be shown in memory, each with the
    /// operation: `updateUser picture`, `uploadFile 200`.
    pub fn check_requests(
        &self,
        dialect: fn() -> Dialect,
        exceptions: &[&str],
    ) -> Result<Vec<String>, Failure> {
        let Some(description) = self.description.as_deref() else {
            return Ok(vec!["the suite has no document".to_owned()]);
        };
        let forbid = Arc::new(Forbid);
        let mut check = Check {
            suite: self,
            description,
            allows: MemoryTarget::new(dialect),
            forbids: MemoryTarget::new(dialect)
                .over(move |backend| backend.services.policies = Some(Arc::clone(&forbid) as _)),
            documented: BTreeSet::new(),
            seen: self.statuses(description),
            problems: Vec::new(),
        };
        let Dialect {
            routes, headers, ..
        } = dialect();
        let own: Vec<_> = headers.iter().map(|name| (name.as_str(), "x")).collect();
        let headers = [&HEADERS, &*own].concat();
        for (path, item) in members(&description.document["paths"]) {
            // `HEAD` is compared with `GET` in `check_document`.
            for (method, described) in members(item).filter(|(method, _)| *method != "head") {
                let id = described["operationId"].as_str().unwrap_or_default();
                let route = routes.iter().find(|route| route.id == id);
                let operation = Operation {
                    id,
                    send: format!(
                        "{} {}",
                        method.to_ascii_uppercase(),
                        check.path(path, described)
                    ),
                    described,
                    body_limit: route.map_or(0, |route| route.body_limit),
                };
                check.operation(&operation, &headers)?;
            }
        }
        let exceptions: BTreeSet<_> = exceptions.iter().map(|&one| one.to_owned()).collect();
        let unseen = check.documented.difference(&check.seen).cloned().collect();
        let unneeded = exceptions.difference(&unseen);
        check
            .problems
            .extend(unneeded.map(|one| format!("{one} is an unneeded exception")));
        let missing = unseen.difference(&exceptions);
        check
            .problems
            .extend(missing.map(|one| format!("{one} does not occur")));
        Ok(check.problems)
    }

    /// The operations and statuses of the exchanges.
    fn statuses(&self, description: &Description) -> BTreeSet<String> {
        let steps = self.exchanges.iter().flat_map(|exchange| &exchange.steps);
        let statuses = steps.filter_map(|step| {
            let (method, path) = step.target()?;
            let path = path.split('?').next()?;
            let RequestPlace::Operation { path, method } = description.places.find(path, method)
            else {
                return None;
            };
            let id = &description.document["paths"][path][method]["operationId"];
            Some(format!("{} {}", id.as_str()?, step.status))
        });
        statuses.collect()
    }
}

/// A documented operation.
struct Operation<'a> {
    id: &'a str,
    /// The method and the path, a template.
    send: String,
    described: &'a Value,
    body_limit: usize,
}

struct Check<'a> {
    suite: &'a Suite,
    description: &'a Description,
    allows: MemoryTarget,
    forbids: MemoryTarget,
    /// The operations with their documented statuses and examples.
    documented: BTreeSet<String>,
    /// The operations with the statuses of their responses and their accepted examples.
    seen: BTreeSet<String>,
    problems: Vec<String>,
}

impl Check<'_> {
    /// The whole path with values for its parameters: the user's name if the suite requires it,
    /// else the documented examples.
    fn path(&self, path: &str, described: &Value) -> String {
        if let Some(own) = &self.suite.as_written {
            let found = self.description.places.find(own, "GET");
            if matches!(found, RequestPlace::Operation { path: known, .. } if known == path) {
                return own.clone();
            }
        }
        let base = self.description.document["servers"][0]["url"].as_str();
        let mut whole = format!("{}{path}", base.unwrap_or_default());
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let example = parameter["schema"]["examples"][0].as_str();
            whole = whole.replace(&format!("{{{name}}}"), example.unwrap_or("x"));
        }
        whole
    }

    fn operation(
        &mut self,
        operation: &Operation<'_>,
        headers: &[Header<'_>],
    ) -> Result<(), Failure> {
        let Operation { id, described, .. } = operation;
        let contents = &described["requestBody"]["content"];
        let first = members(contents).next();
        let mut kind = (
            "content-type",
            first.map_or("", |(media_type, _)| media_type),
        );
        let mut body = first.map(|_| Vec::new());
        for media_type in [FORM, JSON] {
            for (name, example) in members(&contents[media_type]["examples"]) {
                kind = ("content-type", media_type);
                body = Some(encoded(media_type, &example["value"]));
                let named = format!("{id} {name}");
                if self.send(false, operation, &[kind], body.as_deref())? < 400 {
                    self.seen.insert(named.clone());
                }
                self.documented.insert(named);
            }
        }
        self.properties(operation, body.as_deref().unwrap_or_default())?;
        self.send(false, operation, &[kind], body.as_deref())?;
        self.send(true, operation, &[kind], body.as_deref())?;
        for header in headers {
            let headers = [kind, *header];
            let headers = &headers[usize::from(header.0 == kind.0)..];
            self.send(false, operation, headers, body.as_deref())?;
        }
        if operation.body_limit > 0 {
            let body = vec![b' '; operation.body_limit + 1];
            self.send(false, operation, &[kind], Some(&body))?;
        }
        let statuses = members(&described["responses"]).map(|(status, _)| status);
        let statuses = statuses.filter(|status| !UNREACHED.contains(&status.as_str()));
        self.documented
            .extend(statuses.map(|status| format!("{id} {status}")));
        Ok(())
    }

    /// Sends `example`, an object, with a wrong value of each property of the schema.
    fn properties(&mut self, operation: &Operation<'_>, example: &[u8]) -> Result<(), Failure> {
        let description = self.description;
        let content = &operation.described["requestBody"]["content"][JSON];
        let schema = description.resolved(&content["schema"]);
        for (name, property) in members(&schema["properties"]) {
            let is_wrong = |value: &Value| {
                let mut problems = Vec::new();
                description
                    .rules
                    .check(property, value, name, &mut problems);
                !problems.is_empty()
            };
            let wrong = [json!([[]]), json!({"": []})].into_iter().find(is_wrong);
            let Some(wrong) = wrong else { continue };
            let mut body: Value = serde_json::from_slice(example).unwrap_or_default();
            body[name] = wrong;
            let (headers, body) = ([("content-type", JSON)], body.to_string());
            if self.send(false, operation, &headers, Some(body.as_bytes()))? < 400 {
                self.problems
                    .push(format!("{}: {name} is not read", operation.id));
            }
        }
        Ok(())
    }

    /// Sends a request as a new user, compares the response with the document, and returns its status.
    fn send(
        &mut self,
        is_forbidden: bool,
        operation: &Operation<'_>,
        headers: &[Header<'_>],
        body: Option<&[u8]>,
    ) -> Result<u16, Failure> {
        let target = if is_forbidden {
            &self.forbids
        } else {
            &self.allows
        };
        let user = target.user(AuthProvider::Local)?;
        let headers = headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), HeaderLines::One(value.to_owned())));
        let step = Step {
            send: operation.send.clone(),
            headers: headers.collect(),
            ..Step::default()
        };
        let never = Stop::default();
        let mut request =
            ExchangeRun::new(self.suite, Extent::Full, &*user, &never).request(&step)?;
        request.body = body.map(<[u8]>::to_vec);
        let response = user.send(&request)?;
        let (id, status) = (operation.id, response.status);
        let mut problems = Vec::new();
        self.description.check(&request, &response, &mut problems);
        let problems = problems.iter();
        self.problems.extend(
            problems.map(|problem| format!("{id} with {:?}: {status} {problem}", request.headers)),
        );
        self.seen.insert(format!("{id} {status}"));
        Ok(status)
    }
}

/// An example as a body.
fn encoded(media_type: &str, value: &Value) -> Vec<u8> {
    if media_type == JSON {
        return value.to_string().into_bytes();
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members(value) {
        for value in value
            .as_array()
            .map_or(slice::from_ref(value), Vec::as_slice)
        {
            form.append_pair(name, value.as_str().unwrap_or_default());
        }
    }
    form.finish().into_bytes()
}
