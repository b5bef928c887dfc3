//! Statements about uploads, API keys and what the deployment signs with.

use jiff::Timestamp;
use manyface_core::{ApiKey, Creator, Upload, UploadState};

use super::{Parameter, Statement, text};
use crate::wording;

pub(crate) fn add_upload(upload: &Upload, most: u32) -> Statement {
    let Upload {
        id,
        creator,
        filename,
        media_type,
        announced_size,
        is_public,
        state,
        created_at,
        expires_at,
        is_used: _,
    } = upload;
    let [profile, account, tenant] = creator_of(creator);
    let [state, image, size] = state_of(state);
    let parameters = [
        text(id),
        profile,
        account,
        text(filename),
        text(media_type),
        Parameter::Number(announced_size.and_then(|size| i64::try_from(size).ok())),
        Parameter::Number(Some((*is_public).into())),
        state,
        image,
        size,
        instant(*created_at),
        instant(*expires_at),
        Parameter::Number(Some(most.into())),
        tenant,
    ];
    Statement::new(&wording::ADD_UPLOAD, parameters)
}

/// Reads when the first open upload of the creator of `upload` expires.
pub(crate) fn open_uploads(upload: &Upload) -> Statement {
    let [profile, account, tenant] = creator_of(&upload.creator);
    let parameters = [profile, account, instant(upload.created_at), tenant];
    Statement::new(&wording::OPEN_UPLOADS, parameters)
}

pub(crate) fn find_upload(id: &str) -> Statement {
    Statement::new(&wording::FIND_UPLOAD, [text(id)])
}

pub(crate) fn advance_upload(id: &str, to: &UploadState) -> Statement {
    let parameters = [text(id)].into_iter().chain(state_of(to));
    Statement::new(&wording::ADVANCE_UPLOAD, parameters)
}

pub(crate) fn use_upload(id: &str) -> Statement {
    Statement::new(&wording::USE_UPLOAD, [text(id)])
}

pub(crate) fn forget_uploads(before: Timestamp, limit: u32) -> Statement {
    let limit = Parameter::Number(Some(limit.into()));
    Statement::new(&wording::FORGET_UPLOADS, [instant(before), limit])
}

pub(crate) fn add_api_key(key: &ApiKey, digest: &[u8; 32]) -> Statement {
    let ApiKey {
        id,
        dialect,
        app,
        accounts,
        tenant_id,
        scopes,
        api_version,
        created_at,
        revoked_at: _,
    } = key;
    let list = |texts| serde_json::to_string(texts).expect("strings have a JSON form");
    let parameters = [
        text(id),
        text(hexadecimal(digest)),
        text(dialect),
        Parameter::Text(app.clone()),
        text(list(accounts)),
        text(tenant_id.to_string()),
        text(list(scopes)),
        Parameter::Text(api_version.clone()),
        instant(*created_at),
    ];
    Statement::new(&wording::ADD_API_KEY, parameters)
}

pub(crate) fn find_api_key(dialect: &str, digest: &[u8; 32]) -> Statement {
    let parameters = [text(dialect), text(hexadecimal(digest))];
    Statement::new(&wording::FIND_API_KEY, parameters)
}

pub(crate) fn list_api_keys() -> Statement {
    Statement::new(&wording::LIST_API_KEYS, [])
}

pub(crate) fn revoke_api_key(id: &str, at: Timestamp) -> Statement {
    Statement::new(&wording::REVOKE_API_KEY, [text(id), instant(at)])
}

pub(crate) fn add_secret(name: &str, secret: &[u8; 32]) -> Statement {
    let parameters = [text(name), text(hexadecimal(secret))];
    Statement::new(&wording::ADD_SECRET, parameters)
}

pub(crate) fn find_secret(name: &str) -> Statement {
    Statement::new(&wording::FIND_SECRET, [text(name)])
}

/// The profile, or else the name of the program and its tenant.
fn creator_of(creator: &Creator) -> [Parameter; 3] {
    let creator = match creator {
        Creator::Profile(id) => [Some(id.to_string()), None, None],
        Creator::Program(tenant, name) => [None, Some(name.clone()), Some(tenant.to_string())],
    };
    creator.map(Parameter::Text)
}

/// The state, the image and the size.
fn state_of(state: &UploadState) -> [Parameter; 3] {
    let (name, image, size) = match state {
        UploadState::Pending => ("pending", None, None),
        UploadState::Processing => ("processing", None, None),
        UploadState::Failed => ("failed", None, None),
        UploadState::Ready { image, size } => ("ready", Some(image), Some(*size)),
    };
    [
        text(name),
        Parameter::Text(image.map(|image| image.as_str().to_owned())),
        Parameter::Number(size.and_then(|size| i64::try_from(size).ok())),
    ]
}

fn instant(at: Timestamp) -> Parameter {
    Parameter::Number(Some(at.as_microsecond()))
}

fn hexadecimal(bytes: &[u8; 32]) -> String {
    let halves = bytes.split_at(16);
    let number = |half: &[u8]| {
        half.iter()
            .fold(0_u128, |n, byte| (n << 8) | u128::from(*byte))
    };
    format!("{:032x}{:032x}", number(halves.0), number(halves.1))
}

/// The bytes of [`hexadecimal`].
pub(crate) fn secret_bytes(text: &str) -> Option<[u8; 32]> {
    let (high, low) = text.split_at_checked(32).filter(|_| text.len() == 64)?;
    let number = |text| u128::from_str_radix(text, 16).ok();
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&number(high)?.to_be_bytes());
    bytes[16..].copy_from_slice(&number(low)?.to_be_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back() {
        let mut secret = [0; 32];
        for (index, byte) in secret.iter_mut().enumerate() {
            *byte = u8::try_from(index * 7).unwrap();
        }
        assert_eq!(secret_bytes(&hexadecimal(&secret)), Some(secret));
        assert_eq!(secret_bytes("00"), None);
        assert_eq!(secret_bytes(&"g".repeat(64)), None);
    }
}
