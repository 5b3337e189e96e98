//! Measurements over the public interface only, as a user sees it: `cargo run --release --example evals -- --help`.
#![forbid(unsafe_code)]

mod codebook;
mod embed;
mod generated;
mod hostile;
mod kmeans;
mod labels;
mod neighbors;
mod quality;
mod searches;
mod select;
mod shares;
mod speed;
mod stability;
mod usage;

use std::process::ExitCode;

use clap::Parser;

/// Measurements of colligate and of its parts
#[derive(Parser)]
#[command(name = "evals")]
enum Evals {
    /// What a codebook alone comes to, and what it costs that some documents are like no entry
    Codebook(codebook::Arguments),
    Embed(embed::Arguments),
    Hostile(hostile::Arguments),
    Kmeans(kmeans::Arguments),
    Labels(labels::Arguments),
    Neighbors(neighbors::Arguments),
    /// Agreement with gold labels on sets with oracle answers
    Quality(quality::Quality),
    Searches(searches::Arguments),
    Select(select::Arguments),
    Shares(shares::Shares),
    Speed(speed::Speed),
    Stability(stability::Arguments),
}

fn main() -> ExitCode {
    let done = match Evals::parse() {
        Evals::Hostile(arguments) => hostile::run(&arguments).map(|table| print!("{table}")),
        Evals::Codebook(arguments) => codebook::run(&arguments),
        Evals::Embed(arguments) => embed::run(&arguments).map(|line| println!("{line}")),
        Evals::Kmeans(arguments) => kmeans::run(&arguments).map(|line| println!("{line}")),
        Evals::Labels(arguments) => labels::run(&arguments),
        Evals::Neighbors(arguments) => neighbors::run(&arguments).map(|line| println!("{line}")),
        Evals::Searches(arguments) => searches::run(&arguments).map(|table| println!("{table}")),
        Evals::Select(arguments) => select::run(&arguments).map(|line| println!("{line}")),
        Evals::Quality(quality) => quality.run(),
        Evals::Shares(shares) => shares.run(),
        Evals::Speed(speed) => speed.run(),
        Evals::Stability(arguments) => stability::run(&arguments).map(|tables| print!("{tables}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem:#}");
            ExitCode::from(2)
        }
    }
}
