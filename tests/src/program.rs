//! A program of the workspace, run as users run it.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

use crate::{soon, workspace};

/// A running program of the workspace: an example, or `conformance`. It ends when this is dropped.
#[derive(Debug)]
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
    child: Child,
}

impl Program {
    /// Builds and starts a program whose first line on stdout ends with `on http://ADDRESS`.
    ///
    /// # Panics
    /// If it cannot be built, or does not start.
    pub async fn start(name: &str, args: &[&str]) -> Self {
        let mut child = tokio::process::Command::new(executable(name))
            .args(args)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let first = soon("the first line of the program", lines.next_line()).await;
        let first = first.expect("stdout can be read").expect("a first line");
        let (_, address) = first.split_once("on http://").unwrap_or_else(|| panic!("no address: {first}"));
        let address = address.parse().unwrap_or_else(|_| panic!("no address: {first}"));
        Self { address, lines, seen: vec![first], child }
    }

    /// Reads stdout up to this line.
    ///
    /// # Panics
    /// If it does not arrive.
    pub async fn line(&mut self, line: &str) {
        let from = self.seen.len();
        let what = format!("the line {line:?}");
        let read = soon(&what, async {
            loop {
                match self.lines.next_line().await {
                    Ok(Some(next)) if next == line => return true,
                    Ok(Some(next)) => self.seen.push(next),
                    Ok(None) | Err(_) => return false,
                }
            }
        });
        assert!(read.await, "the program ended before it printed {line:?}: {:?}", &self.seen[from..]);
        self.seen.push(line.to_owned());
    }

    /// Ends the program as Ctrl-C does: every line that it printed until then.
    ///
    /// # Panics
    /// If it does not end soon, or ends with an error.
    pub async fn interrupt(mut self) -> Vec<String> {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
        assert!(sent.success(), "it was still there");
        let mut lines = vec![];
        while let Some(line) = soon("the end of stdout", self.lines.next_line()).await.expect("readable") {
            lines.push(line);
        }
        let status = soon("the end of the program", self.child.wait()).await.expect("it ran");
        assert!(status.success(), "{status}");
        lines
    }

    /// Stops it as `SIGSTOP` does, or lets it go on.
    ///
    /// # Panics
    /// If it is gone.
    pub fn freeze(&self, frozen: bool) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([if frozen { "-STOP" } else { "-CONT" }, &id]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Kills it, as `SIGKILL` does.
    ///
    /// # Panics
    /// If it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Every line that was read from stdout.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }
}

/// Builds a program of `examples` or `tests`; the path to it.
///
/// # Panics
/// If it cannot be built.
pub fn executable(name: &str) -> PathBuf {
    // as the test itself is built
    let profile: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--message-format=json"])
        .args(profile)
        .args(["--package=examples", "--package=tests", "--bin", name])
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{name} cannot be built");
    let executable = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("cargo reports where it is")
}
