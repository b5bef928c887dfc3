#![doc = include_str!("../README.md")]

mod capabilities;
mod data_url;
mod endpoint;
mod entity_tag;
mod input;
mod media_type;
mod openapi;
mod pipeline;
mod precondition;
mod problem;
mod request;
mod response;
mod response_reader;
mod route;
mod sent_back;
mod shorten;
mod strict;
mod time;
mod typed;
mod view;

pub use capabilities::{ApiKeyRules, Capabilities, Collect, ProfileFiles};
pub use data_url::{DataUrlError, read_image_data_url, write_data_url};
pub use endpoint::{BeforeBody, BoxFuture, Endpoint, WireError};
pub use entity_tag::EntityTag;
pub use input::{Input, Json};
pub use media_type::{Unsupported, charset, check_coding, check_json};
pub use pipeline::{Credentials, Step};
pub use precondition::{ReadCondition, expected, expected_in};
pub use problem::{FailedPrecondition, Malformed, Problem};
pub use request::{Params, Request, TENANT_ID};
pub use response::Response;
pub use response_reader::{ReadUser, ResponseReader};
pub use route::{Dialect, Example, ExternalIds, Route, failure};
pub use sent_back::{Sent, SentValue, UpdateInView, accept, fallback_names, is_shown, unchanged};
pub use strict::Shape;
pub use time::wire_time;
pub use typed::Typed;
pub use view::{
    Absence, Canonical, FieldMapping, ImageForm, NullMeaning, ReadForm, ReadMapping, UsernameForm,
    View, WriteForm, WriteMapping,
};
