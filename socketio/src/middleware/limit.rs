//! How often a client may do what it does.

use std::{
    borrow::Cow,
    fmt,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Call, Gate, Stop,
    rate::{Keyed, Rate},
};
use crate::error::{ClientError, code};

/// A gate that limits how often clients send events, and how often they connect.
///
/// A limit of `count` for each `per` is a bucket: `count` at once where nothing came before, then one each `per / count`.
/// An event must pass every limit that applies to it.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::{SocketIo, middleware::RateLimit, on};
///
/// #[on("chat:send")]
/// fn send(text: String) {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let second = Duration::from_secs(1);
/// let limit = RateLimit::per_socket(50, second) // all events of a socket
///     .event("chat:send", 5, second)
///     .connects(10, Duration::from_secs(60)); // of an address
/// let io = SocketIo::builder().discover().gate(limit).build()?;
/// # Ok(())
/// # }
/// ```
///
/// What is too much is refused with the error `rate_limited`, whose data is `{"retry_after_ms": n}`; see
/// [`excess`](Self::excess). Events that the server [fires](crate::Socket::fire) count like those of the client.
///
/// # Addresses
///
/// The address is that of the TCP connection, which the server knows if it is served with
/// `into_make_service_with_connect_info::<SocketAddr>()`; of an IPv6 address, the first 64 bits. After a proxy all
/// clients have the proxy's: name the header in which it puts theirs, with [`trust_header`](Self::trust_header). Limits by
/// address do not apply to a connection whose address is not known, which is logged as an error.
///
/// # Memory
///
/// The buckets of a socket are 24 bytes for each limit it has met. Those of addresses and keys are kept for as long as they
/// say something, and at most [`max_keys`](Self::max_keys) of them for each limit: with more, those that were not used for
/// the longest time are forgotten.
#[must_use = "give it to `gate(..)`"]
pub struct RateLimit {
    limits: Vec<Limit>,
    excess: Excess,
    header: Option<Cow<'static, str>>,
    max_keys: usize,
}

/// What becomes of an event that is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Excess {
    /// It is answered with the error `rate_limited`, and raises the `error` event.
    #[default]
    Refuse,
    /// Nothing happens at all.
    Drop,
    /// The socket is [disconnected](crate::Socket::disconnect).
    Disconnect,
}

struct Limit {
    to: To,
    rate: Rate,
    by: By,
    /// Its buckets in a socket are found by this number.
    number: u64,
}

/// What a limit applies to.
enum To {
    Events,
    Event(Cow<'static, str>),
    Connects,
}

/// Whose bucket it is.
enum By {
    Socket,
    Address(Keyed<IpAddr>),
    Key(Key, Keyed<String>),
}

type Key = Arc<dyn Fn(&Call) -> Option<String> + Send + Sync>;

/// The buckets of one socket, by the number of their limit: in its extensions.
#[derive(Default)]
struct Buckets(Mutex<Vec<(u64, Option<Instant>)>>);

/// So many addresses or keys are remembered for each limit.
const MAX_KEYS: usize = 100_000;

static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);

impl RateLimit {
    /// Limits all events of a socket together.
    pub fn per_socket(count: u32, per: Duration) -> Self {
        Self::new().with(To::Events, count, per, By::Socket)
    }

    /// Limits all events of an address together, from however many connections they come.
    pub fn per_address(count: u32, per: Duration) -> Self {
        let by = By::Address(Keyed::new(Rate::new(count, per), MAX_KEYS));
        Self::new().with(To::Events, count, per, by)
    }

    /// Limits all events that have the same key together: a user, an organisation. Those for which `key` returns
    /// `None` are not limited.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use socketio::{extract::Extension, middleware::RateLimit};
    ///
    /// struct User { name: String }
    ///
    /// let limit = RateLimit::per_key(100, Duration::from_secs(60), |call| {
    ///     let user = call.get::<Option<Extension<User>>>().ok()??;
    ///     Some(user.name.clone())
    /// });
    /// ```
    pub fn per_key(
        count: u32,
        per: Duration,
        key: impl Fn(&Call) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let by = By::Key(Arc::new(key), Keyed::new(Rate::new(count, per), MAX_KEYS));
        Self::new().with(To::Events, count, per, by)
    }

    /// Limits nothing yet.
    pub fn new() -> Self {
        Self { limits: vec![], excess: Excess::Refuse, header: None, max_keys: MAX_KEYS }
    }

    /// And limits one event of a socket.
    pub fn event(self, name: impl Into<Cow<'static, str>>, count: u32, per: Duration) -> Self {
        self.with(To::Event(name.into()), count, per, By::Socket)
    }

    /// And limits how often an address may connect to a namespace.
    pub fn connects(self, count: u32, per: Duration) -> Self {
        let by = By::Address(Keyed::new(Rate::new(count, per), self.max_keys));
        self.with(To::Connects, count, per, by)
    }

