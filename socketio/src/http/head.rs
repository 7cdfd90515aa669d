//! The head of a request, brought into the form that checks and handlers read, whatever version of HTTP it came in.

use http::{HeaderMap, HeaderValue, header, request::Parts, uri::Authority};

/// `Host` is the host that is asked, and `Cookie` is one header.
///
/// HTTP/2 has no `Host`: it has `:authority` (RFC 9113 8.3.1), which hyper puts into the URI. A request of HTTP/1.1 may
/// name it there as well, and then its `Host` is ignored (RFC 9112 3.2.2).
pub(super) fn settle(parts: &mut Parts) {
    if let Some(host) = parts.uri.authority().and_then(host) {
        parts.headers.insert(header::HOST, host);
    }
    if let Some(cookies) = joined_cookies(&parts.headers) {
        parts.headers.insert(header::COOKIE, cookies);
    }
}

/// The authority without a name and a password.
fn host(authority: &Authority) -> Option<HeaderValue> {
    let host = authority.as_str();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    HeaderValue::from_str(host).ok()
}

/// Clients of HTTP/2 send cookies in pieces: RFC 9113 8.2.3, which says how they are joined. `None`: it is one already.
fn joined_cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let pieces: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if pieces.len() < 2 { None } else { HeaderValue::from_bytes(&pieces.join(&b"; "[..])).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(uri: &str, headers: &[(&str, &str)]) -> HeaderMap {
        let mut request = http::Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).expect("valid").into_parts();
        settle(&mut parts);
        parts.headers
    }

    #[test]
    fn the_host_is_the_authority_of_the_uri() {
        for (uri, host, expected) in [
            ("http://a.example:3000/x", None, Some("a.example:3000")),
            ("http://a.example/x", Some("b.example"), Some("a.example")),
            ("http://ann:secret@a.example/x", None, Some("a.example")),
            ("http://[::1]:80/x", None, Some("[::1]:80")),
            ("/x", Some("b.example"), Some("b.example")),
            ("/x", None, None),
        ] {
            let headers: Vec<_> = host.iter().map(|host| ("host", *host)).collect();
            let settled = settled(uri, &headers);
            assert_eq!(
                settled.get(header::HOST).map(HeaderValue::as_bytes),
                expected.map(str::as_bytes),
                "{uri}"
            );
            assert!(settled.get_all(header::HOST).iter().count() <= 1);
        }
    }

    #[test]
    fn cookies_are_one_header() {
        let settled = settled(
            "/x",
            &[("cookie", "lang=en"), ("x", "y"), ("cookie", "session=abc"), ("cookie", "c=d; e=f")],
        );
        let cookies: Vec<_> = settled.get_all(header::COOKIE).iter().collect();
        assert_eq!(cookies, ["lang=en; session=abc; c=d; e=f"]);
    }

    #[test]
    fn one_cookie_header_stays_as_it_is() {
        let settled = settled("/x", &[("cookie", "lang=en;a=b")]);
        assert_eq!(settled.get(header::COOKIE).map(HeaderValue::as_bytes), Some(&b"lang=en;a=b"[..]));
    }
}
