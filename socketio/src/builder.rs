//! Setting a server up.

use std::{fmt, sync::Arc};

use http::{HeaderMap, request::Parts};

use crate::{
    check::EventSet,
    cluster::{Attached, Cluster},
    config::Config,
    error::{BuildError, Fault, FaultKind},
    handler::{Handler, Submitted, collect, is_inside},
    hooks::{Answering, Hooks, Refused},
    io::SocketIo,
    namespace::Namespaces,
    states::States,
};

/// Sets up a [`SocketIo`]: handlers, state, limits.
///
/// ```
/// use socketio::{Config, SocketIo, State, on};
///
/// #[derive(Clone)]
/// struct Db;
///
/// #[on("stored")]
/// fn stored(State(_db): State<Db>) {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().state(Db).config(Config::new().max_payload(64 * 1024)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct SocketIoBuilder {
    handlers: Vec<&'static Handler>,
    required: Vec<&'static EventSet>,
    states: States,
    config: Config,
    hooks: Hooks,
    cluster: Option<Driver>,
    faults: Vec<Fault>,
}

/// How the other nodes are reached.
struct Driver(Box<dyn Cluster>);

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}

impl SocketIoBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Takes every handler of the program that is not `manual`.
    ///
    /// A library crate that is only named in `Cargo.toml` is not linked: mention it in code
    /// (`events! { .. use that_crate::EVENTS }` or `use that_crate as _;`), and [`require`](Self::require) its
    /// events.
    ///
    /// Not for static libraries (`crate-type = ["staticlib"]`): a linker that takes one apart keeps the object files that
    /// somebody names, and nobody names a handler. In the dev profile most handlers are lost so, without a word of the
    /// linker. Name them with [`handlers`](Self::handlers) there, or [`require`](Self::require) the events.
    pub fn discover(self) -> Self {
        self.discover_where(|_| true)
    }

    /// Takes the handlers of one module and of the modules inside it: `"my_crate::chat"`.
    ///
    /// This is how several servers in one process, and tests, get handlers of their own.
    pub fn discover_in(self, module: &str) -> Self {
        self.discover_where(|handler| is_inside(handler.location.module, module))
    }

    fn discover_where(mut self, takes: impl Fn(&Handler) -> bool) -> Self {
        let all = inventory::iter::<Submitted>().map(|submitted| submitted.0);
        self.handlers.extend(all.filter(|handler| takes(handler)));
        self
    }

    /// Takes the handlers of a list made by [`handlers!`](crate::handlers). Listed and discovered is once.
    pub fn handlers(mut self, list: &[&'static [Handler]]) -> Self {
        self.handlers.extend(list.iter().copied().flatten());
        self
    }

    /// Demands a handler for every event of the list that clients may send.
    pub fn require(mut self, events: &'static EventSet) -> Self {
        self.required.push(events);
        self
    }

    /// Adds a value that handlers take as `State<S>`: one for each type.
    pub fn state<S: Clone + Send + Sync + 'static>(mut self, state: S) -> Self {
        if !self.states.insert(state) {
            let ty = std::any::type_name::<S>();
            let message = format!("`.state(..)` was called twice with a value of type `{ty}`");
            self.faults.push(Fault::new(FaultKind::StateTwice, message));
        }
        self
    }

    /// Sets the limits and times.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Asks `allow` for each new Engine.IO session, before anything else of it exists. It may take its time.
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// builder.allow_request(|parts| async move {
    ///     let is_blocked = parts.headers.contains_key("x-blocked");
    ///     if is_blocked { Err(socketio::error::Refused::new("go away")) } else { Ok(()) }
    /// })
    /// # }
    /// ```
    /// A refusal is answered with 403 and the text.
    pub fn allow_request<F, Fut>(mut self, allow: F) -> Self
    where
        F: Fn(Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Refused>> + Send + 'static,
    {
        self.hooks.allow = Some(Arc::new(move |parts| Box::pin(allow(parts))));
        self
    }

    /// Adds headers to every answer of an Engine.IO request.
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// use axum::http::{HeaderValue, header::CACHE_CONTROL};
    ///
    /// builder.response_headers(|headers, _| {
    ///     headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    /// })
    /// # }
    /// ```
    pub fn response_headers(
        mut self,
        add: impl Fn(&mut HeaderMap, &Answering<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.headers = Some(Arc::new(add));
        self
    }

    /// Joins other processes: from here on, every verb of a selection means the sockets of all of them, unless it is
    /// [`local`](crate::broadcast::Broadcast::local). See [`cluster`](crate::cluster).
    ///
    /// The server is to be [closed](SocketIo::close) at its end: then it leaves the cluster.
    pub fn cluster(mut self, driver: impl Cluster) -> Self {
        if self.cluster.replace(Driver(Box::new(driver))).is_some() {
            self.faults.push(Fault::new(FaultKind::Cluster, "`.cluster(..)` was called twice"));
        }
        self
    }

    /// Checks everything, and makes the server. The table of handlers is logged once, at `info`.
    ///
    /// # Errors
    /// All faults at once, each with the `file:line` of the handler: two handlers that answer one event, a file
    /// that is compiled twice, a state that is taken and not there, an event of a required list without handler, a
    /// reserved or malformed name, a limit that cannot be, no handler at all.
    pub fn build(self) -> Result<SocketIo, BuildError> {
        let Self { handlers, required, states, config, hooks, cluster, mut faults } = self;
        faults.extend(config.faults());
        if cluster.is_some() && tokio::runtime::Handle::try_current().is_err() {
            let message = "a server with a cluster is built inside a tokio runtime: its driver has tasks";
            faults.push(Fault::new(FaultKind::Cluster, message));
        }
        let mut tables = collect(handlers, &required, |id| states.contains(id), config.max_name, &mut faults);
        if !faults.is_empty() {
            return Err(BuildError::new(faults));
        }
        // every server has it, as in Socket.IO
        tables.entry("/").or_default();
        let (config, states) = (Arc::new(config), Arc::new(states));
        let cluster = cluster.map(|Driver(driver)| Arc::new(Attached::new(driver)));
        let namespaces = Namespaces::new(tables, &states, &config, cluster);
        let io = SocketIo::new(config, namespaces, hooks);
        io.observer().built(&io.table());
        Ok(io)
    }
}
