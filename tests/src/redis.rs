//! A Redis server of its own for a test, and Node.js servers in its cluster.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{ChildStdin, ChildStdout},
};

use crate::{authority::Authority, node::install, soon, workspace};

/// A Redis server on a free port, without persistence. It ends when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    child: Child,
    folder: PathBuf,
    args: Vec<String>,
    scheme: &'static str,
}

impl RedisServer {
    /// Starts `redis-server`.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts `redis-server` with more arguments.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    pub async fn start_with(args: &[&str]) -> Self {
        Self::start_at("redis", |_| args.iter().map(|arg| (*arg).to_owned()).collect()).await
    }

    /// Starts `redis-server` with TLS and no other port, with a certificate for 127.0.0.1; clients need one as well, of
    /// the same authority, if `knows_clients`.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    pub async fn start_tls(authority: &Authority, knows_clients: bool) -> Self {
        let (certificate, key) = authority.issue("redis");
        let text = |path: PathBuf| path.to_str().expect("a UTF-8 path").to_owned();
        let (port, certificate, key, ca) = ("--port", text(certificate), text(key), text(authority.path()));
        let is_known = if knows_clients { "yes" } else { "no" };
        Self::start_at("rediss", |tls_port| {
            let args = [port, "0", "--tls-port", &tls_port.to_string(), "--tls-cert-file", &certificate];
            let more = ["--tls-key-file", &key, "--tls-ca-cert-file", &ca, "--tls-auth-clients", is_known];
            args.iter().chain(&more).map(|arg| (*arg).to_owned()).collect()
        })
        .await
    }

    async fn start_at(scheme: &'static str, args: impl FnOnce(u16) -> Vec<String>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        let folder = std::env::temp_dir().join(format!("socketio-redis-{port}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let args = args(port);
        let server = Self { port, child: spawn(port, &folder, &args), folder, args, scheme };
        server.is_there().await;
        server
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Kills it: subscriptions and everything under way are lost.
    ///
    /// # Panics
    /// If it is not running.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Starts it again, on the same port.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder, &self.args);
        self.is_there().await;
    }

    /// Runs a command, over a connection of its own; the first bytes of its answer.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn command(&self, words: &[&[u8]]) -> String {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.expect("it listens");
        stream.write_all(&request).await.expect("it reads");
        let mut answer = vec![0; 4096];
        let length = soon("an answer of Redis", stream.read(&mut answer)).await.expect("it answers");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Stops it as `SIGSTOP` does, or lets it go on.
    ///
    /// # Panics
    /// If it is not running.
    pub fn freeze(&self, frozen: bool) {
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    async fn is_there(&self) {
        soon("redis-server", async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
}

fn spawn(port: u16, folder: &std::path::Path, args: &[String]) -> Child {
    Command::new("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ])
        .arg(folder)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server runs: `scripts/test` installs it")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // a stopped process is killed as well
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A server of Node.js in the cluster of a Redis, with clients: `tests/node/cluster.mjs`.
#[derive(Debug)]
pub struct NodeServer {
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    child: tokio::process::Child,
}

impl NodeServer {
    /// Starts one, with a client of Redis: `redis` or `ioredis`.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(redis: &RedisServer, kind: &str) -> Self {
        Self::start_with(redis, kind, "classic").await
    }

    /// Starts one with an adapter: `classic`, `sharded`, `static`, `streams`, `recovery` (streams, and
    /// connection state recovery is on).
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_with(redis: &RedisServer, kind: &str, adapter: &str) -> Self {
        Self::script("cluster.mjs", &[&redis.port.to_string(), kind, adapter]).await
    }

    /// Starts another script of `tests/node` that runs lines.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn script(script: &str, args: &[&str]) -> Self {
        let folder = workspace().join("tests/node");
        install(&folder);
        let mut child = tokio::process::Command::new("node")
            .arg(script)
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let stdin = child.stdin.take().expect("piped");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut server = Self { stdin, lines, child };
        assert_eq!(server.answer().await, Ok(json!("ready")));
        server
    }

    /// Runs the body of an async function there.
    ///
    /// # Panics
    /// If it throws.
    pub async fn run(&mut self, js: &str) -> Value {
        self.try_run(js).await.unwrap_or_else(|error| panic!("{js}: {error}"))
    }

    /// Runs the body of an async function there.
    ///
    /// # Errors
    /// With the text of what it throws.
    ///
    /// # Panics
    /// If the process is gone.
    pub async fn try_run(&mut self, js: &str) -> Result<Value, String> {
        let line = format!("{}\n", json!({ "js": js }));
        self.stdin.write_all(line.as_bytes()).await.expect("it runs");
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Value, String> {
        let line =
            soon("an answer of Node", self.lines.next_line()).await.expect("readable").expect("it runs");
        let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        match answer["error"].take() {
            Value::Null => Ok(answer["result"].take()),
            error => Err(error.as_str().unwrap_or_default().to_owned()),
        }
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
}
