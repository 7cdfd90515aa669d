//! The namespaces of a server: those that handlers name, and those that clients bring to life by a pattern.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::quality::RandomState;

use super::Namespace;
use crate::{config::Config, handler::Table, io::Hub, states::States};

/// All namespaces of a server.
#[derive(Debug)]
pub(crate) struct Namespaces {
    fixed: BTreeMap<&'static str, Arc<Namespace>>,
    /// The more exact ones first.
    patterns: Vec<Pattern>,
    live: Mutex<HashMap<Arc<str>, Live, RandomState>>,
    states: Arc<States>,
    config: Arc<Config>,
}

/// A namespace that exists as long as somebody is in it.
#[derive(Debug)]
struct Live {
    namespace: Arc<Namespace>,
    leases: usize,
}

/// `/org/{id}`: a segment in braces stands for any one.
#[derive(Debug)]
struct Pattern {
    text: &'static str,
    segments: Vec<Segment>,
    table: Arc<Table>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Exact(&'static str),
    Param(&'static str),
}

/// What a name says where its pattern has parameters.
pub(crate) type Params = Box<[(&'static str, Box<str>)]>;

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

/// Is it a pattern?
pub(crate) fn is_pattern(name: &str) -> bool {
    name.split('/').any(|segment| param(segment).is_some())
}

fn param(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

/// What is wrong with the name of a namespace, if something is.
pub(crate) fn fault(name: &str) -> Option<&'static str> {
    let segments = || name.split('/').skip(1);
    let mut names: Vec<&str> = segments().filter_map(param).collect();
    names.sort_unstable();
    if !name.starts_with('/') || name.contains(',') || name.len() > 256 {
        Some("does not start with `/`, holds a comma, or is longer than 256 bytes")
    } else if segments().any(|segment| param(segment).is_none() && segment.contains(['{', '}'])) {
        Some("has a brace where no whole segment is in braces: `/org/{id}`")
    } else if names.contains(&"") || names.windows(2).any(|pair| pair[0] == pair[1]) {
        Some("has a parameter without a name, or two of one name")
    } else {
        None
    }
}

impl Namespaces {
    pub(crate) fn new(
        tables: BTreeMap<&'static str, Table>,
        states: &Arc<States>,
        config: &Arc<Config>,
    ) -> Self {
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
                );
                (name, Arc::new(namespace))
            })
            .collect();
        let mut patterns: Vec<_> =
            patterns.into_iter().map(|(text, table)| Pattern::new(text, table)).collect();
        patterns.sort_by(|a, b| a.segments.cmp(&b.segments));
        Self { fixed, patterns, live: Mutex::default(), states: states.clone(), config: config.clone() }
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
        fixed.chain(self.patterns.iter().map(|pattern| (pattern.text, &*pattern.table)))
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
        let found = self.patterns.iter().find_map(|pattern| Some((pattern, pattern.params(name)?)));
        let (pattern, params) = found.ok_or(Unknown::Invalid)?;
        if live.len() >= self.config.max_dynamic_namespaces {
            // those that wait for somebody to come back make room
            live.retain(|_, live| live.leases > 0);
        } else if live.len() >= live.capacity() {
            // before more memory is taken, those go for which nobody comes back any more
            live.retain(|_, live| live.leases > 0 || live.namespace.awaits());
        }
        if live.len() >= self.config.max_dynamic_namespaces {
            return Err(Unknown::TooMany);
        }
        let name: Arc<str> = name.into();
        let (table, states) = (pattern.table.clone(), self.states.clone());
        let namespace = Arc::new(Namespace::new(name.clone(), params, table, states, self.config.clone()));
        live.insert(name, Live { namespace: namespace.clone(), leases: 1 });
        Ok(Lease { namespace, hub: Some(hub.clone()) })
    }

    fn leave(&self, name: &str) {
        let mut live = self.live();
        let Some(found) = live.get_mut(name) else { return };
        found.leases -= 1;
        // with recovery, somebody may come back: it stays until the place is needed
        let removed = if found.leases == 0 && !found.namespace.awaits() { live.remove(name) } else { None };
        drop(live);
        drop(removed);
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

impl Pattern {
    fn new(text: &'static str, table: Table) -> Self {
        let segments = text
            .split('/')
            .map(|segment| param(segment).map_or(Segment::Exact(segment), Segment::Param))
            .collect();
        Self { text, segments, table: Arc::new(table) }
    }

    /// The parameters, if the name fits. A parameter is never empty.
    fn params(&self, name: &str) -> Option<Params> {
        let mut params = vec![];
        let mut parts = name.split('/');
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Exact(exact) if part == *exact => {}
                Segment::Param(name) if !part.is_empty() => params.push((*name, part.into())),
                _ => return None,
            }
        }
        parts.next().is_none().then(|| params.into())
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

    fn params(pattern: &'static str, name: &str) -> Option<Vec<(&'static str, String)>> {
        let params = Pattern::new(pattern, Table::default()).params(name)?;
        Some(params.iter().map(|(name, value)| (*name, value.to_string())).collect())
    }

    #[test]
    fn a_segment_in_braces_stands_for_any_one() {
        assert_eq!(params("/org/{id}", "/org/7"), Some(vec![("id", "7".to_owned())]));
        assert_eq!(params("/{a}/x/{b}", "/1/x/2"), Some(vec![("a", "1".to_owned()), ("b", "2".to_owned())]));
        for other in ["/org", "/org/", "/org/7/", "/org/7/x", "/orgs/7", "org/7", "/", ""] {
            assert_eq!(params("/org/{id}", other), None, "{other}");
        }
    }

    proptest::proptest! {
        /// A name that fits is the pattern with the parameters put in, and every such name fits.
        #[test]
        fn parameters_are_what_the_pattern_leaves_open(
            values in proptest::collection::vec("[a-zé]{0,3}", 2..=2),
            other in "[/a-c]{0,8}",
        ) {
            let fits = values.iter().all(|value| !value.is_empty());
            let read = params("/{a}/x/{b}", &format!("/{}/x/{}", values[0], values[1]));
            let expected = fits.then(|| vec![("a", values[0].clone()), ("b", values[1].clone())]);
            proptest::prop_assert_eq!(read, expected);
            if let Some(read) = params("/{a}/x/{b}", &other) {
                proptest::prop_assert_eq!(format!("/{}/x/{}", read[0].1, read[1].1), other);
            }
        }

        #[test]
        fn no_name_panics(name in ".{0,300}") {
            let _ = (fault(&name), is_pattern(&name), params("/{a}/x/{b}", &name));
        }
    }

    #[test]
    fn names_are_checked() {
        for name in ["/", "/a", "/a/b", "/a/{id}", "/{a}/{b}"] {
            assert_eq!(fault(name), None, "{name}");
        }
        for name in ["", "a", "/a,b", "/a{b}", "/{a}{b}", "/{}", "/{a}/{a}", "/{a"] {
            assert!(fault(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_more_exact_pattern_comes_first() {
        let tables = ["/{a}/{b}", "/x/{b}", "/{a}/y", "/x/y"].map(|name| (name, Table::default()));
        let (states, config) = (Arc::default(), Arc::default());
        let namespaces = Namespaces::new(BTreeMap::from(tables), &states, &config);
        let order: Vec<_> = namespaces.patterns.iter().map(|pattern| pattern.text).collect();
        assert_eq!(order, ["/x/{b}", "/{a}/y", "/{a}/{b}"]);
    }
}
