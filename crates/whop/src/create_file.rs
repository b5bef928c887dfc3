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
    access::{self, WritesFile},
    external_id::tagged,
    file::{self, Destination, ShownFile},
    node::Object,
    picture,
    receive_file::{MAX_BYTES, Permit},
    request::UserRequest,
    rules::FILE,
    version::Version,
};

/// The longest name of a file, in characters.
pub(crate) const MAX_FILENAME: usize = 255;
/// How long an upload can be named: an hour to send it, and a day to use it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(25);
/// The purpose of the signature from which ids of files are derived.
const PURPOSE: &str = "whop file id";

/// The images that are taken, by the endings of their names.
pub(crate) const TYPES: [(&str, &str); 5] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];

pub(crate) struct CreateFile;

/// The file that is to come. Unknown keys are ignored.
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

    type Input<'a> = (WritesFile, Json<Body>);
    type Action = MakeFile;
    type Body = Object;
    type Error = WhopError;

    fn decode(
        request: &Request,
        (WritesFile, Json(body)): (WritesFile, Json<Body>),
    ) -> Result<MakeFile, WhopError> {
        let user_request = UserRequest::read(request)?;
        let Body {
            filename,
            visibility,
            byte_size,
            multipart,
        } = body;
        let mut rejected = Vec::new();
        let mut say = |sentence: &str| rejected.push(sentence.to_owned());
        let named = match filename {
            Edit::Set(Typed::Right(name)) => named(&name),
            Edit::Keep | Edit::Clear | Edit::Set(Typed::Wrong) => {
                Err("filename must be a string".to_owned())
            }
        };
        let (filename, media_type) = named.unwrap_or_else(|sentence| {
            say(&sentence);
            (String::new(), "")
        });
        let is_public = match visibility {
            Edit::Keep | Edit::Clear => user_request.is_public_by_default,
            Edit::Set(Typed::Right(text)) if text == "public" => true,
            Edit::Set(Typed::Right(text)) if text == "private" => false,
            Edit::Set(Typed::Right(_) | Typed::Wrong) => {
                say("visibility must be public or private");
                false
            }
        };
        let announced_size = match byte_size {
            Edit::Keep | Edit::Clear => None,
            Edit::Set(Typed::Right(size)) if (1..=MAX_BYTES as u64).contains(&size) => Some(size),
            Edit::Set(Typed::Right(_) | Typed::Wrong) => {
                say(&format!("byte_size must be from 1 to {MAX_BYTES}"));
                None
            }
        };
        if !matches!(
            multipart,
            Edit::Keep | Edit::Clear | Edit::Set(Typed::Right(false))
        ) {
            say("multipart must be false: files are small here");
        }
        if !rejected.is_empty() {
            return Err(WhopError::Invalid(rejected));
        }
        Ok(MakeFile {
            filename,
            media_type,
            is_public,
            announced_size,
            version: user_request.version,
        })
    }

    fn entity_tag(_: &ShownFile) -> Option<EntityTag<'_>> {
        None
    }

    fn encode(shown: ShownFile, media: &MediaUrls) -> Object {
        shown.encode(media)
    }
}

/// A file's name, and the media type of its extension.
fn named(name: &str) -> Result<(String, &'static str), String> {
    let name = text::normalise(name, MAX_FILENAME);
    let name = name.map_err(|error| format!("filename {error}"))?;
    let (_, ending) = name.rsplit_once('.').unwrap_or_default();
    let found = TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ending));
    let (_, media_type) = found.ok_or("filename must end in .png, .jpg, .jpeg, .gif or .webp")?;
    Ok((name, media_type))
}

/// Makes the record of a file that is to come, and says where to send it.
pub(crate) struct MakeFile {
    filename: String,
    media_type: &'static str,
    is_public: bool,
    announced_size: Option<u64>,
    version: Version,
}

impl Action for MakeFile {
    type Output = ShownFile;
    type Error = Error;

    async fn run(self, context: ActionContext<'_>) -> Result<ShownFile> {
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
        let most = Quotas::most(context.settings().quotas.open_uploads);
        context.uploads().add(&upload, most).await?;
        let url = Permit::new(&upload).url_for(context, &upload);
        let url = url.ok_or_else(|| {
            let message = "cannot be made here: the server has no public address";
            Error::Invalid(vec![Violation::new(Field::Upload, message)])
        })?;
        let destination = Destination {
            url,
            signed_name: picture::signed_name(context, &upload.id),
        };
        Ok(ShownFile {
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
    fn a_name_says_which_picture_it_is() {
        for (name, media_type) in [
            ("a.png", "image/png"),
            (" My Photo.JPG ", "image/jpeg"),
            ("a.svg.webp", "image/webp"),
            ("../../x.gif", "image/gif"),
        ] {
            assert_eq!(named(name).map(|(_, of)| of), Ok(media_type), "{name}");
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
            assert!(named(name).is_err(), "{name:?}");
        }
    }
}
