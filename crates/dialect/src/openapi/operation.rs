//! One operation of a document.

use std::{collections::BTreeMap, num::NonZeroU32};

use bytes::Bytes;
use http::{Method, StatusCode};
use manyface_core::{Action, Error};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        RefOr,
        path::{Parameter, ParameterIn},
        schema::Schema,
    },
};

use super::{
    failures::{self, Voice},
    media_urls,
    parameters::parameter,
    schemas::{Keys, Schemas, bytes},
};
use crate::{Body, Call, Credentials, Endpoint, Refusal, Reply, Route, WireError};

/// One operation: what the endpoint itself says, and what an adapter tells beside.
///
/// # Panics
///
/// Its methods, where an example does not come out as the adapter says.
pub struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) scopes: &'static [&'static str],
    pub(super) per_minute: Option<NonZeroU32>,
    pub(super) credentials: Credentials,
    pub(super) body_limit: usize,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) tag: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body_description: String,
    /// The body by its media type.
    pub(super) body: BTreeMap<&'static str, RefOr<Schema>>,
    pub(super) asked: Vec<Asked>,
    /// What a success is, by its media type.
    pub(super) success: BTreeMap<&'static str, RefOr<Schema>>,
    pub(super) told: Vec<Told>,
    pub(super) schemas: Schemas,
    /// Whether the endpoint reads bodies by itself, in words of its own for what it cannot read.
    pub(super) reads_itself: bool,
    /// Whether there may be no body.
    pub(super) is_body_optional: bool,
    /// Whether the representation has a tag.
    pub(super) is_tagged: bool,
    sample: Call,
    judge: fn(&Call) -> Option<Reply>,
    voice: Voice,
}

/// A request as an example.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) media_type: &'static str,
    pub(super) value: Value,
}

/// A response as an example.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) reply: Reply,
}

const JSON: &str = "application/json";

impl Operation {
    /// What the endpoint says of itself. Examples are made from `sample`.
    pub fn of<E: Endpoint>(sample: Call) -> Self {
        let voice = Voice {
            refused: |refusal| E::Error::from(refusal).reply(),
            read: |call, refusal| E::finish(call, E::Error::from(refusal).reply()),
            failed: |call, error| E::finish(call, E::refuse(call, error).reply()),
            stale: |call, error| E::finish(call, E::Error::from(error).reply()),
        };
        Self::with(&Route::of::<E>(), sample, judge::<E>, voice)
    }

    /// What a route says of itself that is no endpoint's, and speaks as `voice` does.
    pub fn of_route<E: WireError>(route: &Route, sample: Call) -> Self {
        let voice = Voice {
            refused: |refusal| E::from(refusal).reply(),
            read: |_, refusal| E::from(refusal).reply(),
            failed: |_, error| E::from(error).reply(),
            stale: |_, error| E::from(error).reply(),
        };
        Self::with(route, sample, |_| None, voice)
    }

    fn with(route: &Route, sample: Call, judge: fn(&Call) -> Option<Reply>, voice: Voice) -> Self {
        Self {
            method: route.method.clone(),
            path: route.path,
            id: route.id,
            scopes: route.scopes,
            per_minute: route.per_minute,
            credentials: route.credentials,
            body_limit: route.body_limit,
            summary: String::new(),
            description: String::new(),
            tag: String::new(),
            parameters: Vec::new(),
            body_description: String::new(),
            body: BTreeMap::new(),
            asked: Vec::new(),
            success: BTreeMap::new(),
            told: Vec::new(),
            schemas: Schemas::default(),
            reads_itself: false,
            is_body_optional: false,
            is_tagged: false,
            sample,
            judge,
            voice,
        }
    }

    /// What it is for, in one line and at length (`CommonMark`), and the tag it stands under.
    pub fn says(&mut self, tag: &str, summary: &str, description: &str) {
        tag.clone_into(&mut self.tag);
        summary.clone_into(&mut self.summary);
        description.clone_into(&mut self.description);
    }

