//! Sentinels know which server is the master now.

use std::sync::atomic::{AtomicUsize, Ordering};

use redis::{Client, Value};

use crate::{
    link::{self, ConnectError, texts},
    options::Options,
    server::client,
};

/// The sentinels of a master.
pub(crate) struct Sentinels {
    sentinels: Vec<Client>,
    /// The one that answered last is asked first.
    first: AtomicUsize,
    name: String,
    /// The address of the master, without its host and port.
    scheme: &'static str,
    login: String,
    database: String,
    options: Options,
}

/// Where sentinels listen if nothing else is said.
const PORT: &str = "26379";

impl Sentinels {
    /// Those of an address `redis-sentinel://[user:password@]host[:port][,host[:port]..]/name[/database]`; `None`: it is of
    /// another kind.
    pub(crate) fn new(address: &str, options: &Options) -> Result<Option<Self>, ConnectError> {
        let (scheme, rest) = match address.split_once("-sentinel://") {
            Some(("redis", rest)) => ("redis", rest),
            Some(("rediss", rest)) => ("rediss", rest),
            _ => return Ok(None),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, path) = rest.split_once('/').ok_or(ConnectError::Address)?;
        let (name, database) = path.split_once('/').unwrap_or((path, ""));
        let (login, hosts) = match hosts.rsplit_once('@') {
            Some((login, hosts)) => (format!("{login}@"), hosts),
            None => (String::new(), hosts),
        };
        let (mut user, mut password) = ("", "");
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sentinel_user", given)) => user = given,
                Some(("sentinel_password", given)) => password = given,
                _ => return Err(ConnectError::Address),
            }
        }
        let own = if password.is_empty() { String::new() } else { format!("{user}:{password}@") };
        let sentinel = |host: &str| {
            if host.is_empty() {
                return Err(ConnectError::Address);
            }
            // `[::1]` has colons and no port
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
            let port = if has_port { String::new() } else { format!(":{PORT}") };
            client(&format!("{scheme}://{own}{host}{port}"), options)
        };
        let sentinels = hosts.split(',').map(sentinel).collect::<Result<_, _>>()?;
        let (name, database, options) = (name.to_owned(), database.to_owned(), options.clone());
        let sentinels =
            Self { sentinels, first: AtomicUsize::new(0), name, scheme, login, database, options };
        // a wrong database, say, is known at once
        let is_usable = !sentinels.name.is_empty() && sentinels.at("127.0.0.1", "1").is_ok();
        if is_usable { Ok(Some(sentinels)) } else { Err(ConnectError::Address) }
    }

    /// The server that is the master now, by its own words as well: one that is a replica takes a PUBLISH, too, and nobody
    /// at the master hears it.
    pub(crate) async fn master(&self) -> Result<Client, ConnectError> {
        let (count, first) = (self.sentinels.len(), self.first.load(Ordering::Relaxed));
        let (mut worst, mut tried) = (None, vec![]);
        for index in (0..count).map(|offset| (first + offset) % count) {
            let master = match self.ask(&self.sentinels[index]).await {
                // several name the same: it is tried once
                Ok(named) if tried.contains(&named) => continue,
                Ok((host, port)) => {
                    let master = self.confirm(&host, &port).await;
                    tried.push((host, port));
                    master
                }
                Err(error) => Err(error),
            };
            match master {
                Ok(master) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(master);
                }
                // what was said of the master says more than that a sentinel is away
                Err(error) if worst.as_ref().is_none_or(|worst| rank(worst) <= rank(&error)) => {
                    worst = Some(error);
                }
                Err(_) => {}
            }
        }
        // an address has at least one host
        Err(worst.unwrap_or(ConnectError::Address))
    }

    /// What a sentinel takes for the master: its host and its port.
    async fn ask(&self, sentinel: &Client) -> Result<(String, String), ConnectError> {
        let mut connection = link::first(sentinel).await.map_err(|error| match error {
            ConnectError::Unreachable(error) => ConnectError::Sentinels(error),
            other => other,
        })?;
        let mut command = redis::cmd("SENTINEL");
        command.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        let named = command.query_async::<Value>(&mut connection).await.map_err(ConnectError::Sentinels)?;
        let mut named = texts(&named);
        match (named.next(), named.next()) {
            (Some(host), Some(port)) => Ok((host.to_owned(), port.to_owned())),
            _ => Err(ConnectError::UnknownMaster { name: self.name.clone() }),
        }
    }

    /// The server with this address, if it says that it is a master.
    async fn confirm(&self, host: &str, port: &str) -> Result<Client, ConnectError> {
        let master = self.at(host, port)?;
        let mut connection = link::first(&master).await?;
        let role = redis::cmd("ROLE").query_async::<Value>(&mut connection).await;
        let role = role.map_err(|error| link::refused(error, "ROLE"))?;
        if texts(&role).next() == Some("master") { Ok(master) } else { Err(ConnectError::NotMaster) }
    }

    /// The server that sentinels name so.
    fn at(&self, host: &str, port: &str) -> Result<Client, ConnectError> {
        let Self { scheme, login, database, .. } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        client(&format!("{scheme}://{login}{host}:{port}/{database}"), &self.options)
    }
}

/// Which of several errors is the one that is reported.
fn rank(error: &ConnectError) -> u8 {
    match error {
        ConnectError::Sentinels(_) => 0,
        ConnectError::UnknownMaster { .. } => 1,
        _ => 2,
    }
}

impl std::fmt::Debug for Sentinels {
    /// Without passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sentinels").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentinels(address: &str) -> Result<Option<Sentinels>, ConnectError> {
        Sentinels::new(address, &Options::default())
    }

    #[test]
    fn addresses_of_sentinels_name_each_of_them_and_their_master() {
        let address = "redis-sentinel://ann:s%40fe@one,two:5000,[::1],[::1]:5000/mymaster/3?sentinel_user=eve&sentinel_password=k%40y";
        let known = sentinels(address).expect("well-formed").expect("of sentinels");
        let addresses: Vec<String> = known
            .sentinels
            .iter()
            .map(|sentinel| {
                let info = sentinel.get_connection_info();
                let login = info.redis_settings();
                assert_eq!((login.username(), login.password()), (Some("eve"), Some("k@y")));
                info.addr().to_string()
            })
            .collect();
        assert_eq!(addresses, ["one:26379", "two:5000", "::1:26379", "::1:5000"]);
        let master = known.at("::2", "6379").expect("an address");
        let info = master.get_connection_info();
        let settings = info.redis_settings();
        assert_eq!((info.addr().to_string().as_str(), settings.db()), ("::2:6379", 3));
        assert_eq!((settings.username(), settings.password()), (Some("ann"), Some("s@fe")));
        assert!(!format!("{known:?}").contains("ann"));
        assert!(sentinels("redis://one/3").expect("of another kind").is_none());
    }

    #[test]
    fn malformed_addresses_of_sentinels_are_refused_without_their_passwords() {
        for address in [
            "redis-sentinel://",
            "redis-sentinel://ann:secret@one",
            "redis-sentinel://ann:secret@one/",
            "redis-sentinel:///mymaster",
            "redis-sentinel://one,,two/mymaster",
            "redis-sentinel://one/mymaster/database",
            "redis-sentinel://one/mymaster?password=secret",
            "redis-sentinel://one:port/mymaster",
        ] {
            let error = sentinels(address).expect_err(address);
            assert!(matches!(error, ConnectError::Address), "{address}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}
