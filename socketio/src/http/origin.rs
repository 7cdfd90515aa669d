//! Pages of other origins: which may connect, and what they may read.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::upgrade::Rejected;
use crate::{
    config::{
        Config,
        origins::{NULL, Origin, Origins, is_listed},
    },
    proto::engine::RequestError,
};

/// A browser sends the page's origin. It must be the host that is asked, or be listed; a program sends none.
///
/// With a request for a script, a picture or a frame a browser sends no origin either, but says how far away the page
/// is: such requests bring the user's cookies along, so they are for the server's own pages.
pub(crate) fn check_origin(headers: &HeaderMap, config: &Config) -> Result<(), Rejected> {
    let allowed = match headers.get(header::ORIGIN) {
        Some(origin) => is_same_host(headers, origin) || sharing(origin, config).is_some(),
        None => config.origins == Origins::Any || site(headers).is_none_or(is_own_site),
    };
    if allowed { Ok(()) } else { Err(Rejected::ForeignOrigin(headers.get(header::ORIGIN).cloned())) }
}

/// May the answer be a script? Any page may run a script of any host and hear what it says, so the request must show
/// that it comes from a page of ours; without a sign it does not, also where any origin may connect.
pub(crate) fn check_script(headers: &HeaderMap, config: &Config) -> Result<(), RequestError> {
    let refused = |text: &str| Err(RequestError::Forbidden(text.to_owned()));
    if !config.jsonp {
        return refused("answers as scripts are off: the server allows them with `Config::jsonp(true)`");
    }
    let names_us = |name| headers.get(name).is_some_and(|page| is_same_host(headers, page));
    let is_ours = match site(headers) {
        Some(site) => is_own_site(site),
        // an old browser: what it says of the page it says of itself, a page can only suppress it
        None => names_us(header::ORIGIN) || names_us(header::REFERER),
    };
    if is_ours { Ok(()) } else { refused("answers as scripts are for pages of this server's host only") }
}

/// How far away the page is that asks, as the browser sees it, over all redirects. Pages cannot set it.
fn site(headers: &HeaderMap) -> Option<&HeaderValue> {
    // a name of text is parsed each time
    static SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    headers.get(&SITE)
}

/// A page of this origin, or none: an address that somebody typed. `same-site` is another host of the same domain.
fn is_own_site(site: &HeaderValue) -> bool {
    site == "same-origin" || site == "none"
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
            let origin = origin.to_str().ok()?;
            // every page can put a frame into a sandbox: the answers to somebody's cookies are not for that one
            let share = if origin == NULL { Sharing::Anonymous } else { Sharing::WithCredentials };
            listed.iter().any(|listed| is_listed(listed, origin)).then_some(share)
        }
    }
}

fn is_same_host(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(Origin::parse);
    host.zip(origin).is_some_and(|(host, origin)| origin.is_of_host(host))
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
