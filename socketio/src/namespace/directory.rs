//! The namespaces of a server: those that handlers name, and those that clients bring to life by a pattern.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::quality::RandomState;

use super::{
    Namespace,
    pattern::{Pattern, is_pattern},
};
use crate::{cluster::Attached, config::Config, handler::Table, hub::Hub, observe::Observer, states::States};

/// All namespaces of a server.
#[derive(Debug)]
pub(crate) struct Namespaces {
    fixed: BTreeMap<&'static str, Arc<Namespace>>,
    /// The more exact ones first.
    patterns: Vec<(Pattern, Arc<Table>)>,
    live: Mutex<HashMap<Arc<str>, Live, RandomState>>,
    states: Arc<States>,
    config: Arc<Config>,
    observer: Arc<Observer>,
    cluster: Option<Arc<Attached>>,
}

/// A namespace that exists as long as somebody is in it.
#[derive(Debug)]
struct Live {
    namespace: Arc<Namespace>,
    leases: usize,
}

/// Why a namespace cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Invalid,
    /// There are as many by patterns as there may be.
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
        let (patterns, fixed): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(name, _)| is_pattern(name));
        let fixed = fixed
            .into_iter()
            .map(|(name, table)| {
                let namespace = Namespace::new(
                    name.into(),
                    Box::default(),
                    Arc::new(table),
                    states.clone(),
                    config.clone(),
                    observer.clone(),
                    cluster.clone(),
                );
                (name, Arc::new(namespace))
            })
            .collect();
        let mut patterns: Vec<_> =
            patterns.into_iter().map(|(text, table)| (Pattern::new(text), Arc::new(table))).collect();
        patterns.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (states, config) = (states.clone(), config.clone());
        Self { fixed, patterns, live: Mutex::default(), states, config, observer, cluster }
    }

    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }

    /// A namespace that is there.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Namespace>> {
        match self.fixed.get(name) {
            Some(namespace) => Some(namespace.clone()),
            None => self.live().get(name).map(|live| live.namespace.clone()),
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

    /// Enters a namespace. By a pattern it is made, unless it is there already.
    pub(crate) fn enter(&self, hub: &Arc<Hub>, name: &str) -> Result<Lease, Unknown> {
        if let Some(namespace) = self.fixed.get(name) {
            return Ok(Lease::fixed(namespace.clone()));
        }
        if name.len() > self.config.max_name {
            return Err(Unknown::Invalid);
        }
        let mut live = self.live();
        if let Some(found) = live.get_mut(name) {
            found.leases += 1;
            return Ok(Lease { namespace: found.namespace.clone(), hub: Some(hub.clone()) });
        }
        let found = self.patterns.iter().find_map(|(pattern, table)| Some((table, pattern.params(name)?)));
        let (table, params) = found.ok_or(Unknown::Invalid)?;
        if live.len() >= self.config.max_dynamic_namespaces {
            // those that wait for sockets to be recovered make room
            self.forget(&mut live, |_| true);
        } else if live.len() >= live.capacity() {
            // before more memory is taken, those go whose sockets can no longer be recovered
            self.forget(&mut live, |namespace| !namespace.awaits());
        }
        if live.len() >= self.config.max_dynamic_namespaces {
            return Err(Unknown::TooMany);
        }
        let name: Arc<str> = name.into();
        let (table, states, config) = (table.clone(), self.states.clone(), self.config.clone());
        let (observer, cluster) = (self.observer.clone(), self.cluster.clone());
        let namespace = Namespace::new(name.clone(), params, table, states, config, observer, cluster);
        let namespace = Arc::new(namespace);
        live.insert(name.clone(), Live { namespace: namespace.clone(), leases: 1 });
        if let Some(cluster) = &self.cluster {
            // under the lock, so that the driver hears of coming and going in order
            cluster.driver().enter(&name);
        }
        Ok(Lease { namespace, hub: Some(hub.clone()) })
    }

    fn leave(&self, name: &str) {
        let mut live = self.live();
        let Some(found) = live.get_mut(name) else { return };
        found.leases -= 1;
        // with recovery, a socket may be recovered: it stays until the place is needed
        let removed = if found.leases == 0 && !found.namespace.awaits() { live.remove(name) } else { None };
        if let (Some(_), Some(cluster)) = (&removed, &self.cluster) {
            cluster.driver().leave(name);
        }
        drop(live);
        drop(removed);
    }

    /// Forgets those that nobody is in and for which this holds.
    fn forget(&self, live: &mut HashMap<Arc<str>, Live, RandomState>, is_over: impl Fn(&Namespace) -> bool) {
        live.retain(|name, live| {
            let stays = live.leases > 0 || !is_over(&live.namespace);
            if let (false, Some(cluster)) = (stays, &self.cluster) {
                cluster.driver().leave(name);
            }
            stays
        });
    }

    /// The names of the namespaces that handlers name.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.fixed.values().map(|namespace| namespace.name.clone()).collect()
    }

    /// How many there are by patterns.
    #[cfg(test)]
    pub(crate) fn dynamic(&self) -> usize {
        self.live().len()
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<Arc<Namespace>> {
        let live = self.live();
        let dynamic = live.values().map(|live| live.namespace.clone());
        self.fixed.values().cloned().chain(dynamic).collect()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<Arc<str>, Live, RandomState>> {
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
