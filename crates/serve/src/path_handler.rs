//! The handler of one path of a dialect.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use http::{Method, StatusCode};
use manyface_core::{Caller, Subject};
use manyface_dialect::{Credentials, Dialect, Problem, Request, Response, Route, Step};

use crate::{
    Backend, ObservedRequest, RequestKeys, UNKNOWN_OPERATION,
    body_memory::{Owner, Room, SMALL},
    cross_origin::{CrossOrigin, share},
    exchange_log,
    handled_request::HandledRequest,
    read_body::{BodyLength, read_body},
    receive::{authenticate_bearer, check_accept, to_request},
    rejection_log::RejectedRequest,
    request_log::RequestLog,
    respond::respond_in_parts,
    simulation::simulate,
};

/// The handler of one path of a dialect.
pub(crate) struct PathHandler {
    pub(crate) methods: Vec<Method>,
    /// The full path, with parameters in braces.
    pub(crate) pattern: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) cross_origin: Option<CrossOrigin>,
    pub(crate) prefix: Arc<str>,
    pub(crate) backend: Backend,
}

impl PathHandler {
    /// Responds to a request for the path.
    pub(crate) async fn serve(&self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        let request_id = self.backend.request_ids.next();
        let started = Instant::now();
        let mut caller = None;
        let reserved = self.respond(&request, payload, &request_id, &mut caller);
        let reserved = AssertUnwindSafe(reserved);
        // A panic fails this request only.
        let reserved = reserved.catch_unwind().await.unwrap_or_else(|_| {
            let mut response = (self.dialect.render)(Problem::Internal(None));
            response.cause = Some("panicked".to_owned());
            Ok(response.into())
        });
        let reserved = reserved.unwrap_or_else(|problem| (self.dialect.render)(problem).into());
        let ReservedResponse {
            mut response,
            room,
            is_counted,
            mut is_rate_limited,
        } = reserved;
        if !is_counted && let Some(rejection) = self.limit_rejections(&request, &response) {
            response = rejection;
            is_rate_limited = true;
        }
        let duration = started.elapsed();
        let route = self.route(&request);
        let observed = ObservedRequest {
            dialect: self.dialect.name,
            operation: route.map_or(UNKNOWN_OPERATION, |route| route.id),
            status: response.status,
            duration,
            is_rate_limited,
        };
        let bytes = match &response.file {
            Some(file) => file.length,
            None => response.body.len() as u64,
        };
        let line = RequestLog {
            request_id: &request_id,
            dialect: self.dialect.name,
            request: &request,
            path: &self.pattern,
            micros: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        };
        line.write(&response);
        self.backend
            .observe(&request, &request_id, caller.as_deref(), bytes, &observed);
        let response = respond_in_parts(&request, response, room, &request_id);
        share(self.cross_origin.as_ref(), &request, response)
    }

    /// Runs the steps of the dialect, then the operation.
    async fn respond(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        request_id: &str,
        logged_caller: &mut Option<Arc<Caller>>,
    ) -> Result<ReservedResponse, Problem> {
        if let Some(cross_origin) = &self.cross_origin
            && let Some(response) = cross_origin.preflight(request)
        {
            return Ok(response.into());
        }
        if self.backend.serves_client_developers {
            simulate(request).await?;
        }
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
                // A separate resource redirects paths without the slash.
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
        if self.backend.access_log.is_enabled() {
            *logged_caller = Some(Arc::clone(&caller));
        }
        let limits = &self.backend.limits;
        let address = || self.backend.trusted_proxies.client(request);
        let Some(allowance) = limits.take(self.dialect.name, route.id, &caller.subject, address)
        else {
            return self.run(route, request, payload, caller, request_id).await;
        };
        let is_rate_limited = allowance.wait.is_some();
        let is_anonymous = caller.subject == Subject::Anonymous;
        let reserved = match allowance.wait {
            Some(seconds) => Err(Problem::RateLimited(seconds)),
            None => self.run(route, request, payload, caller, request_id).await,
        };
        let reserved = reserved.unwrap_or_else(|problem| (self.dialect.render)(problem).into());
        Ok(ReservedResponse {
            response: allowance.add_headers(reserved.response),
            is_counted: is_anonymous,
            is_rate_limited,
            ..reserved
        })
    }

    /// Returns the route of the request's method; `HEAD` has the route of `GET`, and the server
    /// omits the body.
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

    /// Returns the caller. An unsupported method is treated as the path's first one.
    async fn authenticate(
        &self,
        request: &HttpRequest,
        route: Option<&Route>,
        request_id: &str,
    ) -> Result<Arc<Caller>, Problem> {
        let route = route.or(self.routes.first());
        let credentials = route.map_or(Credentials::Required, |route| route.credentials);
        let caller = authenticate_bearer(request, credentials, &self.dialect, &self.backend).await;
        caller.map_err(|error| {
            let rejected_request = self.rejected_request(request_id, request.method().as_str());
            self.backend.rejections.log(rejected_request, &error);
            error.kind.into()
        })
    }

