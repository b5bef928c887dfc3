//! Statements about pictures.

use jiff::Timestamp;
use manyface_core::{Creator, ImageId, ImageQuota, ImageUpload};

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn claim_image(id: &ImageId, at: Timestamp) -> Statement {
    Statement::new(&wording::CLAIM_IMAGE, [text(id.as_str()), instant(at)])
}

/// Claims an uploaded image, on PostgreSQL.
pub(crate) fn claim_upload(id: &ImageId, upload: &ImageUpload<'_>, at: Timestamp) -> Statement {
    let ImageQuota { images, bytes, .. } = upload.quota;
    let parameters = [
        text(id.as_str()),
        instant(at),
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
    unclaimed_since: Timestamp,
    doomed_since: Timestamp,
    limit: u32,
) -> Statement {
    let limit = Parameter::Number(Some(limit.into()));
    let parameters = [instant(unclaimed_since), instant(doomed_since), limit];
    Statement::new(&wording::UNUSED_IMAGES, parameters)
}

pub(crate) fn doom_images(
    unclaimed_since: Timestamp,
    doomed_since: Timestamp,
    at: Timestamp,
    ids: &[ImageId],
) -> Statement {
    let instants = [unclaimed_since, doomed_since, at].map(instant);
    let parameters = instants.into_iter().chain([names(ids)]);
    Statement::new(&wording::DOOM_IMAGES, parameters)
}

pub(crate) fn forget_images(ids: &[ImageId], at: Timestamp) -> Statement {
    Statement::new(&wording::FORGET_IMAGES, [names(ids), instant(at)])
}

pub(crate) fn adopt_images(ids: &[ImageId], at: Timestamp) -> Statement {
    Statement::new(&wording::ADOPT_IMAGES, [names(ids), instant(at)])
}

fn instant(at: Timestamp) -> Parameter {
    Parameter::Number(Some(at.as_microsecond()))
}

fn names(ids: &[ImageId]) -> Parameter {
    document(&serde_json::to_string(ids).expect("names are texts"))
}
