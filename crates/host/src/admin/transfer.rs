//! Export and import of users and of everything else that a deployment stores, as streams.

mod export;
mod import;
mod lines;
mod ports;

use self::{
    export::{export_all, export_one},
    import::import,
};
use super::{Operation, Parameter, body::NDJSON};

pub(crate) use self::{
    import::{BATCH_BYTES, BATCH_LINES, MAX_LINE, ReportCounts, is_reported},
    ports::{ImportOptions, ImportPorts},
};

const WITHOUT_FILES: Parameter = Parameter::new(
    "without_files",
    "Whether images and files are left out. Default: false.",
);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "exportAll",
        path: "/export",
        summary: "Returns everything that the deployment stores, one record per line. A token of a \
                  tenant receives the records of the tenant. A response whose connection ends \
                  early is incomplete.",
        query: &[WITHOUT_FILES],
        response: Some("ExportLine"),
        response_type: NDJSON,
        run: |call| Box::pin(export_all(call)),
        ..Operation::READ
    },
    Operation {
        id: "exportUser",
        path: "/users/{user}/export",
        summary: "Returns everything that is stored of a user, one record per line.",
        query: &[WITHOUT_FILES],
        response: Some("ExportLine"),
        response_type: NDJSON,
        run: |call| Box::pin(export_one(call)),
        ..Operation::READ
    },
    Operation {
        id: "import",
        path: "/import",
        summary: "Imports records, one per line. The response reports lines while the body is \
                  read: all lines of a dry run, otherwise those that were updated, skipped or \
                  rejected. Its last line counts all outcomes, or is a problem; the lines before \
                  it were imported. A token of a tenant imports users of the tenant only.",
        query: &[
            Parameter::new(
                "as",
                "The dialect of the lines, which are users in the form of its responses.",
            ),
            Parameter::new("dry_run", "Whether nothing is written. Default: false."),
            Parameter::new(
                "on_conflict",
                "What happens to a line whose record exists with other values: skip, update or \
                 fail. Default: fail.",
            ),
            Parameter::new(
                "fail_fast",
                "Whether the first rejected line ends the import. Default: false.",
            ),
            Parameter::new(
                "first_line",
                "The number of the first line in the report. Default: 1.",
            ),
        ],
        body: Some("ImportLine"),
        body_type: NDJSON,
        response: Some("ImportReportLine"),
        response_type: NDJSON,
        run: |call| Box::pin(import(call)),
        ..Operation::WRITE
    },
];
