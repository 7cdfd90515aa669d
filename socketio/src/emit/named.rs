//! What `event!("name", ..)` makes. Only generated code names it.

use super::{Ask, Content, Emit, Fire, Fired, sealed};
use crate::encode::Arguments;

/// An event by its name, as [`event!`](crate::event) makes it.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub struct NamedEvent<T> {
    name: &'static str,
    args: T,
}

impl<T: Arguments> NamedEvent<T> {
    pub fn new(name: &'static str, args: T) -> Self {
        Self { name, args }
    }
}

impl<T: Arguments> sealed::Emit for NamedEvent<T> {}

impl<T: Arguments> sealed::Fire for NamedEvent<T> {}

impl<T: Arguments> Emit for NamedEvent<T> {
    fn content(&self) -> Content<'_> {
        Content::event(self.name, &self.args)
    }
}

impl<T, A: Arguments> Ask<T> for NamedEvent<A> {}

impl<T: Arguments> Fire for NamedEvent<T> {
    fn event(&self) -> Fired<'_> {
        Fired { name: self.name, args: &self.args }
    }
}
