//! A dialect in memory, without a socket.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use actix_web::{
    App,
    body::to_bytes,
    http::{
        Method, Uri,
        header::{CONTENT_LENGTH, HeaderName, HeaderValue},
    },
    rt::Runtime,
    test,
};
use manyface_core::{AuthProvider, CachedCatalogue, MediaUrls, MemoryProfiles, Openness, Signer};
use manyface_dialect::Dialect;
use manyface_media::{BlobStore, ImageStore, MediaSettings, Storage};
use manyface_serve::{Backend, media, scope};

use crate::{Account, Failure, Request, Response, Target, User, Users};

/// A dialect mounted at its documented base over [`MemoryProfiles`]. Each user has a separate
/// store, and no request uses a socket.
pub struct MemoryTarget {
    dialect: Box<dyn Fn() -> Dialect + Send + Sync>,
    over: Box<dyn Fn(&mut Backend) + Send + Sync>,
}

impl MemoryTarget {
    /// The dialect that `dialect` makes.
    pub fn new(dialect: impl Fn() -> Dialect + Send + Sync + 'static) -> Self {
        Self {
            dialect: Box::new(dialect),
            over: Box::new(|_| {}),
        }
    }

    /// The same over what `change` makes of each user's backend: a store, an authenticator or rules
    /// in place of those in memory.
    #[must_use]
    pub fn over(mut self, change: impl Fn(&mut Backend) + Send + Sync + 'static) -> Self {
        self.over = Box::new(change);
        self
    }
}

impl Target for MemoryTarget {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        let profiles = Arc::new(MemoryProfiles::default());
        let users = Arc::new(Users::new(Arc::clone(&profiles) as _));
        let mut backend = Backend::new(Arc::clone(&profiles) as _, Arc::clone(&users) as _);
        let (storage, settings) = (Storage::memory(), MediaSettings::default());
        let images = ImageStore::start(storage.clone(), Arc::clone(&profiles) as _, &settings);
        backend.services.images = Arc::new(images.map_err(failed)?);
        backend.services.blobs = Arc::new(BlobStore::new(storage));
        let urls = MediaUrls::under("http://manyface.test").map_err(failed)?;
        backend.services.media_urls = Arc::new(urls);
        backend
            .services
            .replace_overrides(|_| Arc::clone(&profiles) as _);
        let now = backend.now;
        let catalogue = CachedCatalogue::new(profiles.catalogue(), Openness::Open, now);
        backend.services.catalogue = Arc::new(catalogue);
        backend.services.uploads = profiles;
        backend.services.signer = Arc::new(MemorySigner::default());
        let account = runtime()?.block_on(users.add(now(), &(self.dialect)(), provider));
        let account = account.map_err(failed)?;
        (self.over)(&mut backend);
        Ok(Box::new(MemoryUser {
            dialect: &*self.dialect,
            backend,
            account,
        }))
    }

    fn makes_users(&self) -> bool {
        true
    }
}

/// Signs with a randomly keyed hash: enough for a server without a socket.
#[derive(Default)]
struct MemorySigner(RandomState);

impl Signer for MemorySigner {
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (index, part) in bytes.chunks_mut(8).enumerate() {
            let hash = self.0.hash_one((index, purpose, text));
            part.copy_from_slice(&hash.to_be_bytes());
        }
        bytes
    }

    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        self.sign(purpose, text) == signature
    }
}

struct MemoryUser<'a> {
    dialect: &'a (dyn Fn() -> Dialect + Send + Sync),
    backend: Backend,
    account: Account,
}

impl User for MemoryUser<'_> {
    fn token(&self) -> &str {
        &self.account.token
    }

    fn others(&self) -> &[(&'static str, String)] {
        &self.account.others
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let prepared = prepare(request)?;
        let dialect = (self.dialect)();
        let pictures = media(&self.backend);
        let app = App::new()
            .service(pictures)
            .service(scope(dialect.base, dialect, &self.backend));
        runtime()?.block_on(async {
            let service = test::init_service(app).await;
            let response = test::try_call_service(&service, prepared.to_request()).await;
            let (_, response) = response.map_err(failed)?.into_parts();
            let status = response.status().as_u16();
            let headers = response.headers().iter().map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), value.into_owned())
            });
            let headers = headers.collect();
            let body = to_bytes(response.into_body()).await.map_err(failed)?;
            // The server omits the body of a response to HEAD.
            let is_head = request.method == "HEAD";
            let body = if is_head { Vec::new() } else { body.to_vec() };
            Ok(Response {
                status,
                headers,
                body,
            })
        })
    }
}

fn prepare(request: &Request) -> Result<test::TestRequest, Failure> {
    let method = Method::from_bytes(request.method.as_bytes()).map_err(failed)?;
    let uri: Uri = request.path.parse().map_err(failed)?;
    let mut prepared = test::TestRequest::default()
        .method(method)
        .uri(&uri.to_string());
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(failed)?;
        let value = HeaderValue::from_str(value).map_err(failed)?;
        prepared = prepared.append_header((name, value));
    }
    if let Some(body) = &request.body {
        if !request.is_chunked() {
            prepared = prepared.append_header((CONTENT_LENGTH, body.len()));
        }
        prepared = prepared.set_payload(body.clone());
    }
    Ok(prepared)
}

fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Target(error.to_string())
}
