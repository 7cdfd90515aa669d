//! Fills what the network holds for receivers that never read, so that everything further stays with the server.
//!
//! On loopback that is megabytes: without this, a run of seconds would end before the server feels that nobody reads.

use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::dialect::{Id, Request};
use crate::fleet::Fleet;
use crate::options::Options;
use crate::session::Session;

/// Lets every session from number `first` on ask for echoes until the last of them does not fit into the network.
pub(super) fn clog(fleet: &mut Fleet<'_>, first: usize, options: &Options) -> Result<()> {
    for (client, session) in fleet.sessions().iter_mut().enumerate().skip(first) {
        clog_one(client, session, options).with_context(|| format!("client {client}, who never reads"))?;
    }
    Ok(())
}

fn clog_one(client: usize, session: &mut Session, options: &Options) -> Result<()> {
    let address = session.local_addr()?;
    let mut text = Vec::new();
    for number in 0..LIMIT {
        let before = queued(options.addr, address)?;
        text.clear();
        options.dialect().request(Request::Echo, Id { client, number }, STEP, &mut text);
        session.send(&text);
        session.flush()?;
        let asked = Instant::now();
        while queued(options.addr, address)? < before + STEP {
            if asked.elapsed() > PATIENCE {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
    bail!("the network takes everything")
}

/// Bytes that the kernel holds on the server's end of a connection.
fn queued(server: SocketAddr, client: SocketAddr) -> Result<usize> {
    let table = fs::read_to_string(TABLE).context(TABLE)?;
    let (server, client) = (hexadecimal(server)?, hexadecimal(client)?);
    let mut lines = table.lines().map(|line| line.split_whitespace().skip(1));
    let mut line = lines
        .find(|line| line.clone().take(2).eq([server.as_str(), client.as_str()]))
        .with_context(|| format!("no connection {server} {client} in {TABLE}"))?;
    // after the addresses: state, then `tx_queue:rx_queue`
    let queues = line.nth(3).and_then(|queues| queues.split_once(':'));
    let (sending, _) = queues.with_context(|| format!("no queues in {TABLE}"))?;
    usize::from_str_radix(sending, 16).with_context(|| format!("{TABLE} says {sending:?}"))
}

/// As the kernel writes it: the address is a number in the machine's order of bytes.
fn hexadecimal(address: SocketAddr) -> Result<String> {
    let SocketAddr::V4(address) = address else { bail!("stalled mode is for IPv4: {address}") };
    ensure!(!address.ip().is_unspecified(), "no address: {address}");
    Ok(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
}

const TABLE: &str = "/proc/net/tcp";
/// Much less than an outbox holds: so much of it is taken when the run begins.
const STEP: usize = 32 * 1024;
/// 64 MiB: no kernel gives that to one connection by itself.
const LIMIT: u64 = 2048;
const PATIENCE: Duration = Duration::from_millis(100);
