//! `GET /files/{id}`
//!
//! <https://docs.whop.com/developer/guides/upload-files>

use http::Method;
use manyface_core::{Action, ActionContext, Error, MediaUrls, Result};
use manyface_dialect::{Call, Endpoint, EntityTag, NoBody, Reply};

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

    type Body = NoBody;
    type Action = ShowFile;
    type Response = Object;
    type Error = WhopError;

    fn admit(call: &Call) -> Result<(), WhopError> {
        Version::of(call).map(|_| ())
    }

    fn decode(call: &Call, _: NoBody) -> Result<ShowFile, WhopError> {
        Ok(ShowFile {
            id: call.params.get("id").unwrap_or_default().to_owned(),
            version: Version::of(call)?,
        })
    }

    fn entity_tag(_: &ShownFile) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(shown: ShownFile, media: &MediaUrls) -> Object {
        shown.encode(media)
    }

    fn refuse(_: &Call, error: Error) -> WhopError {
        if matches!(error, Error::NotFound) {
            return WhopError::NotFound("File");
        }
        error.into()
    }

    fn finish(call: &Call, reply: Reply) -> Reply {
        access::versioned(call, reply)
    }
}

/// Reads a file that the caller has made; any other is not there.
pub(crate) struct ShowFile {
    id: String,
    version: Version,
}

impl Action for ShowFile {
    type Output = ShownFile;

    async fn run(self, context: ActionContext<'_>) -> Result<ShownFile> {
        let creator = file::creator(context)?;
        let upload = context.uploads().find(&self.id).await?;
        let upload = upload.filter(|upload| upload.creator == creator);
        Ok(ShownFile {
            upload: upload.ok_or(Error::NotFound)?,
            destination: None,
            version: self.version,
        })
    }
}
