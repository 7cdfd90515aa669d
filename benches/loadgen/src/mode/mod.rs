//! One file per thing that can be measured.

mod broadcast;
mod clog;
mod cluster;
mod connect;
mod idle;
mod paced;
mod replies;
mod storm;

use anyhow::{Result, ensure};

use crate::dialect::Request;
use crate::fleet::Fleet;
use crate::options::{Mode, Options};
use crate::report::Report;
use crate::window;
use replies::Replies;

pub(crate) fn run(options: &Options) -> Result<Report> {
    match options.mode {
        Mode::Echo => exchange(options, Request::Echo),
        Mode::Ack => exchange(options, Request::Ack),
        Mode::Broadcast => broadcast::run(options, 0),
        Mode::Stalled => broadcast::run(options, options.stalled),
        Mode::Cluster => cluster::run(options),
        Mode::Idle => idle::run(options),
        Mode::Connect => connect::run(options),
        Mode::Storm => storm::run(options),
    }
}

fn exchange(options: &Options, request: Request) -> Result<Report> {
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.conns + options.open, 0)?;
    let mut replies = Replies::endless(options, request);
    let window = window::measure(&mut fleet, &mut replies, options)?;
    Ok(Report::of(options, window))
}

/// What came, against what had to come.
fn compare(text: &[u8], wanted: &[u8]) -> Result<()> {
    ensure!(
        text == wanted,
        "wrong data:\n  got    {}\n  wanted {}",
        String::from_utf8_lossy(text),
        String::from_utf8_lossy(wanted)
    );
    Ok(())
}
