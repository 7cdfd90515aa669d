//! A client wants a socket back that any node may have had: its session is taken, and what it missed is read.

use std::{sync::Arc, time::Duration};

use super::{Attached, Lookup, NotRecovered, Position, Session, receive::Relayed};
use crate::{
    emit::Content,
    namespace::{Claim, Namespace, Target},
    socket::{Pid, SocketId},
};

/// How long that may take. Then the client gets a fresh socket.
const LIMIT: Duration = Duration::from_secs(3);

/// What the client gets back: the claim of its socket, or why it gets none.
pub(crate) fn restore(
    namespace: &Arc<Namespace>,
    pid: Pid,
    offset: Option<String>,
) -> Lookup<Result<Claim, NotRecovered>> {
    let namespace = namespace.clone();
    Box::pin(async move {
        // without an offset it has received nothing: a fresh socket loses nothing
        let offset = offset.ok_or(NotRecovered::NoOffset)?;
        let after = Position::parse(&offset).ok_or(NotRecovered::ForeignOffset)?;
        let taking = async {
            let cluster = namespace.cluster.clone().ok_or(NotRecovered::NotConnected)?;
            let history = cluster.driver().history().ok_or(NotRecovered::NotConnected)?;
            let session = history.take(&namespace.name, &pid.reveal()).await?;
            let mut taken =
                Taken { session: Some(session), cluster: cluster.clone(), namespace: namespace.clone() };
            let claim = claim(&namespace, &cluster, &taken, pid, after).await;
            // one that cannot be recovered is not wanted any more, as with Node
            taken.session = None;
            claim
        };
        tokio::time::timeout(LIMIT, taking).await.unwrap_or(Err(NotRecovered::TimedOut))
    })
}

/// A session that was taken: it is stored again if its client is gone before it has its socket.
struct Taken {
    session: Option<Session>,
    cluster: Arc<Attached>,
    namespace: Arc<Namespace>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        if let (Some(history), Some(limits)) =
            (self.cluster.driver().history(), self.namespace.config.recovery)
        {
            history.store(&session, false, limits.window);
        }
    }
}

async fn claim(
    namespace: &Arc<Namespace>,
    cluster: &Arc<Attached>,
    taken: &Taken,
    pid: Pid,
    after: Position,
) -> Result<Claim, NotRecovered> {
    let session = taken.session.as_ref().ok_or(NotRecovered::NoSession)?;
    let id: SocketId = session.id.parse().map_err(|_| NotRecovered::NoSession)?;
    let mut rooms: Vec<Arc<str>> =
        session.rooms.iter().filter(|room| ***room != *session.id).cloned().collect();
    rooms.truncate(namespace.config.max_rooms);
    let mut missed = (after, vec![]);
    if !namespace.has_all_since(after) {
        let history = cluster.driver().history().ok_or(NotRecovered::NotConnected)?;
        // what is read after this is in the log
        let to = history.position(&namespace.name).ok_or(NotRecovered::NotConnected)?;
        if to > after {
            let kept = history.read(&namespace.name, after, to).await?;
            let mut frames = vec![];
            for event in kept {
                let target = Target {
                    rooms: event.selection.rooms,
                    except: event.selection.except,
                    ..Target::default()
                };
                if !target.means(id, &rooms) {
                    continue;
                }
                let Some(parts) = event.event.parts() else { continue };
                let relayed = Relayed::new(parts, &event.event);
                let content = Content::Event { name: relayed.name(), args: &relayed, compress: true };
                let frame = namespace.encode_missed(&content, event.position);
                frames.push(frame.map_err(|_| NotRecovered::Trimmed)?);
            }
            missed = (to, frames);
        }
    }
    Ok(namespace.claim_kept(pid, (id, rooms, session.data.clone()), missed))
}
