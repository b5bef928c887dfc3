//! Removed users, and files that cannot be read.

use std::fs;

use manyface_testing::Postgres;

use crate::host::{Host, Place, files};

const IAM: &str = "/api/v1/iam/user/profile/";
/// Two red pixels by two, as a PNG.
const RED: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg==";

fn json(host: &Host, method: &str, path: &str, token: &str, body: &str) {
    let response = host.json(method, path, token, body);
    assert_eq!(response.status, 200, "{method} {path}: {}", response.body);
}

/// Everything that the tables have, as text.
fn rows(database: &str) -> String {
    const TABLES: &str = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    let cluster = Postgres::shared();
    let name = database.rsplit('/').next().unwrap();
    let name = name.split('?').next().unwrap();
    let tables = cluster.psql(name, TABLES);
    let tables = tables
        .lines()
        .map(str::trim)
        .filter(|table| !table.is_empty());
    let rows = tables.map(|table| cluster.psql(name, &format!("SELECT t::text FROM {table} AS t")));
    rows.collect()
}

/// Gives the user many values in many versions, through several dialects.
fn fill(host: &Host, iam: &str, whop: &str) {
    for round in 0..30 {
        let long = "QUOKKAlong ".repeat(if round % 3 == 0 { 300 } else { 2 });
        let details = serde_json::json!({
            "bio": format!("QUOKKAbio{round} {long}"),
            "phone": format!("QUOKKAphone{round}"),
            "address": {"street": format!("QUOKKAstreet{round}")},
            "additional_data": {"note": long},
            "skills": [format!("QUOKKAskill{round}")],
            "website_url": format!("https://a.example/QUOKKAurl{round}"),
        });
        let body = serde_json::json!({
            "full_name": format!("QUOKKAname{round}"),
            "username": format!("QUOKKAuser{round}"),
            "details": details,
        });
        json(host, "PATCH", IAM, iam, &body.to_string());
        let body = format!(r#"{{"name":"QUOKKAhere{round}","bio":"QUOKKAoverride{round}"}}"#);
        let path = format!("/api/v1/users/me?account_id=biz_{}", round % 3);
        json(host, "PATCH", &path, whop, &body);
    }
    let file = r#"{"filename":"QUOKKAfile.png","content_type":"image/png"}"#;
    json(host, "POST", "/api/v1/files", whop, file);
}

#[test]
fn nothing_of_a_removed_user_is_left() {
    for place in Place::both() {
        place.print("user add --username QUOKKAfirst --email QUOKKAmail@example.com");
        let movieknight = place.token("QUOKKAfirst");
        let iam = place.token_for("iam", "QUOKKAfirst");
        let whop = place.token_for("whop", "QUOKKAfirst");
        let stayer = place.user("stays");
        let host = place.serve();
        let picture = format!(r#"{{"avatarUrl":"{RED}"}}"#);
        for token in [&movieknight, &stayer] {
            assert_eq!(host.patch(token, &picture).status, 200);
        }
        fill(&host, &iam, &whop);
        let resume = host.upload(&iam, "resume", b"%PDF-1.7 QUOKKAresume");
        assert_eq!(resume.status, 200, "{}", resume.body);
        let own = resume.text_after("\"profile_picture\":\"").to_owned();
        assert!(!own.is_empty());
        let media = place.folder.path().join("manyface-data").join("media");
        let images = files(&media.join("images")).len();
        assert!(images > 0 && !files(&media.join("blobs/resumes")).is_empty());

        place.print("user remove QUOKKAuser29");
        assert_eq!(files(&media.join("images")).len(), images, "another's, too");
        assert!(files(&media.join("blobs/resumes")).is_empty());
        assert_eq!(host.get(&movieknight).status, 401);
        place.print("user remove stays");
        assert_eq!(files(&media.join("images")).len(), 0, "at once");
        assert_eq!(host.ask(host.path_of(&own)).status, 404);
        host.terminate();
        assert!(host.wait().success());

        for file in files(&place.folder.path().join("manyface-data")) {
            let bytes = fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            let found = text.match_indices("quokka").next();
            let place = found.map(|(at, _)| text[at..].chars().take(60).collect::<String>());
            assert_eq!(place, None, "{}", file.display());
        }
        if let Some(database) = &place.database {
            let rows = rows(database).to_lowercase();
            assert!(rows.contains("profile_changes") || !rows.is_empty());
            assert!(!rows.contains("quokka"), "{rows}");
        }
    }
}

#[test]
fn a_resume_that_cannot_be_read_is_logged_with_its_cause() {
    let place = Place::sqlite();
    place.user("ada");
    let iam = place.print("token --dialect iam --user ada");
    let host = place.serve();
    let response = host.upload(&iam, "resume", b"%PDF-1.7 mine");
    assert_eq!(response.status, 200, "{}", response.body);
    let url = response.text_after("\"resume\":\"");
    let path = host.path_of(url);
    let media = place.folder.path().join("manyface-data").join("media");
    let file = files(&media.join("blobs/resumes")).remove(0);
    fs::remove_file(&file).unwrap();
    let response = host.json("GET", path, &iam, "");
    assert_eq!(response.status, 404, "{}", response.body);
    let said = host.hear("is missing in storage");
    let lost = |line: &&str| line.contains("is missing in storage");
    let line = said.lines().find(lost).unwrap();
    assert!(line.to_lowercase().contains("error"), "{line}");
    // It names itself, for ever.
    std::os::unix::fs::symlink(&file, &file).unwrap();
    let response = host.json("GET", path, &iam, "");
    assert_eq!(response.status, 503, "{}", response.body);
    let said = host.hear("unavailable: ");
    let line = said
        .lines()
        .find(|line| line.contains("unavailable: "))
        .unwrap();
    assert!(line.to_lowercase().contains("error"), "{line}");
}
