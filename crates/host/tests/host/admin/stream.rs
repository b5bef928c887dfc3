//! The stream of changes.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use super::Admin;
use crate::{host::Place, tenants::tenant};

/// An open stream of events.
pub(super) struct Events(BufReader<TcpStream>);

impl Events {
    pub(super) fn open(admin: &Admin<'_>, more: &str) -> Self {
        let mut stream = TcpStream::connect(&admin.authority).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let (token, authority) = (&admin.token, &admin.authority);
        let request = format!(
            "GET /admin/v1/changes/stream HTTP/1.1\r\nHost: {authority}\r\n\
             Authorization: Bearer {token}\r\n{more}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut events = Self(BufReader::new(stream));
        assert!(events.line().starts_with("HTTP/1.1 200"));
        events
    }

    /// Returns the next line; an empty string at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// Returns the id and the data of the next event.
    pub(super) fn next(&mut self) -> (String, Value) {
        let mut id = String::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the stream has ended");
            if let Some(text) = line.strip_prefix("id: ") {
                text.trim().clone_into(&mut id);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (id, serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn changes_are_streamed_and_resumed() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let mut events = Events::open(&admin, "");
        // The creation of the demo user.
        let (first, created) = events.next();
        assert_eq!(created["seq"], first.as_str());
        let token = place.token("moviefan");
        for bio in ["one", "two"] {
            host.patch(&token, &format!(r#"{{"bio":"{bio}"}}"#));
        }
        let (second, change) = events.next();
        assert_eq!(change["fields"][0]["to"], "one");
        assert_eq!(events.next().1["fields"][0]["to"], "two");

        let mut resumed = Events::open(&admin, &format!("Last-Event-ID: {second}\r\n"));
        assert_eq!(resumed.next().1["fields"][0]["to"], "two");

        // A tenant's token sees the changes of its users only.
        let other = tenant(&place, "other");
        let own = admin.with_token(&format!("--role read --tenant {other}"));
        let mut of_tenant = Events::open(&own, "");
        place.print(&format!(
            "user add --username eve --email e@example.com --tenant {other}"
        ));
        let (third, added) = of_tenant.next();
        assert_eq!(added["kind"], "creation");
        assert_eq!(events.next().0, third);

        let wrong = admin.send_with("GET", "/changes/stream", "Last-Event-ID: x\r\n", "");
        assert_eq!(wrong.status, 400);
        // A stream does not keep the server from stopping.
        host.terminate();
        assert!(host.wait().success());
    }
}
