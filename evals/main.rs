//! Measurements over the public interface only, as a user sees it: `cargo run --release --example evals -- --help`.
#![forbid(unsafe_code)]

mod hostile;
mod kmeans;
mod quality;
mod select;
mod usage;

use std::process::ExitCode;

use clap::Parser;

/// Measurements of colligate and of its parts
#[derive(Parser)]
#[command(name = "evals")]
enum Evals {
    Hostile(hostile::Arguments),
    Kmeans(kmeans::Arguments),
    /// Agreement with gold labels on sets with oracle answers
    Quality(quality::Quality),
    Select(select::Arguments),
}

fn main() -> ExitCode {
    let done = match Evals::parse() {
        Evals::Hostile(arguments) => hostile::run(&arguments).map(|table| print!("{table}")),
        Evals::Kmeans(arguments) => kmeans::run(&arguments).map(|line| println!("{line}")),
        Evals::Select(arguments) => select::run(&arguments).map(|line| println!("{line}")),
        Evals::Quality(quality) => quality.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}
