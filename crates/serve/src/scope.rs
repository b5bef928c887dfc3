//! Dialects as actix-web services.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use actix_web::{HttpRequest, Scope, web};
use manyface_core::ReservedUsernames;
use manyface_dialect::{Dialect, Problem, Response, Route};

use crate::{
    Backend, NO_DIALECT, ObservedRequest, UNKNOWN_OPERATION,
    cross_origin::{CrossOrigin, share},
    path_handler::PathHandler,
    respond::{failure, respond},
    slash,
};

/// Mounts `dialect` under `prefix`, which may differ from the contract's.
pub fn scope(prefix: &str, dialect: Dialect, backend: &Backend) -> Scope {
    let mut backend = backend.clone();
    if let Some(ids) = dialect.external_ids {
        let reserved = ReservedUsernames::clone(&backend.services.reserved);
        backend.services.reserved = Arc::new(reserved.with_id_forms([ids.is_id_form]));
    }
    let backend = &backend;
    let dialect = Arc::new(dialect);
    let mut paths: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in &dialect.routes {
        paths.entry(route.path).or_default().push(route.clone());
    }
    let mut scope = web::scope(prefix);
    for (path, routes) in paths {
        let methods = dialect.methods(path);
        let cross_origin = CrossOrigin::to_path(backend, &dialect, &methods, &routes);
        if dialect.appends_slash()
            && let Some(bare) = path.strip_suffix('/')
        {
            scope = scope.service(slash::appended(bare, cross_origin.clone(), backend));
        }
        let handler = Arc::new(PathHandler {
            cross_origin,
            methods,
            pattern: format!("{prefix}{path}"),
            routes,
            dialect: Arc::clone(&dialect),
            prefix: prefix.into(),
            backend: backend.clone(),
        });
        scope = scope.service(web::resource(path).to(
            move |request: HttpRequest, payload: web::Payload| {
                let handler = Arc::clone(&handler);
                async move { handler.serve(request, payload).await }
            },
        ));
    }
    let cross_origin = CrossOrigin::to_dialect(backend, &dialect);
    let backend = backend.clone();
    scope.default_service(web::to(move |request: HttpRequest| {
        let preflight = cross_origin.as_ref().and_then(|c| c.preflight(&request));
        let response = preflight.unwrap_or_else(|| (dialect.render)(Problem::UnknownPath));
        let request_id = backend.request_ids.next();
        observe_unknown_path(&backend, &request, dialect.name, &response, &request_id);
        let response = respond(response, &request_id);
        let response = share(cross_origin.as_ref(), &request, response);
        async move { response }
    }))
}

/// Mounts several dialects, each under its prefix. For an unknown path, the dialect with the
/// longest matching prefix renders the 404; without one, it is a plain JSON object.
pub fn configure(
    mut mounts: Vec<(String, Dialect)>,
    backend: &Backend,
) -> impl FnOnce(&mut web::ServiceConfig) {
    // The first matching scope handles the request.
    mounts.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    let scopes: Vec<_> = mounts
        .into_iter()
        .map(|(prefix, dialect)| scope(&prefix, dialect, backend))
        .collect();
    let backend = backend.clone();
    move |config| {
        for scope in scopes {
            config.service(scope);
        }
        config.default_service(web::to(move |request: HttpRequest| {
            let response = failure(404);
            let request_id = backend.request_ids.next();
            observe_unknown_path(&backend, &request, NO_DIALECT, &response, &request_id);
            let response = respond(response, &request_id);
            async move { response }
        }));
    }
}

fn observe_unknown_path(
    backend: &Backend,
    request: &HttpRequest,
    dialect: &'static str,
    response: &Response,
    request_id: &str,
) {
    let observed = ObservedRequest {
        dialect,
        operation: UNKNOWN_OPERATION,
        status: response.status,
        duration: Duration::ZERO,
        is_rate_limited: false,
    };
    let bytes = response.body.len() as u64;
    backend.observe(request, request_id, None, bytes, &observed);
}
