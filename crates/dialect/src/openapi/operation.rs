//! One operation of a document.

use std::{collections::BTreeMap, num::NonZeroU32};

use http::Method;
use manyface_core::{Action as _, Error, Quota};
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
    pub(super) sample: Call,
    /// What the endpoint says to a request that it refuses before anything is looked up.
    pub(super) judge: fn(&Call) -> Option<Reply>,
    pub(super) voice: Voice,
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

pub(super) const JSON: &str = "application/json";

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
        // Only what is written with a credential, or uploaded, takes storage.
        if self.method != Method::GET && self.credentials != Credentials::Optional {
            let quota = Error::QuotaExceeded {
                quota: Quota::UnusedImages,
                retry_after: Some(3_600),
            };
            let reply = (self.voice.failed)(&self.sample, quota);
            self.tells("quota", "A quota of the user is used up for now.", reply);
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
    let error = match judged {
        Err(error) => error,
        Ok(action) => match action.violations() {
            none if none.is_empty() => return None,
            violations => E::refuse(call, Error::Invalid(violations)),
        },
    };
    Some(E::finish(call, error.reply()))
}
