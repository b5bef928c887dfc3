//! The changes between versions.
//!
//! The code implements the newest version. A response is converted backwards through the changes
//! after its version, and a request forwards.

use manyface_core::Edit;
use manyface_dialect::{Request, Typed};

use crate::{
    WhopError,
    holdings::Transit,
    node::{Node, Object},
    request::{Body, UserRequest},
    user::User,
    version::Version,
};

/// A dated change.
struct Change {
    /// The first version with the change.
    since: &'static str,
    /// Converts a user to the previous version.
    user: fn(&mut Object, &User),
    /// Converts a file to the previous version.
    file: fn(&mut Object),
    /// Converts a request of the previous version.
    user_request: fn(&mut UserRequest) -> Result<(), WhopError>,
}

const NO_CHANGE: Change = Change {
    since: "",
    user: |_, _| {},
    file: |_| {},
    user_request: |_| Ok(()),
};

/// All changes, the newest first.
const CHANGES: [Change; 6] = [
    // Adds flat balances again, `social_links`, `cards` and `level`, and removes `staff`.
    Change {
        since: "2026-10-13-1",
        user: |shape, _| {
            shape.remove(&["balances", "cards", "level", "social_links", "total_usd"]);
            shape.set("staff", Node::Null);
        },
        ..NO_CHANGE
    },
    // Makes files private by default and their size a number, and adds `object` and `created_at`.
    Change {
        since: "2026-08-21-1",
        file: downgrade_file,
        user_request: |user_request| {
            user_request.is_public_by_default = true;
            Ok(())
        },
        ..NO_CHANGE
    },
    // Always returns an image, if only a placeholder, and adds `banner`, `email`, `staff`, `trading`
    // and more keys of partners.
    Change {
        since: "2026-08-21",
        user: |shape, user| {
            shape.remove(&[
                "banner",
                "email",
                "staff",
                "trading",
                "whop_partner_onboarded_accounts_count",
                "whop_partner_verified_at",
            ]);
            shape.set("profile_picture", user.image_or_null());
        },
        ..NO_CHANGE
    },
    // Separates amounts in transit from pending ones.
    Change {
        since: "2026-08-13",
        user: |shape, user| shape.set("balance", user.balance(Transit::InPending)),
        ..NO_CHANGE
    },
    // Replaces the flat `total_usd` and `balances` by a nested `balance`, and adds
    // `balance_history`, `earnings_usd` and `whop_partner_enabled_at`.
    Change {
        since: "2026-07-08",
        user: downgrade_balances,
        ..NO_CHANGE
    },
    // Replaces `company_id` by `account_id` in the query, rejects null, and adds balances and
    // verification.
    Change {
        since: "2026-06-08",
        user: |shape, _| shape.retain_ordered(&ORIGINAL_KEYS),
        user_request: upgrade_original_request,
        ..NO_CHANGE
    },
];

/// The keys of a user in the original version, in order.
const ORIGINAL_KEYS: [&str; 6] = [
    "id",
    "username",
    "name",
    "created_at",
    "bio",
    "profile_picture",
];

/// The keys of a user before 2026-07-08, in the order of the contract.
const FLAT_KEYS: [&str; 9] = [
    "id",
    "username",
    "name",
    "bio",
    "created_at",
    "profile_picture",
    "total_usd",
    "balances",
    "verification",
];

fn downgrade_balances(shape: &mut Object, user: &User) {
    shape.set("total_usd", user.total_usd());
    shape.set("balances", user.balances(Transit::InPending));
    shape.retain_ordered(&FLAT_KEYS);
}

fn downgrade_file(shape: &mut Object) {
    shape.remove(&[
        "object",
        "created_at",
        "removed_by_moderation",
        "multipart_upload_id",
        "multipart_upload_urls",
        "multipart_chunk_size",
    ]);
    shape.replace("size", |size| match size {
        Node::Number(number) => Node::from(number.as_str()),
        other @ (Node::Null
        | Node::Bool(_)
        | Node::String(_)
        | Node::Array(_)
        | Node::Object(_)) => other,
    });
}

fn upgrade_original_request(user_request: &mut UserRequest) -> Result<(), WhopError> {
    let in_body = match std::mem::take(&mut user_request.body_company) {
        Edit::Keep | Edit::Clear => None,
        Edit::Set(Typed::Value(company)) => Some(company),
        Edit::Set(Typed::WrongType) => return Err(WhopError::field("company_id must be a string")),
    };
    for company in user_request.query_company.take().into_iter().chain(in_body) {
        match &user_request.account {
            Some(account) if *account != company => {
                return Err(WhopError::field(
                    "company_id must be the same as account_id",
                ));
            }
            Some(_) => {}
            None => user_request.account = Some(company),
        }
    }
    user_request.null_clears = true;
    // It was nullable, but every user has a user name.
    if user_request.username == Edit::Clear {
        user_request.username = Edit::Keep;
    }
    Ok(())
}

/// Returns the changes after `version`, the newest first.
fn changes_after(version: Version) -> impl DoubleEndedIterator<Item = &'static Change> {
    CHANGES
        .iter()
        .filter(move |change| version.is_before(change.since))
}

/// Returns a user in the form of `version`.
pub(crate) fn convert_user(user: &User, version: Version) -> Object {
    let mut shape = user.newest();
    for change in changes_after(version) {
        (change.user)(&mut shape, user);
    }
    shape
}

/// Converts a file to the form of `version`.
pub(crate) fn convert_file(mut newest: Object, version: Version) -> Object {
    for change in changes_after(version) {
        (change.file)(&mut newest);
    }
    newest
}

/// Reads a request without a body and converts it to the newest version.
pub(crate) fn read_request(request: &Request) -> Result<UserRequest, WhopError> {
    read_request_with(request, Body::default())
}

/// Reads a request and converts it to the newest version.
pub(crate) fn read_request_with(request: &Request, body: Body) -> Result<UserRequest, WhopError> {
    let mut user_request = UserRequest::parse(request, body)?;
    for change in changes_after(user_request.version).rev() {
        (change.user_request)(&mut user_request)?;
    }
    user_request.check()?;
    Ok(user_request)
}
