//! What `/proc` says about a process: CPU time and resident memory.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pid: u32,
}

impl Process {
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid }
    }

    pub(crate) fn own() -> Self {
        Self { pid: std::process::id() }
    }

    /// CPU time of all living threads, in nanoseconds as the scheduler counts it.
    ///
    /// Threads that have ended are not in it; no server here ends threads under load.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let tasks = format!("/proc/{}/task", self.pid);
        let mut total = 0;
        for task in fs::read_dir(&tasks).with_context(|| format!("no such server process: {tasks}"))? {
            let path = task?.path().join("schedstat");
            // a thread may end between the two reads
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let nanoseconds = text.split(' ').next().and_then(|word| word.parse::<u64>().ok());
            total += nanoseconds.with_context(|| format!("{} says {text:?}", path.display()))?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// The most bytes that were resident since `forget_peak`, or ever. Counters: may be off by dozens of pages.
    pub(crate) fn peak(self) -> Result<u64> {
        self.bytes("status", "VmHWM:")
    }

    pub(crate) fn forget_peak(self) -> Result<()> {
        let path = format!("/proc/{}/clear_refs", self.pid);
        // proc(5): "5 - Reset the peak resident set size ("high water mark") to the process's current [..] value"
        fs::write(&path, "5").with_context(|| path.clone())
    }

    /// Resident bytes. Walks the page tables: the counters of `statm` may be off by dozens of pages.
    pub(crate) fn resident(self) -> Result<u64> {
        self.bytes("smaps_rollup", "Rss:")
    }

    fn bytes(self, file: &str, name: &str) -> Result<u64> {
        let path = format!("/proc/{}/{file}", self.pid);
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse::<u64>().ok());
        Ok(kilobytes.with_context(|| format!("no {name} in {path}"))? * 1024)
    }
}
