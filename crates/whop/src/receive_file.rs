//! `PUT /files/{id}/content`
//!
//! Where `POST /files` has files sent. The address is signed and says until when it may be used;
//! other credentials are ignored.

use bytes::Bytes;
use http::{Method, header};
use manyface_core::{
    Action, ActionContext, Creator, Error, Field, MediaUrls, Result, Services, SignedDuration,
    Timestamp, Upload, UploadState, Violation,
};
use manyface_dialect::{
    BeforeBody, Credentials, Endpoint, EntityTag, Input, Problem, Request, check_coding,
};

use crate::{
    WhopError,
    file::ShownFile,
    node::Object,
    picture::{bytes, hexadecimal},
    version::Version,
};

/// The most bytes that a file may have.
pub(crate) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How long an address may be used.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// The purpose of the signatures of upload URLs.
const PURPOSE: &str = "whop upload address";

pub(crate) struct ReceiveFile;

impl Endpoint for ReceiveFile {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/files/{id}/content";
    const ID: &'static str = "uploadFile";
    const BODY_LIMIT: usize = MAX_BYTES;
    const CREDENTIALS: Credentials = Credentials::Ignored;
    const BEFORE_BODY: Option<BeforeBody<WhopError>> =
        Some(|request, context| Box::pin(judge(request, context)));

    type Input<'a> = (Announced, Bytes);
    type Action = TakeFile;
    type Body = Object;
    type Error = WhopError;

    fn decode(_: &Request, (announced, file): (Announced, Bytes)) -> Result<TakeFile, WhopError> {
        let file = file.to_vec();
        Ok(TakeFile { announced, file })
    }

    fn entity_tag(_: &ShownFile) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(shown: ShownFile, media: &MediaUrls) -> Object {
        shown.encode(media)
    }
}

/// Judges the signature, the upload and the headers, before the file is taken in.
async fn judge(request: &Request, services: &Services) -> Result<Option<Creator>, WhopError> {
    let announced = Announced::read(request)?;
    let upload = announced.upload(request.context(services)).await?;
    check(&upload, &announced.media_type, None)?;
    match upload.state {
        UploadState::Pending | UploadState::Processing => Ok(Some(upload.creator)),
        UploadState::Failed | UploadState::Ready { .. } => Err(there_already().into()),
    }
}

/// The properties of a file that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    permit: Permit,
    signature: Vec<u8>,
    media_type: String,
}

impl Input<'_, WhopError> for Announced {
    fn read(request: &Request) -> Result<Self, WhopError> {
        let mut expires = None;
        let mut signature = None;
        for (key, value) in form_urlencoded::parse(request.query.as_bytes()) {
            match &*key {
                "expires" => expires = value.parse().ok(),
                "signature" => signature = bytes(&value),
                _ => {}
            }
        }
        let id = request.params.get("id").unwrap_or_default().to_owned();
        let (Some(expires), Some(signature)) = (expires, signature) else {
            return Err(WhopError::BadSignature);
        };
        check_coding(&request.headers).map_err(Problem::UnsupportedMediaType)?;
        let media_type = request.header(&header::CONTENT_TYPE).unwrap_or_default();
        Ok(Self {
            permit: Permit { id, expires },
            signature,
            media_type: media_type.to_owned(),
        })
    }
}

impl Announced {
    /// Returns the upload that the request is signed for. Whether there is another is known only to
    /// its creator.
    async fn upload(&self, context: ActionContext<'_>) -> Result<Upload, WhopError> {
        let upload = context.uploads().find(&self.permit.id).await?;
        let upload = upload.ok_or(WhopError::BadSignature)?;
        let text = self.permit.text(&upload);
        let is_signed = context.signer().is_signed(PURPOSE, &text, &self.signature);
        if !is_signed || has_passed(self.permit.expires, context.now) {
            return Err(WhopError::BadSignature);
        }
        Ok(upload)
    }
}

/// That a file may be sent, until when.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    id: String,
    /// Seconds since 1970.
    expires: i64,
}

impl Permit {
    pub(crate) fn new(upload: &Upload) -> Self {
        Self {
            id: upload.id.clone(),
            expires: (upload.created_at + LIFETIME).as_second(),
        }
    }

    /// Returns the signed text: the file, the time, and the expected properties.
    fn text(&self, upload: &Upload) -> String {
        let Self { id, expires } = self;
        let size = upload.announced_size.unwrap_or_default();
        format!("{id} {expires} {size} {}", upload.media_type)
    }

    /// The signed address, where the server has an address.
    pub(crate) fn url_for(&self, context: ActionContext<'_>, upload: &Upload) -> Option<String> {
        let base = context.media_urls().base()?;
        let signature = context.signer().sign(PURPOSE, &self.text(upload));
        let signature = hexadecimal(&signature);
        let (mount, Self { id, expires }) = (context.mount, self);
        Some(format!(
            "{base}{mount}/files/{id}/content?expires={expires}&signature={signature}"
        ))
    }
}

/// Takes in a file.
pub(crate) struct TakeFile {
    announced: Announced,
    file: Vec<u8>,
}

impl Action for TakeFile {
    type Output = ShownFile;
    type Error = WhopError;

    async fn run(self, context: ActionContext<'_>) -> Result<ShownFile, WhopError> {
        let Self { announced, file } = self;
        let mut upload = announced.upload(context).await?;
        let size = file.len() as u64;
        check(&upload, &announced.media_type, Some(size))?;
        advance(context, &upload, &UploadState::Processing).await?;
        // A request that a signature proves is counted against who asked for the upload.
        let kept = context.images().put(file, &upload.creator, context.now);
        upload.state = match kept.await {
            Ok(image) => UploadState::Ready { image, size },
            Err(Error::Invalid(violations)) => {
                advance(context, &upload, &UploadState::Failed).await?;
                return Err(Error::Invalid(violations).into());
            }
            // It may be sent once more.
            Err(error) => return Err(error.into()),
        };
        advance(context, &upload, &upload.state).await?;
        Ok(ShownFile {
            upload,
            destination: None,
            version: Version::ORIGINAL,
        })
    }
}

fn has_passed(seconds: i64, now: Timestamp) -> bool {
    now.as_second() >= seconds
}

/// Checks the type, and the size where it is known.
fn check(upload: &Upload, media_type: &str, size: Option<u64>) -> Result<()> {
    let mut rejected = Vec::new();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(&upload.media_type) {
        let message = format!("must be sent as {}", upload.media_type);
        rejected.push(Violation::new(Field::Upload, message));
    }
    match (upload.announced_size, size) {
        (Some(announced), Some(size)) if announced != size => {
            let message = format!("must have {announced} bytes");
            rejected.push(Violation::new(Field::Upload, message));
        }
        (_, Some(0)) => rejected.push(Violation::new(Field::Upload, "must not be empty")),
        _ => {}
    }
    if rejected.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(rejected))
    }
}

/// A file is sent once: what is there already stays.
async fn advance(context: ActionContext<'_>, upload: &Upload, to: &UploadState) -> Result<()> {
    if context.uploads().advance(&upload.id, to).await? {
        return Ok(());
    }
    Err(there_already())
}

fn there_already() -> Error {
    Error::Invalid(vec![Violation::new(Field::Upload, "is there already")])
}
