//! Text that is put together at compile time, for error messages.

/// What fits into a message.
const LEN: usize = 1024;

pub(super) struct Text {
    bytes: [u8; LEN],
    /// Invariant: `bytes[..len]` is UTF-8.
    len: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; LEN], len: 0 }
    }

    /// Appends a text, unless it does not fit any more.
    pub(super) const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if text.len() > LEN - self.len {
            return self;
        }
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    pub(super) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "an event name is wrong",
        }
    }
}

pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
