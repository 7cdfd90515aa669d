//! The namespaces of a server: those that handlers name, and those that clients bring to life by a pattern.

use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use super::{
    Common, Namespace,
    living::{Full, Living, Maker},
    logs::Logs,
    pattern::{Pattern, is_pattern},
};
use crate::{cluster::Attached, config::Config, handler::Table, hub::Hub, observe::Observer, states::States};

/// All namespaces of a server.
#[derive(Debug)]
pub(crate) struct Namespaces {
    fixed: BTreeMap<&'static str, Arc<Namespace>>,
    /// The more exact ones first.
    patterns: Vec<(Pattern, Arc<Table>)>,
    live: Mutex<Living<Arc<Namespace>>>,
    states: Arc<States>,
    config: Arc<Config>,
    observer: Arc<Observer>,
    cluster: Option<Arc<Attached>>,
    /// `None`: nothing is recovered.
    logs: Option<Arc<Logs>>,
}

/// Why a namespace cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Invalid,
    /// There are as many by patterns as there may be, or as this connection or its address may have.
    TooMany,
}

/// The right to be in a namespace, which lives at least as long as this.
pub(crate) struct Lease {
    namespace: Arc<Namespace>,
    /// `None`: it lives as long as the server.
    hub: Option<Arc<Hub>>,
}

