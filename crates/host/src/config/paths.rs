//! Paths in the configuration.

use std::path::{Path, PathBuf};

use manyface_store::DatabaseUrl;
use toml::{Table, Value};

/// The settings that are paths; `*` matches every key or array element.
const PATHS: [&str; 8] = [
    "data_dir",
    "media.folder",
    "policies.dir",
    "tls.certificate_file",
    "tls.key_file",
    "dialects.*.issuers.*.jwks_file",
    "dialects.*.issuers.*.pem_file",
    "dialects.*.issuers.*.secret_file",
];
const DATABASE_URL: &str = "database_url";

/// Resolves the relative paths in `table` against `folder`.
pub(super) fn resolve(table: &mut Table, folder: &Path) {
    let resolve_path = |text: &mut String| {
        let path = folder.join(&*text);
        if let Ok(path) = path.into_os_string().into_string() {
            *text = path;
        }
    };
    for setting in PATHS {
        let names: Vec<_> = setting.split('.').collect();
        in_table(table, &names, &resolve_path);
    }
    let resolve_url = |text: &mut String| *text = DatabaseUrl::resolve(text, folder);
    in_table(table, &[DATABASE_URL], &resolve_url);
}

/// Returns the absolute path.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    let found = if path.as_os_str().is_empty() {
        std::env::current_dir()
    } else {
        std::path::absolute(&path)
    };
    found.unwrap_or(path)
}

fn in_table(table: &mut Table, names: &[&str], change: &impl Fn(&mut String)) {
    let Some((name, rest)) = names.split_first() else {
        return;
    };
    for (key, value) in table.iter_mut() {
        if *name == "*" || key == name {
            in_value(value, rest, change);
        }
    }
}

fn in_value(value: &mut Value, names: &[&str], change: &impl Fn(&mut String)) {
    match (value, names) {
        (Value::String(text), []) => change(text),
        (Value::Table(table), _) => in_table(table, names, change),
        (Value::Array(entries), ["*", rest @ ..]) => {
            for entry in entries {
                in_value(entry, rest, change);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_resolved_against_the_folder() {
        let mut table: Table = "data_dir = 'data'\n\
             database_url = 'sqlite:data/m.db'\n\
             media.folder = '/srv/media'\n\
             policies.dir = '../policies'\n\
             [[dialects.iam.issuers]]\njwks_file = 'a.json'\nissuer = 'a'\n\
             [[dialects.iam.issuers]]\npem_file = 'b.pem'\n\
             [[dialects.whop.issuers]]\nsecret_file = 'c'"
            .parse()
            .unwrap();
        resolve(&mut table, Path::new("/etc/manyface"));
        let expected: Table = "data_dir = '/etc/manyface/data'\n\
             database_url = 'sqlite:/etc/manyface/data/m.db'\n\
             media.folder = '/srv/media'\n\
             policies.dir = '/etc/manyface/../policies'\n\
             [[dialects.iam.issuers]]\njwks_file = '/etc/manyface/a.json'\nissuer = 'a'\n\
             [[dialects.iam.issuers]]\npem_file = '/etc/manyface/b.pem'\n\
             [[dialects.whop.issuers]]\nsecret_file = '/etc/manyface/c'"
            .parse()
            .unwrap();
        assert_eq!(table, expected);
    }
}
