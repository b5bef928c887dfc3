//! The answer to a write.

use http::StatusCode;
use serde::Serialize;

use crate::{problems::Problems, save::Saved, shown::Shown};

/// What was written, or everything that is wrong with what should have been.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Written<View> {
    Done(Box<View>),
    Refused(Problems),
}

impl<View> Written<View> {
    pub(crate) fn of(saved: Saved, view: impl FnOnce(Shown) -> View) -> Self {
        match saved {
            Ok(shown) => Self::Done(Box::new(view(shown))),
            Err(problems) => Self::Refused(problems),
        }
    }

    pub(crate) fn status(saved: &Saved) -> StatusCode {
        match saved {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::BAD_REQUEST,
        }
    }
}
