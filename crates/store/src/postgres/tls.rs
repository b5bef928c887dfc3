//! Encrypted connections to PostgreSQL.

use std::{io, path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::database_url::Server;

/// Why connections cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of root certificates cannot be read.
    #[error("{path} cannot be read")]
    Roots {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: pem::Error,
    },
    /// There are no root certificates to trust.
    #[error("no root certificates were found to verify the server with")]
    NoRoots(#[source] Option<io::Error>),
    /// The TLS library refuses its settings.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// Encryption as the server's URL asks for it.
///
/// As with libpq, `prefer` and `require` encrypt but take any certificate; `verify-full` takes one
/// that a root certificate vouches for and that has the server's name.
pub(super) fn connector(server: &Server) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?;
    let builder = if server.is_verified {
        builder.with_root_certificates(roots(server)?)
    } else {
        let verifier = Arc::new(AnyCertificate(provider));
        builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
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

/// Takes any certificate, as `sslmode=require` means it: against who listens, not who answers.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
