//! Setting a server up.

use std::{fmt, sync::Arc};

use http::{HeaderMap, request::Parts};

use crate::{
    check::EventSet,
    cluster::{Attached, Cluster},
    config::Config,
    contained::Contained,
    describe::Scope,
    emit::{Emitted, emitted::OnEmit},
    error::{BuildError, ClientError, Fault, FaultKind},
    handler::{Handler, Submitted, Tables, collect, is_inside, layer::ErrorMap},
    hooks::{Answering, Hooks, Refused},
    io::SocketIo,
    middleware::{Gate, Layers, Middleware, NamespaceBuilder},
    namespace::Namespaces,
    socket::Socket,
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
    layers: Layers,
    namespaces: Vec<(String, Layers)>,
    errors: Option<ErrorMap<Socket>>,
    on_emit: Option<OnEmit>,
    scope: Scope,
    faults: Vec<Fault>,
}

/// What a library adds to a server; see [`SocketIoBuilder::plugin`].
///
/// Its handlers are `manual`, and listed with [`handlers!`](crate::handlers): linking a library opens nothing.
pub trait Plugin {
    /// Adds everything to the builder.
    fn install(self, builder: SocketIoBuilder) -> SocketIoBuilder;
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
    pub fn discover(mut self) -> Self {
        self.scope.discovers(None);
        self.discover_where(|_| true)
    }

    /// Takes the handlers of one module and of the modules inside it: `"my_crate::chat"`.
    ///
    /// This is how several servers in one process, and tests, get handlers of their own.
    pub fn discover_in(mut self, module: &str) -> Self {
        self.scope.discovers(Some(module));
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
        self.scope.requires(events);
        self
    }

