//! The operations of operators: the command line and the admin API run the same ones.

mod catalogue_entries;
mod context;
mod field_update;
mod transfer;
mod users;

pub use context::{AdminContext, Operator};
pub use field_update::{FieldError, UserFields};
pub use transfer::{
    ChangedField, Export, ExportedFiles, ImportSettings, Importer, InputLine, LineReport,
    OnConflict, Outcome, UserInput, export_user,
};
pub use users::{AdminError, UserUpdate};
