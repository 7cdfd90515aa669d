//! Origins (RFC 6454): how a list of them is written, and whether that of a request is among them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Which web pages may open a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origins {
    /// Pages of the host that the request is for, and programs that send no `Origin`.
    Same,
    /// Those, and the listed ones.
    Listed(Vec<String>),
    Any,
}

/// The origin of pages that have none: sandboxed frames, files, and `data:` URLs.
pub(crate) const NULL: &str = "null";

/// Before the parent of all hosts that are meant.
const BELOW: &str = "*.";

/// An origin in its parts. `ws://` is read as `http://`, `wss://` as `https://`.
///
/// Browsers send only scheme, host and port in an `Origin`, and a path more in a `Referer`. Native libraries make an `Origin`
/// of the URL that they open, so that it may have the scheme of a WebSocket, a name with a password, and a path as well;
/// no page can send such a one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Origin<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        // the path first: there may be a `@` in it
        let authority = authority.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority)?;
        let known = [("ws", "http"), ("wss", "https")];
        let known = known.iter().find(|(websocket, _)| scheme.eq_ignore_ascii_case(websocket));
        Some(Self { scheme: known.map_or(scheme, |(_, http)| http), host, port })
    }

    /// Returns `true` if a request with this `Host` asks the host that the page is from.
    pub(crate) fn is_of_host(&self, host: &str) -> bool {
        let (Some(default), Some((name, port))) = (self.default_port(), split_port(host)) else {
            return false;
        };
        !name.is_empty()
            && is_same_host(name, self.host)
            && port.unwrap_or(default) == self.port.unwrap_or(default)
    }

    fn matches(&self, listed: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(listed.scheme)
            && self.port() == listed.port()
            && match listed.host.strip_prefix(BELOW) {
                Some(parent) => is_below(self.host, parent),
                None => is_same_host(self.host, listed.host),
            }
    }

    fn port(&self) -> Option<u16> {
        self.port.or_else(|| self.default_port())
    }

    fn default_port(&self) -> Option<u16> {
        let known = [("http", 80), ("https", 443)];
        known.iter().find(|(scheme, _)| self.scheme.eq_ignore_ascii_case(scheme)).map(|&(_, port)| port)
    }
}

/// Returns `true` if a page of `origin` is meant by `listed`.
pub(crate) fn is_listed(listed: &str, origin: &str) -> bool {
    if listed == NULL || origin == NULL {
        return listed == origin;
    }
    match (Origin::parse(listed), Origin::parse(origin)) {
        (Some(listed), Some(origin)) => origin.matches(&listed),
        _ => false,
    }
}

/// `host`, `host:80`, `[::1]:80`. A port that is not one: `None`.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let name = match authority.find(']') {
        Some(end) if authority.starts_with('[') => end + 1,
        _ => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(name);
    if port.is_empty() {
        return Some((host, None));
    }
    let digits = port.strip_prefix(':')?;
    // `parse` takes a sign
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((host, Some(digits.parse().ok()?)))
}

fn is_same_host(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || ipv6(one).is_some_and(|address| ipv6(other) == Some(address))
}

/// An address may be written in several ways.
fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// `a.b.example.com` and `b.example.com` are below `example.com`, which is not below itself.
fn is_below(host: &str, parent: &str) -> bool {
    let Some(at) = host.len().checked_sub(parent.len()).filter(|&at| at >= 2) else { return false };
    let (label, rest) = host.as_bytes().split_at(at);
    label.ends_with(b".") && !label.starts_with(b".") && rest.eq_ignore_ascii_case(parent.as_bytes())
}

/// Checks an origin of a list: one that no browser and no library can send is a mistake of the list.
///
/// # Errors
/// What is wrong, after the name of the origin.
pub(super) fn check(listed: &str) -> Result<(), &'static str> {
    const FORM: &str = "has the form `https://host[:port]`";
    if listed == NULL {
        return Ok(());
    }
    if listed == "*" {
        return Err("would be every page: that is `any_origin()`");
    }
    if listed.contains(|char: char| char.is_whitespace() || char == ',') {
        return Err("has a blank or a comma: each origin is a string of its own");
    }
    if !listed.is_ascii() {
        return Err("is written as browsers send it: its host in Punycode, `https://xn--..`");
    }
    let (scheme, authority) = listed.split_once("://").ok_or(FORM)?;
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && scheme.starts_with(|char: char| char.is_ascii_alphabetic());
    if !is_scheme || authority.contains(['/', '?', '#', '@', '\\']) {
        return Err(FORM);
    }
    let (host, port) = split_port(authority).ok_or("has a port from 1 to 65535, or none")?;
    if port == Some(0) {
        return Err("has a port from 1 to 65535, or none");
    }
    if scheme.eq_ignore_ascii_case("file") {
        return if authority.is_empty() { Ok(()) } else { Err("has the form `file://`: files have no host") };
    }
    let is_web = ["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_web {
        // of an application (`capacitor://localhost`, `app://.`): it names its hosts as it likes
        return if host.contains('*') { Err(WILDCARD) } else { Ok(()) };
    }
    if host.starts_with('[') {
        return if ipv6(host).is_some() { Ok(()) } else { Err("has an IPv6 address in its brackets") };
    }
    let name = host.strip_prefix(BELOW).unwrap_or(host);
    if name.contains('*') {
        return Err(WILDCARD);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if !name.split('.').all(is_label) {
        return Err(FORM);
    }
    // browsers take a host that ends in a number for an address, and send it in its usual form
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit())
        && (name.parse::<Ipv4Addr>().is_err() || name.len() != host.len())
    {
        return Err("has an IPv4 address of four numbers, or a name");
    }
    Ok(())
}

