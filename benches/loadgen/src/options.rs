//! What to load, how, and for how long.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::dialect::{self, Dialect, Envelope, Filling};

/// Loads one server from one thread and checks every byte that arrives.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Options {
    /// Address of the server.
    #[arg(long)]
    pub(crate) addr: SocketAddr,
    /// What is spoken on the connection.
    #[arg(long, value_enum)]
    pub(crate) wire: Wire,
    /// What is measured.
    #[arg(long, value_enum)]
    pub(crate) mode: Mode,
    /// Request path; default: `/ws` on plain and bus, `/socket.io/` on sio and poll.
    #[arg(long)]
    path: Option<String>,
    /// Connections; in connect mode: how many are being opened at any time.
    #[arg(long, default_value_t = 50)]
    pub(crate) conns: usize,
    /// Connections besides `--conns` that are open and silent (echo, ack; broadcast with `--room`); in storm mode: that stay.
    #[arg(long, default_value_t = 0)]
    pub(crate) open: usize,
    /// Broadcast to a room that only `--conns` have joined, not to everyone.
    #[arg(long)]
    pub(crate) room: bool,
    /// Requests each connection keeps under way; in broadcast and stalled mode: rounds under way.
    #[arg(long, default_value_t = 1)]
    pub(crate) depth: usize,
    /// Broadcast: the next round begins as soon as the sender has its own copy, not when the last receiver has his.
    #[arg(long)]
    pub(crate) overlap: bool,
    /// Cluster mode: the node where `--conns` receive.
    #[arg(long)]
    pub(crate) receiver: Option<SocketAddr>,
    /// Cluster mode: a node where one client is connected, which is not in the room.
    #[arg(long)]
    pub(crate) bystander: Option<SocketAddr>,
    /// Cluster mode: their process ids.
    #[arg(long)]
    pub(crate) receiver_pid: Option<u32>,
    #[arg(long)]
    pub(crate) bystander_pid: Option<u32>,
    /// Cluster mode: the process id of the Redis server.
    #[arg(long)]
    pub(crate) redis_pid: Option<u32>,
    /// Accept the replies of a connection in any order, for servers that do not keep it.
    #[arg(long)]
    pub(crate) any_order: bool,
    /// Bytes of text in a message, without envelope and framing.
    #[arg(long, default_value_t = 128)]
    pub(crate) size: usize,
    /// Offer permessage-deflate and compress what is sent; the run fails if the server does not take it.
    #[arg(long)]
    pub(crate) deflate: bool,
    /// The text of a message is JSON, with names and words, and not a row of `x`.
    #[arg(long)]
    pub(crate) json: bool,
    /// Length of the measured window; in idle mode: how long the connections rest before memory is read; in storm mode: how long
    /// those that stay are measured before it.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Time under load before the window, not counted.
    #[arg(long, default_value_t = 1.0)]
    warmup: f64,
    /// Process id of the server; without it nothing is said about its CPU time and memory.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Receivers besides `--conns` that never read (stalled mode).
    #[arg(long, default_value_t = 10)]
    pub(crate) stalled: usize,
    /// Storm mode: the seconds within which the clients reconnect.
    #[arg(long, default_value_t = 5.0)]
    jitter: f64,
    /// Idle mode: after the rest, so many of the connections echo ten times a second, for `--warmup` seconds.
    #[arg(long, default_value_t = 0)]
    pub(crate) paced: usize,
    /// Idle mode: after the rest, an echo of this many bytes for each connection; then memory is read again.
    #[arg(long)]
    pub(crate) large: Option<usize>,
    /// Idle mode: memory is back where it was once a connection takes no more bytes than this, or than before.
    #[arg(long, default_value_t = 3072.0)]
    pub(crate) back_at: f64,
    /// Idle mode: the seconds after which the memory must be given back.
    #[arg(long, default_value_t = 60.0)]
    settle: f64,
    /// Seconds without any progress after which the run has failed.
    #[arg(long, default_value_t = 10.0)]
    timeout: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wire {
    /// Raw TCP: the same bytes back, no framing at all.
    Tcp,
    /// WebSocket text frames, echoed as they came.
    #[value(alias = "ws")]
    Plain,
    /// The JSON envelope of the plain event bus, over WebSocket.
    Bus,
    /// Socket.IO v5 over Engine.IO v4, WebSocket only.
    Sio,
    /// Socket.IO v5 over Engine.IO v4, HTTP long polling only.
    Poll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Every connection sends and gets its message back.
    Echo,
    /// Every connection sends and gets an acknowledgement.
    Ack,
    /// One connection sends, everyone receives.
    Broadcast,
    /// Connections rest: memory.
    Idle,
    /// Connections are opened and closed.
    Connect,
    /// `--conns` clients lose their connections at once and reconnect; `--open` others stay and echo.
    Storm,
    /// A broadcast while some receivers never read.
    Stalled,
    /// One client of one node sends to a room, whose members are at another node.
    Cluster,
}

