#![doc = include_str!("../README.md")]

mod accounts;
mod actions;
mod admin;
#[cfg(feature = "behaviour")]
pub mod behaviour;
mod catalogue;
mod error;
mod files;
mod memory;
mod metrics;
mod model;
mod ports;
pub mod text;

pub use accounts::*;
pub use actions::*;
pub use admin::{
    AdminContext, AdminError, Before, ChangeKind, ChangedField, DetailedChange, Export,
    ExportedFiles, FieldChange, FieldError, FieldWriter, ImportSettings, Importer, InputLine,
    LineReport, OnConflict, Operator, Outcome, TenantLimit, Undo, UndoRejection, UndoStores,
    UserFields, UserInput, UserUpdate, export_user, last_writers, read_change, replay,
};
pub use catalogue::{
    CachedCatalogue, Catalogue, CatalogueChange, CatalogueEntry, CatalogueKind, CatalogueName,
    CatalogueNameError, CatalogueOwner, CatalogueStore, EntryRoom, MemoryCatalogue, NewEntry,
    Openness,
};
pub use error::{BoxError, Error, Result, Violation, ViolationKind, chain};
pub use files::*;
pub use memory::MemoryProfiles;
pub use metrics::{Counted, Counter, Gauge, Histogram};
pub use model::*;
pub use ports::*;

pub use jiff::{SignedDuration, Timestamp, civil::Date};
