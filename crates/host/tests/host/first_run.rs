//! The first minute of a new user.

use std::{io::Read, process::Command};

use crate::host::{Place, until};

/// Loads the variables and runs all commands that the server prints; returns their outputs.
fn paste(place: &Place, said: &str) -> Vec<String> {
    let mut lines = said.lines().map(str::trim);
    let load = lines.find(|line| line.starts_with(". ")).unwrap();
    let commands: Vec<_> = lines.filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(commands.len(), 4, "{said}");
    let run = |command: &&str| {
        let output = Command::new("sh")
            .args(["-c", &format!("{load}; {command}")])
            .current_dir(place.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    commands.iter().map(run).collect()
}

#[test]
fn printed_commands_work_also_after_a_kill() {
    for place in Place::both_empty() {
        let host = place.serve();
        let responses = paste(&place, &host.hear("Next: "));
        let [movieknight, whop, tenant, iam] = &responses[..] else {
            panic!("{responses:?}");
        };
        assert!(movieknight.starts_with(r#"{"ok":true,"data":{"user":{"id":""#));
        assert!(movieknight.contains(r#""bio":"I rate everything against Fight Club.","#));
        assert!(
            whop.contains(r#""bio":"I sell courses about selling courses.""#),
            "{whop}"
        );
        assert!(tenant.contains(r#""display_name":"Ada L.""#), "{tenant}");
        assert!(iam.contains(r#""bio":"I build open source.""#), "{iam}");
        let expected = host.get(&place.token("moviefan")).body;
        host.kill();
        let host = place.serve();
        assert_eq!(host.get(&place.token("moviefan")).body, expected);
    }
}

#[test]
fn the_example_of_the_contract_succeeds_byte_for_byte() {
    for place in Place::both() {
        place.print("user add --username moviefan --email moviefan@example.com --date-of-birth 1999-05-20 --created-at 2026-06-25T10:30:00Z --external-id movieknight=66a1f2c4e5b3a1234567890a");
        let host = place.serve();
        let body = "{\n  \"bio\": \"I rate everything against Fight Club.\",\n  \
                    \"name\": \"Movie Fan\",\n  \"countryCode\": \"US\"\n}";
        let response = host.patch(&place.token("moviefan"), body);
        assert_eq!(response.status, 200);
        assert_eq!(
            response.body,
            concat!(
                r#"{"ok":true,"data":{"user":{"id":"66a1f2c4e5b3a1234567890a","#,
                r#""bio":"I rate everything against Fight Club.","name":"Movie Fan","#,
                r#""email":"moviefan@example.com","badges":[],"#,
                r#""aiUsage":{"used":0,"limit":5,"remaining":5},"username":"moviefan","#,
                r#""createdAt":"2026-06-25T10:30:00.000Z","countryCode":"US","#,
                r#""dateOfBirth":"1999-05-20T00:00:00.000Z"}}}"#,
            )
        );
    }
}

#[test]
fn standard_output_is_one_line() {
    let place = Place::empty();
    let mut host = place.serve();
    host.hear("Next: ");
    host.terminate();
    let mut rest = String::new();
    host.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(host.wait().success());
}

#[test]
fn a_closed_standard_output_and_error_do_not_stop_the_server() {
    let place = Place::empty();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let program = env!("CARGO_BIN_EXE_manyface");
    let script = format!("exec '{program}' --listen {address} >&- 2>&-");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.folder.path())
        .spawn()
        .unwrap();
    until("the server responds", || {
        manyface_testing::http::send(&address, "GET", "/readyz", "", "")
            .is_ok_and(|a| a.status == 200)
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn two_hosts_can_start_on_a_new_database() {
    for place in Place::both_empty() {
        let hosts = std::thread::scope(|scope| {
            let hosts = [(); 2].map(|()| scope.spawn(|| place.serve()));
            hosts.map(|host| host.join().unwrap())
        });
        for host in &hosts {
            until("both are ready", || host.ask("/readyz").status == 200);
        }
        let token = place.token("moviefan");
        let written = hosts[0].patch(&token, r#"{"bio":"seen by the other"}"#);
        assert_eq!(hosts[1].get(&token).body, written.body);
        assert_eq!(place.print("user list").lines().count(), 1);
    }
}
