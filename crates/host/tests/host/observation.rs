//! Metrics of the admin listener, and the documents that name them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
};

use manyface_testing::http::{self, Response};

use crate::{
    host::{Host, ME, Place},
    tenants::tenant,
};

const PUBLIC: &str = "[admin]\nlisten = \"127.0.0.1:0\"\npublic_metrics = true\n";

/// Returns the address of the admin listener.
pub(crate) fn admin_address(host: &Host) -> String {
    let heard = host.hear("/admin/v1");
    let (_, url) = heard.split_once("admin API at http://").unwrap();
    url.split('/').next().unwrap().to_owned()
}

fn request(address: &str, method: &str, token: Option<&str>) -> Response {
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let headers = authorization.unwrap_or_default();
    http::send(address, method, "/metrics", &headers, "").unwrap()
}

/// Returns the metrics of a server with public metrics.
fn metrics(address: &str) -> String {
    let response = request(address, "GET", None);
    assert_eq!(response.status, 200, "{}", response.body);
    response.body
}

/// Returns the value of a sample, rounded.
fn value(metrics: &str, sample: &str) -> u64 {
    let found = metrics.lines().find_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        (name == sample).then(|| round(value))
    });
    found.unwrap_or_else(|| panic!("no {sample} in\n{metrics}"))
}

fn round(value: &str) -> u64 {
    format!("{:.0}", value.parse::<f64>().unwrap())
        .parse()
        .unwrap()
}

/// Runs promtool, with text on standard input, and returns its output.
pub(crate) fn promtool(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed (Debian: apt-get install prometheus)");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    assert!(output.status.success(), "{arguments:?}: {printed}");
    printed
}

#[test]
fn metrics_need_a_token_of_the_deployment_unless_they_are_public() {
    let place = Place::sqlite();
    let host = place.serve();
    let address = admin_address(&host);
    let add = |words: &str| place.print(&format!("admin token add --name grace {words}"));
    let reader = add("--role read");
    let of_tenant = add(&format!(
        "--role write --tenant {}",
        tenant(&place, "other")
    ));
    for (method, token, status) in [
        ("GET", None, 401),
        ("GET", Some("mfo_wrong"), 401),
        ("GET", Some(&*of_tenant), 403),
        ("GET", Some(&*reader), 200),
        ("POST", Some(&*reader), 405),
    ] {
        assert_eq!(request(&address, method, token).status, status, "{token:?}");
    }
    let response = request(&address, "GET", Some(&reader));
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(response.header("content-type"), Some(media_type));
    // The public listener has no metrics.
    assert_eq!(host.ask("/metrics").status, 404);
    drop(host);

    let host = place.serve_with(PUBLIC);
    assert_eq!(request(&admin_address(&host), "GET", None).status, 200);
}

