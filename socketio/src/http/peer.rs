//! The address that a request comes from: the connection's, or the one that a trusted proxy has written down.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, request::Parts};

use crate::{
    config::{Config, TrustedProxies},
    peer::{Line, Peer, Source},
};

/// Whose shares this request counts for.
pub(super) fn source(parts: &Parts, config: &Config) -> Source {
    // a proxy brings the requests of everybody over one connection
    let line = config.trusted_proxies.is_none().then(|| parts.extensions.get::<Line>().copied());
    Source { peer: peer(parts, config), line: line.flatten() }
}

/// `None`: nobody has said where it comes from.
fn peer(parts: &Parts, config: &Config) -> Option<Peer> {
    let forwarded = || forwarded(&parts.headers, config.trusted_proxies.as_ref()?);
    let connected = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    forwarded().or_else(connected).map(Peer::new)
}

/// Each proxy adds the address that it sees at the end, so what counts is found from there: a client can write anything
/// to the left of it.
fn forwarded(headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let lines = headers.get_all(&*proxies.header).iter().rev();
    let mut addresses = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
    let address = str::from_utf8(addresses.nth(proxies.count - 1)?).ok()?.trim();
    let bare = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address);
    bare.parse().ok().or_else(|| Some(address.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn the_trusted_proxies_address_counts() {
        let connected: SocketAddr = "192.0.2.9:1234".parse().expect("an address");
        let seen = |lines: &[&str], count: Option<usize>| {
            let mut request = Request::get("/").extension(ConnectInfo(connected));
            for line in lines {
                request = request.header("X-Forwarded-For", *line);
            }
            let mut config = Config::new();
            if let Some(count) = count {
                config = config.trusted_proxies("x-forwarded-for", count);
            }
            peer(&request.body(()).expect("valid").into_parts().0, &config)
        };
        let is = |address: &str| Some(Peer::new(address.parse().expect("an address")));
        assert_eq!(seen(&["203.0.113.1"], None), is("192.0.2.9"), "nobody is trusted");
        assert_eq!(seen(&[], Some(1)), is("192.0.2.9"));
        assert_eq!(seen(&["203.0.113.1"], Some(1)), is("203.0.113.1"));
        assert_eq!(
            seen(&["6.6.6.6, 203.0.113.1"], Some(1)),
            is("203.0.113.1"),
            "what the client wrote is left of it"
        );
        assert_eq!(seen(&["6.6.6.6", "203.0.113.1, 198.51.100.7"], Some(2)), is("203.0.113.1"));
        assert_eq!(seen(&["6.6.6.6", "203.0.113.1"], Some(1)), is("203.0.113.1"), "the last line");
        assert_eq!(seen(&["203.0.113.1"], Some(2)), is("192.0.2.9"), "around the first proxy");
        for (text, address) in [
            ("203.0.113.1:5000", "203.0.113.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:5000", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(seen(&[text], Some(1)), is(address), "{text}");
        }
        for nonsense in ["", ",", "unknown", "203.0.113.1,", "\"203.0.113.1\""] {
            assert_eq!(seen(&[nonsense], Some(1)), is("192.0.2.9"), "{nonsense}");
        }
    }
}
