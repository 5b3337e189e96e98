//! `colligate report`: a finished run in another format.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::edits::edited;
use super::new_file::write_new;
use super::print;
use crate::error::Error;
use crate::report;
use crate::run::{DocumentMap, FinishedRun, read_run};

/// Print a finished run as HTML, Markdown, CSV, JSON, a workbook or a codebook
///
/// html, md: the question, the result in a few sentences, every cluster; html also holds the documents, to be
/// searched and explored on a map.
/// csv: one line a row of the input, its own columns first. xlsx: a workbook, one sheet a cluster with its documents.
/// json: manifest, clusters and assignments as one object. codebook: its clusters, for `run --codebook` of the next.
#[derive(Debug, Args)]
pub struct Report {
    /// Run directory
    run: PathBuf,
    /// Edits of a person, as TOML; without it, edits.toml in the run directory, if it is there
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value = "md")]
    format: Format,
    /// Write to this new file, not to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Html,
    Md,
    Csv,
    Xlsx,
    Json,
    Codebook,
}

impl Report {
    /// Prints the report, or writes it to a file.
    pub fn run(&self) -> anyhow::Result<u8> {
        if self.format == Format::Xlsx && self.out.is_none() && io::stdout().is_terminal() {
            let problem = "--format xlsx: a workbook cannot be shown on a terminal; give --out FILE.xlsx";
            return Err(Error::usage(problem).into());
        }
        let run = edited(read_run(&self.run)?, &self.run, self.edits.as_deref(), false)?;
        let bytes = self.bytes(&run)?;
        match &self.out {
            Some(file) => write_new("--out", file, &bytes)?,
            // The fields are as they are in the run; what a terminal would obey is taken out on the way there.
            None if matches!(self.format, Format::Json | Format::Codebook) => {
                print::data(&String::from_utf8_lossy(&bytes))?
            }
            None => print::bytes(&bytes)?,
        }
        Ok(0)
    }

    fn bytes(&self, run: &FinishedRun) -> Result<Vec<u8>, Error> {
        Ok(match self.format {
            Format::Html => report::html(run, &DocumentMap::read(&self.run, run)).into_bytes(),
            Format::Md => report::markdown(run).into_bytes(),
            Format::Csv => report::csv(run).into_bytes(),
            Format::Xlsx => report::xlsx(run)?,
            Format::Codebook => report::codebook(run)?.into_bytes(),
            Format::Json => {
                let (manifest, clusters, assignments) = (&run.manifest, &run.clusters, &run.assignments);
                let object =
                    serde_json::json!({ "manifest": manifest, "clusters": clusters, "assignments": assignments });
                format!("{object}\n").into_bytes()
            }
        })
    }
}
