//! Changes as JSON.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::changes::{Before, ChangeKind, DetailedChange, FieldChange, FieldWriter};
use crate::Change;

/// The members are `field`, `from` unless it is unknown, and `to`.
impl Serialize for FieldChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &self.field)?;
        if let Before::Known(value) = &self.from {
            map.serialize_entry("from", value)?;
        }
        map.serialize_entry("to", &self.to)?;
        map.end()
    }
}

fn serialize_origin<M: SerializeMap>(map: &mut M, change: &Change) -> Result<(), M::Error> {
    // A string: not every JSON parser reads all integers of 64 bits.
    map.serialize_entry("seq", &change.seq.to_string())?;
    map.serialize_entry("version", &change.version)?;
    map.serialize_entry("at", &change.at)?;
    map.serialize_entry("actor", &change.actor)?;
    map.serialize_entry("dialect", &change.dialect)?;
    map.serialize_entry("api_version", &change.api_version)?;
    map.serialize_entry("request_id", &change.request_id)
}

impl Serialize for DetailedChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("user", &self.change.profile_id)?;
        serialize_origin(&mut map, &self.change)?;
        let (kind, undone) = match self.kind {
            ChangeKind::Creation => ("creation", None),
            ChangeKind::Update => ("update", None),
            ChangeKind::Undo(undone) => ("undo", Some(undone)),
            ChangeKind::Erasure => ("erasure", None),
            ChangeKind::Erased => ("erased", None),
        };
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("undoes", &undone)?;
        map.serialize_entry("fields", &self.fields)?;
        map.end()
    }
}

impl Serialize for FieldWriter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("field", &self.field)?;
        map.serialize_entry("value", &self.value)?;
        serialize_origin(&mut map, &self.change)?;
        map.end()
    }
}
