#![doc = include_str!("../README.md")]

mod body;
mod call;
mod capabilities;
mod data_url;
mod endpoint;
mod entity_tag;
mod face;
mod habits;
mod media_type;
mod openapi;
mod precondition;
mod refusal;
mod reply;
mod route;
mod sent_back;
mod shorten;
mod strict;
mod time;
mod typed;

pub use body::{Body, Json, NoBody};
pub use call::{Call, Params, TENANT_ID};
pub use capabilities::{ApiKeyRules, Capabilities, Collect, ProfileFiles};
pub use data_url::{DataUrlError, read_image_data_url, write_data_url};
pub use endpoint::{Endpoint, WireError};
pub use entity_tag::EntityTag;
pub use face::{
    Canonical, Face, FieldView, Meaning, PictureForm, Shown, ShownForm, Taken, TakenForm, Unset,
    UsernameForm,
};
pub use habits::{Credentials, Habits};
pub use media_type::{Unsupported, charset, check_coding, check_json};
pub use precondition::{ReadCondition, expected, expected_in};
pub use refusal::{Malformed, Refusal};
pub use reply::Reply;
pub use route::{BeforeBody, BoxFuture, Dialect, Example, ExternalIds, Route, failure};
pub use sent_back::{Sent, SentValue, UpdateInView, accept, is_shown, stand_ins, unchanged};
pub use strict::Shape;
pub use time::wire_time;
pub use typed::Typed;