impl Options {
    /// Refuses what cannot work, before anything is started.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(self.conns > 0 && self.depth > 0, "--conns and --depth must be at least 1");
        ensure!(self.size >= dialect::MIN_SIZE, "--size must be at least {}", dialect::MIN_SIZE);
        let fits = match (self.wire, self.mode) {
            (Wire::Plain | Wire::Sio, Mode::Storm) => true,
            (_, Mode::Storm) => false,
            (Wire::Tcp, mode) => matches!(mode, Mode::Echo | Mode::Idle),
            (Wire::Plain, mode) => !matches!(mode, Mode::Ack | Mode::Cluster),
            (Wire::Poll, mode) => !matches!(mode, Mode::Connect | Mode::Stalled | Mode::Cluster),
            (Wire::Bus, mode) => mode != Mode::Cluster,
            (Wire::Sio, _) => true,
        };
        if !fits {
            bail!("mode {:?} has no meaning on wire {:?}", self.mode, self.wire);
        }
        let has_nodes = self.receiver.is_some() && self.bystander.is_some();
        ensure!(self.mode != Mode::Cluster || has_nodes, "--mode cluster needs --receiver and --bystander");
        let has_rooms = self.mode == Mode::Broadcast && matches!(self.wire, Wire::Sio | Wire::Poll);
        ensure!(!self.room || has_rooms, "--room is for broadcasts over Socket.IO");
        ensure!(!self.overlap || self.mode == Mode::Broadcast, "--overlap is for broadcasts");
        let has_silent = matches!(self.mode, Mode::Echo | Mode::Ack | Mode::Storm) || self.room;
        ensure!(self.open == 0 || has_silent, "--open is for echo, ack, storm, and broadcast with --room");
        ensure!(self.mode != Mode::Storm || self.open > 0, "--mode storm needs --open: those who stay");
        ensure!(self.paced <= self.conns, "--paced is more than --conns");
        ensure!(self.large.is_none() || self.mode == Mode::Idle, "--large is for idle mode");
        ensure!(self.large.is_none_or(|size| size >= dialect::MIN_SIZE), "--large is too small");
        let is_websocket = matches!(self.wire, Wire::Plain | Wire::Bus | Wire::Sio);
        ensure!(!self.deflate || is_websocket, "--deflate is for WebSockets");
        Ok(())
    }

    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(match self.wire {
            Wire::Tcp => "",
            Wire::Plain | Wire::Bus => "/ws",
            Wire::Sio | Wire::Poll => "/socket.io/",
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        let envelope = match self.wire {
            Wire::Tcp | Wire::Plain => Envelope::Plain,
            Wire::Bus => Envelope::Bus,
            Wire::Sio | Wire::Poll => Envelope::SocketIo,
        };
        Dialect { envelope, filling: if self.json { Filling::Json } else { Filling::Marks } }
    }

    /// The node of a client. In cluster mode the first one is at the node that sends, the last one at the bystander.
    pub(crate) fn addr_of(&self, client: usize) -> SocketAddr {
        match (self.mode, self.receiver, self.bystander) {
            (Mode::Cluster, Some(receiver), _) if (1..=self.conns).contains(&client) => receiver,
            (Mode::Cluster, _, Some(bystander)) if client > self.conns => bystander,
            _ => self.addr,
        }
    }

    pub(crate) fn seconds(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    pub(crate) fn warmup(&self) -> Duration {
        Duration::from_secs_f64(self.warmup)
    }

    pub(crate) fn jitter(&self) -> Duration {
        Duration::from_secs_f64(self.jitter)
    }

    pub(crate) fn settle(&self) -> Duration {
        Duration::from_secs_f64(self.settle)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }
}
