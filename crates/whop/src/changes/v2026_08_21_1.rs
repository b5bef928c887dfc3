//! 2026-08-21-1: files are native. They are private unless asked otherwise, their size is a number,
//! and they say what they are and when they were made.

use crate::{
    node::{Node, Object},
    request::Request,
};

pub(super) fn file(shape: &mut Object) {
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

pub(super) fn request(request: &mut Request) {
    request.is_public_by_default = true;
}
