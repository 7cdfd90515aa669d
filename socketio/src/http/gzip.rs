//! Answers to clients that poll, compressed: RFC 9110 section 8.4.1.3.

use http::{HeaderMap, HeaderValue, header, request::Parts};

use crate::{
    config::Config,
    connection::{Mailbox, Payload, packing},
};

/// May the answer to this request be compressed?
pub(super) fn is_taken(parts: &Parts, config: &Config) -> bool {
    config.deflate.as_ref().is_some_and(|settings| takes_gzip(&parts.headers) && settings.is_for(parts))
}

/// What answers a GET, compressed if that is on, the client takes it, and it becomes shorter. Each answer is compressed
/// for itself: it holds what this session was sent since the last one.
pub(super) fn packed(
    payload: Payload,
    mailbox: &Mailbox,
    is_taken: bool,
    headers: &mut HeaderMap,
) -> Payload {
    let settings = mailbox.config().deflate.as_ref();
    let Some(settings) = settings.filter(|settings| payload.len() >= settings.threshold) else {
        return payload;
    };
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !is_taken || mailbox.is_never_packed() {
        return payload;
    }
    match packing::gzip(settings, payload.as_ref()) {
        Some(packed) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            payload.map(|_| packed)
        }
        None => payload,
    }
}

/// Does `Accept-Encoding` name it, or everything, with a weight above 0?
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    let (mut named, mut others) = (None, false);
    for coding in values.flat_map(|value| value.split(',')) {
        let (name, weight) = coding.split_once(';').map_or((coding, ""), |(name, weight)| (name, weight));
        let is_zero = weight
            .trim_start()
            .strip_prefix(['q', 'Q'])
            .and_then(|weight| weight.trim_start().strip_prefix('='))
            .is_some_and(|weight| weight.trim().bytes().all(|byte| byte == b'0' || byte == b'.'));
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                named = Some(!is_zero);
            }
            "*" => others = !is_zero,
            _ => {}
        }
    }
    named.unwrap_or(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_by_those_that_say_so() {
        for (accepted, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("deflate, GZIP;q=0.5", true),
            ("x-gzip", true),
            ("*", true),
            ("*;q=0", false),
            ("gzip;q=0, *", false),
            ("gzip; q=0.000", false),
            ("gzip;q=0.001", true),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), takes, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
