//! Tables of quality and economy, measured as a user would: `cargo run --release --example evals -- <table>`.

mod quality;

use std::process::ExitCode;

use clap::Parser;

/// Measure colligate
#[derive(Debug, Parser)]
enum Evals {
    /// Agreement with gold labels on sets with oracle answers
    Quality(quality::Quality),
}

fn main() -> ExitCode {
    let done = match Evals::parse() {
        Evals::Quality(quality) => quality.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::FAILURE
        }
    }
}
