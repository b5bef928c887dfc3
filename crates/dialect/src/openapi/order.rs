//! The order in which a document lists what its maps sort by name.

use serde_json::{Map, Value};

use super::Operation;

/// The names of a document in the order in which the adapter declares them. Pages that show a
/// document offer its first example and list its operations as they come, so the contract's own
/// come first.
pub(super) struct Order {
    /// Path, method and request examples by media type, an entry for each operation.
    operations: Vec<(String, String, Vec<Example>)>,
    schemes: Vec<String>,
}

struct Example {
    media_type: &'static str,
    name: String,
}

impl Order {
    /// The order of `operations` and security `schemes`: what changes comes before what reads.
    pub(super) fn new(operations: &[Operation], schemes: &[&str]) -> Self {
        let mut sorted: Vec<_> = operations.iter().collect();
        sorted.sort_by_key(|operation| operation.method.is_safe());
        let operations = sorted.into_iter().map(|operation| {
            let examples = operation.asked.iter().map(|asked| Example {
                media_type: asked.media_type,
                name: asked.name.clone(),
            });
            let method = operation.method.as_str().to_ascii_lowercase();
            (operation.path.to_owned(), method, examples.collect())
        });
        Self {
            operations: operations.collect(),
            schemes: schemes.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// Puts the paths and their operations, the examples of each request body and the security
    /// schemes of `document` into this order; what it does not know comes last.
    pub(super) fn apply(&self, document: &mut Value) {
        sort(
            document.pointer_mut("/components/securitySchemes"),
            self.schemes.iter(),
        );
        let paths = self.operations.iter().map(|(path, ..)| path);
        sort(document.get_mut("paths"), paths);
        for (path, method, examples) in &self.operations {
            let Some(item) = document["paths"].get_mut(path) else {
                continue;
            };
            let methods = self.operations.iter().filter(|(known, ..)| known == path);
            sort(Some(item), methods.map(|(_, method, _)| method));
            let Some(content) = item[method].pointer_mut("/requestBody/content") else {
                continue;
            };
            for (media_type, body) in content.as_object_mut().into_iter().flatten() {
                let here = examples.iter();
                let here = here.filter(|example| example.media_type == media_type);
                sort(body.get_mut("examples"), here.map(|example| &example.name));
            }
        }
    }
}

/// Moves the keys of an object into the order of `names`, before all others.
fn sort<'a>(object: Option<&mut Value>, names: impl Iterator<Item = &'a String>) {
    let Some(object) = object.and_then(Value::as_object_mut) else {
        return;
    };
    let mut sorted = Map::new();
    for name in names {
        if let Some((name, value)) = object.shift_remove_entry(name) {
            sorted.insert(name, value);
        }
    }
    sorted.append(object);
    *object = sorted;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_come_in_the_declared_order_and_unknown_ones_last() {
        let mut value = json!({"a": 1, "b": 2, "c": 3, "d": 4});
        let names = ["d", "b", "x"].map(str::to_owned);
        sort(Some(&mut value), names.iter());
        let keys: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["d", "b", "a", "c"]);
        assert_eq!(value["a"], 1);
    }

    #[test]
    fn the_first_declared_example_is_the_first_of_the_document() {
        let order = Order {
            operations: vec![
                (
                    "/me".to_owned(),
                    "patch".to_owned(),
                    vec![
                        Example {
                            media_type: "text/json",
                            name: "page".to_owned(),
                        },
                        Example {
                            media_type: "text/json",
                            name: "clear".to_owned(),
                        },
                    ],
                ),
                ("/me".to_owned(), "get".to_owned(), Vec::new()),
            ],
            schemes: vec!["bearer".to_owned()],
        };
        let mut document = json!({
            "paths": {"/me": {
                "get": {},
                "options": {},
                "patch": {"requestBody": {"content": {"text/json": {"examples": {"clear": {}, "page": {}}}}}},
            }},
            "components": {"securitySchemes": {"apiKey": {}, "bearer": {}}},
        });
        order.apply(&mut document);
        let text = document.to_string();
        let position = |part: &str| text.find(part).unwrap();
        assert!(position("\"page\"") < position("\"clear\""), "{text}");
        assert!(position("\"patch\"") < position("\"get\""), "{text}");
        assert!(position("\"get\"") < position("\"options\""), "{text}");
        assert!(position("\"bearer\"") < position("\"apiKey\""), "{text}");
    }
}