    /// A parameter in the path.
    pub fn path_parameter(&mut self, name: &str, description: &str, schema: Schema) {
        let made = parameter(ParameterIn::Path, name, description, schema, true);
        self.parameters.push(made);
    }

    /// A parameter in the query, which may be left out.
    pub fn query_parameter(&mut self, name: &str, description: &str, schema: Schema) {
        let made = parameter(ParameterIn::Query, name, description, schema, false);
        self.parameters.push(made);
    }

    /// A parameter in the query, which must be there.
    pub fn query_requirement(&mut self, name: &str, description: &str, schema: Schema) {
        let made = parameter(ParameterIn::Query, name, description, schema, true);
        self.parameters.push(made);
    }

    /// A JSON body.
    pub fn reads<T: ToSchema>(&mut self, description: &str) {
        let schema = self.schemas.add::<T>(Keys::Open);
        self.reads_as(JSON, schema, description);
    }

    /// A JSON object, of which at least one key must be there.
    pub fn reads_any<T: ToSchema>(&mut self, description: &str) {
        let schema = self.schemas.add_any::<T>(Keys::Open);
        self.reads_as(JSON, schema, description);
    }

    /// A body of `media_type`.
    pub fn reads_as(
        &mut self,
        media_type: &'static str,
        schema: impl Into<RefOr<Schema>>,
        description: &str,
    ) {
        description.clone_into(&mut self.body_description);
        self.body.insert(media_type, schema.into());
    }

    /// The endpoint reads bodies by itself: what it says of those that it cannot read are
    /// [`Operation::refuses`].
    pub fn reads_itself(&mut self) {
        self.reads_itself = true;
    }

    /// There may be no body.
    pub fn may_come_without_body(&mut self) {
        self.is_body_optional = true;
    }

