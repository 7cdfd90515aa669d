//! What a GET fetches, on the account of its connection until the client has taken it.

use std::{fmt, sync::Arc};

use super::{Amount, Outbox};

/// What has the outbox of a connection.
pub(crate) trait Outbound: Send + Sync {
    fn outbox(&self) -> &Outbox;
}

/// The answer to a GET. What it holds of the outbox counts until this is dropped: the client has taken it then, or never
/// will.
pub(crate) struct Payload {
    bytes: Vec<u8>,
    is_text: bool,
    account: Option<(Arc<dyn Outbound>, Amount)>,
}

impl Payload {
    /// Packets that were in no outbox.
    pub(crate) fn of(text: impl Into<Vec<u8>>) -> Self {
        Self { bytes: text.into(), is_text: true, account: None }
    }

    /// Packets that were taken from the outbox of this account.
    pub(crate) fn taken(bytes: Vec<u8>, is_text: bool, amount: Amount, account: Arc<dyn Outbound>) -> Self {
        Self { bytes, is_text, account: Some((account, amount)) }
    }

    /// The same in another form.
    pub(crate) fn map(mut self, form: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        self.bytes = form(&self.bytes);
        self
    }

    pub(crate) fn is_text(&self) -> bool {
        self.is_text
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where it is noted that the client takes some of it.
    pub(crate) fn account(&self) -> Option<Arc<dyn Outbound>> {
        self.account.as_ref().map(|(account, _)| account.clone())
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        if let Some((account, amount)) = self.account.take() {
            account.outbox().fetched(amount);
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("len", &self.len()).finish_non_exhaustive()
    }
}
