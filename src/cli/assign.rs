//! `colligate assign`: documents into the clusters of a finished run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::new_file::write_new;
use super::print;
use super::progress::Progress;
use super::run::set_threads;
use crate::corpus::{Format, OnError, Turns, sources};
use crate::error::Error;
use crate::execute::{Assigned, Assigner, EmbedBy};
use crate::plan::{Settings, cache, reading_like};
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
    /// Documents: files or patterns of files, or - for standard input
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// How to print the lines: as in assignments.jsonl, or as in assignments.csv
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Printed,
    /// Write what changed since the run to this new file, as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Format of the files; without it, by their first bytes and their name
    #[arg(long, value_enum)]
    input_format: Option<Format>,
    /// Field of the text
    #[arg(long, value_name = "F")]
    text_field: Option<String>,
    /// Field of the id
    #[arg(long, value_name = "F")]
    id_field: Option<String>,
    /// JSON pointer to the list of documents in a JSON object, or in each of several
    #[arg(long, value_name = "POINTER")]
    records: Option<String>,
    /// Sheet of a workbook, or a pattern such as '*' for all that have the same columns
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The table has no header
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    no_header: Option<bool>,
    /// Whose turns of a chat are its text
    #[arg(long, value_enum)]
    turns: Option<Turns>,
    /// What to do with a row that is no document
    #[arg(long, value_enum)]
    on_error: Option<OnError>,
    /// Documents at most, the first ones
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// The run's embedder, where it has another name or place here
    #[arg(long, value_name = "NAME|DIR")]
    embedder: Option<String>,
    /// Directory in which the vector cache has a folder of its own, or `none`; without it, the user's cache directory
    #[arg(long, value_name = "DIR|none", env = "COLLIGATE_CACHE")]
    cache: Option<PathBuf>,
    /// Threads for computing
    #[arg(long, value_name = "N", env = "COLLIGATE_THREADS")]
    threads: Option<usize>,
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
        set_threads(self.threads)?;
        let assigner = Assigner::open(&self.run)?;
        let reading = reading_like(&assigner.manifest().plan, &self.said())?;
        let (source, cache) = (sources(&self.corpus)?, cache(self.cache.clone()));
        let by = EmbedBy { loaded: None, embedder: self.embedder.as_deref(), cache: cache.as_deref() };
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

    /// How to read, as far as it is said.
    fn said(&self) -> Settings {
        Settings {
            format: self.input_format,
            text_field: self.text_field.clone(),
            id_field: self.id_field.clone(),
            records: self.records.clone(),
            sheet: self.sheet.clone(),
            no_header: self.no_header,
            turns: self.turns,
            on_error: self.on_error,
            limit: self.limit,
            ..Settings::default()
        }
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
