//! Finds the operation of a request in a document.

use serde_json::Value;

/// The place of a request in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestPlace<'a> {
    /// To an operation.
    Operation {
        /// The path as the document has it.
        path: &'a str,
        /// The method as the document has it.
        method: &'a str,
    },
    /// To a path that has no such method.
    OtherMethod {
        /// The path as the document has it.
        path: &'a str,
    },
    /// To a path that lacks the slash at its end.
    MissingSlash,
    /// To no path.
    Nowhere,
}

/// The paths of a document.
#[derive(Debug)]
pub(super) struct DocumentPaths {
    base: String,
    /// The paths with their methods, those without parameters first.
    paths: Vec<(String, Vec<String>)>,
}

impl DocumentPaths {
    pub(super) fn of(document: &Value) -> Self {
        let base = document["servers"][0]["url"].as_str().unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let mut paths: Vec<_> = paths
            .map(|(path, item)| {
                let methods = item.as_object().into_iter().flatten();
                let methods = methods.map(|(method, _)| method.clone()).collect();
                (path.clone(), methods)
            })
            .collect();
        paths.sort_by_key(|(path, _)| path.matches('{').count());
        Self {
            base: base.trim_end_matches('/').to_owned(),
            paths,
        }
    }

    pub(super) fn find(&self, path: &str, method: &str) -> RequestPlace<'_> {
        let Some(rest) = path.strip_prefix(&*self.base) else {
            return RequestPlace::Nowhere;
        };
        let known = |rest: &str| self.paths.iter().find(|(path, _)| is_at(path, rest));
        let Some((path, methods)) = known(rest) else {
            return match known(&format!("{rest}/")) {
                Some(_) => RequestPlace::MissingSlash,
                None => RequestPlace::Nowhere,
            };
        };
        // Methods are case-sensitive.
        let mut methods = methods.iter();
        match methods.find(|known| known.to_ascii_uppercase() == method) {
            Some(method) => RequestPlace::Operation { path, method },
            None => RequestPlace::OtherMethod { path },
        }
    }
}

/// Whether `path` is at `template`, whose parameters are whole segments.
fn is_at(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let is_same = template.split('/').all(|wanted| {
        segments.next().is_some_and(|segment| {
            segment == wanted || (wanted.starts_with('{') && !segment.is_empty())
        })
    });
    is_same && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_belong_to_the_nearest_path() {
        let document = serde_json::json!({
            "servers": [{"url": "/api"}],
            "paths": {
                "/users/{id}": {"get": {}},
                "/users/me": {"get": {}, "head": {}},
                "/slash/": {"get": {}},
            }
        });
        let places = DocumentPaths::of(&document);
        let operation = |path, method| RequestPlace::Operation { path, method };
        for (path, method, place) in [
            ("/api/users/me", "GET", operation("/users/me", "get")),
            ("/api/users/me", "HEAD", operation("/users/me", "head")),
            ("/api/users/you", "GET", operation("/users/{id}", "get")),
            (
                "/api/users/me",
                "get",
                RequestPlace::OtherMethod { path: "/users/me" },
            ),
            ("/api/users/", "GET", RequestPlace::Nowhere),
            ("/api/users/me/x", "GET", RequestPlace::Nowhere),
            ("/users/me", "GET", RequestPlace::Nowhere),
            ("/api/slash", "POST", RequestPlace::MissingSlash),
        ] {
            assert_eq!(places.find(path, method), place, "{method} {path}");
        }
    }
}
