//! The compressor of the thread, and whom it compresses for. A connection owns neither a compressor nor a window.

use crate::{config::Deflate, proto::deflate::InflateFault};

pub(crate) use self::thread::{Packer, inflate};

/// How the messages of one connection are compressed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packing<'a> {
    pub(crate) settings: &'a Deflate,
    /// The client inflates with a window of this many bits.
    pub(crate) window: u8,
}

/// A text as a file of gzip. `None`: it would not become shorter.
pub(crate) fn gzip(settings: &Deflate, text: &[u8]) -> Option<Vec<u8>> {
    Packer::take(settings).file(text)
}

#[cfg(feature = "deflate")]
mod thread {
    use std::cell::RefCell;

    use super::{Deflate, InflateFault};
    use crate::proto::deflate::{Deflater, Inflater};

    thread_local! {
        static DEFLATER: RefCell<Option<Deflater>> = const { RefCell::new(None) };
        static INFLATER: RefCell<Option<Inflater>> = const { RefCell::new(None) };
    }

    /// The thread's compressor, until this is dropped.
    pub(crate) struct Packer(Option<Deflater>);

    impl Packer {
        pub(crate) fn take(settings: &Deflate) -> Self {
            let kept = DEFLATER.take().filter(|deflater| deflater.level() == settings.level);
            Self(Some(kept.unwrap_or_else(|| Deflater::new(settings.level))))
        }

        /// A compressed message, with `gap` bytes before it. `None`: it would not become shorter.
        pub(crate) fn message(&mut self, gap: usize, message: &[u8]) -> Option<&mut [u8]> {
            #[cfg(test)]
            super::count();
            self.0.as_mut()?.message(gap, message)
        }

        /// A whole file of gzip. `None`: it would not become shorter.
        pub(super) fn file(&mut self, text: &[u8]) -> Option<Vec<u8>> {
            self.0.as_mut()?.file(text)
        }

        /// The beginning of a compressed message, which is flushed to a byte, with `gap` bytes before it.
        pub(crate) fn beginning(&mut self, gap: usize, message: &[u8]) -> Option<&[u8]> {
            #[cfg(test)]
            super::count();
            self.0.as_mut()?.beginning(gap, message)
        }
    }

    impl Drop for Packer {
        fn drop(&mut self) {
            DEFLATER.set(self.0.take());
        }
    }

    /// Inflates a message, up to `max` bytes.
    pub(crate) fn inflate(message: &[u8], max: usize) -> Result<Vec<u8>, InflateFault> {
        let mut inflater = INFLATER.take().unwrap_or_else(Inflater::new);
        let inflated = inflater.message(message, max);
        INFLATER.set(Some(inflater));
        inflated
    }
}

/// `build()` refuses the setting without the feature: nothing is ever compressed.
#[cfg(not(feature = "deflate"))]
mod thread {
    use super::{Deflate, InflateFault};

    pub(crate) struct Packer;

    impl Packer {
        pub(crate) fn take(_: &Deflate) -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "has the form of the other one")]
        pub(crate) fn message(&mut self, _: usize, _: &[u8]) -> Option<&mut [u8]> {
            None
        }

        #[expect(clippy::unused_self, reason = "has the form of the other one")]
        pub(super) fn file(&mut self, _: &[u8]) -> Option<Vec<u8>> {
            None
        }

        #[expect(clippy::unused_self, reason = "has the form of the other one")]
        pub(crate) fn beginning(&mut self, _: usize, _: &[u8]) -> Option<&[u8]> {
            None
        }
    }

    pub(crate) fn inflate(_: &[u8], _: usize) -> Result<Vec<u8>, InflateFault> {
        Err(InflateFault::Malformed)
    }
}

#[cfg(all(feature = "deflate", test))]
thread_local! {
    static COMPRESSIONS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(all(feature = "deflate", test))]
fn count() {
    COMPRESSIONS.with(|count| count.set(count.get() + 1));
}

/// How many messages this thread has compressed.
#[cfg(all(feature = "deflate", test))]
pub(crate) fn compressions() -> usize {
    COMPRESSIONS.get()
}
