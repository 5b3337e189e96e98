//! `colligate report`: a finished run in another format.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::edits::edited;
use super::new_file::{check_new, write_new};
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
/// Without --format, the ending of --out says it: FILE.html, FILE.xlsx, FILE.csv, FILE.json.
#[derive(Debug, Args)]
pub struct Report {
    /// Run directory
    run: PathBuf,
    /// Edits of a person, as TOML; without it, edits.toml in the run directory, if it is there
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    /// Format of the report [default: what the ending of --out says, else md]
    #[arg(long, value_enum)]
    format: Option<Format>,
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

impl Format {
    /// The format that the ending of a file's name stands for.
    fn of_ending(file: &Path) -> Option<Format> {
        match file.extension()?.to_str()?.to_lowercase().as_str() {
            "html" | "htm" => Some(Format::Html),
            "md" | "markdown" => Some(Format::Md),
            "csv" => Some(Format::Csv),
            "xlsx" => Some(Format::Xlsx),
            "json" => Some(Format::Json),
            "toml" => Some(Format::Codebook),
            _ => None,
        }
    }
}

impl Report {
    /// The format that was asked for, by name or by the ending of the file.
    fn format(&self) -> Result<Format, Error> {
        let of_file = self.out.as_deref().and_then(|file| Some((file, Format::of_ending(file)?)));
        match (self.format, of_file) {
            (Some(format), Some((file, ending))) if format != ending => {
                let name = |format: Format| {
                    format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
                };
                Err(Error::usage(format!(
                    "--format {}: --out {} ends like a file of {}; leave --format out, or give the file another ending",
                    name(format),
                    file.display(),
                    name(ending)
                )))
            }
            (Some(format), _) | (None, Some((_, format))) => Ok(format),
            (None, None) => Ok(Format::Md),
        }
    }

    /// Prints the report, or writes it to a file.
    pub fn run(&self) -> anyhow::Result<u8> {
        let format = self.format()?;
        if format == Format::Xlsx && self.out.is_none() && io::stdout().is_terminal() {
            let problem = "--format xlsx: a workbook cannot be shown on a terminal; give --out FILE.xlsx";
            return Err(Error::usage(problem).into());
        }
        self.out.iter().try_for_each(|file| check_new("--out", file))?;
        let run = edited(read_run(&self.run)?, &self.run, self.edits.as_deref(), false)?;
        let bytes = self.bytes(&run, format)?;
        match &self.out {
            Some(file) => write_new("--out", file, &bytes)?,
            // The fields are as they are in the run; what a terminal would obey is taken out on the way there.
            None if matches!(format, Format::Json | Format::Codebook) => print::data(&String::from_utf8_lossy(&bytes))?,
            None => print::bytes(&bytes)?,
        }
        Ok(0)
    }

    fn bytes(&self, run: &FinishedRun, format: Format) -> Result<Vec<u8>, Error> {
        Ok(match format {
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
