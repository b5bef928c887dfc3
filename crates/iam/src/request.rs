//! The inputs of operations: the user, and the body by the types that the framework reads.

use http::header;
use manyface_dialect::{Input, Problem, Request, check_coding};

use crate::{
    IamError,
    charset::Charset,
    data::Data,
    form::{Form, MAX_FIELDS},
    multipart::{self, MultipartError},
    problems::{Layout, Problems, shortened},
    python::{JsonError, Members, Value, read, text_of},
};

/// The most bytes that JSON, a plain form, or all texts of a multipart form together may have, as in the
/// framework (`DATA_UPLOAD_MAX_MEMORY_SIZE`); only files may be larger.
const MAX_TEXT: usize = 2_621_440;

/// A caller who has details: a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnDetail;

impl Input<'_, IamError> for OwnDetail {
    fn read(request: &Request) -> Result<Self, IamError> {
        request.caller.profile().ok_or(IamError::NoDetail)?;
        Ok(Self)
    }
}

/// The body: JSON or a form.
pub(crate) struct Payload<'a> {
    data: Data<'a>,
    /// The problem of a body that is not an object.
    problem: Option<String>,
}

impl<'a> Payload<'a> {
    /// Returns the fields, and the problems of a request in this layout.
    pub(crate) fn in_layout(self, layout: Layout) -> (Data<'a>, Problems) {
        let mut problems = Problems::new(layout);
        if let Some(problem) = self.problem {
            problems.add_body(problem);
        }
        (self.data, problems)
    }
}

impl<'a> From<Data<'a>> for Payload<'a> {
    fn from(data: Data<'a>) -> Self {
        Self {
            data,
            problem: None,
        }
    }
}

impl<'a> Input<'a, IamError> for Payload<'a> {
    fn read(request: &'a Request) -> Result<Self, IamError> {
        body(request)
    }

    /// The framework asks for the type of a body only if there is one.
    fn check(_: &'a Request) -> Result<(), IamError> {
        Ok(())
    }
}

fn body(request: &Request) -> Result<Payload<'_>, IamError> {
    if request.body.is_empty() {
        // Without a body its type does not matter.
        return Ok(Data::Json(Members::new()).into());
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
        return Ok(Data::Form(form).into());
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
            let sentence = "Form parse error - The number of fields is exceeded.";
            IamError::Unreadable(sentence.to_owned())
        })?;
        return Ok(Data::Form(form).into());
    }
    let value = text_of(&request.body).and_then(read);
    let value = value
        .map_err(|error: JsonError| IamError::Unreadable(format!("JSON parse error - {error}")))?;
    let problem = match value {
        Value::Dict(raw) => {
            let members = raw.members_within(MAX_FIELDS).ok_or_else(|| {
                let sentence = "JSON parse error - The number of fields is exceeded.";
                IamError::Unreadable(sentence.to_owned())
            })?;
            return Ok(Data::Json(members).into());
        }
        Value::Null => "No data provided".to_owned(),
        other @ (Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::File(_)) => no_dictionary(other.type_name()),
    };
    Ok(Payload {
        data: Data::Json(Members::new()),
        problem: Some(problem),
    })
}

/// Returns the message for a value that should be an object.
pub(crate) fn no_dictionary(kind: &str) -> String {
    format!("Invalid data. Expected a dictionary, but got {kind}.")
}

fn unsupported_charset(content_type: &str) -> IamError {
    let charset = shortened(manyface_dialect::charset(content_type).unwrap_or_default());
    IamError::Unreadable(format!(
        "Unsupported charset \"{charset}\" in request Content-Type header."
    ))
}
