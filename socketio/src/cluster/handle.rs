//! The cluster, as a program looks at it.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Attached, ClusterEvents, ClusterState, Figures, NodeId, NotConnected};

/// How the server stands with the other nodes; made by [`SocketIo::cluster`](crate::SocketIo::cluster).
///
/// ```
/// # async fn example(io: socketio::SocketIo) -> Result<(), socketio::cluster::NotConnected> {
/// // before a load balancer is told that this node is ready
/// io.cluster().ready().await?;
/// println!("{:?}", io.cluster().state());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClusterHandle(Option<Arc<Attached>>);

impl ClusterHandle {
    pub(crate) fn new(cluster: Option<Arc<Attached>>) -> Self {
        Self(cluster)
    }

    /// How the server stands now.
    pub fn state(&self) -> ClusterState {
        self.0.as_ref().map_or(ClusterState::Alone, |cluster| cluster.state.borrow().clone())
    }

    /// What was counted since the server started; all zero without a cluster.
    pub fn figures(&self) -> Figures {
        self.0.as_ref().map_or_else(Figures::default, |cluster| cluster.counters.read())
    }

    /// Waits until every namespace is subscribed. At once, if the server has no cluster.
    ///
    /// # Errors
    /// If the server has left the cluster.
    ///
    /// # Cancel safety
    /// Cancel safe: nothing is lost by dropping the future.
    pub async fn ready(&self) -> Result<(), NotConnected> {
        let Some(cluster) = &self.0 else { return Ok(()) };
        let mut states = cluster.state.subscribe();
        let is_settled =
            |state: &ClusterState| matches!(state, ClusterState::Up { .. } | ClusterState::Closed);
        // the sender lives as long as `cluster`
        match states.wait_for(is_settled).await.as_deref() {
            Ok(ClusterState::Up { .. }) => Ok(()),
            _ => Err(NotConnected),
        }
    }

    /// The other nodes whose names are known, in the order of their names; those that hang are left out as soon as the driver
    /// notices.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.0.as_ref().map_or_else(Vec::new, |cluster| cluster.happenings.nodes())
    }

    /// What happens from now on: nodes that join and leave, messages that are missed.
    pub fn events(&self) -> ClusterEvents {
        ClusterEvents(self.0.as_ref().and_then(|cluster| cluster.happenings.subscribe()))
    }

    /// Looks at every change of the state from now on.
    pub fn watch(&self) -> Watch {
        Watch(self.0.as_ref().map(|cluster| cluster.state.subscribe()))
    }
}

/// The changes of a cluster's state; made by [`ClusterHandle::watch`].
///
/// ```
/// # async fn example(io: socketio::SocketIo) {
/// let mut watch = io.cluster().watch();
/// while let Some(state) = watch.changed().await {
///     println!("{state:?}");
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Watch(Option<watch::Receiver<ClusterState>>);

impl Watch {
    /// Waits for the next change; states that were passed through quickly may be left out. `None`: there will be none.
    ///
    /// # Cancel safety
    /// Cancel safe: a change that is not taken is still the next one.
    pub async fn changed(&mut self) -> Option<ClusterState> {
        let states = self.0.as_mut()?;
        states.changed().await.ok()?;
        let state = states.borrow_and_update().clone();
        if state == ClusterState::Closed {
            self.0 = None;
        }
        Some(state)
    }
}
