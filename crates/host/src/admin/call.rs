//! Requests to the admin API, and responses.

use http::{Method, StatusCode};
use manyface_core::{
    AdminContext, Json, Operator, Profile, ProfileId, ProfileRef, Provenance, Revision, TenantId,
    Timestamp, Username,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    AdminApi, AdminProblem, Operation,
    body::{Chunks, Input},
};

/// The default and the maximum number of objects on a page.
const PAGE_SIZE: u32 = 100;
pub(crate) const MAX_PAGE_SIZE: u32 = 1_000;

/// A request, from the network or from a command.
#[derive(Clone, Debug)]
pub(crate) struct AdminRequest {
    pub(crate) method: Method,
    /// The decoded segments of the path after [`super::PREFIX`].
    pub(crate) path: Vec<String>,
    /// The decoded parameters of the query.
    pub(crate) query: Vec<(String, String)>,
    /// The value of `If-Match`.
    pub(crate) if_match: Option<String>,
    /// The body, which is JSON unless it is empty.
    pub(crate) body: Vec<u8>,
    /// The request id; empty for a command.
    pub(crate) request_id: String,
}

/// A response.
#[derive(Debug)]
pub(crate) struct AdminResponse {
    pub(crate) status: StatusCode,
    /// The JSON text; empty without a body.
    pub(crate) body: String,
    /// The lines of a streamed body, which replace `body`.
    pub(crate) lines: Option<Chunks>,
    /// The strong entity tag, with quotes.
    pub(crate) etag: Option<String>,
    /// Whether the body is a problem document.
    pub(crate) is_problem: bool,
    /// The methods of `Allow`.
    pub(crate) allow: Vec<Method>,
}

impl AdminResponse {
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let body = serde_json::to_string(value).expect("responses have string keys");
        Self {
            body,
            ..Self::empty(status)
        }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: String::new(),
            lines: None,
            etag: None,
            is_problem: false,
            allow: Vec::new(),
        }
    }

    /// Creates a response with a streamed body.
    pub(crate) fn lines(chunks: Chunks) -> Self {
        Self {
            lines: Some(chunks),
            ..Self::empty(StatusCode::OK)
        }
    }

    pub(crate) fn with_etag(self, revision: Revision) -> Self {
        Self {
            etag: Some(etag(revision)),
            ..self
        }
    }
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description }
    }
}

/// The values of path parameters, in the order of the path.
pub(crate) type Parameters = Vec<String>;

/// A call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) api: &'a AdminApi,
    pub(crate) operator: &'a Operator,
    pub(crate) request: &'a AdminRequest,
    pub(crate) operation: &'static Operation,
    pub(crate) params: Parameters,
    /// The origin of changes.
    pub(crate) provenance: Provenance,
    /// The streamed body of the request, and the slot of a streamed response.
    pub(crate) input: Option<Input>,
}

/// A page of objects.
#[derive(Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; `null` at the end.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Creates a page of the first `limit` of `items`, which has one more item if another page
    /// follows. `cursor` returns the cursor after an item.
    pub(crate) fn of(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let is_last = items.len() <= limit as usize;
        items.truncate(limit as usize);
        let last = items.last().filter(|_| !is_last);
        let next = last.map(cursor);
        Self { items, next }
    }
}

