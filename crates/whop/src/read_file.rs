//! `GET /files/{id}`
//!
//! <https://docs.whop.com/developer/guides/upload-files>

use http::Method;
use manyface_core::{Action, ActionContext, MediaUrls};
use manyface_dialect::{Endpoint, EntityTag, Request};

use crate::{
    WhopError, access,
    file::{self, FileOutput},
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
    type Action = ReadFileAction;
    type Body = Object;
    type Error = WhopError;

    fn decode(request: &Request, version: Version) -> Result<ReadFileAction, WhopError> {
        Ok(ReadFileAction {
            id: request.params.get("id").unwrap_or_default().to_owned(),
            version,
        })
    }

    fn entity_tag(_: &FileOutput) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(output: FileOutput, media: &MediaUrls) -> Object {
        output.encode(media)
    }
}

/// Reads a file of the caller. Files of other creators are not found.
pub(crate) struct ReadFileAction {
    id: String,
    version: Version,
}

impl Action for ReadFileAction {
    type Output = FileOutput;
    type Error = WhopError;

    async fn run(self, context: ActionContext<'_>) -> Result<FileOutput, WhopError> {
        let creator = file::creator(context)?;
        let upload = context.uploads().find(&self.id).await?;
        let upload = upload.filter(|upload| upload.creator == creator);
        Ok(FileOutput {
            upload: upload.ok_or(WhopError::NotFound("File"))?,
            destination: None,
            version: self.version,
        })
    }
}
