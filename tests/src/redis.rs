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
        Self::start_at("rediss", |port| with_tls(authority, port, knows_clients)).await
    }

    /// Starts a sentinel of this one, with TLS and no other port.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn sentinel_tls(&self, authority: &Authority, name: &str) -> Self {
        Self::start_at("rediss", |port| {
            let file = folder(port).join("sentinel.conf");
            let lines = format!("tls-replication yes\nsentinel monitor {name} 127.0.0.1 {} 1\n", self.port);
            std::fs::write(&file, lines).expect("written");
            let file = file.to_str().expect("a UTF-8 path").to_owned();
            [vec![file, "--sentinel".to_owned()], with_tls(authority, port, false)].concat()
        })
        .await
    }

    /// Starts a replica of this one, and waits until it has all.
    ///
    /// # Panics
    /// If it does not start, or does not follow.
    pub async fn replica(&self) -> Self {
        self.command(&[b"CONFIG", b"SET", b"repl-diskless-sync-delay", b"0"]).await;
        let replica = Self::start_with(&["--replicaof", &format!("127.0.0.1 {}", self.port)]).await;
        replica.says(&[b"INFO", b"replication"], "master_link_status:up").await;
        replica
    }

    /// Starts sentinels of this one, which take it for dead after half a second, and waits until they know each other and its
    /// replicas. Most of them must agree.
    ///
    /// # Panics
    /// If one does not start.
    pub async fn sentinels(&self, count: usize, name: &str) -> Vec<Self> {
        let mut sentinels = vec![];
        for _ in 0..count {
            let lines = format!(
                "sentinel monitor {name} 127.0.0.1 {} {}\nsentinel down-after-milliseconds {name} 500\n\
                 sentinel failover-timeout {name} 3000\n",
                self.port,
                count / 2 + 1
            );
            sentinels.push(Self::sentinel(&lines).await);
        }
        let info = self.command(&[b"INFO", b"replication"]).await;
        let replicas = info.split("connected_slaves:").nth(1).and_then(|rest| rest.split('\r').next());
        let status = format!("status=ok,address=127.0.0.1:{},slaves={},", self.port, replicas.unwrap_or("0"));
        for sentinel in &sentinels {
            sentinel.says(&[b"INFO", b"sentinel"], &format!("{status}sentinels={count}\r")).await;
            if replicas != Some("0") {
                // it can be promoted
                sentinel
                    .says(&[b"SENTINEL", b"REPLICAS", name.as_bytes()], "master-link-status\r\n$2\r\nok")
                    .await;
            }
        }
        sentinels
    }

    /// Starts a sentinel with these lines of its configuration.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn sentinel(lines: &str) -> Self {
        Self::start_at("redis", |port| {
            let file = folder(port).join("sentinel.conf");
            std::fs::write(&file, lines).expect("written");
            vec![file.to_str().expect("a UTF-8 path").to_owned(), "--sentinel".to_owned()]
        })
        .await
    }

    /// Waits until a command is answered with something that has this in it.
    ///
    /// # Panics
    /// If it is not, for long.
    pub async fn says(&self, words: &[&[u8]], answer: &str) {
        soon(answer, async {
            while !self.command(words).await.contains(answer) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    async fn start_at(scheme: &'static str, args: impl FnOnce(u16) -> Vec<String>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        let folder = folder(port);
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

fn folder(port: u16) -> PathBuf {
    std::env::temp_dir().join(format!("socketio-redis-{port}"))
}

fn with_tls(authority: &Authority, port: u16, knows_clients: bool) -> Vec<String> {
    let (certificate, key) = authority.issue("redis");
    let text = |path: PathBuf| path.to_str().expect("a UTF-8 path").to_owned();
    let (port, certificate, key, ca) =
        (port.to_string(), text(certificate), text(key), text(authority.path()));
    let args = ["--port", "0", "--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let clients = if knows_clients { "yes" } else { "no" };
    let more = ["--tls-ca-cert-file", &ca, "--tls-auth-clients", clients];
    args.iter().chain(&more).map(|arg| (*arg).to_owned()).collect()
}

fn spawn(port: u16, folder: &std::path::Path, args: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    // the file of a sentinel has to be the first
    let is_sentinel = args.iter().any(|arg| arg == "--sentinel");
    let (first, rest) = args.split_at(usize::from(is_sentinel));
    command.args(first).args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"]).arg(folder);
    if !is_sentinel {
        command.args(["--save", "", "--appendonly", "no"]);
    }
    command
        .args(rest)
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
