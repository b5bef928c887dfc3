#![doc = include_str!("../README.md")]

mod call;
mod capabilities;
mod data_url;
mod endpoint;
mod entity_tag;
mod face;
mod input;
mod media_type;
mod openapi;
mod pipeline;
mod precondition;
mod problem;
mod reply;
mod route;
mod sent_back;
mod shorten;
mod strict;
mod time;
mod typed;

pub use call::{Call, Params, TENANT_ID};
pub use capabilities::{ApiKeyRules, Capabilities, Collect, ProfileFiles};
pub use data_url::{DataUrlError, read_image_data_url, write_data_url};
pub use endpoint::{Endpoint, WireError};
pub use entity_tag::EntityTag;
pub use face::{
    Canonical, Face, FieldView, Meaning, PictureForm, Shown, ShownForm, Taken, TakenForm, Unset,
    UsernameForm,
};
pub use input::{Input, Json};
pub use media_type::{Unsupported, charset, check_coding, check_json};
pub use pipeline::{Credentials, Step};
pub use precondition::{ReadCondition, expected, expected_in};
pub use problem::{FailedPrecondition, Malformed, Problem};
pub use reply::Reply;
pub use route::{BeforeBody, BoxFuture, Dialect, Example, ExternalIds, Route, failure};
pub use sent_back::{Sent, SentValue, UpdateInView, accept, is_shown, stand_ins, unchanged};
pub use strict::Shape;
pub use time::wire_time;
pub use typed::Typed;
