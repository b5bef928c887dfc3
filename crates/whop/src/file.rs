//! The output of operations on files.

use manyface_core::{
    ActionContext, Creator, ImageSize, MediaUrls, Principal, Result, Upload, UploadState,
};
use manyface_dialect::wire_time;

use crate::{
    changes,
    node::{Node, Object},
    version::Version,
};

/// A file in a version of the contract.
#[derive(Clone, Debug)]
pub(crate) struct FileOutput {
    pub(crate) upload: Upload,
    /// The destination and the signed name; only present at creation.
    pub(crate) destination: Option<Destination>,
    pub(crate) version: Version,
}

/// The upload URL and the signed name of a new file.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) url: String,
    pub(crate) signed_name: String,
}

impl FileOutput {
    /// Returns the response body.
    pub(crate) fn encode(self, media: &MediaUrls) -> Object {
        let Self {
            upload,
            destination,
            version,
        } = self;
        changes::convert_file(newest(upload, destination, media), version)
    }
}

/// Returns the file in the form of the newest version.
fn newest(upload: Upload, destination: Option<Destination>, media: &MediaUrls) -> Object {
    let Upload {
        id,
        creator: _,
        filename,
        media_type,
        announced_size: _,
        is_public,
        state,
        created_at,
        expires_at: _,
        is_used: _,
    } = upload;
    let (status, size, url) = match state {
        UploadState::Pending => ("pending", Node::Null, None),
        UploadState::Processing => ("processing", Node::Null, None),
        UploadState::Failed => ("failed", Node::Null, None),
        UploadState::Ready { image, size } => {
            let url = media.image(&image, ImageSize::Full);
            ("ready", Node::integer(size), url.filter(|_| is_public))
        }
    };
    let visibility = if is_public { "public" } else { "private" };
    let mut file = Object::from([
        ("object", "file".into()),
        ("id", id.into()),
        ("filename", filename.into()),
        ("content_type", media_type.as_str().into()),
        ("size", size),
        ("url", Node::string_or_null(url)),
        ("upload_status", status.into()),
        ("visibility", visibility.into()),
        ("created_at", wire_time(created_at).into()),
        ("removed_by_moderation", Node::Bool(false)),
    ]);
    if let Some(Destination { url, signed_name }) = destination {
        file.set("upload_url", url);
        let headers = Object::from([("Content-Type", media_type.into())]);
        file.set("upload_headers", headers);
        file.set("multipart_upload_id", Node::Null);
        file.set("multipart_upload_urls", Node::Null);
        file.set("multipart_chunk_size", Node::Null);
        file.set("direct_upload_id", signed_name);
    }
    file
}

/// Returns the creator of the caller's files: a user, or the API key of an account.
pub(crate) fn creator(context: ActionContext<'_>) -> Result<Creator> {
    match context.principal()? {
        Principal::User(own) => Ok(Creator::Profile(own.id)),
        Principal::ApiKey(key) => Ok(Creator::Program(key.tenant_id, key.name().to_owned())),
    }
}
