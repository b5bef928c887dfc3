//! 2026-07-08: the flat `total_usd` and `balances` become one nested `balance`; `balance_history`,
//! `earnings_usd` and `whop_partner_enabled_at` are new.

use crate::{holdings::Transit, node::Object, user::User};

/// The keys in the order of the contract's page.
const KEYS: [&str; 9] = [
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

pub(super) fn user(shape: &mut Object, user: &User) {
    shape.set("total_usd", user.total_usd());
    shape.set("balances", user.balances(Transit::Pending));
    shape.only(&KEYS);
}
