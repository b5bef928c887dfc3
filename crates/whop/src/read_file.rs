//! `GET /files/{id}`
//!
//! <https://docs.whop.com/developer/guides/upload-files>

use http::Method;
use manyface_core::{Action, ActionContext, MediaUrls};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    WhopError, access,
    file::{self, ShownFile},
    node::Object,
    version::Version,
};

pub(crate) struct ReadFile;

impl Endpoint for ReadFile {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/files/{id}";
    const ID: &'static str = "retrieveFile";
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Input<'a> = Version;
    type Action = ShowFile;
    type Body = Object;
    type Error = WhopError;

    fn decode(request: &Request, version: Version) -> Result<ShowFile, WhopError> {
        Ok(ShowFile {
            id: request.params.get("id").unwrap_or_default().to_owned(),
            version,
        })
    }

    fn entity_tag(_: &ShownFile) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(shown: ShownFile, media: &MediaUrls) -> Object {
        shown.encode(media)
    }
}

/// Reads a file that the caller has made; any other is not there.
pub(crate) struct ShowFile {
    id: String,
    version: Version,
}

impl Action for ShowFile {
    type Output = ShownFile;
    type Error = WhopError;

    async fn run(self, context: ActionContext<'_>) -> Result<ShownFile, WhopError> {
        let creator = file::creator(context)?;
        let upload = context.uploads().find(&self.id).await?;
        let upload = upload.filter(|upload| upload.creator == creator);
        Ok(ShownFile {
            upload: upload.ok_or(WhopError::NotFound("File"))?,
            destination: None,
            version: self.version,
        })
    }
}
