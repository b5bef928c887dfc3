//! The schema of policies.

use cedar_policy::Schema;
use manyface_core::{AuthProvider, FIELDS};

const PROVIDERS: [AuthProvider; 3] = [AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml];

/// The schema without the enumerations.
const FIXED: &str = include_str!("schema/fixed.cedarschema");

/// Returns the schema for `dialects` in Cedar's schema syntax.
pub fn schema(dialects: &[&str]) -> String {
    let mut text = FIXED.to_owned();
    let fields = FIELDS.each_ref().map(|row| row.field.as_str());
    let providers = PROVIDERS.map(AuthProvider::as_str);
    for (comment, entity, names) in [
        (
            "The fields of a profile, by their canonical names.",
            "Field",
            &fields[..],
        ),
        (
            "The provider of a user, which owns the legal names and the email address.",
            "AuthProvider",
            &providers,
        ),
        ("The dialects.", "Dialect", dialects),
    ] {
        let names: Vec<_> = names.iter().map(|name| format!("  {name:?},\n")).collect();
        let names = names.concat();
        let names = names.trim_end_matches(",\n");
        text.extend([
            "
// ", comment, "
entity ", entity, " enum [
",
        ]);
        text.extend([
            names, "
];
",
        ]);
    }
    text
}

/// Returns the parsed schema.
///
/// # Panics
///
/// If a dialect's name is invalid in a schema; names are lower-case letters.
pub(crate) fn parsed(dialects: &[&str]) -> Schema {
    let parsed = Schema::from_cedarschema_str(&schema(dialects));
    let (schema, _) = parsed.expect("the schema is valid");
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_valid() {
        let dialects = ["movieknight", "tenant"];
        let schema = schema(&dialects);
        assert!(schema.contains("\"given_name\",\n"));
        assert!(schema.contains("entity Dialect enum [\n  \"movieknight\",\n  \"tenant\"\n];"));
        assert_eq!(parsed(&dialects).actions().count(), 2);
    }
}
