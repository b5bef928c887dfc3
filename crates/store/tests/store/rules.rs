//! Rules that let one schema serve a single PostgreSQL server and one with distributed tables.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use manyface_core::{ProfileRef, behaviour};
use manyface_store::StoreSettings;
use manyface_testing::Postgres;

use crate::support::{Database, added, bio, update};

/// The key of a table: its column, and the kind of thing that it identifies.
type Key = (&'static str, &'static str);

/// The key by which each table could be distributed, or `None` for a small table that could be
/// copied to each node.
const TABLES: [(&str, Option<Key>); 21] = [
    ("api_keys", None),
    ("catalogue", None),
    ("deployment_secrets", None),
    ("erasures", None),
    ("external_ids", Some(("external_id", "an external id"))),
    ("identities", Some(("subject", "an identity"))),
    ("image_uploads", Some(("image", "an image"))),
    ("images", Some(("id", "an image"))),
    ("operator_tokens", None),
    ("profile_changes", Some(("profile_id", "a profile"))),
    ("profile_overrides", Some(("profile_id", "a profile"))),
    ("profiles", Some(("id", "a profile"))),
    ("removed_images", Some(("id", "an image"))),
    ("schema_compatibility", None),
    ("tenants", None),
    ("uploads", Some(("id", "an upload"))),
    ("usage_counts", None),
    ("username_reservations", Some(("digest", "a skeleton"))),
    ("usernames", Some(("username_key", "a user name"))),
    ("webhook_dead_letters", None),
    ("webhooks", None),
];

/// The tables that a statement about one profile may name, in addition to small ones.
const OF_PROFILES: [&str; 3] = ["profiles", "profile_changes", "profile_overrides"];

fn key(table: &str) -> Option<Key> {
    let mut tables = TABLES.iter();
    let found = tables.find(|(name, _)| *name == table);
    found.unwrap_or_else(|| panic!("{table} has no key")).1
}

/// Returns the rows of a query with one column.
fn rows(database: &Database, query: &str) -> Vec<String> {
    let rows = database.query(query);
    rows.lines().map(str::to_owned).collect()
}

async fn migrated() -> Database {
    let database = Database::postgres();
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    database
}

#[tokio::test]
async fn every_table_has_a_key_and_no_trigger() {
    let database = migrated().await;
    let tables = rows(
        &database,
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') \
         AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%' ORDER BY 1",
    );
    let expected: Vec<_> = TABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(tables, expected);
    let triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(rows(&database, triggers), [""; 0]);
}

#[tokio::test]
async fn unique_constraints_contain_the_key() {
    let database = migrated().await;
    let indexes = rows(
        &database,
        "SELECT i.indrelid::regclass || ' ' || i.indexrelid::regclass || ' ' || (SELECT \
         string_agg(a.attname, ' ') FROM pg_attribute AS a \
         WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid \
         WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace \
         AND c.relname NOT LIKE '\\_\\_diesel%'",
    );
    assert!(indexes.len() >= TABLES.len());
    for index in indexes {
        let words: Vec<_> = index.split(' ').collect();
        let [table, name, columns @ ..] = &words[..] else {
            panic!("{index}");
        };
        if let Some((key, _)) = key(table) {
            assert!(columns.contains(&key), "{name} has no {key}");
        }
    }
}

#[tokio::test]
async fn foreign_keys_lead_to_small_tables_or_join_equal_keys() {
    let database = migrated().await;
    let keys = rows(
        &database,
        "SELECT c.conname || ' ' || c.conrelid::regclass || ' ' || a.attname || ' ' \
         || c.confrelid::regclass || ' ' || b.attname FROM pg_constraint AS c \
         JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
         JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] \
         WHERE c.contype = 'f'",
    );
    assert!(!keys.is_empty());
    for line in keys {
        let words: Vec<_> = line.split(' ').collect();
        let [name, table, column, target, target_column] = words[..] else {
            panic!("{line}");
        };
        let Some(expected) = key(target) else {
            continue;
        };
        let (own, thing) = key(table).unwrap_or_else(|| panic!("{name}: {table} is copied"));
        assert_eq!((own, thing), (column, expected.1), "{name}");
        assert_eq!(expected.0, target_column, "{name}");
    }
}

#[tokio::test]
async fn columns_have_the_types_of_their_values() {
    let database = migrated().await;
    let wrong = rows(
        &database,
        "SELECT attrelid::regclass || ' ' || attname || ' ' || atttypid::regtype FROM pg_attribute \
         JOIN pg_class ON pg_class.oid = attrelid WHERE relkind = 'r' AND attnum > 0 \
         AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%' \
         AND ((attname ~ '(^|_)at$') <> (atttypid = 'timestamptz'::regtype) \
         OR (attname IN ('profile_id', 'tenant_id', 'created_by') AND atttypid <> 'uuid'::regtype))",
    );
    assert_eq!(wrong, [""; 0]);
}

