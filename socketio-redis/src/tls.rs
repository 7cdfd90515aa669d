//! TLS: whose certificates are trusted, and what does the cryptography.

use redis::{Client, ConnectionInfo, ErrorKind, TlsCertificates};
use rustls::{
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::link::ConnectError;

/// A client that trusts these.
pub(crate) fn client(info: ConnectionInfo, certificates: &TlsCertificates) -> Result<Client, ConnectError> {
    let roots = certificates.root_cert.as_deref();
    if roots.is_some_and(|pem| CertificateDer::pem_slice_iter(pem).next().is_none()) {
        let error =
            (ErrorKind::InvalidClientConfig, "there is no certificate in the text that is to be trusted");
        return Err(ConnectError::Certificates(error.into()));
    }
    Client::build_with_tls(info, certificates.clone()).map_err(ConnectError::Certificates)
}

/// `redis` asks rustls for what the process has chosen, and rustls panics if nothing is chosen and a program has been
/// compiled with several. What a program chooses before stays.
pub(crate) fn choose_provider() {
    if CryptoProvider::get_default().is_none() {
        // somebody else was quicker: one is chosen
        let _ = ring::default_provider().install_default();
    }
}
