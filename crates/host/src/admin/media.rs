//! Operations on stored images and files.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation};

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    id: "collectMedia",
    path: "/media/collect",
    summary: "Removes images and files that no profile uses, and returns their numbers. With \
              adopt, stored images that the database does not know are imported before.",
    is_global: true,
    body: Some("MediaCollection"),
    response: Some("CollectedMedia"),
    run: |call| Box::pin(collect(call)),
    ..Operation::WRITE
}];

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Collection {
    adopt: bool,
}

/// The result of a collection.
#[derive(Serialize, Deserialize)]
pub(crate) struct CollectedMedia {
    /// The number of images in storage, if they were imported.
    pub(crate) stored_images: Option<usize>,
    /// The number of removed images.
    pub(crate) removed_images: usize,
    /// The number of removed files.
    pub(crate) removed_files: usize,
}

async fn collect(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let Collection { adopt } = call.body()?;
    let media = call.api.media()?;
    let collector = media.collector();
    let stored_images = if adopt {
        Some(collector.import().await?)
    } else {
        None
    };
    let collected = CollectedMedia {
        stored_images,
        removed_images: collector.collect().await?,
        removed_files: media.collect_files().await?,
    };
    Ok(AdminResponse::json(StatusCode::OK, &collected))
}
