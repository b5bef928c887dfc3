//! The examples of an operation, each put to the endpoint's own code.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use manyface_core::{Action, Error};
use serde_json::Value;

use super::{
    Operation, media_urls,
    operation::{Asked, JSON, Told},
};
use crate::{Call, Endpoint, EntityTag, Reply};

impl Operation {
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
        let tag = E::entity_tag(&output).map(EntityTag::to_header);
        let mut reply = Reply::json(status, &E::encode(output, &media_urls()));
        if let Some(tag) = tag {
            self.is_tagged = true;
            if self.method == Method::GET && self.told.is_empty() {
                let unchanged = Reply::empty(StatusCode::NOT_MODIFIED);
                let unchanged = unchanged.with(header::ETAG, tag.clone());
                let unchanged = E::finish(&call, unchanged);
                self.tells("unchanged", "The client has it already.", unchanged);
            }
            reply = reply.with(header::ETAG, tag);
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
}
