//! Reads a folder of policies.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use manyface_core::TenantId;

use crate::{PolicyError, set::Source};

/// The extension of policy files.
const EXTENSION: &str = "cedar";
/// The parent of the folders of tenants.
const TENANTS: &str = "tenants";

/// The content of the policy files in a folder.
pub(super) struct Sources {
    pub(super) deployment: Vec<Source>,
    /// Sorted by id; every tenant has at least one file.
    pub(super) tenants: Vec<(TenantId, Vec<Source>)>,
}

impl Sources {
    pub(super) fn read(path: &Path) -> Result<Self, PolicyError> {
        let deployment = files(path, "")?;
        let mut tenants = Vec::new();
        let folder = path.join(TENANTS);
        if folder.try_exists().map_err(|e| unreadable(&folder, e))? {
            for folder in entries(&folder)? {
                let name = name(&folder);
                if name.starts_with('.') {
                    continue;
                }
                let id: TenantId = name.parse().map_err(|_| PolicyError::Misplaced {
                    path: folder.clone(),
                    reason: "the name of a tenant's folder must be its UUID",
                })?;
                let sources = files(&folder, &format!("{TENANTS}/{name}/"))?;
                if sources.is_empty() {
                    return Err(PolicyError::Empty(folder));
                }
                if tenants.iter().any(|(known, _)| *known == id) {
                    return Err(PolicyError::Misplaced {
                        path: folder,
                        reason: "the tenant has another folder",
                    });
                }
                tenants.push((id, sources));
            }
        }
        tenants.sort_unstable_by_key(|(id, _)| *id);
        Ok(Self {
            deployment,
            tenants,
        })
    }
}

/// Reads the policy files directly in `folder`, sorted by name, with `prefix` before their names.
/// Skips hidden files and files with other extensions.
fn files(folder: &Path, prefix: &str) -> Result<Vec<Source>, PolicyError> {
    let mut sources = Vec::new();
    for path in entries(folder)? {
        let name = name(&path);
        let is_policy = path
            .extension()
            .is_some_and(|extension| extension == EXTENSION);
        if !is_policy || name.starts_with('.') {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let name = format!("{prefix}{name}");
        sources.push(Source { name, text });
    }
    Ok(sources)
}

/// Returns the entries of `folder`, ordered by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let unreadable = |error| unreadable(folder, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort_unstable();
    Ok(paths)
}

fn unreadable(path: &Path, source: io::Error) -> PolicyError {
    let path = path.to_owned();
    PolicyError::Unreadable { path, source }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
