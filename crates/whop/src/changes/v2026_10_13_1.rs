//! 2026-10-13-1: flat balances return beside the nested ones; `social_links`, `cards` and `level`
//! are new, and `staff` is gone.

use crate::{
    node::{Node, Object},
    user::User,
};

pub(super) fn user(shape: &mut Object, _: &User) {
    shape.remove(&["balances", "cards", "level", "social_links", "total_usd"]);
    shape.set("staff", Node::Null);
}
