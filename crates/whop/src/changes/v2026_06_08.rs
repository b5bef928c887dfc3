//! 2026-06-08: the account is named by `account_id` in the query, no more by `company_id`; null is
//! no value any more; balances and verification are new.

use manyface_core::Edit;
use manyface_dialect::Typed;

use crate::{WhopError, node::Object, request::Request, user::User};

/// The keys of the original user, in order.
const KEYS: [&str; 6] = [
    "id",
    "username",
    "name",
    "created_at",
    "bio",
    "profile_picture",
];

pub(super) fn user(shape: &mut Object, _: &User) {
    shape.only(&KEYS);
}

pub(super) fn request(request: &mut Request) -> Result<(), WhopError> {
    for company in [
        request.query_company.take(),
        match std::mem::take(&mut request.body_company) {
            Edit::Keep | Edit::Clear => None,
            Edit::Set(Typed::Right(company)) => Some(company),
            Edit::Set(Typed::Wrong) => return Err(WhopError::field("company_id must be a string")),
        },
    ]
    .into_iter()
    .flatten()
    {
        match &request.account {
            Some(account) if *account != company => {
                return Err(WhopError::field(
                    "company_id must be the same as account_id",
                ));
            }
            Some(_) => {}
            None => request.account = Some(company),
        }
    }
    request.null_clears = true;
    // It was nullable, but there is no user without one.
    if request.username == Edit::Clear {
        request.username = Edit::Keep;
    }
    Ok(())
}
