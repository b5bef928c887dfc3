//! 2026-08-13: what is in transit stands beside what is pending, and no more in it.

use crate::{holdings::Transit, node::Object, user::User};

pub(super) fn user(shape: &mut Object, user: &User) {
    shape.set("balance", user.balance(Transit::Pending));
}
