//! Pages of other origins: which may connect, and what they may read.

use http::{HeaderMap, HeaderValue, header};

use super::upgrade::Rejected;
use crate::config::{Config, Origins};

/// A browser sends the page's origin. It must be the host that is asked, or be listed; a program sends none.
pub(crate) fn check_origin(headers: &HeaderMap, config: &Config) -> Result<(), Rejected> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let allowed = is_same_host(headers, origin) || sharing(origin, config).is_some();
    if allowed { Ok(()) } else { Err(Rejected::ForeignOrigin) }
}

/// What a page of another origin may read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Answers to requests that carry no cookies.
    Anonymous,
    WithCredentials,
}

/// What pages of this origin may read. `None`: nothing, unless they are of the same host.
pub(crate) fn sharing(origin: &HeaderValue, config: &Config) -> Option<Sharing> {
    match &config.origins {
        Origins::Any => Some(Sharing::Anonymous),
        Origins::Same => None,
        Origins::Listed(listed) => {
            let is_listed = |listed: &String| origin.as_bytes().eq_ignore_ascii_case(listed.as_bytes());
            listed.iter().any(is_listed).then_some(Sharing::WithCredentials)
        }
    }
}

fn is_same_host(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let (Some(host), Some((scheme, origin))) = (host, origin) else { return false };
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    bare(host) == bare(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, origin: Option<&str>, origins: &Origins) -> bool {
        let config = Config { origins: origins.clone(), ..Config::default() };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).expect("valid"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).expect("valid"));
        }
        check_origin(&headers, &config).is_ok()
    }

    #[test]
    fn pages_of_the_same_host_may_connect() {
        assert!(check("a.example:3000", None, &Origins::Same));
        assert!(check("a.example:3000", Some("http://A.example:3000"), &Origins::Same));
        assert!(check("a.example", Some("https://a.example:443"), &Origins::Same));
        for foreign in
            ["http://b.example", "http://a.example.b", "http://a.example:81", "null", "", "ftp://a.example"]
        {
            assert!(!check("a.example", Some(foreign), &Origins::Same), "{foreign}");
        }
    }

    #[test]
    fn listed_origins_may_connect() {
        let listed = Origins::Listed(vec!["https://app.example".to_owned()]);
        assert!(check("api.example", Some("https://APP.example"), &listed));
        assert!(check("api.example", Some("https://api.example"), &listed));
        assert!(!check("api.example", Some("http://app.example"), &listed));
        assert!(check("api.example", Some("null"), &Origins::Any));
    }
}
