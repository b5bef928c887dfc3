//! From the name of an upload to the image it is.

use manyface_core::{
    ActionContext, Avatar, Creator, Error, Field, ImageId, Result, Upload, UploadState, Violation,
    check_upload,
};

use crate::rules::Picture;

/// The purpose of the signatures of uploads' names.
const PURPOSE: &str = "whop direct upload";
/// The separator between an upload's id and its signature.
const SEPARATOR: &str = "--";

/// An upload that is an image, and may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) upload: Upload,
    image: ImageId,
}

/// The signed name of the upload `id`.
pub(crate) fn signed_name(context: ActionContext<'_>, id: &str) -> String {
    let signature = context.signer().sign(PURPOSE, id);
    format!("{id}{SEPARATOR}{}", hexadecimal(&signature))
}

/// Finds what `picture` names, which must be `creator`'s, of this time, and an image.
pub(crate) async fn find(
    context: ActionContext<'_>,
    picture: Picture,
    creator: &Creator,
) -> Result<Found> {
    let id = match picture {
        Picture::File(id) => id,
        Picture::Signed(name) => opened(context, &name)
            .ok_or_else(|| rejected("must have a direct_upload_id of this server"))?,
    };
    let upload = context.uploads().find(&id).await?;
    // The upload of another user is treated as missing.
    let upload = upload.filter(|upload| upload.creator == *creator);
    let upload = upload.ok_or_else(|| rejected("must be a file that you have uploaded"))?;
    if upload.expires_at <= context.now {
        return Err(rejected("must be a file that has not expired"));
    }
    let image = match &upload.state {
        UploadState::Ready { image, .. } => image.clone(),
        UploadState::Pending | UploadState::Processing => {
            return Err(rejected("must be a file whose upload is finished"));
        }
        UploadState::Failed => return Err(rejected("must be a file that is a picture")),
    };
    if !context.images().reuse(&image, context.now).await? {
        return Err(rejected("must be a file that has not expired"));
    }
    Ok(Found { upload, image })
}

impl Found {
    /// The image, which may be given once; to give it to who has it already, as a client does
    /// that did not receive the response, changes nothing.
    pub(crate) fn avatar(&self, current: Option<&Avatar>) -> Result<Avatar> {
        check_upload(Some(&self.upload), current)?;
        Ok(Avatar::Stored(self.image.clone()))
    }
}

fn rejected(message: &str) -> Error {
    Error::Invalid(vec![Violation::new(Field::Avatar, message)])
}

fn opened(context: ActionContext<'_>, name: &str) -> Option<String> {
    let (id, signature) = name.rsplit_once(SEPARATOR)?;
    let signature = bytes(signature)?;
    let signer = context.signer();
    signer
        .is_signed(PURPOSE, id, &signature)
        .then(|| id.to_owned())
}

/// `bytes` in lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for four in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(four)]));
        }
        text
    })
}

/// The bytes of lower-case hexadecimal digits.
pub(crate) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(value(*high)? * 16 + value(*low)?),
        _ => None,
    };
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&hexadecimal(&all)), Some(all));
        for text in ["0", "0g", "AB", "0\u{e9}", " 00"] {
            assert_eq!(bytes(text), None, "{text:?}");
        }
    }
}
