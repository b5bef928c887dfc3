//! Reads and writes a user's profile through every view.

use manyface_dialect::{Dialect, TENANT_ID, View};

use super::{
    environment::{TestEnvironment, TestUser},
    pictures::{of_placeholder, picture},
};
use crate::{Excerpt, Failure, Node, Request, Response};

/// A view of a mounted dialect.
pub(super) struct Mounted<'a> {
    pub(super) prefix: &'a str,
    pub(super) dialect: &'a Dialect,
    pub(super) view: &'static View,
}

impl Mounted<'_> {
    /// The name in messages.
    pub(super) fn name(&self) -> String {
        if self.view.name.is_empty() {
            return self.dialect.name.to_owned();
        }
        format!("{} {}", self.dialect.name, self.view.name)
    }
}

/// The profile as one view shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) body: Node,
    pub(super) tag: Option<String>,
}

/// A user in all views.
pub(super) struct UserViews<'a> {
    pub(super) environment: &'a dyn TestEnvironment,
    pub(super) views: &'a [Mounted<'a>],
    pub(super) user: &'a TestUser,
}

impl UserViews<'_> {
    /// Reads every view.
    pub(super) fn look(&self) -> Result<Vec<Snapshot>, Failure> {
        self.views.iter().map(|view| self.read(view)).collect()
    }

    fn read(&self, view: &Mounted<'_>) -> Result<Snapshot, Failure> {
        let response = self.send(view, "GET", view.view.path, &[], None)?;
        let body = String::from_utf8_lossy(&response.body);
        match Node::parse(&body) {
            Ok(body) if response.status == 200 => Ok(Snapshot {
                body,
                tag: response.header("etag"),
            }),
            Ok(_) | Err(_) => Err(Failure::Setup {
                doing: "a profile is read",
                status: response.status,
                body: Excerpt::of(&response.body),
            }),
        }
    }

    /// Writes `body` through a view.
    pub(super) fn write(&self, view: &Mounted<'_>, body: &Node) -> Result<Response, Failure> {
        self.write_as(view, &[], body.to_string())
    }

    /// Writes `body` through a view, with further headers.
    pub(super) fn write_as(
        &self,
        view: &Mounted<'_>,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Response, Failure> {
        self.send(view, view.view.method, view.view.path, headers, Some(body))
    }

    fn send(
        &self,
        view: &Mounted<'_>,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Response, Failure> {
        let tokens = self.user.tokens.iter();
        let mut tokens = tokens.filter(|(dialect, _)| dialect == view.dialect.name);
        let missing = || Failure::Target(format!("no token for {}", view.dialect.name));
        let (_, token) = tokens.next().ok_or_else(missing)?;
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![header("authorization", &format!("Bearer {token}"))];
        headers.extend(more.iter().map(|(name, value)| header(name, value)));
        let has_type = more.iter().any(|(name, _)| *name == "content-type");
        if body.is_some() && !has_type {
            headers.push(header("content-type", "application/json"));
        }
        if view.dialect.headers.contains(&TENANT_ID) {
            let tenant = self.user.tenant.as_deref().unwrap_or_default();
            headers.push(header(TENANT_ID.as_str(), tenant));
        }
        let own = view.view.headers.iter();
        headers.extend(own.map(|(name, value)| header(name, value)));
        self.environment.send(&Request {
            method: method.to_owned(),
            path: format!("{}{path}", view.prefix),
            headers,
            body: body.map(String::into_bytes),
        })
    }

    /// Creates the uploads that `given` names by placeholders, and inserts their ids.
    pub(super) fn uploaded(
        &self,
        view: &Mounted<'_>,
        files: &str,
        given: &Node,
    ) -> Result<Node, Failure> {
        let number = match given.at("/id") {
            Some(Node::Text(id)) => of_placeholder(id),
            Some(_) | None => None,
        };
        let Some(number) = number else {
            return Ok(given.clone());
        };
        let picture = picture(number);
        let name = format!("{{\"filename\":\"picture.{}\"}}", picture.ending);
        let made = self.send(view, "POST", files, &[], Some(name))?;
        let file = Node::parse(&String::from_utf8_lossy(&made.body)).ok();
        let text = |pointer| match file.as_ref().and_then(|file| file.at(pointer)) {
            Some(Node::Text(text)) => Ok(text.clone()),
            Some(_) | None => Err(Failure::Setup {
                doing: "an upload is begun",
                status: made.status,
                body: Excerpt::of(&made.body),
            }),
        };
        let (id, address) = (text("/id")?, text("/upload_url")?);
        let mut headers = Vec::new();
        if let Some(Node::Object(entries)) =
            file.as_ref().and_then(|file| file.at("/upload_headers"))
        {
            for (name, value) in entries {
                if let Node::Text(value) = value {
                    headers.push((name.clone(), value.clone()));
                }
            }
        }
        let received = self.environment.send(&Request {
            method: "PUT".to_owned(),
            path: path_of(&address).to_owned(),
            headers,
            body: Some(picture.file.clone()),
        })?;
        if received.status >= 300 {
            return Err(Failure::Setup {
                doing: "a file is uploaded",
                status: received.status,
                body: Excerpt::of(&received.body),
            });
        }
        Ok(Node::Object(vec![("id".to_owned(), Node::Text(id))]))
    }

    /// Fetches the file at a URL of the server.
    pub(super) fn file_at(&self, address: &str) -> Result<Response, Failure> {
        self.environment.send(&Request {
            method: "GET".to_owned(),
            path: path_of(address).to_owned(),
            headers: Vec::new(),
            body: None,
        })
    }
}

