//! Lines with and without words.

use super::*;

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    let hits = find(&index(), path, text);
    let hits: Vec<_> = hits.into_iter().map(|(_, word)| word).collect();
    assert_eq!(hits, expected, "{path}: {text}");
}

#[test]
fn words_are_found_in_any_form() {
    for (text, word) in [
        ("// Answers with 404.", "answer"),
        ("fn answer_of(x: u8) {}", "answer"),
        ("struct LateAnswer;", "answer"),
        ("const ANSWER_LIMIT: u8 = 1;", "answer"),
        ("struct HTTPAnswer;", "answer"),
        ("// The client's desk.", "desk"),
        ("struct Desk;", "desk"),
        ("let desk2 = 1;", "desk"),
        ("// It is refused.", "refuse"),
        ("enum Refusal {}", "refuse"),
        ("fn it_is_told() {}", "tell"),
        ("let facts = 1;", "fact"),
        ("mod faces;", "face"),
        ("// It stands here.", "stand"),
        ("fn unspeakable() {}", "unspeakable"),
        ("// It has a lock of its own.", "of its own"),
        ("// It has a lock of\n    // its own.", "of its own"),
        ("fn a_value_that_is_none() {}", "is none"),
        ("// A value that is none.", "is none"),
        ("// As the page says.", "the page"),
        ("struct Cast { a: u8 }", "cast"),
        ("struct KeptImages;", "kept"),
        ("fn kept_images() {}", "kept"),
        ("fn kept() {}", "kept"),
        ("// A picture.", "picture"),
        ("let url = \"http://a\"; // a picture", "picture"),
        (
            "// A type whose field, whose name is long, is set.",
            "whose",
        ),
    ] {
        check("crates/core/src/a.rs", text, &[word]);
    }
}

#[test]
fn standard_words_are_not_found() {
    for text in [
        "// Standard, standalone, stand-alone, standby, stand-by, understand, outstanding.",
        "// Artefact, factory, factor, interface, surface, facebook, user-facing.",
        "// Broadcast, display, replay, backstage, besides, foretelling, pages, plane.",
        "// ECONNREFUSED: connection refused.",
        "io::ErrorKind::ConnectionRefused",
        "if connection_refused { return; }",
        "#[expect(clippy::cast_possible_truncation, reason = \"small\")]",
        "// SQL casts the column; a cast of the type.",
        "fn cast_ref(x: &u8) {}",
        "\"SELECT CAST(id AS text)\"",
        "if value.is_none() || value.is_none_or(f) { none }",
        "// The page cache, and the page size.",
        "use manyface::MANYFACE_TOKEN;",
        "// `profile.picture`, and the profile_picture of the `picture`.",
        "let picture = picture();",
        "// ```\n// let picture = 1;\n// ```",
        "// The files are kept.",
        "fn files_are_kept() {}",
        "// It is `None`. Of it; its own.",
        "// A type whose field is set.",
    ] {
        check("crates/core/src/a.rs", text, &[]);
    }
}

#[test]
fn only_the_prose_of_exchanges_is_read() {
    let path = "crates/iam/exchanges/a.toml";
    check(path, "why = \"it is refused\"", &["refuse"]);
    check(path, "# It is refused.", &["refuse"]);
    check(path, "source = \"decision: it is refused\"", &["refuse"]);
    check(path, "source = \"as it is refused\"", &[]);
    check(path, "expect = '{\"a\":\"refused\"}'", &[]);
    check("Cargo.toml", "name = \"refused\"", &["refuse"]);
    check(
        "Cargo.toml",
        "picture = \"picture\" # a picture",
        &["picture"],
    );
    check(
        "README.md",
        "A picture, a `picture`.\n```\npicture\n```",
        &["picture"],
    );
}

#[test]
fn each_word_counts_once_a_line() {
    check(
        "README.md",
        "Refused is refused.\nRefused.",
        &["refuse", "refuse"],
    );
}
