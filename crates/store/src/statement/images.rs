//! Statements about the records of images.

use manyface_core::{Creator, ImageId, ImageQuota, ImageUpload, Lease, ProfileId, SignedDuration};

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn claim_image(id: &ImageId, is_reuse: bool) -> Statement {
    let is_reuse = Parameter::Number(Some(is_reuse.into()));
    Statement::new(&wording::CLAIM_IMAGE, [text(id.as_str()), is_reuse])
}

/// Claims an uploaded image, on PostgreSQL.
pub(crate) fn claim_upload(id: &ImageId, upload: &ImageUpload<'_>) -> Statement {
    let ImageQuota { images, bytes, .. } = upload.quota;
    let parameters = [
        text(id.as_str()),
        text(owner(upload.owner)),
        size(upload.bytes),
        Parameter::Number(Some(images.into())),
        size(bytes),
    ];
    Statement::new(&wording::CLAIM_UPLOAD, parameters)
}

pub(crate) fn add_image_upload(id: &ImageId, by: &Creator, bytes: u64) -> Statement {
    let parameters = [text(owner(by)), text(id.as_str()), size(bytes)];
    Statement::new(&wording::ADD_IMAGE_UPLOAD, parameters)
}

/// Forgets which images a profile has uploaded, on SQLite.
pub(crate) fn forget_image_uploads(id: ProfileId) -> Statement {
    let owner = text(owner(&Creator::Profile(id)));
    Statement::new(&wording::FORGET_IMAGE_UPLOADS, [owner])
}

pub(crate) fn unused_uploads(id: &ImageId, by: &Creator) -> Statement {
    let parameters = [text(owner(by)), text(id.as_str())];
    Statement::new(&wording::UNUSED_UPLOADS, parameters)
}

fn owner(owner: &Creator) -> String {
    match owner {
        Creator::Profile(id) => format!("profile {id}"),
        Creator::Program(tenant, name) => format!("program {tenant} {name}"),
    }
}

fn size(bytes: u64) -> Parameter {
    Parameter::Number(Some(i64::try_from(bytes).unwrap_or(i64::MAX)))
}

pub(crate) fn unused_images(
    grace: SignedDuration,
    expiry: SignedDuration,
    limit: u32,
) -> Statement {
    let limit = Parameter::Number(Some(limit.into()));
    let parameters = [micros(grace), micros(expiry), limit];
    Statement::new(&wording::UNUSED_IMAGES, parameters)
}

pub(crate) fn mark_images(
    lease: &Lease,
    grace: SignedDuration,
    expiry: SignedDuration,
    ids: &[ImageId],
) -> Statement {
    let parameters = [
        micros(grace),
        micros(expiry),
        text(lease.as_str()),
        names(ids),
    ];
    Statement::new(&wording::MARK_IMAGES, parameters)
}

/// Marks the images of an erased user, sparing what was reused within `grace`.
pub(crate) fn mark_erased(lease: &Lease, grace: SignedDuration, ids: &[ImageId]) -> Statement {
    let parameters = [micros(grace), text(lease.as_str()), names(ids)];
    Statement::new(&wording::MARK_ERASED, parameters)
}

pub(crate) fn renew_lease(lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Statement {
    let parameters = [text(id.as_str()), text(lease.as_str()), micros(expiry)];
    Statement::new(&wording::RENEW_LEASE, parameters)
}

/// Notes that images were removed; on SQLite, [`forget_images`] follows.
pub(crate) fn finish_images(lease: &Lease, ids: &[ImageId]) -> Statement {
    Statement::new(&wording::FINISH_IMAGES, [names(ids), text(lease.as_str())])
}

pub(crate) fn forget_images(lease: &Lease, ids: &[ImageId]) -> Statement {
    Statement::new(&wording::FORGET_IMAGES, [names(ids), text(lease.as_str())])
}

pub(crate) fn adopt_images(ids: &[ImageId]) -> Statement {
    Statement::new(&wording::ADOPT_IMAGES, [names(ids)])
}

pub(crate) fn forget_removed_images(age: SignedDuration) -> Statement {
    Statement::new(&wording::FORGET_REMOVED_IMAGES, [micros(age)])
}

pub(crate) fn images_of(profile: ProfileId) -> Statement {
    Statement::new(&wording::IMAGES_OF, [text(profile.to_string())])
}

fn micros(duration: SignedDuration) -> Parameter {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Parameter::Number(Some(micros))
}

fn names(ids: &[ImageId]) -> Parameter {
    document(&serde_json::to_string(ids).expect("names are texts"))
}
