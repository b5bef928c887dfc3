//! What each dialect returns for a user.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use manyface_core::{
    CachedCatalogue, Caller, Json, MediaUrls, Profile, ProfileRef, Services, Timestamp,
};
use manyface_dialect::{Dialect, Params, Request, TENANT_ID};
use serde::Serialize;

use super::{AdminApi, AdminProblem, AdminResponse, Call, call::match_path};
use crate::{Failure, deployment::mounts, server::default_media_urls, system};

/// The response of a dialect to its user.
#[derive(Serialize)]
pub(crate) struct View {
    status: u16,
    body: Option<Json>,
}

impl View {
    /// Returns the body of a successful response.
    pub(crate) fn success(self) -> Option<Json> {
        let is_success = (200..300).contains(&self.status);
        self.body.filter(|_| is_success)
    }
}

/// The dialects that are served, with what they need to read a profile.
pub(crate) struct DialectViews {
    services: Services,
    mounts: Vec<(String, Dialect)>,
}

impl DialectViews {
    /// Runs the operation of a dialect that reads the caller's own profile, as the user, with all
    /// scopes of the dialect. Returns `None` if the dialect is not served or has no such operation.
    pub(crate) async fn view(
        &self,
        dialect: &str,
        profile: &Profile,
        request_id: &str,
        now: Timestamp,
    ) -> Option<View> {
        let mut mounts = self.mounts.iter();
        let (prefix, dialect) = mounts.find(|(_, mounted)| mounted.name == dialect)?;
        let path: Vec<_> = dialect
            .example
            .path
            .split('/')
            .skip(1)
            .map(str::to_owned)
            .collect();
        let mut routes = dialect
            .routes
            .iter()
            .filter(|route| route.method == Method::GET);
        let found = routes.find_map(|route| Some((route, match_path(route.path, &path)?)));
        let (route, values) = found?;
        let names = route
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{'));
        let names = names.map(|name| name.trim_end_matches('}').to_owned());
        let request = Request {
            caller: Arc::new(caller(profile, dialect)),
            params: names.zip(values).collect::<Params>(),
            query: String::new(),
            headers: headers(profile, dialect),
            body: Bytes::new(),
            request_id: request_id.to_owned(),
            dialect: dialect.name,
            mount: (&**prefix).into(),
            now,
        };
        let response = route.respond(&request, &self.services).await;
        let text = String::from_utf8(response.body.into());
        let body = text.ok().and_then(|text| Json::parse(text).ok());
        let status = response.status.as_u16();
        Some(View { status, body })
    }
}

/// Returns the view of each dialect that is served.
pub(super) async fn views(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let dialects = call.api.dialect_views()?;
    let mut views = BTreeMap::new();
    for (_, dialect) in &dialects.mounts {
        let request_id = &call.request.request_id;
        let view = dialects.view(dialect.name, &profile, request_id, call.now());
        if let Some(view) = view.await {
            views.insert(dialect.name, view);
        }
    }
    Ok(AdminResponse::json(StatusCode::OK, &views).with_etag(profile.revision()))
}

fn caller(profile: &Profile, dialect: &Dialect) -> Caller {
    let mut caller = Caller::user(ProfileRef::Id(profile.id));
    caller.scopes = dialect.scopes().into_iter().map(str::to_owned).collect();
    caller.tenant = Some(profile.tenant_id);
    caller
}

fn headers(profile: &Profile, dialect: &Dialect) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if dialect.headers.contains(&TENANT_ID) {
        let tenant = HeaderValue::from_str(&profile.tenant_id.to_string());
        headers.extend(tenant.ok().map(|tenant| (TENANT_ID, tenant)));
    }
    headers
}

impl AdminApi {
    /// Returns the dialects that are served.
    pub(crate) fn dialect_views(&self) -> Result<DialectViews, Failure> {
        Ok(DialectViews {
            services: self.services()?,
            mounts: mounts(&self.config)?,
        })
    }

    /// Returns the services with which dialects read.
    fn services(&self) -> Result<Services, Failure> {
        let media = self.media()?;
        let config = &self.config;
        let urls = config.media_urls().ok().flatten();
        let urls: MediaUrls =
            urls.unwrap_or_else(|| default_media_urls(config.scheme(), config.listen));
        let mut services = Services::new(self.store.repository());
        services.replace_overrides(|_| Arc::clone(&self.overrides));
        services.images = media.images();
        services.blobs = media.blobs();
        services.settings = Arc::new(config.deployment_settings());
        services.media_urls = Arc::new(urls);
        let catalogue = Arc::clone(&self.catalogue);
        let mode = config.catalogue.mode;
        services.catalogue = Arc::new(CachedCatalogue::new(catalogue, mode, system::now));
        Ok(services)
    }
}
