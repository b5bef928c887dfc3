//! TLS of the server. `tls/root.pem` has signed both certificates, and its key is lost.

use std::{fs, net::TcpStream, sync::Arc};

use manyface_testing::http::Connection;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};

use crate::host::{Host, Place};

const ROOT: &str = include_str!("tls/root.pem");
const FIRST: [&str; 2] = [
    include_str!("tls/first.pem"),
    include_str!("tls/first.private.pem"),
];
const SECOND: [&str; 2] = [
    include_str!("tls/second.pem"),
    include_str!("tls/second.private.pem"),
];

type TlsStream = StreamOwned<ClientConnection, TcpStream>;

fn write(place: &Place, [certificate, key]: [&str; 2]) {
    place.file("certificate.pem", certificate);
    place.file("key.pem", key);
}

fn serve(place: &Place) -> Host {
    write(place, FIRST);
    place.serve_with("[tls]\ncertificate_file = 'certificate.pem'\nkey_file = 'key.pem'")
}

/// Completes a handshake and returns the connection and the certificate of the server.
fn connect(
    host: &Host,
    version: &'static SupportedProtocolVersion,
) -> (Connection<TlsStream>, CertificateDer<'static>) {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(ROOT.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(&host.authority).unwrap();
    while client.is_handshaking() {
        client.complete_io(&mut socket).unwrap();
    }
    assert_eq!(client.alpn_protocol(), Some(&b"http/1.1"[..]));
    let certificate = client.peer_certificates().unwrap()[0].clone().into_owned();
    let stream = StreamOwned::new(client, socket);
    (Connection::over(stream, "localhost"), certificate)
}

fn der([certificate, _]: [&str; 2]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()
}

#[test]
fn requests_and_images_pass_through_tls() {
    let place = Place::sqlite();
    let host = serve(&place);
    assert_eq!(host.base_url, format!("https://{}", host.authority));
    for version in [&TLS12, &TLS13] {
        let (mut connection, certificate) = connect(&host, version);
        assert_eq!(certificate, der(FIRST));
        for path in [
            "/readyz",
            "/media/placeholder/0123456789abcdef",
            "/docs/swagger-ui-bundle.js",
        ] {
            let response = connection.send("GET", path, "", "").unwrap();
            assert_eq!(response.status, 200, "{path}");
        }
    }
    // A client without TLS gets no response and no profile.
    let plain = manyface_testing::http::send(&host.authority, "GET", "/readyz", "", "");
    assert!(plain.is_err(), "{plain:?}");
    let (status, printed) = place.end(&["healthcheck", "--config", "manyface.toml"]);
    assert_eq!(status, Some(2), "{printed}");
    host.terminate();
    assert!(host.wait().success());
}

#[test]
fn new_certificates_are_used_without_dropping_connections() {
    let place = Place::sqlite();
    let host = serve(&place);
    let (mut old, _) = connect(&host, &TLS13);
    assert_eq!(old.send("GET", "/healthz", "", "").unwrap().status, 200);
    write(&place, SECOND);
    host.hang_up();
    host.hear("reloaded the certificate");
    assert_eq!(old.send("GET", "/healthz", "", "").unwrap().status, 200);
    assert_eq!(connect(&host, &TLS13).1, der(SECOND));
    // The key does not belong to the certificate.
    write(&place, [FIRST[0], SECOND[1]]);
    host.hang_up();
    let said = host.hear("keeping the previous certificate");
    assert!(said.contains("tls.key_file"), "{said}");
    assert_eq!(connect(&host, &TLS13).1, der(SECOND));
}

#[test]
fn unusable_files_are_configuration_errors() {
    let place = Place::sqlite();
    for (files, message) in [
        (["", FIRST[1]], "tls.certificate_file: cannot use"),
        ([FIRST[0], ""], "tls.key_file: cannot use"),
        ([FIRST[0], FIRST[0]], "tls.key_file: cannot use"),
        ([FIRST[0], SECOND[1]], "tls.key_file: cannot use"),
    ] {
        write(&place, files);
        let text = "[tls]\ncertificate_file = 'certificate.pem'\nkey_file = 'key.pem'";
        let config = place.file("m.toml", text);
        let (status, printed) = place.end(&["check", "--config", &config]);
        assert_eq!(status, Some(2), "{printed}");
        assert!(printed.contains(message), "{printed}");
        assert!(!printed.contains("PRIVATE"), "{printed}");
    }
    fs::remove_file(place.folder.path().join("key.pem")).unwrap();
    let (status, printed) = place.end("check --config m.toml");
    assert_eq!(status, Some(2), "{printed}");
}
