//! Dialects as actix-web services.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{HttpRequest, HttpResponse, Scope, http::header, web};
use futures_util::FutureExt;
use http::Method;
use manyface_core::Caller;
use manyface_dialect::{Context, Credentials, Dialect, Refusal, Reply, Route};

use crate::{
    Backend,
    failure::failure,
    receive::{call, identify, read},
    rejection_log::Rejected,
    respond::respond,
    slash,
};

/// Mounts `dialect` under `prefix`, which may be another than the contract's.
pub fn scope(prefix: &str, dialect: Dialect, backend: &Backend) -> Scope {
    let dialect = Arc::new(dialect);
    let mut paths: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in &dialect.routes {
        paths.entry(route.path).or_default().push(route.clone());
    }
    let mut scope = web::scope(prefix);
    for (path, routes) in paths {
        if dialect.habits.appends_slash
            && let Some(bare) = path.strip_suffix('/')
        {
            scope = scope.service(slash::appended(bare, backend));
        }
        let desk = Arc::new(Desk {
            methods: dialect.methods(path),
            pattern: format!("{prefix}{path}"),
            routes,
            dialect: Arc::clone(&dialect),
            prefix: prefix.to_owned(),
            backend: backend.clone(),
        });
        scope = scope.service(web::resource(path).to(
            move |request: HttpRequest, payload: web::Payload| {
                let desk = Arc::clone(&desk);
                async move { desk.serve(request, payload).await }
            },
        ));
    }
    let backend = backend.clone();
    scope.default_service(web::to(move || {
        let reply = (dialect.refuse)(Refusal::UnknownPath);
        let response = respond(reply, &backend.request_ids.next());
        async move { response }
    }))
}

/// Mounts several dialects, each under its prefix. An unknown path is answered by the dialect with
/// the longest prefix of it, and by a plain JSON object where no dialect has any.
pub fn configure(
    mut mounts: Vec<(String, Dialect)>,
    backend: &Backend,
) -> impl FnOnce(&mut web::ServiceConfig) {
    // The first scope that fits takes the request.
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
        config.default_service(web::to(move || {
            let response = respond(failure(404), &backend.request_ids.next());
            async move { response }
        }));
    }
}

/// One path of one dialect.
struct Desk {
    methods: Vec<Method>,
    /// The whole path, with parameters in braces.
    pattern: String,
    routes: Vec<Route>,
    dialect: Arc<Dialect>,
    prefix: String,
    backend: Backend,
}

impl Desk {
    async fn serve(&self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        let request_id = self.backend.request_ids.next();
        let started = Instant::now();
        let answer = AssertUnwindSafe(self.answer(&request, payload, &request_id));
        // A panic is a bug, but it is this request's alone.
        let reply = answer.catch_unwind().await.unwrap_or_else(|_| {
            let mut reply = (self.dialect.refuse)(Refusal::Internal);
            reply.cause = Some("panicked".to_owned());
            reply
        });
        let line = Line {
            request_id: &request_id,
            dialect: self.dialect.name,
            method: request.method().as_str(),
            path: &self.pattern,
            micros: started.elapsed().as_micros(),
        };
        line.log(&reply);
        respond(reply, &request_id)
    }

    async fn answer(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        request_id: &str,
    ) -> Reply {
        let refuse = self.dialect.refuse;
        if let Some(reply) = self.negotiated(request) {
            return reply;
        }
        let method = request.method().as_str();
        if method == "OPTIONS" {
            return Dialect::options(&self.methods);
        }
        // The server leaves out the body of an answer to HEAD.
        let wanted = if method == "HEAD" { "GET" } else { method };
        let route = self
            .routes
            .iter()
            .find(|route| route.method.as_str() == wanted);
        let wrong_method = || match self.dialect.habits.wrong_method {
            Some(say) => say(method, &self.methods),
            None => refuse(Refusal::WrongMethod(self.methods.clone())),
        };
        if route.is_none() && !self.dialect.habits.credentials_first {
            return wrong_method();
        }
        let credentials = route.or(self.routes.first());
        let credentials = credentials.map_or(Credentials::Required, |route| route.credentials);
        let caller = identify(request, credentials, &self.dialect, &self.backend).await;
        let caller = match caller {
            Ok(caller) => caller,
            Err(error) => {
                let request = Rejected {
                    request_id,
                    dialect: self.dialect.name,
                    method,
                    path: &self.pattern,
                };
                self.backend.rejections.log(request, &error);
                return refuse(Refusal::Unauthenticated(error.denial));
            }
        };
        let Some(route) = route else {
            return wrong_method();
        };
        let limits = &self.backend.limits;
        let Some(allowance) = limits.take(self.dialect.name, route.id, &caller.subject) else {
            return self.run(route, request, payload, caller, request_id).await;
        };
        let reply = match allowance.wait {
            Some(seconds) => refuse(Refusal::TooMany(seconds)),
            None => self.run(route, request, payload, caller, request_id).await,
        };
        allowance.told(reply)
    }

    async fn run(
        &self,
        route: &Route,
        request: &HttpRequest,
        payload: web::Payload,
        caller: Arc<Caller>,
        request_id: &str,
    ) -> Reply {
        let limit = route.body_limit;
        // The body's memory is given back when the request is answered.
        let (body, _room) = match read(request, payload, limit, &self.backend).await {
            Ok(read) => read,
            Err(refusal) => return (self.dialect.refuse)(refusal),
        };
        let call = call(request, &self.dialect, caller, body, request_id);
        (route.handle)(&call, self.context()).await
    }

    /// The answer to a request that the dialect turns away by its `Accept` header.
    fn negotiated(&self, request: &HttpRequest) -> Option<Reply> {
        let negotiate = self.dialect.habits.negotiate?;
        let accept = request.headers().get(header::ACCEPT)?;
        negotiate(accept.to_str().unwrap_or_default())
    }

    fn context(&self) -> Context<'_> {
        Context {
            dialect: self.dialect.name,
            profiles: &*self.backend.profiles,
            images: &*self.backend.images,
            blobs: &*self.backend.blobs,
            media_urls: &self.backend.media_urls,
            policies: self.backend.policies.as_deref(),
            overrides: &*self.backend.overrides,
            uploads: &*self.backend.uploads,
            signer: &*self.backend.signer,
            mount: &self.prefix,
            catalogue: &*self.backend.catalogue,
            rules: &self.backend.rules,
            reserved: &self.backend.reserved,
            now: (self.backend.now)(),
        }
    }
}

/// What the log says of a request: nothing of its content, and nothing of who sent it.
struct Line<'a> {
    request_id: &'a str,
    dialect: &'a str,
    method: &'a str,
    path: &'a str,
    micros: u128,
}

impl Line<'_> {
    fn log(&self, reply: &Reply) {
        let Self {
            request_id,
            dialect,
            method,
            path,
            micros,
        } = *self;
        let status = reply.status.as_u16();
        match &reply.cause {
            Some(cause) => {
                tracing::error!(
                    request_id, dialect, method, path, status, micros, cause, "failed"
                );
            }
            None => {
                tracing::debug!(
                    request_id, dialect, method, path, status, micros, "answered"
                );
            }
        }
    }
}
