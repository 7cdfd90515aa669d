//! The server's process, and what is measured of it.

use std::{
    fs, io,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{peer::Peer, rows::Row};

pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    log: std::path::PathBuf,
}

impl Server {
    pub(crate) fn start(program: &str, mode: &str) -> io::Result<Self> {
        // a free port, which is given back at once
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = std::env::temp_dir().join(format!("attack-{}.log", address.port()));
        let process = Command::new(program)
            .args([mode, &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let server = Self { process, address, log };
        let start = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if start.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("the server does not listen"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Runs an attack; returns the cells of its row.
    pub(crate) fn measure(mut self, row: &Row) -> io::Result<String> {
        // what a first connection allocates is not the attack's
        Peer::bus(self.address)?.ask()?;
        thread::sleep(Duration::from_millis(100));
        let over = Arc::new(AtomicBool::new(false));
        let neighbour = thread::spawn({
            let (address, over) = (self.address, over.clone());
            move || pongs(address, &over)
        });
        let (cpu, memory) = (self.cpu()?, self.memory("VmRSS")?);
        let attacked = (row.attack)(self.address, &mut self.process)?;
        // what it has caused runs on
        thread::sleep(Duration::from_secs(1));
        let is_over = self.process.try_wait()?;
        let figures = if is_over.is_some() {
            "| | ".to_owned()
        } else {
            format!(
                "{:.2} | {:.1} | {:.1}",
                self.cpu()? - cpu,
                (self.memory("VmHWM")? - memory).max(0.0),
                self.memory("VmRSS")? - memory
            )
        };
        over.store(true, Ordering::Relaxed);
        let pong = match neighbour.join() {
            Ok(Ok(pong)) => format!("{:.1}", pong.as_secs_f64() * 1000.0),
            Ok(Err(error)) => format!("cut off: {error}"),
            Err(_) => "?".to_owned(),
        };
        let log = fs::metadata(&self.log)?.len() as f64 / 1000.0;
        Ok(format!("{:.0} | {figures} | {pong} | {log:.0} | {}", attacked.sent as f64 / 1000.0, attacked.end))
    }

    /// The seconds that it has computed.
    fn cpu(&self) -> io::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 =
            after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        Ok(ticks as f64 / 100.0)
    }

    /// In megabytes.
    fn memory(&self, what: &str) -> io::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok());
        Ok(kilobytes.unwrap_or_default() / 1000.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.log);
    }
}

/// A neighbour asks every ten milliseconds: the time of the slowest answer but one in a hundred.
fn pongs(address: SocketAddr, over: &AtomicBool) -> io::Result<Duration> {
    let mut peer = Peer::bus(address)?;
    let mut times = vec![];
    while !over.load(Ordering::Relaxed) {
        times.push(peer.ask()?);
        thread::sleep(Duration::from_millis(10));
    }
    times.sort();
    Ok(times[times.len() * 99 / 100])
}
