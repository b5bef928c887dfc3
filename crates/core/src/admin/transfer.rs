//! Export and import of everything that a store has, as one JSON object per line.

mod export;
mod field_columns;
mod import;
mod plan;
mod report;
mod settings;
mod state;
mod tenant_limit;
mod tenant_page;
mod user_input;
mod write_files;
mod write_records;
mod write_users;

pub use export::{Export, ExportedFiles, export_user};
pub use import::Importer;
pub use report::{ChangedField, LineReport, Outcome};
pub use settings::{ImportSettings, InputLine, OnConflict};
pub use tenant_limit::TenantLimit;
pub use user_input::UserInput;
