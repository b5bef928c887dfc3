//! References to uploads, and the images that they resolve to.

use manyface_core::{
    ActionContext, Avatar, Creator, Error, Field, ImageId, Result, Upload, UploadState, Violation,
    check_upload, text::to_hex,
};

use crate::rules::UploadReference;

/// The purpose of the signatures of upload names.
const PURPOSE: &str = "whop direct upload";
/// The separator between an upload's id and its signature.
const SEPARATOR: &str = "--";

/// An upload of an image that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsableUpload {
    pub(crate) upload: Upload,
    image: ImageId,
}

/// Returns the signed name of the upload `id`.
pub(crate) fn signed_name(context: ActionContext<'_>, id: &str) -> String {
    let signature = context.signer().sign(PURPOSE, id);
    format!("{id}{SEPARATOR}{}", to_hex(&signature))
}

/// Finds the upload of a reference. It must belong to `creator`, be an image, and not have expired.
pub(crate) async fn find(
    context: ActionContext<'_>,
    reference: UploadReference,
    creator: &Creator,
) -> Result<UsableUpload> {
    let id = match reference {
        UploadReference::File(id) => id,
        UploadReference::Signed(name) => verify_name(context, &name)
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
    Ok(UsableUpload { upload, image })
}

impl UsableUpload {
    /// Returns the image as an avatar. An upload can be used once; using it again for the same avatar
    /// changes nothing, so that a client may retry.
    pub(crate) fn avatar(&self, current: Option<&Avatar>) -> Result<Avatar> {
        check_upload(Some(&self.upload), current)?;
        Ok(Avatar::Stored(self.image.clone()))
    }
}

fn rejected(message: &str) -> Error {
    Error::Invalid(vec![Violation::new(Field::Avatar, message)])
}

/// Returns the id of a signed name, or `None` if the signature is invalid.
fn verify_name(context: ActionContext<'_>, name: &str) -> Option<String> {
    let (id, signature) = name.rsplit_once(SEPARATOR)?;
    let signature = parse_hexadecimal(signature)?;
    let signer = context.signer();
    signer
        .is_signed(PURPOSE, id, &signature)
        .then(|| id.to_owned())
}

/// Parses lower-case hexadecimal digits.
pub(crate) fn parse_hexadecimal(digits: &str) -> Option<Vec<u8>> {
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
    fn hexadecimal_digits_round_trip() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(parse_hexadecimal(&to_hex(&all)), Some(all));
        for text in ["0", "0g", "AB", "0\u{e9}", " 00"] {
            assert_eq!(parse_hexadecimal(text), None, "{text:?}");
        }
    }
}
