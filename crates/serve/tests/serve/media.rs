//! Images and placeholders.

use std::sync::Arc;

use actix_web::{App, http::header, test, test::TestRequest};
use async_trait::async_trait;
use manyface_core::{Creator, Image, ImageId, ImageSize, Images, Result, Timestamp};
use manyface_serve::media;

/// Draws placeholders and stores no images.
struct PlaceholderImages;

#[async_trait]
impl Images for PlaceholderImages {
    async fn put(&self, _: Vec<u8>, _: &Creator, _: Timestamp) -> Result<ImageId> {
        Err(manyface_core::Error::Unavailable(None))
    }

    async fn read(&self, _: &ImageId, _: ImageSize) -> Result<Option<Image>> {
        Ok(None)
    }

    async fn reuse(&self, _: &ImageId, _: Timestamp) -> Result<bool> {
        Ok(false)
    }

    async fn placeholder(&self, seed: u64, _: ImageSize) -> Result<Option<Image>> {
        assert_ne!(seed, 1, "this placeholder must not be drawn");
        let bytes = b"drawn".to_vec();
        let media_type = "image/png";
        Ok(Some(Image { media_type, bytes }))
    }
}

#[actix_web::test]
async fn cached_placeholders_are_not_drawn() {
    let mut backend = crate::backend().await;
    backend.services.images = Arc::new(PlaceholderImages);
    let app = test::init_service(App::new().service(media(&backend))).await;
    for (seed, known, status) in [
        (1, r#""0000000000000001-48""#, 304),
        (1, r#"W/"0000000000000001-48""#, 304),
        (1, "*", 304),
        (2, r#""0000000000000001-48""#, 200),
        (2, r#""0000000000000002""#, 200),
    ] {
        let request = TestRequest::get()
            .uri(&format!("/media/placeholder/{seed:016x}?size=48"))
            .insert_header((header::IF_NONE_MATCH, known));
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{seed} {known}");
        let tag = format!("\"{seed:016x}-48\"");
        assert_eq!(response.headers().get(header::ETAG).unwrap(), tag.as_str());
        let body = test::read_body(response).await;
        assert_eq!(body.is_empty(), status == 304);
    }
}
