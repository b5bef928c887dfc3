//! The bypass matrix: each field that an identity provider owns, through each dialect and in each
//! spelling. It generates `docs/ownership.md`.

use std::{fmt::Write, fs, path::Path};

use manyface::DialectRegistry;
use manyface_core::{AuthProvider, Field, Profile, Username, managed_fields};
use manyface_dialect::{Dialect, TENANT_ID};
use manyface_testing::{
    RunningDeployment,
    deployment::{now, scopes_of},
    http::{self, Response},
};
use serde_json::{Map, Value, json};

const PROVIDERS: [AuthProvider; 2] = [AuthProvider::Oidc, AuthProvider::Saml];
/// The names of the owned fields in other APIs, in snake case.
const NAMES: [(Field, &[&str]); 4] = [
    (
        Field::Email,
        &["email", "e_mail", "mail", "email_address", "new_email"],
    ),
    (
        Field::FullName,
        &["full_name", "fullname", "legal_name", "formatted_name"],
    ),
    (
        Field::GivenName,
        &["given_name", "first_name", "firstname", "forename"],
    ),
    (
        Field::FamilyName,
        &["family_name", "last_name", "lastname", "surname"],
    ),
];
/// Objects that contain the fields in other APIs.
const HOLDERS: [&str; 6] = ["attributes", "data", "details", "name", "profile", "user"];

/// Adds a user of `provider` named Augusta King, a name in no example.
fn add(running: &RunningDeployment, name: &str, provider: AuthProvider) -> Profile {
    let added = running.add(provider, |profile| {
        profile.username = Username::parse(name).unwrap();
        profile.full_name = Some("Augusta King".to_owned());
        profile.given_name = Some("Augusta".to_owned());
        profile.family_name = Some("King".to_owned());
    });
    added.unwrap()
}

/// Sends a body to the example operation of `dialect`.
fn write(running: &RunningDeployment, dialect: &Dialect, user: &Profile, body: &str) -> Response {
    let token = running.token(dialect, user, &scopes_of(dialect), None, now());
    let mut headers =
        format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    if dialect.headers.contains(&TENANT_ID) {
        write!(headers, "X-Tenant-ID: {}\r\n", user.tenant_id).unwrap();
    }
    let authority = running.base_url.strip_prefix("http://").unwrap();
    let path = format!("{}{}", dialect.base, dialect.example.path);
    http::send(authority, dialect.example.method, &path, &headers, body).unwrap()
}

/// A spelling of a key: its name in the documentation, and the JSON member, with `VALUE` for its
/// value.
struct Spelling {
    name: String,
    member: String,
}

fn spellings(names: &[&str]) -> Vec<Spelling> {
    let mut found = Vec::new();
    for snake in names {
        let words: Vec<_> = snake.split('_').collect();
        let title = |word: &str| word[..1].to_uppercase() + &word[1..];
        let pascal: String = words.iter().map(|word| title(word)).collect();
        let camel = pascal[..1].to_lowercase() + &pascal[1..];
        let mut cases = vec![
            (*snake).to_owned(),
            camel,
            pascal,
            snake.to_uppercase(),
            words.join("-"),
            words.join(" "),
            format!(" {snake}"),
            format!("{snake}\u{200b}"),
        ];
        cases.dedup();
        for case in cases {
            let key = serde_json::to_string(&case).unwrap();
            let first = u32::from(case.chars().next().unwrap());
            let escaped = format!("\"\\u{first:04x}{}", &key[2..]);
            found.push((case.clone(), format!("{key}:VALUE")));
            found.push((format!("{case}, escaped"), format!("{escaped}:VALUE")));
            for holder in HOLDERS {
                let member = format!("\"{holder}\":{{{key}:VALUE}}");
                found.push((format!("{holder}: {case}"), member));
                let dotted = serde_json::to_string(&format!("{holder}.{case}")).unwrap();
                found.push((format!("{holder}.{case}"), format!("{dotted}:VALUE")));
                let bracketed = serde_json::to_string(&format!("{holder}[{case}]")).unwrap();
                found.push((format!("{holder}[{case}]"), format!("{bracketed}:VALUE")));
            }
        }
    }
    let mut unique: Vec<Spelling> = Vec::new();
    for (name, member) in found {
        if !unique.iter().any(|known| known.member == member) {
            unique.push(Spelling { name, member });
        }
    }
    unique
}

/// Returns a member of the dialect's example that any user may write.
fn harmless(running: &RunningDeployment, dialect: &Dialect, user: &Profile) -> String {
    let example: Map<String, Value> = serde_json::from_str(dialect.example.body).unwrap();
    for (key, value) in example {
        let body = json!({ key.clone(): value });
        if write(running, dialect, user, &body.to_string()).status == 200 {
            return format!("{}:{value}", serde_json::to_string(&key).unwrap());
        }
    }
    panic!(
        "{}: nothing of the example can be written alone",
        dialect.name
    );
}