/// The path and query of a URL.
fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/", |start| &rest[start..])
}

/// Sets the value at a pointer of object keys.
pub(super) fn put(body: &mut Node, pointer: &str, node: Node) {
    let mut place = body;
    for key in pointer.split('/').skip(1) {
        let Node::Object(entries) = place else {
            return;
        };
        let found = entries.iter().position(|(known, _)| known == key);
        let index = found.unwrap_or(entries.len());
        if index == entries.len() {
            entries.push((key.to_owned(), Node::Object(Vec::new())));
        }
        place = &mut entries[index].1;
    }
    *place = node;
}

/// A body as an `application/x-www-form-urlencoded` form: nested keys are joined by points, a list is
/// one field for each item, and any other object or list is its JSON. Null has no form.
pub(super) fn form(body: &Node, is_json: impl Fn(&str) -> bool) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    let mut add = |place: &str, node: &Node| {
        let name = place.trim_start_matches('/').replace('/', ".");
        let text = match node {
            Node::Text(text) if !is_json(place) => text.clone(),
            Node::Plain(plain) if plain == "null" => return,
            Node::Plain(_) | Node::Text(_) | Node::Array(_) | Node::Object(_) => node.to_string(),
        };
        form.append_pair(&name, &text);
    };
    fields(body, "", &is_json, &mut add);
    form.finish()
}

fn fields(
    node: &Node,
    place: &str,
    is_json: &impl Fn(&str) -> bool,
    add: &mut impl FnMut(&str, &Node),
) {
    match node {
        Node::Object(entries) if !is_json(place) => {
            for (key, inner) in entries {
                fields(inner, &format!("{place}/{key}"), is_json, add);
            }
        }
        Node::Array(items) if !is_json(place) => {
            for item in items {
                add(place, item);
            }
        }
        Node::Plain(_) | Node::Text(_) | Node::Array(_) | Node::Object(_) => add(place, node),
    }
}

/// All values of a body that are not objects, with their pointers.
pub(super) fn leaves(node: &Node) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    collect("", node, &mut found);
    found
}

fn collect<'a>(place: &str, node: &'a Node, found: &mut Vec<(String, &'a Node)>) {
    match node {
        Node::Object(entries) => {
            for (key, inner) in entries {
                collect(&format!("{place}/{key}"), inner, found);
            }
            if entries.is_empty() {
                found.push((place.to_owned(), node));
            }
        }
        Node::Plain(_) | Node::Text(_) | Node::Array(_) => found.push((place.to_owned(), node)),
    }
}

impl Snapshot {
    /// Describes the differences of `after`.
    pub(super) fn difference(&self, after: &Self) -> String {
        let (was, is) = (leaves(&self.body), leaves(&after.body));
        let mut changes = Vec::new();
        for (place, node) in &was {
            match after.body.at(place) {
                Some(other) if other == *node => {}
                Some(other) => changes.push(format!("{place} was {node} and is {other}")),
                None => changes.push(format!("{place} was {node} and is gone")),
            }
        }
        let new = is.iter().filter(|(place, _)| self.body.at(place).is_none());
        changes.extend(new.map(|(place, node)| format!("{place} is new: {node}")));
        if self.tag != after.tag {
            let tag = |tag: &Option<String>| tag.clone().unwrap_or_else(|| "none".to_owned());
            let (was, is) = (tag(&self.tag), tag(&after.tag));
            changes.push(format!("the ETag was {was} and is {is}"));
        }
        changes.join("; ")
    }
}
