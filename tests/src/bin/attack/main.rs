//! Attacks on a server with raw sockets, and what they cost it: `attack CONFORMANCE [ROW..]`.
//!
//! `CONFORMANCE` is that program, in release; each row has a process of its own. The table says how much processor time and
//! memory the attack took, how long a neighbour waited for its pongs meanwhile, and what became of the attacker.

mod meter;
mod peer;
mod rows;

use std::process::ExitCode;

use crate::{meter::Server, rows::ROWS};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(program) = args.next() else {
        eprintln!("usage: attack CONFORMANCE [ROW..]");
        return ExitCode::from(2);
    };
    let wanted: Vec<String> = args.collect();
    println!(
        "| attack | sent, kB | processor, s | memory at its peak, MB | afterwards, MB | pongs of a neighbour, p99 ms | log, kB | what became of it |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in ROWS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| row.name.contains(wanted.as_str())) {
            continue;
        }
        match Server::start(&program, row.mode).and_then(|server| server.measure(row)) {
            Ok(line) => println!("| {} | {line} |", row.name),
            Err(error) => println!("| {} | | | | | | | {error} |", row.name),
        }
    }
    ExitCode::SUCCESS
}