/// Returns whether a subquery or CTE locks rows.
fn locks_in_a_subquery(sql: &str) -> bool {
    let (mut depth, mut is_quoted) = (0, false);
    sql.char_indices().any(|(at, c)| {
        match c {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
        let locks = ["FOR UPDATE", "FOR NO KEY", "FOR SHARE", "FOR KEY SHARE"];
        depth > 0 && locks.iter().any(|lock| sql[at..].starts_with(lock))
    })
}

/// Returns whether a parameter is cast to an id.
fn casts_a_parameter_to_an_id(sql: &str) -> bool {
    sql.split('$').skip(1).any(|after| {
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.starts_with("::uuid")
    })
}

/// Returns whether the statement selects profiles by given ids.
fn is_by_id(sql: &str) -> bool {
    let by_one = ["p.id = $", "p.id = ANY($"];
    let by_many = sql.contains("AS v(profile_id") && sql.contains("p.id = v.profile_id");
    by_many || by_one.iter().any(|by| sql.contains(by))
}

/// Returns whether the statement names the table, as opposed to a column of that name.
fn names_table(sql: &str, table: &str) -> bool {
    let is_longer_name = |after: &str| after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ["FROM", "JOIN", "INTO", "UPDATE", "USING"]
        .iter()
        .any(|word| {
            let name = format!("{word} {table}");
            let found = sql.match_indices(&name);
            found
                .map(|(at, _)| &sql[at + name.len()..])
                .any(|after| !is_longer_name(after))
        })
}

/// Returns the rule that a statement breaks.
fn broken_rule(sql: &str) -> Option<&'static str> {
    if locks_in_a_subquery(sql) {
        return Some("locks rows in a subquery");
    }
    if casts_a_parameter_to_an_id(sql) {
        return Some("casts a parameter to an id");
    }
    if ["pg_advisory_lock(", "LISTEN ", "CREATE TEMP"]
        .iter()
        .any(|state| sql.contains(state))
    {
        return Some("leaves session state");
    }
    // Writes with a new user name, new entries or an upload also write to the tables of these, and
    // so does the replacement of a profile by an operator.
    let is_single = ["upload_fits(", "override_fits(", "INSERT INTO identities"];
    let is_single = is_single.iter().any(|part| sql.contains(part));
    let mut tables = TABLES
        .iter()
        .filter(|(table, key)| key.is_some() && !OF_PROFILES.contains(table));
    if is_by_id(sql) && !is_single && tables.any(|(table, _)| names_table(sql, table)) {
        return Some("reads a table with another key");
    }
    None
}

#[test]
fn statements_that_break_a_rule_are_detected() {
    for (sql, wrong) in [
        ("SELECT 1 FROM profiles WHERE id = $1 FOR UPDATE", false),
        ("SELECT '(FOR UPDATE'", false),
        (
            "WITH t AS (SELECT 1 FROM profiles AS p WHERE p.id = $1 FOR UPDATE) SELECT 1 FROM t",
            true,
        ),
        (
            "INSERT INTO a SELECT 1 WHERE EXISTS (SELECT 1 FROM b FOR KEY SHARE)",
            true,
        ),
        ("SELECT 1 FROM profiles AS p WHERE p.id = $12::uuid", true),
        ("SELECT pg_advisory_lock(1)", true),
        (
            "SELECT p.external_ids::text FROM profiles AS p WHERE p.id = $1",
            false,
        ),
        (
            "SELECT 1 FROM profiles AS p WHERE p.id = $1 AND EXISTS (SELECT 1 FROM uploads AS u \
             WHERE u.profile_id = p.id)",
            true,
        ),
        (
            "SELECT 1 FROM profiles AS p JOIN external_ids AS e ON TRUE WHERE p.id = ANY($1)",
            true,
        ),
    ] {
        assert_eq!(broken_rule(sql).is_some(), wrong, "{sql}");
    }
}

/// Returns the texts of the statements that were sent to `database`.
fn sent(database: &Database) -> BTreeSet<String> {
    let (log, name) = (Postgres::shared().log(), format!("] {} ", database.name()));
    let lines = log.lines().filter(|line| line.contains(&name));
    let texts = lines.filter_map(|line| {
        let (_, after) = line.split_once(" execute s")?;
        Some(after.split_once(": ")?.1.to_owned())
    });
    texts.collect()
}

#[tokio::test]
async fn no_statement_breaks_a_rule() {
    let database = Database::postgres();
    let name = database.name();
    let log = format!("ALTER DATABASE {name} SET log_min_duration_statement = 0");
    Postgres::shared().psql("postgres", &log);
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    let repository = store.repository();
    behaviour::check(&*repository).await;
    let (images, overrides, uploads) = (store.images(), store.overrides(), store.uploads());
    behaviour::check_images(&*repository, &*images).await;
    behaviour::check_overrides(&*repository, &*overrides).await;
    behaviour::check_uploads(&*repository, &*uploads, &*overrides).await;
    behaviour::check_used_images(&*repository, &*images, &*overrides, &*uploads).await;
    behaviour::check_api_keys(&*repository, &*store.api_keys()).await;
    behaviour::check_operator_tokens(&*store.operator_tokens(), &*repository).await;
    behaviour::check_webhooks(&*store.webhooks(), &*repository).await;
    behaviour::check_undo(&*repository, &*overrides, &*store.catalogue()).await;
    behaviour::check_catalogue(&*store.catalogue(), &*repository).await;
    behaviour::check_resumes(&*repository, &*store.resumes()).await;
    let mut profiles = Vec::new();
    for _ in 0..20 {
        profiles.push(added(&*repository).await);
    }
    let writes = profiles
        .iter()
        .map(|profile| repository.update(update(profile, bio("x"))));
    assert!(join_all(writes).await.iter().all(Result::is_ok));
    let names: Vec<_> = profiles
        .iter()
        .map(|profile| ProfileRef::Id(profile.id))
        .collect();
    assert!(
        join_all(names.iter().map(|who| repository.find(who)))
            .await
            .iter()
            .all(Result::is_ok)
    );

    let sent = sent(&database);
    assert!(sent.len() > 60, "{}", sent.len());
    for hot in [
        "UPDATE profiles AS p SET",
        "FROM profiles AS p WHERE p.id = ANY(",
    ] {
        assert!(
            sent.iter().any(|sql| is_by_id(sql) && sql.contains(hot)),
            "{hot}"
        );
    }
    let violations = sent.iter().filter_map(|sql| Some((broken_rule(sql)?, sql)));
    let violations: Vec<_> = violations.collect();
    assert!(violations.is_empty(), "{violations:#?}");
}
