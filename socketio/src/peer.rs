//! Whose connection it is, as far as shares go.

use std::net::{IpAddr, Ipv6Addr};

/// The address for which shares are counted: an IPv4 address, or the /64 of an IPv6 address, of which one household has
/// all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(IpAddr);

impl Peer {
    pub(crate) fn new(address: IpAddr) -> Self {
        // a socket for both families shows IPv4 as `::ffff:a.b.c.d`
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(Ipv6Addr::from(network).into())
            }
        }
    }
}

/// The number of a network connection, over which many sessions may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Line(pub(crate) u64);

/// Where a request comes from, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Source {
    pub(crate) peer: Option<Peer>,
    /// Unless it is the one of a proxy, which brings everybody's requests.
    pub(crate) line: Option<Line>,
}

/// One that shares are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Line(Line),
    Peer(Peer),
}

impl Source {
    /// All that the place counts for, the smallest share first.
    pub(crate) fn holders(self) -> impl Iterator<Item = Holder> {
        self.line.map(Holder::Line).into_iter().chain(self.peer.map(Holder::Peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_peer() {
        let peer = |address: &str| Peer::new(address.parse().expect("an address"));
        assert_eq!(peer("2001:db8:1:2::3"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::3"), peer("2001:db8:1:3::3"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }
}
