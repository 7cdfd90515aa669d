//! What starts the programs and ends them.

use std::{
    env,
    error::Error,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, stdin},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

const NAMES: [&str; 3] = ["n1", "n2", "n3"];

/// Starts everything, and ends it with Ctrl-C.
pub(crate) async fn run(port: u16) -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("socketio-cluster-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let ended = run_in(&folder, port).await;
    std::fs::remove_dir_all(&folder)?;
    ended
}

async fn run_in(folder: &Path, port: u16) -> Result<(), Box<dyn Error>> {
    // a child that is dropped is killed
    let (_redis, url) = redis(folder).await?;
    let mut ports = vec![];
    let mut nodes = vec![];
    for name in NAMES {
        let port = free_port()?;
        nodes.push(node(name, port, &url).await?);
        ports.push(port);
    }
    let port = if port == 0 { free_port()? } else { port };
    let _proxy = haproxy(folder, port, &ports).await?;
    println!("cluster on http://127.0.0.1:{port}");
    for (name, port) in NAMES.iter().zip(&ports) {
        println!("{name} at http://127.0.0.1:{port}");
    }
    println!("Enter restarts the nodes one after another, Ctrl-C ends everything");
    let (mut keyboard, mut keys) = (stdin(), [0; 64]);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            read = keyboard.read(&mut keys) => match read? {
                0 => {
                    // nobody is there to press keys
                    tokio::signal::ctrl_c().await?;
                    break;
                }
                _ => {
                    for ((name, port), running) in NAMES.iter().zip(&ports).zip(&mut nodes) {
                        end(running).await?;
                        *running = node(name, *port, &url).await?;
                        println!("{name} is back");
                    }
                }
            },
        }
    }
    for node in &mut nodes {
        end(node).await?;
    }
    println!("ended");
    Ok(())
}

async fn redis(folder: &Path) -> Result<(Option<Child>, String), Box<dyn Error>> {
    if let Ok(url) = env::var("REDIS_URL") {
        return Ok((None, url));
    }
    let port = free_port()?;
    let mut command = program("redis-server");
    command.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
    ]);
    let child = start(command.arg(folder).stdout(Stdio::null()))?;
    listens(port).await?;
    Ok((Some(child), format!("redis://127.0.0.1:{port}")))
}

/// This program again, as a node.
async fn node(name: &str, port: u16, redis: &str) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["node", name, &port.to_string(), redis]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = start(&mut command)?;
    let output = child.stdout.take().ok_or("it is piped")?;
    BufReader::new(output).lines().next_line().await?.ok_or("the node does not start")?;
    Ok(child)
}

/// A node ends when its stdin does.
async fn end(node: &mut Child) -> Result<(), Box<dyn Error>> {
    drop(node.stdin.take());
    timeout(Duration::from_secs(20), node.wait()).await??;
    Ok(())
}

/// The lines of docs/cluster.md.
async fn haproxy(folder: &Path, port: u16, nodes: &[u16]) -> Result<Child, Box<dyn Error>> {
    let servers: String = NAMES
        .iter()
        .zip(nodes)
        .map(|(name, port)| format!("  server {name} 127.0.0.1:{port} cookie {name}\n"))
        .collect();
    let file = folder.join("haproxy.cfg");
    let config = format!(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  timeout tunnel 1h\n\
         frontend clients\n  bind 127.0.0.1:{port}\n  default_backend nodes\n\
         backend nodes\n  balance roundrobin\n  cookie SRV insert indirect nocache httponly\n  option redispatch\n  \
         retry-on conn-failure 503\n{servers}"
    );
    std::fs::write(&file, config)?;
    let child = start(program("haproxy").args(["-db", "-f"]).arg(file))?;
    listens(port).await?;
    Ok(child)
}

/// A program that Debian may install where only root looks.
fn program(name: &str) -> Command {
    let path = PathBuf::from("/usr/sbin").join(name);
    if path.exists() { Command::new(path) } else { Command::new(name) }
}

fn start(command: &mut Command) -> Result<Child, String> {
    let name = command.as_std().get_program().to_owned();
    // Ctrl-C is for this program, which ends the others in order
    command
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{}: {error}: is it installed?", name.display()))
}

async fn listens(port: u16) -> Result<(), &'static str> {
    for _ in 0..500 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Err("a program does not listen")
}

fn free_port() -> io::Result<u16> {
    TcpListener::bind("127.0.0.1:0")?.local_addr().map(|address| address.port())
}
