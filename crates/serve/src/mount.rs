//! Dialects as actix-web services.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{HttpRequest, HttpResponse, Scope, web};
use futures_util::FutureExt;
use http::{Method, StatusCode};
use manyface_core::{Caller, ReservedUsernames, Subject};
use manyface_dialect::{Call, Credentials, Dialect, Problem, Reply, Route, Step};

use crate::{
    Backend, RequestKeys,
    body_memory::{Owner, Room, SMALL},
    read_body::{Length, read_body},
    receive::{call, check_accept, identify},
    rejection_log::Rejected,
    respond::failure,
    respond::{respond, respond_in_parts},
    slash,
};

/// Mounts `dialect` under `prefix`, which may be another than the contract's.
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
        if dialect.appends_slash()
            && let Some(bare) = path.strip_suffix('/')
        {
            scope = scope.service(slash::appended(bare, backend));
        }
        let desk = Arc::new(Desk {
            methods: dialect.methods(path),
            pattern: format!("{prefix}{path}"),
            routes,
            dialect: Arc::clone(&dialect),
            prefix: prefix.into(),
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
        let reply = (dialect.render)(Problem::UnknownPath);
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
    prefix: Arc<str>,
    backend: Backend,
}

impl Desk {
    async fn serve(&self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        let request_id = self.backend.request_ids.next();
        let started = Instant::now();
        let answer = AssertUnwindSafe(self.answer(&request, payload, &request_id));
        // A panic is a bug, but it is this request's alone.
        let answer = answer.catch_unwind().await.unwrap_or_else(|_| {
            let mut reply = (self.dialect.render)(Problem::Internal(None));
            reply.cause = Some("panicked".to_owned());
            Ok(reply.into())
        });
        let answer = answer.unwrap_or_else(|problem| (self.dialect.render)(problem).into());
        let Answer {
            mut reply,
            room,
            is_counted,
        } = answer;
        if !is_counted {
            reply = self.limit_rejections(&request, reply);
        }
        let line = Line {
            request_id: &request_id,
            dialect: self.dialect.name,
            method: request.method().as_str(),
            path: &self.pattern,
            micros: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        line.log(&reply);
        respond_in_parts(&request, reply, room, &request_id)
    }

    /// Runs the steps of the dialect, then the operation.
    async fn answer(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        request_id: &str,
    ) -> Result<Answer, Problem> {
        if !self.backend.readiness.is_ready() {
            return Err(Problem::Unavailable(None));
        }
        let route = self.route(request);
        let supported = || route.ok_or_else(|| self.method_not_allowed(request));
        let authenticated = || self.authenticate(request, route, request_id);
        let mut caller = None;
        for step in &self.dialect.steps {
            match step {
                Step::CheckAccept(accepts) => check_accept(request, *accepts)?,
                Step::RespondToOptions if request.method().as_str() == "OPTIONS" => {
                    return Ok(Dialect::options(&self.methods).into());
                }
                // A missing slash is redirected by a resource of its own.
                Step::RespondToOptions | Step::AppendSlash => {}
                Step::CheckMethod => supported().map(drop)?,
                Step::Authenticate => caller = Some(authenticated().await?),
            }
        }
        let route = supported()?;
        let caller = match caller {
            Some(caller) => caller,
            None => authenticated().await?,
        };
        let limits = &self.backend.limits;
        let address = || self.backend.trusted_proxies.client(request);
        let Some(allowance) = limits.take(self.dialect.name, route.id, &caller.subject, address)
        else {
            return self.run(route, request, payload, caller, request_id).await;
        };
        let caller_is_unknown = caller.subject == Subject::Nobody;
        let answer = match allowance.wait {
            Some(seconds) => Err(Problem::RateLimited(seconds)),
            None => self.run(route, request, payload, caller, request_id).await,
        };
        let answer = answer.unwrap_or_else(|problem| (self.dialect.render)(problem).into());
        Ok(Answer {
            reply: allowance.told(answer.reply),
            is_counted: caller_is_unknown,
            ..answer
        })
    }

    /// Returns the route of the request's method. The server leaves out the body of a response to
    /// `HEAD`.
    fn route(&self, request: &HttpRequest) -> Option<&Route> {
        let method = request.method().as_str();
        let wanted = if method == "HEAD" { "GET" } else { method };
        let mut routes = self.routes.iter();
        routes.find(|route| route.method.as_str() == wanted)
    }

    fn method_not_allowed(&self, request: &HttpRequest) -> Problem {
        Problem::MethodNotAllowed {
            method: request.method().as_str().to_owned(),
            allowed: self.methods.clone(),
        }
    }

    /// Returns the caller. A method that the path does not support is treated as its first one.
    async fn authenticate(
        &self,
        request: &HttpRequest,
        route: Option<&Route>,
        request_id: &str,
    ) -> Result<Arc<Caller>, Problem> {
        let route = route.or(self.routes.first());
        let credentials = route.map_or(Credentials::Required, |route| route.credentials);
        let caller = identify(request, credentials, &self.dialect, &self.backend).await;
        caller.map_err(|error| {
            let rejected = self.rejected(request_id, request.method().as_str());
            self.backend.rejections.log(rejected, &error);
            error.denial.into()
        })
    }

    /// Returns `reply`, or 429 in place of a 401 if the client's address has had too many.
    fn limit_rejections(&self, request: &HttpRequest, reply: Reply) -> Reply {
        if reply.status != StatusCode::UNAUTHORIZED {
            return reply;
        }
        let Some(route) = self.route(request).or(self.routes.first()) else {
            return reply;
        };
        let Backend {
            limits,
            trusted_proxies,
            ..
        } = &self.backend;
        let address = || trusted_proxies.client(request);
        let allowance = limits.take_rejected(self.dialect.name, route.id, address);
        match allowance.and_then(|allowance| Some((allowance.wait?, allowance))) {
            Some((seconds, allowance)) => {
                allowance.told((self.dialect.render)(Problem::RateLimited(seconds)))
            }
            None => reply,
        }
    }

    async fn run(
        &self,
        route: &Route,
        request: &HttpRequest,
        payload: web::Payload,
        caller: Arc<Caller>,
        request_id: &str,
    ) -> Result<Answer, Problem> {
        let now = (self.backend.now)();
        let mut call = call(
            request,
            &self.dialect,
            &self.prefix,
            caller,
            request_id,
            now,
        );
        let answer = self.handle(route, request, payload, &mut call).await?;
        if answer.reply.status == StatusCode::UNAUTHORIZED {
            let request = self.rejected(request_id, request.method().as_str());
            let Backend {
                rejections,
                services,
                ..
            } = &self.backend;
            let logged = rejections.log_absence(request, &call.caller, services);
            logged.await;
        }
        Ok(answer)
    }

    fn rejected<'a>(&'a self, request_id: &'a str, method: &'a str) -> Rejected<'a> {
        Rejected {
            request_id,
            dialect: self.dialect.name,
            method,
            path: &self.pattern,
        }
    }

    async fn handle(
        &self,
        route: &Route,
        request: &HttpRequest,
        payload: web::Payload,
        call: &mut Call,
    ) -> Result<Answer, Problem> {
        // No method that only reads has a body: what is sent of one is not looked at.
        let length = match route.body_limit {
            0 => Length::None,
            _ => Length::of(request),
        };
        if length == Length::None {
            let reply = route.respond(call, &self.backend.services).await;
            return self.counted(reply, route, call).await;
        }
        let is_vouched_for = route.credentials != Credentials::Ignored;
        let mut owner = Owner::Subject(call.caller.subject.clone());
        if length.is_large() || !is_vouched_for {
            match route.check(call, &self.backend.services).await {
                Ok(Some(creator)) => owner = Owner::Creator(creator),
                Ok(None) => {}
                Err(reply) => return Ok(reply.into()),
            }
        }
        // The body's memory is given back when the request is answered.
        let backend = &self.backend;
        let mut room = backend.body_memory.room(owner);
        let (limit, pace) = (route.body_limit, backend.body_pace);
        call.body = read_body(payload, length, limit, pace, &mut room).await?;
        let reply = route.respond(call, &self.backend.services).await;
        if let Some(keys) = &self.backend.request_keys
            && tracing::enabled!(tracing::Level::DEBUG)
        {
            self.log_ignored(keys, route, call);
        }
        self.counted(reply, route, call).await
    }

    /// Logs the keys of a request that had no effect.
    fn log_ignored(&self, keys: &RequestKeys, route: &Route, call: &Call) {
        let content_type = call.header(&http::header::CONTENT_TYPE).unwrap_or_default();
        let ignored = keys.ignored(self.dialect.name, route.id, content_type, &call.body);
        if !ignored.is_empty() {
            let (request_id, dialect) = (&call.request_id, self.dialect.name);
            let keys = ignored.join(", ");
            tracing::info!(request_id, dialect, keys, "ignored keys of a request");
        }
    }

    /// `reply` with the memory that a large body takes until it has been sent.
    async fn counted(&self, reply: Reply, route: &Route, call: &Call) -> Result<Answer, Problem> {
        if reply.body.len() <= SMALL {
            return Ok(reply.into());
        }
        let mut room = {
            let owner = Owner::Subject(call.caller.subject.clone());
            self.backend.response_memory.room(owner)
        };
        match room.grow_to(reply.body.len()).await {
            Ok(()) => Ok(Answer {
                room: Some(room),
                ..reply.into()
            }),
            // What was written is not rejected any more.
            Err(_) if route.method != Method::GET && reply.status.is_success() => Ok(reply.into()),
            Err(full) => Err(full.into()),
        }
    }
}

/// A reply, and the memory that its body takes.
struct Answer {
    reply: Reply,
    room: Option<Room>,
    /// Whether the request was counted by the client's address.
    is_counted: bool,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            room: None,
            is_counted: false,
        }
    }
}

/// What the log says of a request: nothing of its content, and nothing of who sent it.
struct Line<'a> {
    request_id: &'a str,
    dialect: &'a str,
    method: &'a str,
    path: &'a str,
    micros: u64,
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
