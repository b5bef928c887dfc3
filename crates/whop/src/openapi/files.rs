//! The operations on files.

use bytes::Bytes;
use http::{HeaderValue, header};
use manyface_core::{Error, Field, Quota, UploadState, Violation};
use manyface_dialect::{
    WireError,
    openapi::{self, Document, Operation},
};

use super::{answers, ask_for, gone, sample, sample_of, schemas, versions};
use crate::{
    WhopError,
    create_file::{Body, CreateFile, TYPES},
    read_file::ReadFile,
    receive_file::ReceiveFile,
    version::Version,
};

pub(super) const TAG: &str = "files";

pub(super) fn add(document: &mut Document) {
    document.add(create());
    document.add(read());
    document.add(receive());
}

fn create() -> Operation {
    let mut create = Operation::of::<CreateFile>(sample());
    create.says(
        TAG,
        "Create file",
        "Makes a file that is to come, and says where to send it: with `PUT` to `upload_url`, with \
         the headers of `upload_headers`. Once it is ready it can be given to one profile, by its \
         `id` or by `direct_upload_id`.",
    );
    create.reads::<Body>("The file that is to come.");
    create.asks(
        "picture",
        "A picture",
        r#"{"filename":"me.png","byte_size":20480}"#,
    );
    create.asks(
        "public",
        "A picture with an address of its own",
        r#"{"filename":"me.jpg","visibility":"public"}"#,
    );
    let files = answers::files(&mut create, true);
    create.answers_as("AnyNewFile", files);
    let pending = || UploadState::Pending;
    create.shows_answer::<CreateFile>(
        "newest",
        "In the newest version.",
        answers::file(Version::NEWEST, pending(), true),
    );
    let original = Version::ORIGINAL;
    create.shows_answer_to::<CreateFile>(
        "original",
        "In the version 2025-01-01.",
        |call| ask_for(call, original.as_str()),
        answers::file(original, pending(), true),
    );
    versions(&mut create);
    create.refuses_body("no-name", "A file without a name.", "{}");
    create.refuses_body("no-picture", "No picture.", r#"{"filename":"me.exe"}"#);
    create.refuses_body(
        "wrong-values",
        "Values that are none; every mistake is told.",
        r#"{"filename":"me.png","visibility":"hidden","byte_size":0,"multipart":true}"#,
    );
    let many = Error::QuotaExceeded {
        quota: Quota::OpenUploads,
        retry_after: Some(3_600),
    };
    create.fails("too-many-files", "Too many files are on their way.", many);
    create.refuses("no-scope", "The credential lacks the scope.", |call| {
        let mut caller = (*call.caller).clone();
        caller.scopes.clear();
        call.caller = caller.into();
    });
    gone(&mut create);
    create
}

fn read() -> Operation {
    let mut read = Operation::of::<ReadFile>(sample_of("file_4TnW8sQy0LbC2d"));
    read.says(
        TAG,
        "Retrieve file",
        "How far a file has come. Only who has made it can read it.",
    );
    read.path_parameter("id", "Which file.", schemas::file());
    let files = answers::files(&mut read, false);
    read.answers_as("AnyFile", files);
    read.shows_answer::<ReadFile>(
        "ready",
        "A file that is ready.",
        answers::file(Version::NEWEST, answers::ready(), false),
    );
    read.shows_answer::<ReadFile>(
        "pending",
        "A file that is still to come.",
        answers::file(Version::NEWEST, UploadState::Pending, false),
    );
    versions(&mut read);
    read.fails("no-file", "There is no such file.", Error::NotFound);
    let forbidden = Error::Forbidden(Vec::new());
    read.fails("forbidden", "The API key is of no account.", forbidden);
    read
}

fn receive() -> Operation {
    let mut receive = Operation::of::<ReceiveFile>(sample_of("file_4TnW8sQy0LbC2d"));
    receive.says(
        TAG,
        "Upload file",
        "Where `upload_url` of a new file leads. The address is signed, and good for an hour; no \
         credential is looked at. The body is the file itself, of the type and size that were \
         announced.",
    );
    receive.path_parameter("id", "Which file.", schemas::file());
    receive.query_requirement(
        "expires",
        "Until when the address may be used.",
        schemas::expires(),
    );
    receive.query_requirement(
        "signature",
        "The address's signature.",
        schemas::signature(),
    );
    for (_, media_type) in TYPES {
        receive.reads_as(media_type, openapi::bytes(media_type), "The file.");
    }
    let files = answers::files(&mut receive, false);
    receive.answers_as("AnyFile", files);
    receive.shows_answer::<ReceiveFile>(
        "ready",
        "The file has arrived, and is ready.",
        answers::file(Version::NEWEST, answers::ready(), false),
    );
    receive.refuses(
        "unsigned",
        "The address is not signed, or has expired.",
        |call| {
            call.query.clear();
        },
    );
    receive.refuses("compressed", "The body is compressed.", |call| {
        "expires=1782387000&signature=5f0c".clone_into(&mut call.query);
        let gzip = HeaderValue::from_static("gzip");
        call.headers.insert(header::CONTENT_ENCODING, gzip);
        call.body = Bytes::new();
    });
    let message = "must be a whole and undamaged picture";
    let damaged = Error::Invalid(vec![Violation::new(Field::Upload, message)]);
    receive.tells(
        "damaged",
        "The file is no picture.",
        WhopError::from(damaged).reply(),
    );
    receive
}
