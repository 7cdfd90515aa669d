//! What belongs to the program and runs where the program cannot catch its panics: it is called and dropped through here, so
//! that a panic in it touches nobody else. One in a destructor, while another unwinds, would end the process.

use std::{
    any::Any,
    fmt,
    ops::{Deref, DerefMut},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};

use crate::observe;

/// Runs code of the program.
///
/// # Errors
/// The text of its panic.
#[inline]
pub(crate) fn contain<R>(code: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(code)).map_err(text_of)
}

/// The text of a panic: `panic!` gives a `&str` or a `String`.
#[cold]
fn text_of(panic: Box<dyn Any + Send>) -> String {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "(not a text)".to_owned(),
    };
    // `panic_any` gives a value of the program, whose destructor may panic as well
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
    text
}

/// Waits for a future of the program, which is dropped where it ended.
///
/// # Errors
/// The text of its panic.
///
/// # Cancel safety
/// As that of the future.
pub(crate) async fn contained<F: Future + Unpin>(future: F) -> Result<F::Output, String> {
    let mut future = Contained::new(future);
    std::future::poll_fn(|cx| match contain(|| Pin::new(&mut *future).poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// A value of the program, whose destructor may panic: here that goes no further.
pub(crate) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// The value, which is in the hands of the caller from here on.
    pub(crate) fn into_inner(mut self) -> T {
        self.0.take().expect(PRESENT)
    }
}

impl<T> Deref for Contained<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.0.as_ref().expect(PRESENT)
    }
}

impl<T> DerefMut for Contained<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(PRESENT)
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take()
            && let Err(panic) = contain(|| drop(value))
        {
            observe::destructor_panicked(&panic);
        }
    }
}

impl<T> fmt::Debug for Contained<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contained")
    }
}

/// Only `into_inner` and `drop` take the value, and nothing comes after these.
const PRESENT: &str = "the value is there until the end";
