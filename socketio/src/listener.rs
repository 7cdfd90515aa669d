//! Listeners that are added and removed while the server runs.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::Deserialize;

use crate::{
    close::DisconnectReason,
    contained::Contained,
    error::{ClientError, ListenError, SocketError},
    handler::{Body, BoxFuture, Incoming, Lifecycle, Outcome},
    message::Message,
    proto::packet,
    socket::Socket,
};

/// What a listener that is added at run time listens to: a moment of a socket's life, or an event.
///
/// The words of the life cycle are moments, as in `#[on]`: `"disconnect"` is [`Lifecycle::Disconnect`].
///
/// ```
/// use socketio::handler::{Lifecycle, ListensTo};
///
/// assert_eq!(ListensTo::from("disconnect"), ListensTo::Lifecycle(Lifecycle::Disconnect));
/// assert_eq!(ListensTo::from("chat:message"), ListensTo::Event("chat:message".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListensTo {
    /// A moment of a socket's life.
    Lifecycle(Lifecycle),
    /// An event by its name on the wire.
    Event(Arc<str>),
}

impl From<Lifecycle> for ListensTo {
    fn from(moment: Lifecycle) -> Self {
        Self::Lifecycle(moment)
    }
}

impl From<&str> for ListensTo {
    fn from(name: &str) -> Self {
        match Lifecycle::of(name) {
            Some(moment) => Self::Lifecycle(moment),
            None => Self::Event(name.into()),
        }
    }
}

impl From<String> for ListensTo {
    fn from(name: String) -> Self {
        (*name).into()
    }
}

impl ListensTo {
    /// Can it ever be heard?
    pub(crate) fn check(self, max_name: usize) -> Result<Self, ListenError> {
        match &self {
            Self::Event(name) if packet::RESERVED.contains(&&**name) => Err(ListenError::Reserved),
            Self::Event(name) if name.is_empty() || name.len() > max_name => Err(ListenError::Length),
            Self::Event(_) | Self::Lifecycle(_) => Ok(self),
        }
    }
}

/// An event, as a listener that was added at run time sees it. See [`Socket::on`].
///
/// ```
/// # fn example(io: &socketio::SocketIo) -> Result<(), socketio::error::ListenError> {
/// io.on("chat:message", |event| match event.args::<(String, u32)>() {
///     Ok((text, number)) => println!("{} {}: {text} {number}", event.socket().id(), event.name()),
///     Err(error) => println!("{error}"),
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct IncomingEvent(pub(crate) Incoming);

impl IncomingEvent {
    /// The socket that the event belongs to.
    pub fn socket(&self) -> &Socket {
        self.0.socket()
    }

    /// The event's name, or the word for the moment.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The first argument.
    ///
    /// # Errors
    /// `bad_payload`, if there is none or it does not fit the type.
    pub fn arg<'e, T: Deserialize<'e>>(&'e self) -> Result<T, ClientError> {
        self.0.cx().next_arg()
    }

    /// All arguments, as the elements of a tuple.
    ///
    /// # Errors
    /// `bad_payload`, if there are too few, or one does not fit its type.
    pub fn args<'e, T: Deserialize<'e>>(&'e self) -> Result<T, ClientError> {
        self.0.cx().next_args()
    }

    /// The frame, if it came as one: `message` on the plain wire.
    pub fn message(&self) -> Option<Message> {
        self.0.cx().next_frame()
    }

    /// Why the socket ends: in `close` and `disconnect`.
    pub fn reason(&self) -> Option<&DisconnectReason> {
        match &self.0.body {
            Body::Reason(reason) => Some(reason),
            _ => None,
        }
    }

    /// What went wrong: in `error`.
    pub fn error(&self) -> Option<&SocketError> {
        match &self.0.body {
            Body::Error(error) => Some(error),
            _ => None,
        }
    }
}

/// A handle that removes the listener. Dropping it changes nothing: the listener stays.
///
/// ```
/// # fn example(io: &socketio::SocketIo) -> Result<(), socketio::error::ListenError> {
/// let listener = io.on("chat:message", |_| println!("somebody said something"))?;
/// assert!(listener.off());
/// assert!(!listener.off(), "it is gone");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Listener {
    of: Weak<ListenerSet>,
    id: u64,
}

impl Listener {
    /// Removes the listener. `false`: it was gone already.
    ///
    /// An event that is being handled is still heard by it.
    pub fn off(&self) -> bool {
        self.of.upgrade().is_some_and(|set| set.remove(self.id))
    }
}

/// How a listener is called.
#[derive(Clone)]
pub(crate) enum Callback {
    Sync(Arc<dyn Fn(&IncomingEvent) + Send + Sync>),
    Async(Arc<dyn Fn(IncomingEvent) -> BoxFuture + Send + Sync>),
}

impl Callback {
    pub(crate) fn new(listener: impl Fn(&IncomingEvent) + Send + Sync + 'static) -> Self {
        // the event may be the last that keeps it
        let listener = Contained::new(listener);
        Self::Sync(Arc::new(move |event| (*listener)(event)))
    }

