//! `colligate assign`: documents into the clusters of a finished run.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::embedding::Embedding;
use super::new_file::{NewFile, check_new, write_new};
use super::print;
use super::progress::Progress;
use super::reading::Documents;
use crate::error::Error;
use crate::execute::{AssignedPart, Assigner};
use crate::plan::reading_like;
use crate::report::{self, CsvColumns};
use crate::run::AssignmentLine;

/// The flag of the file for the lines.
const OUT: &str = "--out";

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
    /// Write the lines to this new file: all of them or, after an error, none
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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

impl Assign {
    /// Assigns and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        self.summary.iter().try_for_each(|file| check_new("--summary", file))?;
        let cache = self.embedding.begin()?;
        let assigner = Assigner::open(&self.run)?;
        let reading = reading_like(&assigner.manifest().plan, &self.documents.said())?;
        let (source, by) = (self.documents.source()?, self.embedding.by(&cache));
        let mut printing = Printing::new(self.format, self.out.as_deref())?;
        let progress = Progress::new(self.quiet);
        let assigned = assigner.assign(&source, &reading, by, &progress, &mut |part| printing.add(part))?;
        printing.finish()?;
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

/// Lines on their way to standard output, or to a new file.
struct Printing {
    format: Printed,
    file: Option<NewFile>,
    /// Those of a table, once its first rows are there.
    columns: Option<CsvColumns>,
}

impl Printing {
    fn new(format: Printed, out: Option<&Path>) -> Result<Printing, Error> {
        let file = out.map(|out| NewFile::create(OUT, out)).transpose()?;
        Ok(Printing { format, file, columns: None })
    }

    /// Prints the lines of a part.
    fn add(&mut self, part: &AssignedPart<'_>) -> Result<(), Error> {
        match self.format {
            Printed::Jsonl => self.print(&json_lines(part.lines)?),
            Printed::Csv => {
                let run = part.as_run();
                let header = if self.columns.is_none() { CsvColumns::of(&run).header() } else { String::new() };
                let columns = self.columns.get_or_insert_with(|| CsvColumns::of(&run));
                let rows = columns.rows(&run);
                self.print(&(header + &rows))
            }
        }
    }

    fn print(&mut self, text: &str) -> Result<(), Error> {
        match &mut self.file {
            Some(file) => file.write(text.as_bytes()),
            None => print::data(text).map_err(|problem| Error::write(Path::new("-"), problem.to_string())),
        }
    }

    /// Gives the file its name.
    fn finish(self) -> Result<(), Error> {
        self.file.map_or(Ok(()), |file| file.finish(OUT))
    }
}

/// Each line as JSON.
fn json_lines(lines: &[AssignmentLine]) -> Result<String, Error> {
    let json = |line: &AssignmentLine| {
        let json = serde_json::to_string(line).map_err(|problem| Error::Bug(problem.to_string()));
        json.map(|json| json + "\n")
    };
    let lines: Result<Vec<String>, Error> = lines.par_iter().map(json).collect();
    Ok(lines?.concat())
}