impl Namespaces {
    pub(crate) fn new(
        tables: BTreeMap<&'static str, Table>,
        states: &Arc<States>,
        config: &Arc<Config>,
        cluster: Option<Arc<Attached>>,
    ) -> Self {
        let observer = Arc::new(Observer::new());
        let logs = Logs::new(config).map(Arc::new);
        let (patterns, fixed): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(name, _)| is_pattern(name));
        let fixed = fixed
            .into_iter()
            .map(|(name, table)| {
                let common = Common {
                    states: states.clone(),
                    config: config.clone(),
                    observer: observer.clone(),
                    cluster: cluster.clone(),
                    logs: logs.clone(),
                };
                let namespace = Namespace::new(name.into(), Box::default(), Arc::new(table), common);
                (name, Arc::new(namespace))
            })
            .collect();
        let mut patterns: Vec<_> =
            patterns.into_iter().map(|(text, table)| (Pattern::new(text), Arc::new(table))).collect();
        patterns.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (states, config) = (states.clone(), config.clone());
        // without recovery none waits
        let wait = config.recovery.map(|recovery| recovery.window).unwrap_or_default();
        Self { fixed, patterns, live: Mutex::new(Living::new(wait)), states, config, observer, cluster, logs }
    }

    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }

    /// A namespace that is there.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Namespace>> {
        match self.fixed.get(name) {
            Some(namespace) => Some(namespace.clone()),
            None => self.live().get(name).cloned(),
        }
    }

    /// The namespace `/`, which every server has.
    pub(crate) fn root(&self) -> &Arc<Namespace> {
        &self.fixed["/"]
    }

    /// The names and tables that handlers gave, patterns last.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&'static str, &Table)> {
        let fixed = self.fixed.iter().map(|(name, namespace)| (*name, &*namespace.table));
        fixed.chain(self.patterns.iter().map(|(pattern, table)| (pattern.text, &**table)))
    }

    /// Enters a namespace. By a pattern it is made, unless it is there already; it then counts for `maker`.
    pub(crate) fn enter(&self, hub: &Arc<Hub>, name: &str, maker: Maker) -> Result<Lease, Unknown> {
        if let Some(namespace) = self.fixed.get(name) {
            return Ok(Lease::fixed(namespace.clone()));
        }
        if name.len() > self.config.max_name {
            return Err(Unknown::Invalid);
        }
        let lease = |namespace| Lease { namespace, hub: Some(hub.clone()) };
        if let Some(namespace) = self.live().hold(name) {
            return Ok(lease(namespace));
        }
        let found = self.patterns.iter().find_map(|(pattern, table)| Some((table, pattern.params(name)?)));
        let (table, params) = found.ok_or(Unknown::Invalid)?;
        let mut live = self.live();
        // another connection may have made it meanwhile
        if let Some(namespace) = live.hold(name) {
            return Ok(lease(namespace));
        }
        let (over, room) = live.make_room(maker, &self.config, Instant::now());
        self.tell_of_end(&over);
        let made = room.map(|()| {
            let name: Arc<str> = name.into();
            let (table, states, config) = (table.clone(), self.states.clone(), self.config.clone());
            let (observer, cluster, logs) = (self.observer.clone(), self.cluster.clone(), self.logs.clone());
            let common = Common { states, config, observer, cluster, logs };
            let namespace = Namespace::new(name.clone(), params, table, common);
            let namespace = Arc::new(namespace);
            live.insert(name.clone(), namespace.clone(), maker);
            if let Some(cluster) = &self.cluster {
                // under the lock, so that the driver hears of coming and going in order
                cluster.driver().enter(&name);
            }
            namespace
        });
        drop(live);
        drop(over);
        made.map(lease).map_err(|Full| Unknown::TooMany)
    }

    fn leave(&self, name: &str) {
        let mut live = self.live();
        // with recovery, a socket may be recovered: it stays until the place is needed, or the time is over
        let over = live.let_go(name, Instant::now(), |namespace| namespace.awaits());
        self.tell_of_end(over.as_slice());
        drop(live);
        drop(over);
    }

    /// These are over. Called under the lock, as above.
    fn tell_of_end(&self, over: &[Arc<Namespace>]) {
        let Some(cluster) = &self.cluster else { return };
        over.iter().for_each(|namespace| cluster.driver().leave(&namespace.name));
    }

    /// The names of the namespaces that handlers name.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.fixed.values().map(|namespace| namespace.name.clone()).collect()
    }

    /// Does something with each namespace.
    pub(crate) fn each(&self, act: &dyn Fn(&Namespace)) {
        let live: Vec<_> = self.live().things().cloned().collect();
        self.fixed.values().chain(&live).for_each(|namespace| act(namespace));
    }

    /// With recovery: forgets what no client can ask for any more. Returns `true` if something is left.
    pub(crate) fn forget_expired(&self, now: Instant) -> bool {
        let Some(logs) = &self.logs else { return false };
        let mut live = self.live();
        let over = live.forget(now, usize::MAX);
        self.tell_of_end(&over);
        let rest: Vec<_> = live.things().cloned().collect();
        drop(live);
        drop(over);
        let mut is_left = !rest.is_empty();
        for namespace in self.fixed.values().chain(&rest) {
            is_left |= namespace.awaits();
        }
        logs.forget_expired(now) || is_left
    }

    #[cfg(test)]
    pub(crate) fn logs(&self) -> &Logs {
        self.logs.as_deref().expect("recovery is on")
    }

    /// How many there are by patterns.
    #[cfg(test)]
    pub(crate) fn dynamic(&self) -> usize {
        self.live().things().count()
    }

    /// How many members there are by the names that handlers gave: a pattern has those of all its namespaces.
    #[cfg(feature = "stats")]
    pub(crate) fn members(&self) -> Vec<(&'static str, usize)> {
        let live: Vec<_> = self.live().things().cloned().collect();
        let by_pattern = self.patterns.iter().map(|(pattern, table)| {
            let own = live.iter().filter(|namespace| Arc::ptr_eq(&namespace.table, table));
            (pattern.text, own.map(|namespace| namespace.len()).sum())
        });
        self.fixed.iter().map(|(name, namespace)| (*name, namespace.len())).chain(by_pattern).collect()
    }

    #[cfg(any(test, feature = "stats"))]
    pub(crate) fn all(&self) -> Vec<Arc<Namespace>> {
        let live = self.live();
        let dynamic = live.things().cloned();
        self.fixed.values().cloned().chain(dynamic).collect()
    }

    fn live(&self) -> MutexGuard<'_, Living<Arc<Namespace>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Of a namespace that lives as long as the server.
    pub(crate) fn fixed(namespace: Arc<Namespace>) -> Self {
        Self { namespace, hub: None }
    }
}

impl Deref for Lease {
    type Target = Arc<Namespace>;

    fn deref(&self) -> &Arc<Namespace> {
        &self.namespace
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(hub) = &self.hub {
            hub.namespaces().leave(&self.namespace.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_exact_pattern_comes_first() {
        let tables = ["/{a}/{b}", "/x/{b}", "/{a}/y", "/x/y"].map(|name| (name, Table::default()));
        let (states, config) = (Arc::default(), Arc::default());
        let namespaces = Namespaces::new(BTreeMap::from(tables), &states, &config, None);
        let order: Vec<_> = namespaces.patterns.iter().map(|(pattern, _)| pattern.text).collect();
        assert_eq!(order, ["/x/{b}", "/{a}/y", "/{a}/{b}"]);
    }
}
