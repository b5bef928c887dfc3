//! The operations of operators: the command line and the admin API run the same ones.

mod catalogue_entries;
mod change_json;
mod changes;
mod context;
mod field_update;
mod history;
mod restore;
mod transfer;
mod undo;
mod users;

pub use changes::{
    Before, ChangeKind, DetailedChange, FieldChange, FieldWriter, last_writers, read_change, replay,
};
pub use context::{AdminContext, Operator};
pub use field_update::{FieldError, UserFields};
pub use history::UndoStores;
pub use transfer::{
    ChangedField, Export, ExportedFiles, ImportSettings, Importer, InputLine, LineReport,
    OnConflict, Outcome, TenantLimit, UserInput, export_user,
};
pub use undo::{Undo, UndoRejection};
pub use users::{AdminError, UserUpdate};
