//! `PUT /files/{id}/content`
//!
//! The upload URL that `POST /files` returns. It is signed and has an expiry time; other credentials
//! are ignored.

use bytes::Bytes;
use http::{Method, header};
use manyface_core::{
    Action, ActionContext, Creator, Error, Field, MediaUrls, Result, Services, SignedDuration,
    Timestamp, Upload, UploadState, Violation, text::to_hex,
};
use manyface_dialect::{
    BeforeBody, Credentials, Endpoint, EntityTag, Input, Problem, Request, check_coding,
};

use crate::{
    WhopError, file::FileOutput, node::Object, upload_reference::parse_hexadecimal,
    version::Version,
};

/// The maximum length of a file, in bytes.
pub(crate) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The lifetime of an upload URL.
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
        Some(|request, context| Box::pin(check_before_body(request, context)));

    type Input<'a> = (SignedUpload, Bytes);
    type Action = ReceiveFileAction;
    type Body = Object;
    type Error = WhopError;

    fn decode(
        _: &Request,
        (signed, file): (SignedUpload, Bytes),
    ) -> Result<ReceiveFileAction, WhopError> {
        let file = file.to_vec();
        Ok(ReceiveFileAction { signed, file })
    }

    fn entity_tag(_: &FileOutput) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(output: FileOutput, media: &MediaUrls) -> Object {
        output.encode(media)
    }
}

/// Checks the signature, the upload and the headers before the body is read.
async fn check_before_body(
    request: &Request,
    services: &Services,
) -> Result<Option<Creator>, WhopError> {
    let signed = SignedUpload::read(request)?;
    let upload = signed.upload(request.context(services)).await?;
    check_content(&upload, &signed.media_type, None)?;
    match upload.state {
        UploadState::Pending | UploadState::Processing => Ok(Some(upload.creator)),
        UploadState::Failed | UploadState::Ready { .. } => Err(already_uploaded().into()),
    }
}

/// The signature and the media type of an upload request.
#[derive(Clone, Debug)]
pub(crate) struct SignedUpload {
    permit: UploadPermit,
    signature: Vec<u8>,
    media_type: String,
}

impl Input<'_, WhopError> for SignedUpload {
    fn read(request: &Request) -> Result<Self, WhopError> {
        let mut expires = None;
        let mut signature = None;
        for (key, value) in form_urlencoded::parse(request.query.as_bytes()) {
            match &*key {
                "expires" => expires = value.parse().ok(),
                "signature" => signature = parse_hexadecimal(&value),
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
            permit: UploadPermit { id, expires },
            signature,
            media_type: media_type.to_owned(),
        })
    }
}

impl SignedUpload {
    /// Returns the upload that the request is signed for. An invalid signature does not reveal
    /// whether the upload exists.
    async fn upload(&self, context: ActionContext<'_>) -> Result<Upload, WhopError> {
        let upload = context.uploads().find(&self.permit.id).await?;
        let upload = upload.ok_or(WhopError::BadSignature)?;
        let text = self.permit.signed_text(&upload);
        let is_signed = context.signer().is_signed(PURPOSE, &text, &self.signature);
        if !is_signed || is_past(self.permit.expires, context.now) {
            return Err(WhopError::BadSignature);
        }
        Ok(upload)
    }
}

/// The permission to upload a file until a time.
#[derive(Clone, Debug)]
pub(crate) struct UploadPermit {
    id: String,
    /// Seconds since 1970.
    expires: i64,
}

impl UploadPermit {
    pub(crate) fn new(upload: &Upload) -> Self {
        Self {
            id: upload.id.clone(),
            expires: (upload.created_at + LIFETIME).as_second(),
        }
    }

    /// Returns the text to sign: the file, the time, and the expected properties.
    fn signed_text(&self, upload: &Upload) -> String {
        let Self { id, expires } = self;
        let size = upload.announced_size.unwrap_or_default();
        format!("{id} {expires} {size} {}", upload.media_type)
    }

    /// Returns the signed URL, or `None` if the server has no public URL.
    pub(crate) fn url_for(&self, context: ActionContext<'_>, upload: &Upload) -> Option<String> {
        let base = context.media_urls().base()?;
        let signature = context.signer().sign(PURPOSE, &self.signed_text(upload));
        let signature = to_hex(&signature);
        let (mount, Self { id, expires }) = (context.mount, self);
        Some(format!(
            "{base}{mount}/files/{id}/content?expires={expires}&signature={signature}"
        ))
    }
}

/// Stores an uploaded file.
pub(crate) struct ReceiveFileAction {
    signed: SignedUpload,
    file: Vec<u8>,
}

impl Action for ReceiveFileAction {
    type Output = FileOutput;
    type Error = WhopError;

    async fn run(self, context: ActionContext<'_>) -> Result<FileOutput, WhopError> {
        let Self { signed, file } = self;
        let mut upload = signed.upload(context).await?;
        let size = file.len() as u64;
        check_content(&upload, &signed.media_type, Some(size))?;
        advance(context, &upload, &UploadState::Processing).await?;
        // A signed request counts towards the quota of the upload's creator.
        let stored = context.images().put(file, &upload.creator, context.now);
        upload.state = match stored.await {
            Ok(image) => UploadState::Ready { image, size },
            Err(Error::Invalid(violations)) => {
                advance(context, &upload, &UploadState::Failed).await?;
                return Err(Error::Invalid(violations).into());
            }
            // The client may retry.
            Err(error) => return Err(error.into()),
        };
        advance(context, &upload, &upload.state).await?;
        Ok(FileOutput {
            upload,
            destination: None,
            version: Version::ORIGINAL,
        })
    }
}

fn is_past(seconds: i64, now: Timestamp) -> bool {
    now.as_second() >= seconds
}

/// Checks the media type, and the size if it is known.
fn check_content(upload: &Upload, media_type: &str, size: Option<u64>) -> Result<()> {
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

/// Advances the state of an upload. A file can be uploaded only once.
async fn advance(context: ActionContext<'_>, upload: &Upload, to: &UploadState) -> Result<()> {
    if context.uploads().advance(&upload.id, to).await? {
        return Ok(());
    }
    Err(already_uploaded())
}

fn already_uploaded() -> Error {
    Error::Invalid(vec![Violation::new(Field::Upload, "is there already")])
}