impl Call<'_> {
    /// Rejects query parameters that the operation does not have, and repeated ones, and U+0000 in
    /// the URL.
    pub(super) fn check_url(&self) -> Result<(), AdminProblem> {
        let query = &self.request.query;
        let mut texts = query
            .iter()
            .map(|(_, value)| value)
            .chain(&self.request.path);
        if texts.any(|text| text.contains('\0')) {
            return Err(AdminProblem::bad_request("the URL contains U+0000"));
        }
        for (index, (name, _)) in query.iter().enumerate() {
            let mut known = self.operation.query.iter();
            if !known.any(|parameter| parameter.name == name) {
                let message = format!("there is no query parameter {name}");
                return Err(AdminProblem::bad_request(message));
            }
            if query[..index].iter().any(|(other, _)| other == name) {
                let message = format!("the query parameter {name} is given twice");
                return Err(AdminProblem::bad_request(message));
            }
        }
        Ok(())
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut query = self.request.query.iter();
        query
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Parses a query parameter. `form` completes "must be".
    pub(super) fn parse_query<T: std::str::FromStr>(
        &self,
        name: &str,
        form: &str,
    ) -> Result<Option<T>, AdminProblem> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| AdminProblem::bad_request(format!("{name} must be {form}")))
        };
        self.query(name).map(parse).transpose()
    }

    /// Returns a query parameter that is false by default.
    pub(super) fn flag(&self, name: &str) -> Result<bool, AdminProblem> {
        let flag = self.parse_query(name, "true or false")?;
        Ok(flag.unwrap_or(false))
    }

    /// Returns the number of objects of a page.
    pub(super) fn limit(&self) -> Result<u32, AdminProblem> {
        let form = format!("a number from 1 to {MAX_PAGE_SIZE}");
        let limit = self.parse_query("limit", &form)?.unwrap_or(PAGE_SIZE);
        if (1..=MAX_PAGE_SIZE).contains(&limit) {
            Ok(limit)
        } else {
            Err(AdminProblem::bad_request(format!("limit must be {form}")))
        }
    }

    /// Returns the body as text. U+0000 is rejected: PostgreSQL cannot store it.
    pub(super) fn body_text(&self) -> Result<&str, AdminProblem> {
        let text = std::str::from_utf8(&self.request.body);
        let text = text.map_err(|_| AdminProblem::bad_request("the body is not UTF-8"))?;
        if text.contains('\0') || text.contains("\\u0000") {
            return Err(AdminProblem::unprocessable("the body contains U+0000"));
        }
        Ok(text)
    }

    /// Parses the body as a JSON object.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, AdminProblem> {
        let invalid = |message: &dyn std::fmt::Display| {
            AdminProblem::bad_request(format!("the body is not valid: {message}"))
        };
        let text = self.body_text()?;
        if !text.trim_start().starts_with('{') {
            return Err(invalid(&"it is not a JSON object"));
        }
        serde_json::from_str(text).map_err(|e| invalid(&e))
    }

    /// Returns the members of the body. A member that is given twice is rejected.
    pub(super) fn members(&self) -> Result<Vec<(String, Json)>, AdminProblem> {
        let Members(members) = self.body()?;
        for (index, (name, _)) in members.iter().enumerate() {
            if members[..index].iter().any(|(other, _)| other == name) {
                let message = format!("the body has the member {name} twice");
                return Err(AdminProblem::bad_request(message));
            }
        }
        Ok(members)
    }

    pub(super) fn context(&self) -> AdminContext<'_> {
        self.api.context(self.operator, &self.provenance)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.provenance.at()
    }

    /// Finds the user of the first path parameter: a UUID, `DIALECT:ID` or a user name.
    pub(super) async fn user(&self) -> Result<Profile, AdminProblem> {
        let user = self.params.first().map_or("", String::as_str);
        for who in references(user) {
            match self.context().find_user(&who).await {
                Err(manyface_core::Error::NotFound) => {}
                found => return Ok(found?),
            }
        }
        Err(AdminProblem::not_found("there is no such user"))
    }

    /// Returns the revision of `If-Match`, or of `profile` if it matches any.
    pub(super) fn expected(&self, profile: &Profile) -> Result<Option<Revision>, AdminProblem> {
        let Some(condition) = self.request.if_match.as_deref() else {
            return Ok(None);
        };
        let own = etag(profile.revision());
        let mut tags = condition.split(',').map(str::trim);
        if tags.any(|tag| tag == "*" || tag == own) {
            Ok(Some(profile.revision()))
        } else {
            Err(AdminProblem::precondition_failed())
        }
    }

    /// Returns the tenant of an object that the operator adds: the given one, or the default one
    /// that the operator may use.
    pub(super) async fn tenant(&self, given: Option<TenantId>) -> Result<TenantId, AdminProblem> {
        let unknown = || AdminProblem::invalid_field("tenant_id", "does not exist");
        match (given, self.operator.tenant) {
            (Some(given), Some(own)) if given != own => Err(unknown()),
            (Some(given), _) => match self.api.repository.tenant(given).await? {
                Some(_) => Ok(given),
                None => Err(unknown()),
            },
            (None, Some(own)) => Ok(own),
            (None, None) => self.default_tenant().await,
        }
    }

    /// Returns the tenant of an object that may belong to all tenants: the given one, that of the
    /// operator, or none.
    pub(super) async fn owner(
        &self,
        given: Option<TenantId>,
    ) -> Result<Option<TenantId>, AdminProblem> {
        match (given, self.operator.tenant) {
            (None, None) => Ok(None),
            (given, _) => self.tenant(given).await.map(Some),
        }
    }

    async fn default_tenant(&self) -> Result<TenantId, AdminProblem> {
        let tenant = crate::database::default_tenant(&*self.api.repository).await;
        tenant.map_err(|failure| AdminProblem::unavailable(Some(failure.to_string())))
    }
}

/// The members of an object, in their order.
struct Members(Vec<(String, Json)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Returns the references that `user` may be: a canonical UUID, `DIALECT:ID`, or a user name.
pub(crate) fn references(user: &str) -> Vec<ProfileRef> {
    let mut references = Vec::new();
    if let Ok(id) = user.parse::<ProfileId>() {
        references.push(ProfileRef::Id(id));
    }
    if let Some((dialect, id)) = user.split_once(':') {
        references.push(ProfileRef::External {
            dialect: dialect.into(),
            id: id.to_owned(),
        });
    }
    if let Ok(username) = Username::parse(user) {
        references.push(ProfileRef::Username(username.key().to_owned()));
    }
    references
}

/// Returns the parameters of a path that matches `pattern`.
pub(super) fn match_path(pattern: &str, path: &[String]) -> Option<Parameters> {
    let parts: Vec<_> = pattern.split('/').skip(1).collect();
    if parts.len() != path.len() {
        return None;
    }
    let mut params = Vec::new();
    for (part, segment) in parts.iter().zip(path) {
        if part.starts_with('{') {
            params.push(segment.clone());
        } else if part != segment {
            return None;
        }
    }
    Some(params)
}

fn etag(revision: Revision) -> String {
    let micros = revision.updated_at.as_microsecond();
    format!("\"{:x}-{micros:x}\"", revision.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_its_pattern() {
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        let user = match_path("/users/{user}/suspend", &path("users/ada/suspend"));
        assert_eq!(user, Some(vec!["ada".to_owned()]));
        assert_eq!(
            match_path("/users/{user}/suspend", &path("users/ada/resume")),
            None
        );
        assert_eq!(match_path("/users", &path("users")), Some(Vec::new()));
        assert_eq!(match_path("/users/{user}", &path("users")), None);
    }
}
