//! The codes of the errors that the framework itself sends to clients.
//!
//! The list is closed: a [`ClientError`](crate::ClientError) with any other code comes from the program. Use them for
//! what means the same, and in tests:
//!
//! ```
//! use socketio::{ClientError, error::code};
//!
//! fn find(id: u32) -> Result<&'static str, ClientError> {
//!     match id {
//!         1 => Ok("one"),
//!         _ => Err(ClientError::new(code::REJECTED, "no such thing")),
//!     }
//! }
//!
//! assert_eq!(find(2).expect_err("not there").code(), "rejected");
//! ```
//!
//! A namespace that no handler names is refused as the reference refuses it: with the message `Invalid namespace`, and
//! without a code.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $code;)+

        #[cfg(any(test, feature = "contract"))]
        pub(crate) const ALL: &[&str] = &[$($name),+];
    };
}

codes! {
    /// The event has no handler, and the namespace has no `fallback`.
    UNKNOWN_EVENT = "unknown_event";
    /// An argument, the `auth` or a parameter of the namespace is missing, or has another form than its type.
    BAD_PAYLOAD = "bad_payload";
    /// A payload was decoded, and its validation found fields that are invalid: see
    /// [`Payload`](derive@crate::Payload).
    INVALID = "invalid";
    /// An [`Extension`](crate::extract::Extension) is not there, or an axum extractor rejected the request.
    REJECTED = "rejected";
    /// The handler panicked.
    PANICKED = "panicked";
    /// An [`Ack`](crate::Ack) was dropped before it was used.
    UNANSWERED = "unanswered";
    /// An error of the framework or an [internal](crate::ClientError::internal) one went through `?` in a handler; the answer could
    /// not be encoded; a hand-written extractor asked for a state that the server does not have.
    INTERNAL = "internal";
    /// The program [disconnected](crate::Socket::disconnect) the socket before its connect handlers had accepted it.
    DISCONNECTED = "disconnected";
    /// The connect handlers took longer than [`connect_handler_timeout`](crate::Config::connect_handler_timeout), or
    /// the handlers of an event longer than [`Timeout`](crate::middleware::Timeout) lets them.
    TIMEOUT = "timeout";
    /// A [`RateLimit`](crate::middleware::RateLimit) was exceeded.
    RATE_LIMITED = "rate_limited";
    /// The socket's time is over: see [`expires_at`](crate::Socket::expires_at).
    EXPIRED = "expired";
    /// The `auth` of a Socket.IO client is longer than [`max_auth`](crate::Config::max_auth).
    AUTH_TOO_LONG = "auth_too_long";
    /// Too many events of other nodes wait: the answer to the node that asked.
    OVERLOADED = "overloaded";
    /// More namespaces that were made by patterns live than
    /// [`max_dynamic_namespaces`](crate::Config::max_dynamic_namespaces) allows.
    TOO_MANY_NAMESPACES = "too_many_namespaces";
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use super::ALL;

    /// The source files of the crate that are not tests.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["test", "tests"].contains(&&*name) {
                    sources(&path, found);
                }
            } else if name.ends_with(".rs") && name != "tests.rs" {
                found.push(path);
            }
        }
    }

    /// What is compiled into the product: without comments, and without what follows `#[cfg(test)] mod`.
    fn product(text: &str) -> String {
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn no_code_is_written_anywhere_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = vec![];
        sources(&root, &mut files);
        assert!(files.len() > 50, "{} files", files.len());
        for file in files.iter().filter(|file| !file.ends_with("error/code.rs")) {
            let text = product(&fs::read_to_string(file).expect("a text"));
            let packed: String = text.split_whitespace().collect();
            assert!(!packed.contains("ClientError::new(\""), "{}: a code of its own", file.display());
            // a moment of the life cycle has the name of this one: the word alone does not tell which is meant
            for code in ALL.iter().filter(|code| **code != super::EXPIRED) {
                assert!(
                    !text.contains(&format!("\"{code}\"")),
                    "{}: {code:?} has a constant",
                    file.display()
                );
            }
        }
    }

    #[test]
    fn the_guide_lists_exactly_these() {
        let guide = include_str!("../docs/guide/errors.md");
        let (_, chapter) = guide.split_once("# The framework's own codes").expect("a chapter");
        let rows = chapter.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
        let listed: BTreeSet<&str> =
            rows.take_while(|line| line.starts_with('|')).filter_map(|row| row.split('`').nth(1)).collect();
        assert_eq!(listed, ALL.iter().copied().collect());
    }
}