    pub(crate) fn new_async<F, Fut>(listener: F) -> Self
    where
        F: Fn(IncomingEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = Contained::new(listener);
        Self::Async(Arc::new(move |event| {
            let heard = (*listener)(event);
            Box::pin(async move {
                heard.await;
                Outcome::Done
            })
        }))
    }
}

/// The listeners of a namespace, or of one socket, in the order in which they were added.
#[derive(Default)]
pub(crate) struct ListenerSet {
    /// There are some: without listeners, an event costs one load.
    used: AtomicBool,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    listeners: Vec<(u64, ListensTo, Callback)>,
    last_id: u64,
    /// No more are taken.
    closed: bool,
}

impl ListenerSet {
    pub(crate) fn add(self: &Arc<Self>, to: ListensTo, callback: Callback) -> Listener {
        let mut inside = self.lock();
        inside.last_id += 1;
        let id = inside.last_id;
        if inside.closed {
            drop(inside);
            drop(callback);
        } else {
            inside.listeners.push((id, to, callback));
            self.used.store(true, Ordering::Release);
        }
        Listener { of: Arc::downgrade(self), id }
    }

    /// Takes all listeners to this away; returns how many there were.
    pub(crate) fn remove_all(&self, to: &ListensTo) -> usize {
        self.retain(|(_, other, _)| other != to)
    }

    fn remove(&self, id: u64) -> bool {
        self.retain(|(other, ..)| *other != id) > 0
    }

    fn retain(&self, stays: impl FnMut(&(u64, ListensTo, Callback)) -> bool) -> usize {
        let mut inside = self.lock();
        let (stay, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut inside.listeners).into_iter().partition(stays);
        inside.listeners = stay;
        self.used.store(!inside.listeners.is_empty(), Ordering::Release);
        drop(inside);
        // what closures hold is the user's: dropped outside the lock
        gone.len()
    }

    /// No listener stays, and none is taken any more: what they hold may hold us.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.retain(|_| false);
    }

    /// Is there a listener to this event?
    #[inline]
    pub(crate) fn hears(&self, name: &str) -> bool {
        self.used.load(Ordering::Acquire) && !self.to_event(name).is_empty()
    }

    /// The listeners to an event.
    pub(crate) fn to_event(&self, name: &str) -> Vec<Callback> {
        self.find(|to| matches!(to, ListensTo::Event(known) if **known == *name))
    }

    /// The listeners to a moment.
    pub(crate) fn to_moment(&self, moment: Lifecycle) -> Vec<Callback> {
        self.find(|to| matches!(to, ListensTo::Lifecycle(known) if *known == moment))
    }

    fn find(&self, is_meant: impl Fn(&ListensTo) -> bool) -> Vec<Callback> {
        if !self.used.load(Ordering::Acquire) {
            return vec![];
        }
        let inside = self.lock();
        inside.listeners.iter().filter(|(_, to, _)| is_meant(to)).map(|(.., call)| call.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ListenerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().listeners.iter().map(|(_, to, _)| to)).finish()
    }
}

impl Socket {
    /// Adds a listener to this socket: it hears the event after the annotated handlers and after those that were
    /// added to the [server](crate::SocketIo::on), in the order in which they were added, until it is
    /// [removed](Listener::off) or the socket's final events have run.
    ///
    /// It listens, and does not answer: an event that only listeners hear is acknowledged with nothing.
    /// A panic in it is caught and reported like a handler's.
    ///
    /// ```
    /// # use socketio::{Socket, error::ListenError};
    /// # fn example(socket: &Socket) -> Result<(), ListenError> {
    /// let listener = socket.on("typing", |event| {
    ///     if let Ok(who) = event.arg::<&str>() {
    ///         println!("{who} types on {}", event.socket().id());
    ///     }
    /// })?;
    /// listener.off();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no event can have the name.
    pub fn on(
        &self,
        to: impl Into<ListensTo>,
        listener: impl Fn(&IncomingEvent) + Send + Sync + 'static,
    ) -> Result<Listener, ListenError> {
        self.add(to.into(), Callback::new(listener))
    }

    /// [`on`](Self::on) for a listener that has to wait: the events of the socket wait as well, as for a handler.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub fn on_async<F, Fut>(&self, to: impl Into<ListensTo>, listener: F) -> Result<Listener, ListenError>
    where
        F: Fn(IncomingEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.add(to.into(), Callback::new_async(listener))
    }

    fn add(&self, to: ListensTo, callback: Callback) -> Result<Listener, ListenError> {
        let to = to.check(self.core().link.config().max_name)?;
        Ok(self.core().listeners().map_or_else(Listener::default, |listeners| listeners.add(to, callback)))
    }

    /// Takes all listeners to an event away that were added to this socket; returns how many there were.
    pub fn off(&self, to: impl Into<ListensTo>) -> usize {
        self.core().listeners().map_or(0, |listeners| listeners.remove_all(&to.into()))
    }
}