    /// And whatever another one limits.
    pub fn and(mut self, other: Self) -> Self {
        self.limits.extend(other.limits);
        self
    }

    /// What becomes of an event that is too much. Default: [`Excess::Refuse`]. A client that connects too often is
    /// refused in any case.
    pub fn excess(mut self, excess: Excess) -> Self {
        self.excess = excess;
        self
    }

    /// The header in which *your* proxy puts the client's address: `x-forwarded-for`, `x-real-ip`. Of several addresses
    /// the last one counts: what stands before it, the client may have written itself.
    ///
    /// Only for a server that cannot be reached past that proxy: any client can send any header.
    pub fn trust_header(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.header = Some(name.into());
        self
    }

    /// How many addresses or keys are remembered for each limit: at least 32. Default: 100 000, which are some 5 MiB.
    pub fn max_keys(mut self, max: usize) -> Self {
        self.max_keys = max;
        for limit in &mut self.limits {
            match &mut limit.by {
                By::Socket => {}
                By::Address(keyed) => *keyed = Keyed::new(limit.rate, max),
                By::Key(_, keyed) => *keyed = Keyed::new(limit.rate, max),
            }
        }
        self
    }

    fn with(mut self, to: To, count: u32, per: Duration, by: By) -> Self {
        let number = LAST_NUMBER.fetch_add(1, Ordering::Relaxed);
        self.limits.push(Limit { to, rate: Rate::new(count, per), by, number });
        self
    }

    fn address(&self, call: &Call) -> Option<IpAddr> {
        let handshake = call.socket().handshake();
        let address = match &self.header {
            None => handshake.address().map(|address| address.ip()),
            Some(name) => {
                let values = handshake.headers().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                values.last().and_then(|(_, value)| value.rsplit(',').next()?.trim().parse().ok())
            }
        };
        if address.is_none() {
            call.socket()
                .core()
                .namespace
                .observer
                .not_set_up("the address of a client, for a limit by address");
        }
        address.map(network)
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::new()
    }
}

/// What one subscriber of an IPv6 network has is a whole network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        four @ IpAddr::V4(_) => four,
    }
}

impl Limit {
    fn applies(&self, call: &Call) -> bool {
        match &self.to {
            To::Events => call.moment().is_none(),
            To::Event(name) => call.moment().is_none() && call.event() == name,
            To::Connects => call.is_connect(),
        }
    }
}

impl Gate for RateLimit {
    fn check(&self, call: &Call) -> Result<(), Stop> {
        let mut now = None;
        for limit in self.limits.iter().filter(|limit| limit.applies(call)) {
            let now = *now.get_or_insert_with(Instant::now);
            let taken = match &limit.by {
                By::Socket => take_of_socket(call, limit, now),
                By::Address(keyed) => self.address(call).map_or(Ok(()), |address| keyed.take(address, now)),
                By::Key(key, keyed) => key(call).map_or(Ok(()), |key| keyed.take(key, now)),
            };
            if let Err(wait) = taken {
                call.socket().core().namespace.table.counts_for(call.event()).limited.one();
                return Err(self.refuse(call, wait));
            }
        }
        Ok(())
    }
}

impl RateLimit {
    fn refuse(&self, call: &Call, wait: Duration) -> Stop {
        match self.excess {
            _ if call.is_connect() => Stop::Refuse(limited(wait)),
            Excess::Refuse => Stop::Refuse(limited(wait)),
            Excess::Drop => Stop::Drop,
            Excess::Disconnect => {
                call.socket().disconnect();
                Stop::Drop
            }
        }
    }
}

/// The error that says when to try again.
fn limited(wait: Duration) -> ClientError {
    #[derive(serde::Serialize)]
    struct Data {
        retry_after_ms: u64,
    }
    // a client that waits for so long is not told to wait once more
    let retry_after_ms = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    let error = ClientError::new(code::RATE_LIMITED, "too many requests");
    error.clone().with_data(&Data { retry_after_ms }).unwrap_or(error)
}

fn take_of_socket(call: &Call, limit: &Limit, now: Instant) -> Result<(), Duration> {
    let extensions = call.socket().extensions();
    let buckets = extensions.get::<Buckets>().unwrap_or_else(|| {
        extensions.insert(Buckets::default());
        extensions.get().unwrap_or_default()
    });
    let mut buckets = buckets.0.lock().unwrap_or_else(PoisonError::into_inner);
    let at = match buckets.iter().position(|(number, _)| *number == limit.number) {
        Some(at) => at,
        None => {
            buckets.push((limit.number, None));
            buckets.len() - 1
        }
    };
    limit.rate.take(&mut buckets[at].1, now)
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("limits", &self.limits.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_is_its_network() {
        let network = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
