//! HAProxy between a client and a server.

use std::{fs, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::sleep,
};

use crate::{soon, workspace};

/// A program that Debian installs where only root looks.
fn system_program(name: &str) -> PathBuf {
    let path = PathBuf::from("/usr/sbin").join(name);
    if path.exists() { path } else { name.into() }
}

/// HAProxy with one backend, which ends when this is dropped.
#[derive(Debug)]
pub struct Haproxy {
    /// Where it listens, for HTTP/1.1.
    pub address: SocketAddr,
    _child: Child,
}

impl Haproxy {
    /// Starts it with these lines in its backend.
    ///
    /// # Panics
    /// If it is not installed, or takes them for wrong.
    pub async fn start(backend: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = free.local_addr().expect("it listens");
        drop(free);
        let config = format!(
            "defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n timeout tunnel 1h\n\
             frontend clients\n bind {address}\n default_backend servers\nbackend servers\n {backend}\n"
        );
        let folder = workspace().join("target/haproxy");
        fs::create_dir_all(&folder).expect("target is writable");
        let file: PathBuf = folder.join(format!("{}.cfg", address.port()));
        fs::write(&file, config).expect("target is writable");
        let mut child = Command::new(system_program("haproxy"))
            .args(["-db", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("haproxy runs: is it installed?");
        // it does not say when it listens
        soon("HAProxy", async {
            while TcpStream::connect(address).await.is_err() {
                let ended = child.try_wait().expect("it was started");
                assert!(ended.is_none(), "HAProxy ended: {ended:?}");
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        Self { address, _child: child }
    }
}