fn owned(profile: &Profile) -> [Option<&str>; 4] {
    let Profile {
        email,
        full_name,
        given_name,
        family_name,
        ..
    } = profile;
    [
        Some(email),
        full_name.as_deref(),
        given_name.as_deref(),
        family_name.as_deref(),
    ]
}

/// One row of the matrix.
struct Row {
    field: Field,
    dialect: &'static str,
    rejected: Vec<String>,
    ignored: usize,
}

fn rows(running: &RunningDeployment) -> Vec<Row> {
    let mut rows = Vec::new();
    for dialect in manyface::dialects() {
        let local = add(
            running,
            &format!("local-{}", dialect.name),
            AuthProvider::Local,
        );
        for (field, names) in NAMES {
            let mut row = Row {
                field,
                dialect: dialect.name,
                rejected: Vec::new(),
                ignored: 0,
            };
            for provider in PROVIDERS {
                let name = format!("{provider}-{field}-{}", dialect.name).replace('_', "-");
                let user = add(running, &name, provider);
                let other = harmless(running, &dialect, &user);
                row.rejected.clear();
                row.ignored = 0;
                for Spelling { name, member } in spellings(names) {
                    let body =
                        |value: &str| format!("{{{other},{}}}", member.replace("VALUE", value));
                    let before = running.stored(user.id).unwrap();
                    let response = write(running, &dialect, &user, &body("\"Eve\""));
                    let after = running.stored(user.id).unwrap();
                    let case = format!("{} {name}: {}", dialect.name, response.body);
                    assert_eq!(owned(&after), owned(&user), "{case}");
                    if response.status == 200 {
                        row.ignored += 1;
                        continue;
                    }
                    assert_eq!(response.status, 400, "{case}");
                    assert_eq!(after, before, "{case}");
                    // A local user may write the field.
                    let written = write(running, &dialect, &local, &body("\"Eve\""));
                    if written.status != 200 {
                        // Not a spelling: an object instead of a string.
                        assert!(member.contains(":{"), "{case}");
                        row.ignored += 1;
                        continue;
                    }
                    assert_ne!(
                        owned(&running.stored(local.id).unwrap()),
                        owned(&local),
                        "{case}"
                    );
                    assert!(response.body.contains("identity provider"), "{case}");
                    let (key, _) = member.split_once(':').unwrap();
                    let own = if field == Field::GivenName {
                        "\"Augusta\""
                    } else if field == Field::FamilyName {
                        "\"King\""
                    } else {
                        "\"Augusta King\""
                    };
                    let unchanged = write(running, &dialect, &user, &body(own));
                    assert_eq!(unchanged.status, 200, "{key}: {}", unchanged.body);
                    row.rejected.push(name);
                }
            }
            rows.push(row);
        }
    }
    rows
}

fn page(rows: &[Row]) -> String {
    let mut page = String::from(
        "# Fields that an identity provider owns\n\n\
         If `auth_provider` is `oidc` or `saml`, the provider owns `email`, `full_name`, `given_name` and\n\
         `family_name`. No dialect can change them, in any spelling: such a request is rejected with 400 and\n\
         the names of the fields, and nothing is written. Sending the present value is no change.\n\
         `display_name` and the image stay the user's.\n\n\
         This page is generated by `just generate` (`crates/host/tests/host/ownership.rs`), which sends every\n\
         spelling to every dialect of a served host and compares what is stored afterwards; a test fails if\n\
         it is out of date. The spellings are the names of other APIs for a field, in snake, camel, Pascal,\n\
         kebab and upper case, with white space and invisible characters, with escapes, in objects, dotted\n\
         and in brackets.\n\n\
         | field | dialect | rejected | without effect |\n|---|---|---|---|\n",
    );
    for Row {
        field,
        dialect,
        rejected,
        ignored,
    } in rows
    {
        let rejected: Vec<_> = rejected.iter().map(|name| format!("`{name}`")).collect();
        let rejected = if rejected.is_empty() {
            "not a field of this dialect".to_owned()
        } else {
            rejected.join(", ")
        };
        writeln!(
            page,
            "| `{field}` | {dialect} | {rejected} | {ignored} spellings |"
        )
        .unwrap();
    }
    page
}

#[test]
fn fields_of_the_provider_cannot_be_changed_by_any_spelling() {
    let fields = NAMES.map(|(field, _)| field);
    for provider in PROVIDERS {
        assert_eq!(managed_fields(provider), fields);
    }
    let running = RunningDeployment::start(DialectRegistry::default(), None).unwrap();
    let page = page(&rows(&running));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ownership.md");
    if std::env::var_os("MANYFACE_GENERATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == published,
        "run `cargo xtask generate`; it should be:\n{page}"
    );
}
