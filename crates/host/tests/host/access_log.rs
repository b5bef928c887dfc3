//! The access log, the start record, and the log level at run time.

use serde_json::Value;

use crate::host::{Host, ME, Place};

/// Returns the lines of a log in JSON that have this message.
fn lines(text: &str, message: &str) -> Vec<Value> {
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Value| line["message"] == message)
        .collect()
}

/// Stops a server and returns its log.
fn log_of(host: &Host) -> String {
    host.terminate();
    host.hear_all()
}

#[test]
fn each_request_is_a_line_without_user_data() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    for place in Place::both() {
        let ada = place.user("ada-with-a-long-name");
        let id = place.print("user show ada-with-a-long-name");
        let id: Value = serde_json::from_str(&id).unwrap();
        let host = place.serve_with("log_format = \"json\"\n[log]\nrequests = true\n");
        let with_trace = |value: &str| {
            let headers = format!("Authorization: Bearer {ada}\r\ntraceparent: {value}\r\n");
            host.send("GET", ME, &headers, "")
        };
        let response = with_trace(&format!("00-{TRACE}-b7ad6b7169203331-01"));
        assert_eq!(response.status, 200);
        assert_eq!(response.header("traceresponse"), None);
        assert_eq!(with_trace(&format!("00-{TRACE}-hidden-01")).status, 200);
        assert_eq!(host.patch(&ada, r#"{"bio":"hidden value"}"#).status, 200);
        assert_eq!(host.get("hidden.token").status, 401);
        assert_eq!(host.ask("/api/hidden-path?hidden=1").status, 404);
        assert_eq!(host.ask("/media/hidden-image").status, 404);
        let log = log_of(&host);

        let started = lines(&log, "starting");
        assert_eq!(started.len(), 1, "{log}");
        assert_eq!(started[0]["version"], env!("CARGO_PKG_VERSION"));
        let settings = started[0]["settings"].as_str().unwrap();
        assert!(settings.contains("log.requests = true"), "{settings}");
        let requests = lines(&log, "request");
        let seen: Vec<_> = requests
            .iter()
            .map(|line| {
                let text = |key: &str| line[key].as_str().unwrap().to_owned();
                let status = line["status"].as_u64().unwrap();
                (text("dialect"), text("operation"), text("method"), status)
            })
            .collect();
        let expected = [
            ("movieknight", "get-my-profile", "GET", 200),
            ("movieknight", "get-my-profile", "GET", 200),
            ("movieknight", "update-my-profile", "PATCH", 200),
            ("movieknight", "get-my-profile", "GET", 401),
            ("movieknight", "unknown", "GET", 404),
            ("none", "getImage", "GET", 404),
        ];
        let expected = expected.map(|(dialect, operation, method, status)| {
            let (dialect, operation) = (dialect.to_owned(), operation.to_owned());
            (dialect, operation, method.to_owned(), status)
        });
        assert_eq!(seen, expected);
        let first = &requests[0];
        assert_eq!(first["level"], "INFO");
        assert_eq!(first["target"], "access");
        assert_eq!(first["trace_id"], TRACE);
        assert_eq!(first["client"], "127.0.0.1");
        assert_eq!(first["bytes"], response.body.len());
        assert_eq!(
            first["request_id"].as_str(),
            response.header("x-request-id")
        );
        assert!(first["caller"].as_str().unwrap().starts_with("user~"));
        assert_eq!(requests[2]["caller"], first["caller"]);
        assert!(requests[1].get("trace_id").is_none());
        assert!(requests[3].get("caller").is_none());
        let profile = id["id"].as_str().unwrap();
        let external = id["external_ids"]["movieknight"].as_str().unwrap();
        for hidden in ["ada-with", "hidden", profile, external, &ada] {
            let found = log.lines().find(|line| line.contains(hidden));
            assert_eq!(found, None, "{hidden}");
        }
    }
}

#[test]
fn the_log_settings_are_read_again_on_sighup() {
    let place = Place::sqlite();
    let ada = place.user("ada");
    let host = place.serve_with("log = \"info\"\nlog_format = \"json\"\n");
    host.get(&ada);
    place.file(
        "manyface.toml",
        "log_format = \"json\"\n[log]\nlevel = \"info,manyface_serve=debug\"\nrequests = true\n",
    );
    host.hang_up();
    let heard = host.hear("reloaded the log settings");
    // Requests before the change have no line.
    assert_eq!(lines(&heard, "request").len(), 0, "{heard}");
    host.get(&ada);
    let heard = host.hear("\"request\"");
    assert!(heard.contains("\"responded\""), "{heard}");
    // A mistake changes nothing.
    place.file("manyface.toml", "log = \"loud\"\nlog_format = \"json\"\n");
    host.hang_up();
    let heard = host.hear("log reload failed");
    assert!(heard.contains("keeping the previous settings"), "{heard}");
    host.get(&ada);
    host.hear("\"request\"");
}
