//! Measurements on files of one's own, over the public interface only: `cargo run --release --example evals -- --help`.
#![forbid(unsafe_code)]

mod kmeans;
mod select;
mod usage;

use std::process::ExitCode;

use clap::Parser;

/// Measurements of colligate's parts; each prints one JSON object.
#[derive(Parser)]
#[command(name = "evals")]
enum Command {
    Kmeans(kmeans::Arguments),
    Select(select::Arguments),
}

fn main() -> ExitCode {
    let line = match Command::parse() {
        Command::Kmeans(arguments) => kmeans::run(&arguments),
        Command::Select(arguments) => select::run(&arguments),
    };
    match line {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}