    /// Adds a plugin: handlers, state and middleware of a library, all at once.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use socketio::{Plugin, SocketIo, SocketIoBuilder, middleware::RateLimit, on};
    ///
    /// struct Polite;
    ///
    /// impl Plugin for Polite {
    ///     fn install(self, builder: SocketIoBuilder) -> SocketIoBuilder {
    ///         builder.gate(RateLimit::per_socket(50, Duration::from_secs(1)))
    ///     }
    /// }
    ///
    /// #[on("hello")]
    /// fn hello() {}
    ///
    /// # fn main() -> Result<(), socketio::error::BuildError> {
    /// let io = SocketIo::builder().discover().plugin(Polite).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn plugin(self, plugin: impl Plugin) -> Self {
        plugin.install(self)
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
    /// A refusal is answered with 403 and the text, a panic with 500.
    pub fn allow_request<F, Fut>(mut self, allow: F) -> Self
    where
        F: Fn(Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Refused>> + Send + 'static,
    {
        let allow = Contained::new(allow);
        self.hooks.allow = Some(Arc::new(move |parts| Box::pin((*allow)(parts))));
        self
    }

    /// Adds headers to every answer of an Engine.IO request. If it panics, the answer is 500 instead.
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
        let add = Contained::new(add);
        self.hooks.headers = Some(Arc::new(move |headers, answering| (*add)(headers, answering)));
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

    /// Adds a gate before all handlers: it lets an event, or a client that connects, pass or refuses it, in place.
    ///
    /// Gates and middleware run in the order in which they are added, those of the server before those of a
    /// [namespace](Self::namespace). See [`middleware`](crate::middleware).
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// use std::time::Duration;
    ///
    /// use socketio::middleware::RateLimit;
    ///
    /// builder.gate(RateLimit::per_socket(50, Duration::from_secs(1)))
    /// # }
    /// ```
    pub fn gate(mut self, gate: impl Gate) -> Self {
        self.layers.gate(gate);
        self
    }

    /// Adds middleware around all handlers: an async function that may look, wait, answer instead, and give up.
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// use socketio::middleware::{Call, Next, Outcome};
    ///
    /// async fn log(call: Call, next: Next) -> Outcome {
    ///     let event = call.event().to_owned();
    ///     let outcome = next.run().await;
    ///     println!("{event}: {}", if outcome.is_ok() { "ok" } else { "failed" });
    ///     outcome
    /// }
    ///
    /// builder.middleware(log)
    /// # }
    /// ```
    pub fn middleware<A>(mut self, middleware: impl Middleware<A>) -> Self {
        self.layers.middleware(middleware);
        self
    }

    /// Adds gates, guards and middleware to one namespace, named as its handlers name it (`/org/{id}` is the name of a
    /// pattern). `build()` fails if none does.
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// use socketio::extract::Extension;
    ///
    /// struct Admin;
    ///
    /// // a connect handler has checked who it is: socket.extensions().insert(Admin)
    /// builder.namespace("/admin", |n| n.guard::<Extension<Admin>>())
    /// # }
    /// ```
    pub fn namespace(
        mut self,
        name: impl Into<String>,
        add: impl FnOnce(NamespaceBuilder) -> NamespaceBuilder,
    ) -> Self {
        self.namespaces.push((name.into(), add(NamespaceBuilder::default()).layers));
        self
    }

    /// Changes every error before the client of a socket receives it, as an acknowledgement or as the reason of a
    /// refusal. The `error` event gets it as it was.
    ///
    /// See [`guide::errors`](crate::guide::errors). A request that has no socket, because its namespace does not
    /// exist or its `auth` is too long, is answered as it is.
    pub fn map_error(
        mut self,
        change: impl Fn(ClientError, &Socket) -> ClientError + Send + Sync + 'static,
    ) -> Self {
        self.errors = Some(ErrorMap::new(change));
        self
    }

    /// Looks at every message that is sent to clients: for figures, an audit, a log. Once for each emit, however many clients
    /// receive it; on each node of a [cluster](Self::cluster) for its own. Acknowledgements of the server are not among them.
    ///
    /// It sees, and changes nothing: a message is encoded once for all. It runs where the program emits, after the message is on its
    /// way and outside all locks; a panic of it reaches `tracing` and nobody else. What it emits itself it sees as well. Of several all
    /// look, in the order in which they were added: plugins have their own.
    ///
    /// ```
    /// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
    /// builder.on_emit(|emitted| {
    ///     println!("{}: {} bytes to {} clients", emitted.event(), emitted.size(), emitted.clients());
    /// })
    /// # }
    /// ```
    pub fn on_emit(mut self, look: impl Fn(&Emitted<'_>) + Send + Sync + 'static) -> Self {
        OnEmit::add(&mut self.on_emit, look);
        self
    }

    /// Puts gates and middleware into the tables.
    fn add_layers(
        tables: &mut Tables,
        states: &States,
        (server, namespaces): (Layers, Vec<(String, Layers)>),
        (errors, on_emit): (Option<&ErrorMap<Socket>>, Option<&OnEmit>),
        faults: &mut Vec<Fault>,
    ) {
        let of_modules: Vec<(&str, Layers)> =
            tables.iter().map(|(name, table)| (*name, Layers::of_modules(&table.guards))).collect();
        let all = std::iter::once(&server)
            .chain(of_modules.iter().map(|(_, layers)| layers))
            .chain(namespaces.iter().map(|(_, layers)| layers));
        for (need, taken_by) in all.flat_map(|layers| &layers.needs) {
            if !states.contains((need.id)()) {
                let message = format!(
                    "`{taken_by}` takes `State<{0}>`, which the server does not have: add `.state(..)` with a value of type `{0}`",
                    (need.name)()
                );
                faults.push(Fault::new(FaultKind::MissingState, message));
            }
        }
        for (name, _) in &namespaces {
            if !tables.contains_key(&**name) {
                let message =
                    format!("gates or middleware are for namespace {name:?}, which no handler belongs to");
                faults.push(Fault::new(FaultKind::UnknownNamespace, message));
            }
        }
        for (name, table) in tables {
            let module = of_modules.iter().filter(|(of, _)| of == name).flat_map(|(_, layers)| &layers.list);
            let own = namespaces.iter().filter(|(of, _)| of == name).flat_map(|(_, layers)| &layers.list);
            table.set_layers(server.list.iter().chain(module).chain(own).cloned().collect());
            table.errors = errors.cloned();
            table.on_emit = on_emit.cloned();
        }
    }

    /// Checks everything, and makes the server. The table of handlers is logged once, at `info`.
    ///
    /// # Errors
    /// All faults at once, each with the `file:line` of the handler: two handlers that answer one event, a file
    /// that is compiled twice, a state that is taken and not there, middleware for a
    /// namespace without handlers, an event of a required list without handler, a
    /// reserved or malformed name, a limit that cannot be, no handler at all.
    pub fn build(self) -> Result<SocketIo, BuildError> {
        let Self {
            handlers,
            required,
            states,
            config,
            hooks,
            cluster,
            layers,
            namespaces,
            errors,
            on_emit,
            scope,
            mut faults,
        } = self;
        faults.extend(config.faults());
        if cluster.is_some() && tokio::runtime::Handle::try_current().is_err() {
            let message = "a server with a cluster is built inside a tokio runtime: its driver has tasks";
            faults.push(Fault::new(FaultKind::Cluster, message));
        }
        let mut tables = collect(handlers, &required, |id| states.contains(id), config.max_name, &mut faults);
        // every server has it, as in Socket.IO
        tables.entry("/").or_default();
        #[cfg(feature = "stats")]
        for table in tables.values_mut() {
            table.set_counts(required.iter().flat_map(|set| set.names()));
        }
        Self::add_layers(
            &mut tables,
            &states,
            (layers, namespaces),
            (errors.as_ref(), on_emit.as_ref()),
            &mut faults,
        );
        if !faults.is_empty() {
            return Err(BuildError::new(faults));
        }
        let (config, states) = (Arc::new(config), Arc::new(states));
        let cluster = cluster.map(|Driver(driver)| Arc::new(Attached::new(driver)));
        let namespaces = Namespaces::new(tables, &states, &config, cluster);
        let io = SocketIo::new(config, namespaces, hooks, scope);
        io.observer().built(&io.table());
        Ok(io)
    }
}