const WILDCARD: &str = "may have one `*`, as the first label of a host: `https://*.example.com`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_origins_match_however_they_are_written() {
        for (listed, origin) in [
            ("https://app.example", "https://APP.example"),
            ("HTTPS://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("https://app.example", "https://app.example:443"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:8080", "http://app.example:8080"),
            ("https://*.example.com", "https://app.example.com"),
            ("https://*.example.com", "https://a.b.EXAMPLE.com"),
            ("https://*.example.com:8443", "https://app.example.com:8443"),
            ("http://[::1]:3000", "http://[0:0:0:0:0:0:0:1]:3000"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("null", "null"),
            ("file://", "file://"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("app://.", "app://."),
            // what native libraries make of their URL
            ("https://api.example", "wss://api.example"),
            ("https://api.example", "wss://api.example:443/"),
            ("https://api.example", "wss://api.example/socket.io/?a=https://b.example"),
            ("wss://api.example:443", "wss://api.example"),
            ("http://api.example", "ws://ann:secret@api.example:80"),
        ] {
            assert_eq!(check(listed), Ok(()), "{listed}");
            assert!(is_listed(listed, origin), "{listed} {origin}");
        }
    }

    #[test]
    fn others_do_not() {
        for (listed, origin) in [
            ("https://app.example", "http://app.example"),
            ("https://app.example", "https://app.example:80"),
            ("https://app.example", "https://app.example:+443"),
            ("https://app.example", "https://app.example.evil"),
            ("https://app.example", "https://evil-app.example"),
            ("https://app.example", "https://evil.example/@app.example"),
            ("https://app.example", "https://evil.example\\@app.example"),
            ("https://app.example", "https://evil.example?@app.example"),
            ("https://*.example.com", "https://example.com"),
            ("https://*.example.com", "https://.example.com"),
            ("https://*.example.com", "https://evilexample.com"),
            ("https://*.example.com", "https://app.example.com.evil"),
            ("https://*.example.com", "http://app.example.com"),
            ("https://*.example.com", "https://app.example.com:8443"),
            ("https://*.example.com", "https://com"),
            ("https://app.example", "null"),
            ("null", "https://app.example"),
            ("null", ""),
            ("file://", "null"),
            ("file://", "app://"),
            ("http://[::1]", "http://[::2]"),
        ] {
            assert!(!is_listed(listed, origin), "{listed} {origin}");
        }
    }

    #[test]
    fn what_can_match_nobody_is_a_mistake() {
        for listed in [
            "",
            " ",
            "*",
            "Null",
            "example.com",
            "//example.com",
            "://example.com",
            "https://",
            "https:example.com",
            " https://a.example",
            "https://a.example ",
            "https://a.example,https://b.example",
            "https://a.example\n",
            "https://a.example/",
            "https://a.example/path",
            "https://a.example?x",
            "https://a.example#x",
            "https://ann@a.example",
            "https://a.example:",
            "https://a.example:x",
            "https://a.example:0",
            "https://a.example:65536",
            "https://a.example:*",
            "https://*",
            "https://*.",
            "https://a.*.example",
            "https://*a.example",
            "https://*.*.example",
            "https://.example.com",
            "https://a..example",
            "https://bücher.example",
            "https://a%20b.example",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            "https://127.1",
            "https://1.2.3.4.5",
            "https://1.2.3.4.",
            "https://*.1.2.3.4",
            "file:///",
            "file://host",
            "1https://a.example",
            "app://*.x",
            "https://a:b@c",
        ] {
            assert!(check(listed).is_err(), "{listed:?}");
        }
    }

    #[test]
    fn a_request_is_for_the_host_of_its_page() {
        for (host, origin) in [
            ("a.example:3000", "http://A.example:3000"),
            ("a.example", "https://a.example:443"),
            ("a.example:443", "https://a.example"),
            ("a.example", "ws://a.example"),
            ("a.example:80", "ws://a.example"),
            ("a.example:443", "wss://a.example"),
            ("a.example", "wss://a.example:443"),
            ("a.example:8443", "wss://a.example:8443"),
            ("a.example:8443", "WSS://ann:secret@a.example:8443/"),
            ("[::1]:3000", "http://[::1]:3000"),
        ] {
            assert!(Origin::parse(origin).is_some_and(|origin| origin.is_of_host(host)), "{host} {origin}");
        }
        for (host, origin) in [
            ("a.example", "http://b.example"),
            ("a.example", "http://a.example.b"),
            ("a.example", "http://b.example/http://a.example/"),
            ("a.example", "http://b.example/@a.example"),
            ("a.example", "http://a.example:81"),
            ("a.example:80", "wss://a.example"),
            ("a.example", "wss://b.example"),
            ("a.example", "null"),
            ("a.example", ""),
            ("a.example", "ftp://a.example"),
            ("a.example", "file://a.example"),
            ("", "http://"),
            ("", "http:///"),
        ] {
            assert!(!Origin::parse(origin).is_some_and(|origin| origin.is_of_host(host)), "{host} {origin}");
        }
    }

    proptest::proptest! {
        /// An accepted one matches itself, unless it stands for others.
        #[test]
        fn an_accepted_origin_matches(listed in "(https?|wss?|app|file)://[a-z0-9.*:\\[\\]@/-]{0,12}") {
            let _ = Origin::parse(&listed);
            if check(&listed).is_ok() {
                let sent = listed.replace('*', "a");
                proptest::prop_assert!(is_listed(&listed, &sent), "{}", listed);
            }
        }

        #[test]
        fn no_text_panics(listed in proptest::prelude::any::<String>(), origin in proptest::prelude::any::<String>()) {
            let _ = (check(&listed), is_listed(&listed, &origin), Origin::parse(&origin).map(|it| it.is_of_host(&listed)));
        }
    }
}