    /// A JSON body that the endpoint takes, as an example.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn asks(&mut self, name: &str, summary: &str, body: &str) {
        let mut call = self.sample.clone();
        call.body = Bytes::copy_from_slice(body.as_bytes());
        if let Some(reply) = (self.judge)(&call) {
            panic!(
                "{name} is refused: {}",
                String::from_utf8_lossy(&reply.body)
            );
        }
        let value = serde_json::from_str(body).expect("examples are JSON");
        self.shows(JSON, name, summary, value);
    }

    /// A body of `media_type` as an example, which is not put to the endpoint.
    pub fn shows(&mut self, media_type: &'static str, name: &str, summary: &str, value: Value) {
        self.asked.push(Asked {
            name: name.to_owned(),
            summary: summary.to_owned(),
            media_type,
            value,
        });
    }

    /// What a success is, as JSON of `T`.
    pub fn answers<T: ToSchema>(&mut self) {
        let schema = self.schemas.add::<T>(Keys::Closed);
        self.success.insert(JSON, schema);
    }

    /// What a success is, as JSON of a schema that is no type's.
    pub fn answers_as(&mut self, name: &str, schema: impl Into<RefOr<Schema>>) {
        let schema = self.schemas.add_as(name, schema.into());
        self.success.insert(JSON, schema);
    }

    /// A schema that others refer to.
    pub fn part(&mut self, name: &str, schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
        self.schemas.add_as(name, schema.into())
    }

    /// What a success is, as bytes of `media_type`.
    pub fn answers_bytes(&mut self, media_type: &'static str) {
        let schema = RefOr::T(bytes(media_type));
        self.success.insert(media_type, schema);
    }

    /// The response to what the action answered, as an example.
    pub fn shows_answer<E: Endpoint>(
        &mut self,
        name: &str,
        summary: &str,
        output: <E::Action as Action>::Output,
    ) {
        self.shows_answer_to::<E>(name, summary, |_| {}, output);
    }

    /// The response to what the action answered to the sample as `change` makes it.
    pub fn shows_answer_to<E: Endpoint>(
        &mut self,
        name: &str,
        summary: &str,
        change: impl FnOnce(&mut Call),
        output: <E::Action as Action>::Output,
    ) {
        let mut call = self.sample.clone();
        change(&mut call);
        let status = E::status(&output);
        let tag = E::entity_tag(&output).map(crate::EntityTag::to_header);
        let mut reply = Reply::json(status, &E::encode(output, &media_urls()));
        if let Some(tag) = tag {
            self.is_tagged = true;
            if self.method == Method::GET && self.told.is_empty() {
                let unchanged = Reply::empty(StatusCode::NOT_MODIFIED);
                let unchanged = unchanged.with(http::header::ETAG, tag.clone());
                let unchanged = E::finish(&call, unchanged);
                self.tells("unchanged", "The client has it already.", unchanged);
            }
            reply = reply.with(http::header::ETAG, tag);
        }
        self.tells(name, summary, E::finish(&call, reply));
    }

    /// The answer to the sample as `change` makes it, which the endpoint refuses.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn refuses(&mut self, name: &str, summary: &str, change: impl FnOnce(&mut Call)) {
        let mut call = self.sample.clone();
        change(&mut call);
        match (self.judge)(&call) {
            None => panic!("{name} is not refused"),
            Some(reply) => self.tells(name, summary, reply),
        }
    }

    /// The answer to a JSON body that the endpoint refuses.
    pub fn refuses_body(&mut self, name: &str, summary: &str, body: &str) {
        self.refuses(name, summary, |call| {
            call.body = Bytes::copy_from_slice(body.as_bytes());
        });
    }

    /// The answer where the action fails in this way.
    pub fn fails(&mut self, name: &str, summary: &str, error: Error) {
        let reply = (self.voice.failed)(&self.sample, error);
        self.tells(name, summary, reply);
    }

    /// The answer to the sample as `change` makes it, where the action fails in this way.
    pub fn fails_for(
        &mut self,
        name: &str,
        summary: &str,
        change: impl FnOnce(&mut Call),
        error: Error,
    ) {
        let mut call = self.sample.clone();
        change(&mut call);
        let reply = (self.voice.failed)(&call, error);
        self.tells(name, summary, reply);
    }

    /// An answer as an example.
    ///
    /// # Panics
    ///
    /// Where another one is called `name`.
    pub fn tells(&mut self, name: &str, summary: &str, reply: Reply) {
        let is_new = !self.told.iter().any(|told| told.name == name);
        assert!(is_new, "two answers are called {name}");
        self.told.push(Told {
            name: name.to_owned(),
            summary: summary.to_owned(),
            reply,
        });
    }

    /// Adds what the server, the reading of the body and the store can come to.
    pub(super) fn complete(&mut self) {
        let reads_json = self.body.contains_key(JSON) && !self.reads_itself;
        let all = failures::all(
            (&self.voice, &self.sample),
            self.credentials,
            reads_json.then_some(&self.method),
            self.body_limit,
        );
        for told in all {
            let is_known = self.told.iter().any(|known| {
                known.reply.status == told.reply.status
                    && known.reply.body == told.reply.body
                    && known.reply.headers == told.reply.headers
            });
            if !is_known {
                self.tells(&told.name, &told.summary, told.reply);
            }
        }
        if self.is_tagged {
            let stale = Error::VersionMismatch;
            let reply = if self.method == Method::GET {
                (self.voice.stale)(&self.sample, stale)
            } else {
                (self.voice.failed)(&self.sample, stale)
            };
            self.tells(
                "changed",
                "It is not in a state that the client wants.",
                reply,
            );
        }
    }

    /// The answer of the server, as the dialect says it.
    pub(super) fn refused(&self, refusal: Refusal) -> Reply {
        (self.voice.refused)(refusal)
    }
}

/// What the endpoint says to a request that it refuses before anything is looked up.
fn judge<E: Endpoint>(call: &Call) -> Option<Reply> {
    let judged = E::admit(call)
        .and_then(|()| E::Body::read(call).map_err(E::Error::from))
        .and_then(|body| E::decode(call, body));
    let error = judged.err()?;
    Some(E::finish(call, error.reply()))
}
