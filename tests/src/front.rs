//! What stands between a client and a server: HAProxy, nginx.

use std::{fs, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::sleep,
};

use crate::{soon, workspace};

/// A proxy for HTTP/1.1 in front of a server, which ends when this is dropped.
#[derive(Debug)]
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    _child: Child,
}

impl Front {
    /// HAProxy with these lines in its backend.
    ///
    /// # Panics
    /// If it is not installed, or takes them for wrong.
    pub async fn haproxy(backend: &str) -> Self {
        let (address, file) = place("haproxy").await;
        let config = format!(
            "defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n timeout tunnel 1h\n\
             frontend clients\n bind {address}\n default_backend servers\nbackend servers\n {backend}\n"
        );
        fs::write(&file, config).expect("target is writable");
        let mut command = Command::new(system_program("haproxy"));
        command.args(["-db", "-f"]).arg(file);
        Self::start(address, command).await
    }

    /// nginx with these lines in the location that it hands on.
    ///
    /// # Panics
    /// If it is not installed, or takes them for wrong.
    pub async fn nginx(upstream: SocketAddr, location: &str) -> Self {
        Self::nginx_between("", &format!("proxy_pass http://{upstream};\n {location}")).await
    }

    /// nginx with these lines in its `http` block, and in the location that it hands on.
    ///
    /// # Panics
    /// As [`nginx`](Self::nginx).
    pub async fn nginx_between(http: &str, location: &str) -> Self {
        let (address, file) = place("nginx").await;
        let folder = file.with_extension("d");
        fs::create_dir_all(&folder).expect("target is writable");
        let folder = folder.display();
        let config = format!(
            "daemon off;\nmaster_process off;\nerror_log stderr;\npid {folder}/pid;\nevents {{}}\nhttp {{\n access_log off;\n\
             client_body_temp_path {folder}/body;\n proxy_temp_path {folder}/proxy;\n fastcgi_temp_path {folder}/fastcgi;\n\
             uwsgi_temp_path {folder}/uwsgi;\n scgi_temp_path {folder}/scgi;\n\
             {http}\n map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
             server {{\n listen {address};\n location / {{\n {location}\n }}\n }}\n}}\n"
        );
        fs::write(&file, config).expect("target is writable");
        let mut command = Command::new(system_program("nginx"));
        command.arg("-c").arg(file);
        Self::start(address, command).await
    }

    async fn start(address: SocketAddr, mut command: Command) -> Self {
        command.stdin(Stdio::null()).kill_on_drop(true);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}: is it installed?"));
        // it does not say when it listens
        soon("a proxy", async {
            while TcpStream::connect(address).await.is_err() {
                let ended = child.try_wait().expect("it was started");
                assert!(ended.is_none(), "{command:?} ended: {ended:?}");
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        Self { address, _child: child }
    }
}

/// A free port, and where the configuration goes.
async fn place(name: &str) -> (SocketAddr, PathBuf) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = free.local_addr().expect("it listens");
    let folder = workspace().canonicalize().expect("the workspace").join("target").join(name);
    fs::create_dir_all(&folder).expect("target is writable");
    (address, folder.join(format!("{}.conf", address.port())))
}

/// A program that Debian installs where only root looks.
fn system_program(name: &str) -> PathBuf {
    let path = PathBuf::from("/usr/sbin").join(name);
    if path.exists() { path } else { name.into() }
}
