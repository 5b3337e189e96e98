//! `colligate assign`: documents into the clusters of a finished run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::embedding::Embedding;
use super::new_file::{check_new, write_new};
use super::print;
use super::progress::Progress;
use super::reading::Documents;
use crate::error::Error;
use crate::execute::{Assigned, Assigner};
use crate::plan::reading_like;
use crate::report;

/// Assign documents to the clusters of a finished run, by what that run learned; no model is asked
///
/// Prints one line of JSON for each row of the input, as in assignments.jsonl. A text that the
/// run's model judged stays where the run put it; any other goes where what the run learned puts
/// it, and is flagged as unsure where its confidence is below 0.8. The corpus is read as the run
/// read its own, but for what is said here. At the end standard error says what changed since the
/// run: shares, whether these documents look like the run's, what those in no cluster are about.
#[derive(Debug, Args)]
pub struct Assign {
    /// Run directory
    run: PathBuf,
    #[command(flatten)]
    documents: Documents,
    /// How to print the lines: as in assignments.jsonl, or as in assignments.csv
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Printed,
    /// Write what changed since the run to this new file, as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[command(flatten)]
    embedding: Embedding,
    /// Print errors only
    #[arg(long)]
    quiet: bool,
}

/// How lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    Jsonl,
    Csv,
}

/// Bytes of lines that are printed at once.
const AT_ONCE: usize = 64 * 1024;

impl Assign {
    /// Assigns and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        self.summary.iter().try_for_each(|file| check_new("--summary", file))?;
        let cache = self.embedding.begin()?;
        let assigner = Assigner::open(&self.run)?;
        let reading = reading_like(&assigner.manifest().plan, &self.documents.said())?;
        let (source, by) = (self.documents.source()?, self.embedding.by(&cache));
        let assigned = assigner.assign(&source, &reading, by, &Progress::new(self.quiet))?;
        match self.format {
            Printed::Jsonl => print_lines(&assigned)?,
            Printed::Csv => print::data(&report::csv(&assigned.as_run()?))?,
        }
        if self.quiet && self.summary.is_none() {
            return Ok(0);
        }
        let drift = assigned.drift()?;
        if let Some(file) = &self.summary {
            let bytes = serde_json::to_vec_pretty(&drift).map_err(|problem| Error::Bug(problem.to_string()))?;
            write_new("--summary", file, &[&bytes, &b"\n"[..]].concat())?;
        }
        if !self.quiet {
            print::message(&report::drift(&drift));
        }
        Ok(0)
    }
}

/// Prints JSON lines, some at a time.
fn print_lines(assigned: &Assigned<'_>) -> anyhow::Result<()> {
    let mut lines = String::new();
    for line in assigned.lines() {
        lines.push_str(&serde_json::to_string(&line).map_err(|problem| Error::Bug(problem.to_string()))?);
        lines.push('\n');
        if lines.len() >= AT_ONCE {
            print::data(&lines)?;
            lines.clear();
        }
    }
    print::data(&lines)
}
