//! Which server this is.

use std::{
    env, fs, process,
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

/// What the UI knows a server by.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) id: String,
    pub(crate) hostname: String,
    pub(crate) started: Instant,
}

static SERVERS: AtomicU32 = AtomicU32::new(0);

impl Server {
    pub(crate) fn new(id: Option<String>) -> Self {
        let hostname = hostname();
        let number = SERVERS.fetch_add(1, Ordering::Relaxed);
        let id = id.unwrap_or_else(|| match number {
            0 => format!("{hostname}#{}", process::id()),
            _ => format!("{hostname}#{}.{number}", process::id()),
        });
        Self { id, hostname, started: Instant::now() }
    }
}

/// Where there is no such file or variable, the name is not worth a dependency.
fn hostname() -> String {
    let read = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = read.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.or_else(|| env::var("HOSTNAME").ok())
        .or_else(|| env::var("COMPUTERNAME").ok())
        .unwrap_or_else(|| "host".to_owned())
}
