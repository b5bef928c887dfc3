//! TLS for connections to PostgreSQL.

use std::{io, path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject},
    server::ParsedCertificate,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::database_url::{Security, Server};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of root certificates cannot be read.
    #[error("{path} cannot be read")]
    Roots {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: pem::Error,
    },
    /// There are no trusted root certificates.
    #[error("no root certificates were found to verify the server with")]
    NoRoots(#[source] Option<io::Error>),
    /// The TLS library rejects the configuration.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// Returns the TLS configuration for the server's `sslmode`.
///
/// As in libpq, `prefer` and `require` accept any certificate, `verify-ca` accepts one that a
/// trusted root has signed, and `verify-full` also requires the server's name.
pub(super) fn connector(server: &Server) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?;
    let roots = match server.security {
        Security::Disable | Security::Prefer | Security::Require => None,
        Security::VerifyCa | Security::VerifyFull => Some(roots(server)?),
    };
    let builder = match roots {
        Some(roots) if server.security == Security::VerifyFull => {
            builder.with_root_certificates(roots)
        }
        roots => {
            let verifier = Arc::new(AnyName { provider, roots });
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        }
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

fn roots(server: &Server) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = &server.roots {
        let unreadable = |source| TlsError::Roots {
            path: path.clone(),
            source,
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
            let certificate = certificate.map_err(unreadable)?;
            store.add(certificate).map_err(TlsError::Setup)?;
        }
        return if store.is_empty() {
            Err(TlsError::NoRoots(None))
        } else {
            Ok(store)
        };
    }
    let found = rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        return Err(TlsError::NoRoots(None));
    }
    Ok(store)
}

/// Accepts certificates of any host, signed by one of `roots`, or any certificate if there are
/// none.
#[derive(Debug)]
struct AnyName {
    provider: Arc<CryptoProvider>,
    roots: Option<RootCertStore>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of `db.internal`, valid for a hundred years, and its root.
    const SERVER: &[u8] = include_bytes!("tls/server.pem");
    const ROOT: &[u8] = include_bytes!("tls/root.pem");
    const OTHER_ROOT: &[u8] = include_bytes!("tls/other-root.pem");

    fn check(root: Option<&[u8]>, expected: bool) {
        let roots = root.map(|root| {
            let mut store = RootCertStore::empty();
            store
                .add(CertificateDer::from_pem_slice(root).unwrap())
                .unwrap();
            store
        });
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = AnyName { provider, roots };
        let certificate = CertificateDer::from_pem_slice(SERVER).unwrap();
        let name = ServerName::try_from("another.host").unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
        let outcome = verifier.verify_server_cert(&certificate, &[], &name, &[], now);
        assert_eq!(outcome.is_ok(), expected, "{outcome:?}");
    }

    #[test]
    fn verify_ca_accepts_another_name_but_not_another_root() {
        check(Some(ROOT), true);
        check(Some(OTHER_ROOT), false);
        check(None, true);
    }
}
