//! How messages are compressed.

use std::{fmt, sync::Arc};

use http::{header, request::Parts};

use super::table::{amount, settings};
use crate::{
    contained::{Contained, contain},
    observe,
};

settings! {
    /// How messages are compressed: permessage-deflate (RFC 7692) on WebSockets, gzip for clients that poll. Given to
    /// [`Config::deflate`](crate::Config::deflate).
    ///
    /// The defaults save about half of the bytes of JSON from 1 KiB on. Each message is compressed on its own: a broadcast
    /// is compressed once for all its receivers, and an idle connection keeps nothing. The time, 17 µs for 1 KiB and 0.1 ms
    /// for 16 KiB, is taken from the task that emits.
    ///
    /// ```
    /// use socketio::{Config, config::Deflate};
    ///
    /// // traffic is dear
    /// let config = Config::new().deflate(Deflate::new().level(6));
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    #[must_use = "each method returns the changed settings: give them to `Config::deflate`"]
    pub struct Deflate;

    table {
        /// Shorter messages are sent as they are: compressing them saves nothing worth the time.
        threshold: usize = 1024 bytes, at least 1 byte;
        /// How hard to try: 1 is the fastest, 9 saves the most. 6 takes twice the time of 2 for 5 % fewer bytes; 1 hardly
        /// helps below 16 KiB.
        level: u8 = 2, at least 1, at most 9;
        /// Whether binary messages and attachments are compressed as well: pictures, sound and films are already.
        binary: bool = false;
    }

    others {
        when: When = When(None);
    }
}

impl Deflate {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// For which requests. Default: all except those of Apple's browsers, some of which inflate wrongly: Safari 15.0 to 15.3
    /// does, and there are reports about every browser on iOS up to today. `|_| true` allows them as well.
    ///
    /// ```
    /// use socketio::config::Deflate;
    ///
    /// // a proxy in the same building does it better
    /// let deflate = Deflate::new().when(|request| !request.headers.contains_key("x-local"));
    /// ```
    pub fn when(mut self, when: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        let when = Contained::new(when);
        self.when = When(Some(Arc::new(move |parts| (*when)(parts))));
        self
    }

    /// May the answers to this request be compressed?
    pub(crate) fn is_for(&self, parts: &Parts) -> bool {
        match &self.when.0 {
            // compressing is not worth a connection
            Some(when) => contain(|| when(parts)).unwrap_or_else(|panic| {
                observe::code_panicked("`Deflate::when`", &panic);
                false
            }),
            None => !is_apple(parts),
        }
    }

    /// The settings that are out of their bounds.
    pub(crate) fn faults(&self) -> Vec<(&'static str, &'static str)> {
        self.out_of_bounds()
    }
}

/// A program's choice of requests.
#[derive(Clone)]
pub(crate) struct When(Option<Choose>);

type Choose = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

impl PartialEq for When {
    /// The same choice, not an equal one.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "chosen by the program" } else { "not for Apple's browsers" })
    }
}

/// Is it a browser that uses Apple's network stack: Safari, or any on iOS?
fn is_apple(parts: &Parts) -> bool {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| {
        let has = |word| agent.contains(word);
        has("AppleWebKit/")
            && (has("iPhone") || has("iPad") || has("iPod") || has("Version/") && has("Safari/"))
            && !has("Android")
            || has("CFNetwork/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for(deflate: &Deflate, agent: &str) -> bool {
        let request = http::Request::get("/").header(header::USER_AGENT, agent);
        deflate.is_for(&request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn browsers_that_inflate_wrongly_are_left_out() {
        const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.2 Safari/605.1.15";
        const ON_IOS: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1";
        const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        const ANDROID: &str = "Mozilla/5.0 (Linux; U; Android 4.4.2) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/30.0 Mobile Safari/537.36";
        const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
        for agent in [SAFARI, ON_IOS, "App/1 CFNetwork/1410.0.3 Darwin/22.6.0"] {
            assert!(!is_for(&Deflate::new(), agent), "{agent}");
            assert!(is_for(&Deflate::new().when(|_| true), agent), "{agent}");
        }
        for agent in [CHROME, ANDROID, FIREFOX, "node", ""] {
            assert!(is_for(&Deflate::new(), agent), "{agent}");
            assert!(!is_for(&Deflate::new().when(|_| false), agent), "{agent}");
        }
    }

    #[test]
    fn choices_are_compared_by_identity() {
        let chosen = Deflate::new().when(|_| true);
        assert_eq!(chosen, chosen.clone());
        assert_ne!(chosen, Deflate::new());
        assert_ne!(chosen, Deflate::new().when(|_| true));
        assert_eq!(Deflate::new(), Deflate::default());
    }
}
