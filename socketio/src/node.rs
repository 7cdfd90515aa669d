//! The names of the processes of a cluster.

use std::{fmt, sync::Arc};

/// The name of a node, as its driver chose it.
///
/// ```
/// use socketio::cluster::NodeId;
///
/// assert_eq!(NodeId::new("e6aeff").to_string(), "e6aeff");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// The node of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
