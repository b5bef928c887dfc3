//! A whole document.

use http::{Method, StatusCode, header};
use utoipa::{
    ToSchema,
    openapi::{
        Components, Info, License, OpenApi, OpenApiBuilder, Paths, RefOr, Server, Tag,
        external_docs::ExternalDocs,
        path::{Operation as Described, OperationBuilder, Parameter, ParameterIn},
        schema::Schema,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    Operation, committed,
    described::{described, prefixed, set, without_bodies},
    headers::{HOUSE, LIMITS, Own},
    operation::Told,
    order::Order,
    parameters::parameter,
    responses::{self, Common},
    schemas::{Keys, Schemas},
};
use crate::{Dialect, Refusal, Reply};

/// A dialect's document in the making.
///
/// # Panics
///
/// Its methods, where what they are told does not fit the dialect.
pub struct Document {
    dialect: Dialect,
    info: Info,
    docs: Option<ExternalDocs>,
    tags: Vec<Tag>,
    schemes: Vec<(&'static str, SecurityScheme)>,
    failure: Option<RefOr<Schema>>,
    schemas: Schemas,
    own: Vec<Own>,
    headers: Vec<Parameter>,
    operations: Vec<Operation>,
}

impl Document {
    /// The document of `dialect`, without its operations.
    pub fn of(dialect: Dialect, title: &str, description: &str) -> Self {
        let mut info = Info::new(title, env!("CARGO_PKG_VERSION"));
        info.description = Some(description.to_owned());
        let mut license = License::new("MIT OR Apache-2.0");
        license.identifier = Some("MIT OR Apache-2.0".to_owned());
        info.license = Some(license);
        Self {
            dialect,
            info,
            docs: None,
            tags: Vec::new(),
            schemes: Vec::new(),
            failure: None,
            schemas: Schemas::default(),
            own: Vec::new(),
            headers: Vec::new(),
            operations: Vec::new(),
        }
    }

    /// Where the contract is.
    pub fn contract(&mut self, url: &str) {
        let mut docs = ExternalDocs::new(url);
        docs.description = Some("The contract that this server keeps.".to_owned());
        self.docs = Some(docs);
    }

    /// A tag that operations stand under.
    pub fn tag(&mut self, name: &str, description: &str) {
        let mut tag = Tag::new(name);
        tag.description = Some(description.to_owned());
        self.tags.push(tag);
    }

    /// A kind of bearer credential that operations take. The description of a token says how to
    /// get one.
    pub fn bearer(&mut self, name: &'static str, format: &str, description: &str) {
        let dialect = self.dialect.name;
        let description = match format {
            "JWT" => format!(
                "{description} In development, the command `token --dialect {dialect} --user NAME` \
                 prints one."
            ),
            _ => description.to_owned(),
        };
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format(format)
            .description(Some(description));
        let scheme = SecurityScheme::Http(scheme.build());
        self.schemes.push((name, scheme));
    }

    /// What every failure is.
    pub fn failure<T: ToSchema>(&mut self) {
        self.failure = Some(self.schemas.add::<T>(Keys::Closed));
    }

    /// A header of the dialect's own that responses have.
    pub fn header(&mut self, name: &'static str, description: &'static str) {
        self.own.push(Own { name, description });
    }

    /// A header of the dialect's own that requests have.
    pub fn request_header(
        &mut self,
        name: &str,
        description: &str,
        schema: Schema,
        is_required: bool,
    ) {
        let place = ParameterIn::Header;
        let made = parameter(place, name, description, schema, is_required);
        self.headers.push(made);
    }

    /// An operation.
    ///
    /// # Panics
    ///
    /// Where the dialect does not route it.
    pub fn add(&mut self, mut operation: Operation) {
        let is_routed = |route: &&crate::Route| {
            route.path == operation.path && route.method == operation.method
        };
        let route = self.dialect.routes.iter().find(is_routed);
        assert!(route.is_some(), "{} is not routed", operation.id);
        operation.complete();
        self.operations.push(operation);
    }

    /// Compares the document with the one in `directory`, or writes it there where `OPENAPI_WRITE`
    /// is set.
    ///
    /// # Panics
    ///
    /// Where they differ, and where something of the dialect is not described.
    pub fn check(self, directory: &str, package: &str) {
        for header in self.dialect.headers {
            let is_told = |parameter: &Parameter| header == parameter.name.as_str();
            assert!(
                self.headers.iter().any(is_told),
                "{header} is not described"
            );
        }
        for route in &self.dialect.routes {
            let is_told = self.operations.iter().any(|told| told.id == route.id);
            assert!(is_told, "{} is not described", route.id);
        }
        let schemes: Vec<_> = self.schemes.iter().map(|(name, _)| *name).collect();
        let order = Order::new(&self.operations, &schemes);
        let mut document = serde_json::to_value(self.build()).expect("documents are JSON");
        order.apply(&mut document);
        let mut text = serde_json::to_string_pretty(&document).expect("documents are JSON");
        text.push('\n');
        committed::check(directory, package, &text);
    }

    fn build(mut self) -> OpenApi {
        let failure = self.failure.take().expect("Document::failure was called");
        let common = Common {
            failure: &failure,
            headers: &self.own,
        };
        let mut components = Components::new();
        for known in HOUSE {
            let header = RefOr::T(known.header(true));
            components.headers.insert(known.name.to_owned(), header);
        }
        for known in LIMITS {
            let header = RefOr::T(known.header(false));
            components.headers.insert(known.name.to_owned(), header);
        }
        for (name, scheme) in &self.schemes {
            let scheme = RefOr::T(scheme.clone());
            components
                .security_schemes
                .insert((*name).to_owned(), scheme);
        }
        for parameter in &self.headers {
            let kept = RefOr::T(parameter.clone());
            components.parameters.insert(parameter.name.clone(), kept);
        }
        self.elsewhere(&common, &mut components);
        let mut paths = Paths::new();
        for operation in &self.operations {
            let item = paths.paths.entry(operation.path.to_owned()).or_default();
            let shown = described(operation, &self.headers, &self.schemes, &common);
            set(item, &operation.method, shown.clone());
            if operation.method == Method::GET {
                set(item, &Method::HEAD, without_bodies(shown, operation.id));
            }
        }
        for (path, item) in &mut paths.paths {
            let described = self.options(path, &common);
            set(item, &Method::OPTIONS, described);
        }
        for operation in self.operations {
            self.schemas.extend(operation.schemas);
        }
        components.schemas = self.schemas.into_inner();
        let mut server = Server::new(self.dialect.base);
        server.description = Some("Where the contract has its operations.".to_owned());
        OpenApiBuilder::new()
            .info(self.info)
            .servers(Some([server]))
            .paths(paths)
            .components(Some(components))
            .tags(Some(self.tags))
            .external_docs(self.docs)
            .build()
    }

    /// What is answered where there is no operation.
    fn elsewhere(&self, common: &Common<'_>, components: &mut Components) {
        let Some(operation) = self.operations.first() else {
            return;
        };
        let unknown = operation.refused(Refusal::UnknownPath);
        let methods = self.dialect.methods(operation.path);
        let wrong = match self.dialect.habits.wrong_method {
            Some(say) => say("DELETE", &methods),
            None => operation.refused(Refusal::WrongMethod(methods)),
        };
        let mut answers = vec![
            ("UnknownPath", "There is no such path.", unknown),
            ("WrongMethod", "The path does not take this method.", wrong),
        ];
        if self.dialect.habits.appends_slash {
            let moved = Reply::empty(StatusCode::MOVED_PERMANENTLY);
            let slashed = format!("{}{}", self.dialect.base, operation.path);
            let moved = moved.with_text(header::LOCATION, &slashed);
            answers.push(("MissingSlash", "The path has a slash at its end.", moved));
        }
        for (name, summary, reply) in answers {
            let told = Told {
                name: "refused".to_owned(),
                summary: summary.to_owned(),
                reply,
            };
            let made = responses::of(&[told], &operation.success, false, common);
            for response in made.into_values() {
                components
                    .responses
                    .insert(name.to_owned(), RefOr::T(response));
            }
        }
    }

    /// The operation that lists a path's methods.
    fn options(&self, path: &str, common: &Common<'_>) -> Described {
        let mut here = self.operations.iter().filter(|told| told.path == path);
        let first = here.next().expect("a path has an operation");
        let told = Told {
            name: "methods".to_owned(),
            summary: "The methods that the path takes, and no permission for other origins."
                .to_owned(),
            reply: Dialect::options(&self.dialect.methods(path)),
        };
        let parameters = first.parameters.iter();
        let parameters = parameters.filter(|made| made.parameter_in == ParameterIn::Path);
        let parameters: Vec<_> = parameters.cloned().map(RefOr::T).collect();
        let mut described = OperationBuilder::new()
            .operation_id(Some(prefixed("options", first.id)))
            .tag(&*first.tag)
            .summary(Some("The methods of the path"))
            .description(Some("Asks for no credential."))
            .securities(Some([]))
            .build();
        described.parameters = (!parameters.is_empty()).then_some(parameters);
        for (status, response) in responses::of(&[told], &first.success, false, common) {
            let responses = &mut described.responses.responses;
            responses.insert(status.to_string(), RefOr::T(response));
        }
        described
    }
}
