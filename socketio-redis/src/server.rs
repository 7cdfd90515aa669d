//! Where Redis is: at an address, or where sentinels say.

use redis::{Client, IntoConnectionInfo, ProtocolVersion};

use crate::{link::ConnectError, options::Options, sentinels::Sentinels};

/// The server that is meant.
#[derive(Debug)]
pub(crate) enum Server {
    /// It stays at its address.
    Fixed(Client),
    /// The one that is the master now.
    Master(Sentinels),
}

impl Server {
    /// The server of this address.
    pub(crate) fn new(address: &str, options: &Options) -> Result<Self, ConnectError> {
        match Sentinels::new(address, options)? {
            Some(sentinels) => Ok(Self::Master(sentinels)),
            None => client(address, options).map(Self::Fixed),
        }
    }

    /// A client of it: with sentinels, of the server that is the master at this time.
    pub(crate) async fn client(&self) -> Result<Client, ConnectError> {
        match self {
            Self::Fixed(client) => Ok(client.clone()),
            Self::Master(sentinels) => sentinels.master().await,
        }
    }
}

/// A client of the server at this address.
pub(crate) fn client(address: &str, options: &Options) -> Result<Client, ConnectError> {
    let is_secure = address.starts_with("rediss:") || address.starts_with("valkeys:");
    if is_secure && cfg!(not(feature = "tls")) {
        return Err(ConnectError::NoTls);
    }
    #[cfg(feature = "tls")]
    if is_secure {
        crate::tls::choose_provider();
    }
    // the error is not shown: it may hold the password
    let info = address.into_connection_info().map_err(|_| ConnectError::Address)?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let info = info.set_redis_settings(settings);
    #[cfg(feature = "tls")]
    if let Some(certificates) = &options.tls {
        return crate::tls::client(info, certificates);
    }
    #[cfg(not(feature = "tls"))]
    let _ = options;
    Client::open(info).map_err(|_| ConnectError::Address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_address_is_reported_without_its_password() {
        let error = Server::new("redis://ann:secret@[", &Options::default()).expect_err("malformed");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn without_the_feature_an_address_with_tls_names_it() {
        let error = Server::new("rediss://127.0.0.1", &Options::default()).expect_err("no TLS");
        assert!(matches!(error, ConnectError::NoTls) && error.to_string().contains("`tls`"), "{error}");
    }
}
