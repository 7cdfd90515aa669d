use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

/// What handlers have done, in order: the state of the tests' servers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>, Arc<Notify>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().expect("no panic under it").push(line.into());
        self.1.notify_waiters();
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no panic under it").clone()
    }

    /// The lines since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic under it"))
    }

    /// Waits until there are this many lines.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<String> {
        timeout(Duration::from_secs(3600), async {
            loop {
                let more = self.1.notified();
                let lines = self.lines();
                if lines.len() >= count {
                    return lines;
                }
                more.await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("only {:?}", self.lines()))
    }
}
