//! `POST /files`
//!
//! <https://docs.whop.com/developer/guides/upload-files>

use http::Method;
use manyface_core::{
    Action, ActionContext, Edit, Error, Field, MediaUrls, Quotas, Result, SignedDuration, Upload,
    UploadState, Violation, text,
};
use manyface_dialect::{Endpoint, EntityTag, Json, Request, Typed};
use serde::Deserialize;

use crate::{
    WhopError,
    access::{self, CanWriteFile},
    changes,
    external_id::tagged,
    file::{self, Destination, FileOutput},
    node::Object,
    receive_file::{MAX_BYTES, UploadPermit},
    rules::FILE,
    upload_reference,
    version::Version,
};

/// The maximum length of a file name, in characters.
pub(crate) const MAX_FILENAME: usize = 255;
/// The lifetime of an upload: an hour to send it, and a day to use it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(25);
/// The purpose of the signatures from which file ids are derived.
const PURPOSE: &str = "whop file id";

/// The accepted image types, by file extension.
pub(crate) const TYPES: [(&str, &str); 5] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];

pub(crate) struct CreateFile;

/// The request body. Unknown keys are ignored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Body {
    #[serde(default)]
    filename: Edit<Typed<String>>,
    #[serde(default)]
    visibility: Edit<Typed<String>>,
    #[serde(default)]
    byte_size: Edit<Typed<u64>>,
    #[serde(default)]
    multipart: Edit<Typed<bool>>,
}

impl Endpoint for CreateFile {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/files";
    const ID: &'static str = "createFile";
    const SCOPES: &'static [&'static str] = &[access::PROFILE_UPDATE];
    const PER_MINUTE: Option<std::num::NonZeroU32> = access::PER_MINUTE;

    type Input<'a> = (CanWriteFile, Json<Body>);
    type Action = CreateFileAction;
    type Body = Object;
    type Error = WhopError;

    fn decode(
        request: &Request,
        (CanWriteFile, Json(body)): (CanWriteFile, Json<Body>),
    ) -> Result<CreateFileAction, WhopError> {
        let user_request = changes::read_request(request)?;
        let Body {
            filename,
            visibility,
            byte_size,
            multipart,
        } = body;
        let mut rejected = Vec::new();
        let mut reject = |message: &str| rejected.push(message.to_owned());
        let parsed = match filename {
            Edit::Set(Typed::Value(name)) => parse_filename(&name),
            Edit::Keep | Edit::Clear | Edit::Set(Typed::WrongType) => {
                Err("filename must be a string".to_owned())
            }
        };
        let (filename, media_type) = parsed.unwrap_or_else(|message| {
            reject(&message);
            (String::new(), "")
        });
        let is_public = match visibility {
            Edit::Keep | Edit::Clear => user_request.is_public_by_default,
            Edit::Set(Typed::Value(text)) if text == "public" => true,
            Edit::Set(Typed::Value(text)) if text == "private" => false,
            Edit::Set(Typed::Value(_) | Typed::WrongType) => {
                reject("visibility must be public or private");
                false
            }
        };
        let announced_size = match byte_size {
            Edit::Keep | Edit::Clear => None,
            Edit::Set(Typed::Value(size)) if (1..=MAX_BYTES as u64).contains(&size) => Some(size),
            Edit::Set(Typed::Value(_) | Typed::WrongType) => {
                reject(&format!("byte_size must be from 1 to {MAX_BYTES}"));
                None
            }
        };
        if !matches!(
            multipart,
            Edit::Keep | Edit::Clear | Edit::Set(Typed::Value(false))
        ) {
            reject("multipart must be false: files are small here");
        }
        if !rejected.is_empty() {
            return Err(WhopError::Invalid(rejected));
        }
        Ok(CreateFileAction {
            filename,
            media_type,
            is_public,
            announced_size,
            version: user_request.version,
        })
    }

    fn entity_tag(_: &FileOutput) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(output: FileOutput, media: &MediaUrls) -> Object {
        output.encode(media)
    }
}

/// Parses a file name and returns it with the media type of its extension.
fn parse_filename(name: &str) -> Result<(String, &'static str), String> {
    let name = text::normalise(name, MAX_FILENAME);
    let name = name.map_err(|error| format!("filename {error}"))?;
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    let found = TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension));
    let (_, media_type) = found.ok_or("filename must end in .png, .jpg, .jpeg, .gif or .webp")?;
    Ok((name, media_type))
}

/// Creates the record of an upload and returns its upload URL.
pub(crate) struct CreateFileAction {
    filename: String,
    media_type: &'static str,
    is_public: bool,
    announced_size: Option<u64>,
    version: Version,
}

impl Action for CreateFileAction {
    type Output = FileOutput;
    type Error = Error;

    async fn run(self, context: ActionContext<'_>) -> Result<FileOutput> {
        let Self {
            filename,
            media_type,
            is_public,
            announced_size,
            version,
        } = self;
        let creator = file::creator(context)?;
        let now = context.provenance().at();
        let seed = format!("{} {now}", context.request_id);
        let random = context.signer().sign(PURPOSE, &seed);
        let bits = random[..16].iter();
        let bits = bits.fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let upload = Upload {
            id: tagged(FILE, bits),
            creator,
            filename,
            media_type: media_type.to_owned(),
            announced_size,
            is_public,
            state: UploadState::Pending,
            created_at: now,
            expires_at: now + LIFETIME,
            is_used: false,
        };
        let max_open = Quotas::limit(context.settings().quotas.open_uploads);
        context.uploads().add(&upload, max_open).await?;
        let url = UploadPermit::new(&upload).url_for(context, &upload);
        let url = url.ok_or_else(|| {
            let message = "cannot be made here: the server has no public address";
            Error::Invalid(vec![Violation::new(Field::Upload, message)])
        })?;
        let destination = Destination {
            url,
            signed_name: upload_reference::signed_name(context, &upload.id),
        };
        Ok(FileOutput {
            upload,
            destination: Some(destination),
            version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_determines_the_media_type() {
        for (name, media_type) in [
            ("a.png", "image/png"),
            (" My Photo.JPG ", "image/jpeg"),
            ("a.svg.webp", "image/webp"),
            ("../../x.gif", "image/gif"),
        ] {
            assert_eq!(
                parse_filename(name).map(|(_, found)| found),
                Ok(media_type),
                "{name}"
            );
        }
        for name in [
            "",
            "png",
            "a.svg",
            "a.png.exe",
            "a.",
            "a.png\0",
            &"a".repeat(300),
        ] {
            assert!(parse_filename(name).is_err(), "{name:?}");
        }
    }
}
