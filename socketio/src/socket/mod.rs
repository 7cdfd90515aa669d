//! STUB until the session lands.
use crate::{
    emit::EncodeError,
    error::ClientError,
    event::{Acknowledged, Arguments, Outgoing},
};
use serde::Serialize;
use std::{any::Any, sync::Arc};

/// One client's socket.
#[derive(Debug, Clone)]
pub struct Socket(Arc<()>);
/// STUB
#[derive(Debug)]
pub struct States;
impl States {
    pub(crate) fn get<S: Any>(&self) -> Option<&S> {
        None
    }
}
/// STUB
#[derive(Debug)]
pub struct Extensions;
impl Extensions {
    /// STUB
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        None
    }
}
impl Socket {
    pub(crate) fn states(&self) -> &States {
        &States
    }
    /// STUB
    pub fn extensions(&self) -> &Extensions {
        &Extensions
    }
    pub(crate) fn send_ack<T: Serialize + ?Sized>(&self, _id: u64, _value: &T) -> Result<(), EncodeError> {
        let _ = &self.0;
        Ok(())
    }
    pub(crate) fn send_ack_error(&self, _id: u64, _error: &ClientError) {}
    /// STUB: the real one takes `impl Emit`, with `impl<E: Outgoing + Arguments> Emit for &E`, and what `event!` makes
    pub fn emit<E: Emit>(&self, _e: E) {}
    /// STUB
    pub fn emit_with_ack<E: Outgoing + Arguments + Acknowledged>(
        &self,
        _e: &E,
    ) -> std::future::Ready<Result<E::Ack, ClientError>> {
        std::future::ready(Err(ClientError::unanswered()))
    }
}
/// What can be emitted. STUB
pub trait Emit {}
impl<E: Outgoing + Arguments> Emit for &E {}