#[test]
fn requests_and_services_are_measured() {
    for place in Place::both() {
        let ada = place.user("ada-with-a-long-name");
        let host = place.serve_with(PUBLIC);
        let address = admin_address(&host);
        let requests = |metrics: &str, dialect: &str, operation: &str, class: &str| {
            let labels = format!("dialect=\"{dialect}\",operation=\"{operation}\"");
            let name = "manyface_http_requests_total";
            value(
                metrics,
                &format!("{name}{{{labels},status_class=\"{class}\"}}"),
            )
        };
        let before = metrics(&address);
        promtool(&["check", "metrics"], &before);
        let update = "update-my-profile";
        for class in ["1xx", "2xx", "3xx", "4xx", "5xx"] {
            assert_eq!(requests(&before, "movieknight", update, class), 0);
        }
        for number in 0..3 {
            let body = format!(r#"{{"bio":"hidden value {number}"}}"#);
            assert_eq!(host.patch(&ada, &body).status, 200);
        }
        assert_eq!(host.patch(&ada, "{").status, 400);
        assert_eq!(host.get("eyJhbGciOiJub25lIn0.e30.").status, 401);
        for number in 0..5 {
            let path = format!("/api/users/unknown-path-{number}");
            assert_eq!(host.ask(&path).status, 404);
            assert_eq!(host.ask(&path[4..]).status, 404);
        }
        assert_eq!(host.send("DELETE", ME, "", "").status, 405);
        assert_eq!(host.ask("/media/unknown").status, 404);

        let after = metrics(&address);
        promtool(&["check", "metrics"], &after);
        assert_eq!(requests(&after, "movieknight", update, "2xx"), 3);
        assert_eq!(requests(&after, "movieknight", update, "4xx"), 1);
        assert_eq!(requests(&after, "movieknight", "unknown", "4xx"), 6);
        assert_eq!(requests(&after, "none", "unknown", "4xx"), 5);
        assert_eq!(requests(&after, "none", "getImage", "4xx"), 1);
        let count = "manyface_http_request_duration_seconds_count";
        let labels = format!("{{dialect=\"movieknight\",operation=\"{update}\"}}");
        assert_eq!(value(&after, &format!("{count}{labels}")), 4);
        let writes = "manyface_database_batch_requests_sum{kind=\"write\"}";
        assert!(value(&after, writes) >= 3);
        assert_eq!(
            value(&after, "manyface_database_pending_requests{kind=\"write\"}"),
            0
        );
        let pool = after.contains("manyface_database_pool_connections{state=\"idle\"}");
        assert_eq!(pool, place.database.is_some());
        let hits = "manyface_token_cache_lookups_total{result=\"hit\"}";
        assert!(value(&after, hits) >= 2);
        let rejected = "manyface_credential_rejections_total{dialect=\"movieknight\"";
        let rejected = after.lines().filter(|line| line.starts_with(rejected));
        let rejected = rejected.map(|line| line.rsplit_once(' ').unwrap().1);
        let rejected: u64 = rejected.map(round).sum();
        assert!(rejected >= 1, "{after}");
        assert!(value(&after, "process_resident_memory_bytes") > 1_000_000);
        assert_eq!(value(&after, "manyface_ready"), 1);
        // Bounded and without data of users: the same samples as before, except for reasons.
        for hidden in ["ada-with", "hidden value", "unknown-path"] {
            assert!(!after.contains(hidden), "{hidden}");
        }
        assert!(after.lines().count() < before.lines().count() + 5);
    }
}

const DOCUMENTATION: &str = include_str!("../../../../docs/observability.md");
const ALERTS: &str = include_str!("../../../../docs/observability/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../docs/observability/dashboard.json");

/// Returns the names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let words = text.split(|char| !is_part(char));
    let is_metric = |word: &&str| {
        let rest = word
            .strip_prefix("manyface_")
            .or(word.strip_prefix("process_"));
        rest.is_some_and(|rest| !rest.is_empty())
    };
    words.filter(is_metric).collect()
}

#[test]
fn documents_and_rules_name_existing_metrics() {
    let place = Place::sqlite();
    let host = place.serve_with(PUBLIC);
    let exposed = metrics(&admin_address(&host));
    let types = exposed.lines().filter_map(|line| {
        let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
        Some((name, kind))
    });
    let types: BTreeMap<_, _> = types.collect();
    let is_exposed = |name: &str| {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
            let name = name.strip_suffix(suffix)?;
            types.get(name).filter(|kind| **kind == "histogram")
        });
        let whole = types.get(name).filter(|kind| **kind != "histogram");
        whole.or(of_histogram).is_some()
    };
    for (file, text) in [("alerts.yml", ALERTS), ("dashboard.json", DASHBOARD)] {
        let found = names(text);
        assert!(found.len() > 10, "{file}: {found:?}");
        let unknown: Vec<_> = found.iter().filter(|name| !is_exposed(name)).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
    let own = |name: &&str| name.starts_with("manyface_");
    let documented: BTreeSet<_> = names(DOCUMENTATION).into_iter().filter(own).collect();
    let exposed: BTreeSet<_> = types.keys().copied().filter(|name| own(name)).collect();
    assert_eq!(documented, exposed);

    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(
        panels
            .iter()
            .all(|panel| panel["targets"][0]["expr"].is_string())
    );
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/observability");
    promtool(&["check", "rules", &format!("{folder}/alerts.yml")], "");
    promtool(&["test", "rules", &format!("{folder}/alerts.test.yml")], "");
    // Each alert has a next step.
    for line in ALERTS.lines() {
        if let Some((_, alert)) = line.split_once("alert: ") {
            assert!(DOCUMENTATION.contains(&format!("`{alert}`")), "{alert}");
        }
    }
}
