//! The changes between versions.
//!
//! The code is written for the newest version. A response steps back through the changes that are
//! newer than the version it is for; a request steps forward through the same.

use manyface_core::Edit;
use manyface_dialect::Typed;

use crate::{
    WhopError,
    holdings::Transit,
    node::{Node, Object},
    request::UserRequest,
    user::User,
    version::Version,
};

/// One dated change.
struct Change {
    /// The first version that has it.
    since: &'static str,
    /// Converts a user to the previous version.
    user: fn(&mut Object, &User),
    /// Converts a file to the previous version.
    file: fn(&mut Object),
    /// Converts a request of the previous version.
    user_request: fn(&mut UserRequest) -> Result<(), WhopError>,
}

const NOTHING: Change = Change {
    since: "",
    user: |_, _| {},
    file: |_| {},
    user_request: |_| Ok(()),
};

/// The changes, the newest first.
const CHANGES: [Change; 6] = [
    // Flat balances return next to the nested ones; `social_links`, `cards` and `level` are new, and
    // `staff` is gone.
    Change {
        since: "2026-10-13-1",
        user: |shape, _| {
            shape.remove(&["balances", "cards", "level", "social_links", "total_usd"]);
            shape.set("staff", Node::Null);
        },
        ..NOTHING
    },
    // Files are native. They are private unless asked otherwise, their size is a number, and they
    // say what they are and when they were made.
    Change {
        since: "2026-08-21-1",
        file: show_original_file,
        user_request: |user_request| {
            user_request.is_public_by_default = true;
            Ok(())
        },
        ..NOTHING
    },
    // An image is always there, if only a generated one; `banner`, `email`, `staff`, `trading` and
    // more of partners are new.
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
            shape.set("profile_picture", user.set_picture());
        },
        ..NOTHING
    },
    // Amounts in transit are listed apart from pending ones.
    Change {
        since: "2026-08-13",
        user: |shape, user| shape.set("balance", user.balance(Transit::Pending)),
        ..NOTHING
    },
    // The flat `total_usd` and `balances` become one nested `balance`; `balance_history`,
    // `earnings_usd` and `whop_partner_enabled_at` are new.
    Change {
        since: "2026-07-08",
        user: show_flat_balances,
        ..NOTHING
    },
    // The account is named by `account_id` in the query, no more by `company_id`; null is no value
    // any more; balances and verification are new.
    Change {
        since: "2026-06-08",
        user: |shape, _| shape.only(&ORIGINAL_KEYS),
        user_request: read_original_request,
        ..NOTHING
    },
];

/// The keys of the original user, in order.
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

fn show_flat_balances(shape: &mut Object, user: &User) {
    shape.set("total_usd", user.total_usd());
    shape.set("balances", user.balances(Transit::Pending));
    shape.only(&FLAT_KEYS);
}

fn show_original_file(shape: &mut Object) {
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
        other @ (Node::Null | Node::Flag(_) | Node::Text(_) | Node::List(_) | Node::Object(_)) => {
            other
        }
    });
}

fn read_original_request(user_request: &mut UserRequest) -> Result<(), WhopError> {
    let in_body = match std::mem::take(&mut user_request.body_company) {
        Edit::Keep | Edit::Clear => None,
        Edit::Set(Typed::Right(company)) => Some(company),
        Edit::Set(Typed::Wrong) => return Err(WhopError::field("company_id must be a string")),
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
    // It was nullable, but there is no user without one.
    if user_request.username == Edit::Clear {
        user_request.username = Edit::Keep;
    }
    Ok(())
}

/// The changes that `version` does not have yet, the newest first.
fn after(version: Version) -> impl DoubleEndedIterator<Item = &'static Change> {
    CHANGES
        .iter()
        .filter(move |change| version.is_before(change.since))
}

/// A user as `version` shows it.
pub(crate) fn show(user: &User, version: Version) -> Object {
    let mut shape = user.newest();
    for change in after(version) {
        (change.user)(&mut shape, user);
    }
    shape
}

/// A file as `version` shows it.
pub(crate) fn show_file(mut newest: Object, version: Version) -> Object {
    for change in after(version) {
        (change.file)(&mut newest);
    }
    newest
}

/// Converts a request of `version` to the newest one.
pub(crate) fn understand(
    user_request: &mut UserRequest,
    version: Version,
) -> Result<(), WhopError> {
    for change in after(version).rev() {
        (change.user_request)(user_request)?;
    }
    Ok(())
}
