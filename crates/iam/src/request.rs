//! The inputs of operations: the user, and the body in the media types of the framework.

use http::header;
use manyface_dialect::{Input, Problem, Request, check_coding};

use crate::{
    IamError,
    charset::Charset,
    form::{Form, MAX_FIELDS},
    input::Fields,
    multipart::{self, MultipartError},
    problems::{Layout, Problems, shortened},
    python::{JsonError, Members, Value, decode_utf8, read},
};

/// The maximum length of JSON, of a URL-encoded form, or of all strings of a multipart form, in
/// bytes, as in the framework (`DATA_UPLOAD_MAX_MEMORY_SIZE`). Only files may be larger.
const MAX_TEXT: usize = 2_621_440;

/// Proof that the caller is a user, who has details.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HasDetails;

impl Input<'_, IamError> for HasDetails {
    fn read(request: &Request) -> Result<Self, IamError> {
        request.caller.profile().ok_or(IamError::NoDetail)?;
        Ok(Self)
    }
}

/// The body: JSON or a form.
pub(crate) struct Payload<'a> {
    fields: Fields<'a>,
    /// The problem of a body that is not an object.
    problem: Option<String>,
}

impl<'a> Payload<'a> {
    /// Returns the fields and the problems of a request in this layout.
    pub(crate) fn in_layout(self, layout: Layout) -> (Fields<'a>, Problems) {
        let mut problems = Problems::new(layout);
        if let Some(problem) = self.problem {
            problems.add_body(problem);
        }
        (self.fields, problems)
    }
}

impl<'a> From<Fields<'a>> for Payload<'a> {
    fn from(fields: Fields<'a>) -> Self {
        Self {
            fields,
            problem: None,
        }
    }
}

impl<'a> Input<'a, IamError> for Payload<'a> {
    fn read(request: &'a Request) -> Result<Self, IamError> {
        body(request)
    }

    /// As in the framework, the media type is checked only if there is a body.
    fn check(_: &'a Request) -> Result<(), IamError> {
        Ok(())
    }
}

fn body(request: &Request) -> Result<Payload<'_>, IamError> {
    if request.body.is_empty() {
        // Without a body, the media type is ignored.
        return Ok(Fields::Json(Members::new()).into());
    }
    let content_type = request.header(&header::CONTENT_TYPE).unwrap_or_default();
    let unsupported = || IamError::UnsupportedMediaType(shortened(content_type).into_owned());
    check_coding(&request.headers).map_err(Problem::UnsupportedMediaType)?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is = |known: &str| essence.eq_ignore_ascii_case(known);
    if is("multipart/form-data") {
        let charset = Charset::of(content_type);
        let charset = charset.ok_or_else(|| unsupported_charset(content_type))?;
        let form = multipart::read(content_type, charset, &request.body, MAX_TEXT);
        let form = form.map_err(|error| match error {
            MultipartError::TooLong => Problem::TooLarge(MAX_TEXT).into(),
            MultipartError::Boundary(_)
            | MultipartError::Headers
            | MultipartError::Unfinished
            | MultipartError::TooMany
            | MultipartError::TransferEncoding => {
                IamError::Unreadable(format!("Multipart form parse error - {error}"))
            }
        })?;
        return Ok(Fields::Form(form).into());
    }
    let is_json = is("application/json");
    if !is_json && !is("application/x-www-form-urlencoded") {
        return Err(unsupported());
    }
    if request.body.len() > MAX_TEXT {
        return Err(Problem::TooLarge(MAX_TEXT).into());
    }
    let charset = Charset::of(content_type).filter(|charset| !is_json || charset.is_json());
    let charset = charset.ok_or_else(|| unsupported_charset(content_type))?;
    if !is_json {
        let form = Form::urlencoded(&request.body, charset);
        let form = form.map_err(|_| {
            let message = "Form parse error - The number of fields is exceeded.";
            IamError::Unreadable(message.to_owned())
        })?;
        return Ok(Fields::Form(form).into());
    }
    let value = decode_utf8(&request.body).and_then(read);
    let value = value
        .map_err(|error: JsonError| IamError::Unreadable(format!("JSON parse error - {error}")))?;
    let problem = match value {
        Value::Dict(raw) => {
            let members = raw.members_within(MAX_FIELDS).ok_or_else(|| {
                let message = "JSON parse error - The number of fields is exceeded.";
                IamError::Unreadable(message.to_owned())
            })?;
            return Ok(Fields::Json(members).into());
        }
        Value::Null => "No data provided".to_owned(),
        other @ (Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::File(_)) => not_a_dictionary(other.type_name()),
    };
    Ok(Payload {
        fields: Fields::Json(Members::new()),
        problem: Some(problem),
    })
}

/// Returns the message for a value that should be an object.
pub(crate) fn not_a_dictionary(type_name: &str) -> String {
    format!("Invalid data. Expected a dictionary, but got {type_name}.")
}

fn unsupported_charset(content_type: &str) -> IamError {
    let charset = shortened(manyface_dialect::charset(content_type).unwrap_or_default());
    IamError::Unreadable(format!(
        "Unsupported charset \"{charset}\" in request Content-Type header."
    ))
}
