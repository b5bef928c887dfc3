//! TLS of the server, and its certificate.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use manyface_core::BoxError;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};

use crate::{Failure, config::TlsSettings};

/// The protocol that clients agree on.
const ALPN: &[u8] = b"http/1.1";
/// The interval between checks of the files.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// The certificate and key of the server. Open connections keep those with which they began.
#[derive(Debug)]
pub(crate) struct ServerCertificate {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Loaded>,
}

/// The loaded files.
#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    modified: Option<[SystemTime; 2]>,
}

impl ServerCertificate {
    /// Reads the certificate and its key, if `settings` name them.
    pub(crate) fn open(settings: &TlsSettings) -> Result<Option<Self>, Failure> {
        let (certificate, key) = match (&settings.certificate_file, &settings.key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (Some(_), None) => return Err(missing("tls.key_file")),
            (None, Some(_)) => return Err(missing("tls.certificate_file")),
        };
        let loaded = Loaded::read(&certificate, &key)?;
        Ok(Some(Self {
            certificate,
            key,
            current: RwLock::new(loaded),
        }))
    }

    /// Reads the files again, for new connections. After an error, the previous certificate stays.
    fn reload(&self) -> Result<(), Failure> {
        let loaded = Loaded::read(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// Returns the TLS configuration of new connections.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.config)
    }

    fn is_changed(&self) -> bool {
        let modified = modified(&self.certificate, &self.key).ok();
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        modified.is_some() && modified != current.modified
    }
}

/// Reads the certificate again, and logs the result.
pub(crate) async fn reload_certificate(certificate: &Arc<ServerCertificate>) {
    let certificate = Arc::clone(certificate);
    match tokio::task::spawn_blocking(move || certificate.reload()).await {
        Ok(Ok(())) => tracing::info!("reloaded the certificate"),
        Ok(Err(error)) => {
            tracing::error!(%error, "certificate reload failed; keeping the previous certificate");
        }
        Err(error) => {
            tracing::error!(%error, "certificate reload failed; keeping the previous certificate");
        }
    }
}

/// Reads the certificate again each time its files have changed.
pub(crate) async fn watch_certificate(certificate: Arc<ServerCertificate>) {
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        if certificate.is_changed() {
            reload_certificate(&certificate).await;
        }
    }
}

impl Loaded {
    fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        // Files that change while they are read are read again at the next check.
        let modified = modified(certificate, key).ok();
        let config = Arc::new(read(certificate, key)?);
        Ok(Self { config, modified })
    }
}

fn modified(certificate: &Path, key: &Path) -> io::Result<[SystemTime; 2]> {
    let of = |path| fs::metadata(path)?.modified();
    Ok([of(certificate)?, of(key)?])
}

fn missing(setting: &str) -> Failure {
    let message = "required, because TLS needs a certificate and its key";
    Failure::Usage(format!("{setting}: {message}"))
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, Failure> {
    let failure = |setting: &str, path: &Path, error: BoxError| {
        let path = path.display();
        Failure::Usage(format!("tls.{setting}: cannot use {path}: {error}"))
    };
    let chain = CertificateDer::pem_file_iter(certificate);
    let chain = chain.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| failure("certificate_file", certificate, error.into()))?;
    if chain.is_empty() {
        let error = "it has no certificate".into();
        return Err(failure("certificate_file", certificate, error));
    }
    let private_key = PrivateKeyDer::from_pem_file(key);
    let private_key = private_key.map_err(|error| failure("key_file", key, error.into()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let config = builder
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| {
            let builder = builder.with_no_client_auth();
            builder.with_single_cert(chain, private_key)
        });
    let mut config = config.map_err(|error| failure("key_file", key, error.into()))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_settings_name_the_missing_one() {
        let file = Some(PathBuf::from("x.pem"));
        for (certificate_file, key_file, setting) in [
            (file.clone(), None, "tls.key_file: required"),
            (None, file.clone(), "tls.certificate_file: required"),
            (file.clone(), file, "tls.certificate_file: cannot use x.pem"),
        ] {
            let settings = TlsSettings {
                certificate_file,
                key_file,
            };
            let error = ServerCertificate::open(&settings).unwrap_err();
            assert!(error.to_string().starts_with(setting), "{error}");
        }
        let none = ServerCertificate::open(&TlsSettings::default());
        assert!(none.unwrap().is_none());
    }
}
