//! 2026-08-21: a picture is always there, if only a generated one; `banner`, `email`, `staff`,
//! `trading` and more of partners are new.

use crate::{node::Object, user::User};

pub(super) fn user(shape: &mut Object, user: &User) {
    shape.remove(&[
        "banner",
        "email",
        "staff",
        "trading",
        "whop_partner_onboarded_accounts_count",
        "whop_partner_verified_at",
    ]);
    shape.set("profile_picture", user.set_picture());
}
