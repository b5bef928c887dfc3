//! `POST /check-user-existence/`
//!
//! <https://docs.aisquare.studio/api-reference/ai-square-studio-api/iam/check-user-existence-create>

use http::Method;
use manyface_core::{Action, ActionContext, Error, Field, MediaUrls, Principal, Result, Username};
use manyface_dialect::{Credentials, Endpoint, EntityTag, Request};
use serde::Serialize;

use crate::{IamError, fields, problems::Layout, request::Payload};

pub(crate) struct CheckUserExistence;

/// Checks whether a user name is available. `None` is a name that no user can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckAvailability(Option<Username>);

/// The availability of a user name: whether the caller could write it. Names of suspended users,
/// reserved and released names, and look-alikes of them are not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Availability {
    /// Whether the caller could write the name.
    pub(crate) available: bool,
}

impl Action for CheckAvailability {
    type Output = Availability;
    type Error = Error;

    async fn run(self, context: ActionContext<'_>) -> Result<Availability> {
        let Some(username) = self.0 else {
            return Ok(Availability { available: false });
        };
        let own = match context.principal {
            Some(Principal::User(own)) => Some(own),
            Some(Principal::ApiKey(_)) | None => None,
        };
        let available = context.is_available(&username, own).await?;
        Ok(Availability { available })
    }
}

impl Endpoint for CheckUserExistence {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/check-user-existence/";
    const ID: &'static str = "check-user-existence-create";
    const CREDENTIALS: Credentials = Credentials::Optional;

    type Input<'a> = Payload<'a>;
    type Action = CheckAvailability;
    type Body = Availability;
    type Error = IamError;

    fn decode(
        _: &Request,
        payload: Payload<'_>,
    ) -> std::result::Result<CheckAvailability, IamError> {
        let (input, mut problems) = payload.in_layout(Layout::Nested);
        if !problems.is_empty() {
            return Err(problems.into());
        }
        match fields::username_to_check(&input, "username") {
            Ok(username) => Ok(CheckAvailability(username)),
            Err(problem) => {
                problems.add(Field::Username, problem);
                Err(problems.into())
            }
        }
    }

    fn entity_tag(_: &Availability) -> Option<EntityTag<'static>> {
        None
    }

    fn encode(availability: Availability, _: &MediaUrls) -> Availability {
        availability
    }
}
