//! The admin API: operations of operators, for the HTTP listener and for commands.
//!
//! A command sends the same requests as an HTTP client, without the network unless `--server` is
//! given. So every operation works in both ways, with the same responses.

mod body;
mod call;
mod catalogue;
mod changes;
mod client;
mod erasures;
mod keys;
mod listener;
mod media;
mod openapi;
#[cfg(feature = "policies")]
mod policies;
mod problem;
mod remote;
mod slots;
mod stream;
mod tenants;
mod tokens;
mod transfer;
mod usage;
mod users;
mod views;
mod webhooks;

use std::sync::Arc;

use http::{Method, StatusCode};
use manyface_core::{
    AdminContext, AdminRepository, ApiKeys, CatalogueStore, Operator, OperatorRole, OperatorTokens,
    Overrides, Provenance, ReservedUsernames, WebhookStore,
};
use manyface_dialect::BoxFuture;
use manyface_store::Store;

use crate::{Config, DialectRegistry, Failure, media::Media, system};

use self::body::Input;
#[cfg(feature = "policies")]
pub(crate) use self::policies::{PolicyFile, PolicyFiles, parse_field as policy_field};
pub(crate) use self::{
    call::{AdminRequest, AdminResponse, Call, MAX_PAGE_SIZE, Parameter, references},
    catalogue::{parse_entry as catalogue_entry, parse_kind as catalogue_kind},
    client::{AdminClient, ServerOptions},
    listener::AdminListener,
    media::CollectedMedia,
    openapi::document,
    problem::AdminProblem,
    remote::Server,
    transfer::{
        BATCH_BYTES, BATCH_LINES, ImportOptions, ImportPorts, MAX_LINE, ReportCounts, is_reported,
    },
    views::{DialectViews, View},
    webhooks::CANONICAL,
};

/// The path prefix of the API.
pub(crate) const PREFIX: &str = "/admin/v1";

const JSON: &str = "application/json";

/// An operation of the API.
pub(crate) struct Operation {
    /// The OpenAPI `operationId`.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// The path after [`PREFIX`], with parameters in braces.
    pub(crate) path: &'static str,
    /// One sentence.
    pub(crate) summary: &'static str,
    pub(crate) role: OperatorRole,
    /// Whether only a token of the whole deployment may run the operation.
    pub(crate) is_global: bool,
    /// The query parameters.
    pub(crate) query: &'static [Parameter],
    /// The schema of the body.
    pub(crate) body: Option<&'static str>,
    /// The status of success.
    pub(crate) status: StatusCode,
    /// The schema of the response of success.
    pub(crate) response: Option<&'static str>,
    /// The media type of the body. One of [`body::NDJSON`] is streamed.
    pub(crate) body_type: &'static str,
    /// The media type of the response of success.
    pub(crate) response_type: &'static str,
    pub(crate) run: for<'a> fn(Call<'a>) -> BoxFuture<'a, Result<AdminResponse, AdminProblem>>,
}

impl Operation {
    /// Returns whether the body or the response is streamed.
    pub(crate) fn is_streamed(&self) -> bool {
        [self.body_type, self.response_type].contains(&body::NDJSON)
    }

    /// Returns the operation of a request, if there is one.
    pub(crate) fn find(method: &Method, path: &[String]) -> Option<&'static Self> {
        operations().find(|operation| {
            operation.method == *method && call::match_path(operation.path, path).is_some()
        })
    }

    /// The defaults of operations that read.
    pub(crate) const READ: Self = Self {
        id: "",
        method: Method::GET,
        path: "",
        summary: "",
        role: OperatorRole::Read,
        is_global: false,
        query: &[],
        body: None,
        status: StatusCode::OK,
        response: None,
        body_type: JSON,
        response_type: JSON,
        run: |_| Box::pin(async { Err(AdminProblem::not_found("there is no such path")) }),
    };

    /// The defaults of operations that write.
    pub(crate) const WRITE: Self = Self {
        method: Method::POST,
        role: OperatorRole::Write,
        ..Self::READ
    };
}