    /// Returns 429 for a response with 401 if the client's address has caused too many of them.
    fn limit_rejections(&self, request: &HttpRequest, response: &Response) -> Option<Response> {
        if response.status != StatusCode::UNAUTHORIZED {
            return None;
        }
        let route = self.route(request).or(self.routes.first())?;
        let Backend {
            limits,
            trusted_proxies,
            ..
        } = &self.backend;
        let address = || trusted_proxies.client(request);
        let allowance = limits.take_rejected(self.dialect.name, route.id, address)?;
        let seconds = allowance.wait?;
        Some(allowance.add_headers((self.dialect.render)(Problem::RateLimited(seconds))))
    }

    async fn run(
        &self,
        route: &Route,
        http_request: &HttpRequest,
        payload: web::Payload,
        caller: Arc<Caller>,
        request_id: &str,
    ) -> Result<ReservedResponse, Problem> {
        let now = (self.backend.now)();
        let mut request = to_request(
            http_request,
            &self.dialect,
            &self.prefix,
            caller,
            request_id,
            now,
        );
        let mut reserved = self
            .handle(route, http_request, payload, &mut request)
            .await?;
        let handled = HandledRequest {
            backend: &self.backend,
            dialect: &self.dialect,
            route,
            http_request,
            request: &request,
        };
        reserved.response = handled.observe(reserved.response);
        if self.backend.serves_client_developers {
            exchange_log::write(http_request, &request, &reserved.response);
        }
        if reserved.response.status == StatusCode::UNAUTHORIZED {
            let http_request = self.rejected_request(request_id, http_request.method().as_str());
            let Backend {
                rejections,
                services,
                ..
            } = &self.backend;
            let logged = rejections.log_absence(http_request, &request.caller, services);
            logged.await;
        }
        Ok(reserved)
    }

    fn rejected_request<'a>(&'a self, request_id: &'a str, method: &'a str) -> RejectedRequest<'a> {
        RejectedRequest {
            request_id,
            dialect: self.dialect.name,
            method,
            path: &self.pattern,
        }
    }

    async fn handle(
        &self,
        route: &Route,
        http_request: &HttpRequest,
        payload: web::Payload,
        request: &mut Request,
    ) -> Result<ReservedResponse, Problem> {
        // The body of a method that has none is not read.
        let length = match route.body_limit {
            0 => BodyLength::None,
            _ => BodyLength::of(http_request),
        };
        if length == BodyLength::None {
            let response = route.respond(request, &self.backend.services).await;
            return self.with_reservation(response, route, request).await;
        }
        let is_authenticated = route.credentials != Credentials::Ignored;
        let mut owner = Owner::Subject(request.caller.subject.clone());
        if length.is_large() || !is_authenticated {
            match route.check(request, &self.backend.services).await {
                Ok(Some(creator)) => owner = Owner::Creator(creator),
                Ok(None) => {}
                Err(response) => return Ok(response.into()),
            }
        }
        // The reservation is released with the response.
        let backend = &self.backend;
        let mut room = backend.body_memory.room(owner);
        let (limit, rate) = (route.body_limit, backend.minimum_body_rate);
        request.body = read_body(payload, length, limit, rate, &mut room).await?;
        let response = route.respond(request, &self.backend.services).await;
        if let Some(keys) = &self.backend.request_keys
            && tracing::enabled!(tracing::Level::DEBUG)
        {
            self.log_ignored(keys, route, request);
        }
        self.with_reservation(response, route, request).await
    }

    /// Logs the request's keys without effect.
    fn log_ignored(&self, keys: &RequestKeys, route: &Route, request: &Request) {
        let content_type = request
            .header(&http::header::CONTENT_TYPE)
            .unwrap_or_default();
        let ignored = keys.find_ignored(self.dialect.name, route.id, content_type, &request.body);
        if !ignored.is_empty() {
            let (request_id, dialect) = (&request.request_id, self.dialect.name);
            let keys = ignored.join(", ");
            tracing::info!(request_id, dialect, keys, "request has keys without effect");
        }
    }

    /// Reserves memory for a large response body until it has been sent.
    async fn with_reservation(
        &self,
        response: Response,
        route: &Route,
        request: &Request,
    ) -> Result<ReservedResponse, Problem> {
        if response.body.len() <= SMALL {
            return Ok(response.into());
        }
        let mut room = {
            let owner = Owner::Subject(request.caller.subject.clone());
            self.backend.response_memory.room(owner)
        };
        match room.grow_to(response.body.len()).await {
            Ok(()) => Ok(ReservedResponse {
                room: Some(room),
                ..response.into()
            }),
            // A completed write must not be reported as failed.
            Err(_) if route.method != Method::GET && response.status.is_success() => {
                Ok(response.into())
            }
            Err(full) => Err(full.into()),
        }
    }
}

/// A response and the reserved memory of its body.
struct ReservedResponse {
    response: Response,
    room: Option<Room>,
    /// Whether the address's rate limit has already counted the request.
    is_counted: bool,
    is_rate_limited: bool,
}

impl From<Response> for ReservedResponse {
    fn from(response: Response) -> Self {
        Self {
            response,
            room: None,
            is_counted: false,
            is_rate_limited: false,
        }
    }
}
