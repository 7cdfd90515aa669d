//! `loadgen` loads one server and measures it from outside: latency, rate, CPU time, memory.
//!
//! Everything runs on one thread, so that it fits on the core next to the server's. Whatever is wrong (a reply that
//! differs by a byte, is missing or too many, a connection that ends) ends the run with exit code 1.

mod dialect;
mod fleet;
mod frame;
mod http;
mod link;
mod mode;
mod options;
mod packing;
mod process;
mod report;
mod session;
mod tally;
mod window;
mod words;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use options::Options;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    options.check()?;
    allow_many_sockets()?;
    let report = mode::run(options)?;
    eprint!("{report}");
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

fn allow_many_sockets() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("RLIMIT_NOFILE")
}