/// Returns all operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    let groups = [
        users::OPERATIONS,
        changes::OPERATIONS,
        erasures::OPERATIONS,
        tenants::OPERATIONS,
        keys::OPERATIONS,
        tokens::OPERATIONS,
        usage::OPERATIONS,
        transfer::OPERATIONS,
        webhooks::OPERATIONS,
        catalogue::OPERATIONS,
        media::OPERATIONS,
        #[cfg(feature = "policies")]
        policies::OPERATIONS,
    ];
    groups.into_iter().flatten()
}

/// The operations on one deployment.
#[derive(Clone)]
pub(crate) struct AdminApi {
    repository: Arc<dyn AdminRepository>,
    overrides: Arc<dyn Overrides>,
    api_keys: Arc<dyn ApiKeys>,
    tokens: Arc<dyn OperatorTokens>,
    webhooks: Arc<dyn WebhookStore>,
    catalogue: Arc<dyn CatalogueStore>,
    reserved: Arc<ReservedUsernames>,
    dialects: DialectRegistry,
    config: Arc<Config>,
    store: Store,
    /// The storage of images and files; opened when needed if absent.
    media: Option<Media>,
}

impl AdminApi {
    pub(crate) fn new(config: &Config, store: &Store, media: Option<Media>) -> Self {
        Self {
            repository: store.repository(),
            overrides: store.overrides(),
            api_keys: store.api_keys(),
            tokens: store.operator_tokens(),
            webhooks: store.webhooks(),
            catalogue: store.catalogue(),
            reserved: Arc::new(config.reserved_usernames()),
            dialects: config.dialect_registry,
            config: Arc::new(config.clone()),
            store: store.clone(),
            media,
        }
    }

    /// Returns whether metrics need no operator token.
    fn has_public_metrics(&self) -> bool {
        self.config.admin.public_metrics
    }

    /// Runs the operation of a request. A streamed operation of the network has an `input`.
    pub(crate) async fn handle(
        &self,
        operator: &Operator,
        request: &AdminRequest,
        input: Option<Input>,
    ) -> AdminResponse {
        let handled = self.run(operator, request, input).await;
        handled.unwrap_or_else(|problem| {
            problem.log(&request.request_id);
            problem.into()
        })
    }

    async fn run(
        &self,
        operator: &Operator,
        request: &AdminRequest,
        input: Option<Input>,
    ) -> Result<AdminResponse, AdminProblem> {
        let mut allowed = Vec::new();
        for operation in operations() {
            let Some(params) = call::match_path(operation.path, &request.path) else {
                continue;
            };
            if operation.method != request.method {
                allowed.push(operation.method.clone());
                continue;
            }
            if operation.role > operator.role {
                return Err(AdminProblem::forbidden("the token may only read"));
            }
            if operation.is_global && operator.tenant.is_some() {
                let message = "the token is limited to a tenant";
                return Err(AdminProblem::forbidden(message));
            }
            let call = Call {
                api: self,
                operator,
                request,
                operation,
                params,
                provenance: operator.provenance(system::now(), &request.request_id),
                input,
            };
            call.check_url()?;
            let response = (operation.run)(call).await?;
            if operation.role == OperatorRole::Write {
                let (operator, operation) = (&operator.name, operation.id);
                let path = request.path.join("/");
                tracing::info!(operator, operation, path, "admin write");
            }
            return Ok(response);
        }
        Err(if allowed.is_empty() {
            AdminProblem::not_found("there is no such path")
        } else {
            AdminProblem::method_not_allowed(&allowed)
        })
    }

    /// Returns the context of an operation of `operator`, whose changes have the origin
    /// `provenance`.
    pub(crate) fn context<'a>(
        &'a self,
        operator: &'a Operator,
        provenance: &'a Provenance,
    ) -> AdminContext<'a> {
        AdminContext {
            repository: &*self.repository,
            catalogue: &*self.catalogue,
            reserved: &self.reserved,
            operator,
            provenance,
        }
    }

    /// Returns the storage of images and files.
    fn media(&self) -> Result<Media, Failure> {
        match &self.media {
            Some(media) => Ok(media.clone()),
            None => Media::open(&self.config, &self.store),
        }
    }
}
