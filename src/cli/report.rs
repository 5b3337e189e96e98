//! `colligate report`: a finished run in another format.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::print;
use crate::error::Error;
use crate::report;
use crate::run::{FinishedRun, read_run};

/// Print a finished run as HTML, Markdown, CSV, JSON, a workbook or a codebook
///
/// html, md: the question, the result in a few sentences, every cluster; html also holds the documents, to be searched.
/// csv: one line a row of the input, its own columns first. xlsx: a workbook, one sheet a cluster with its documents.
/// json: manifest, clusters and assignments as one object. codebook: its clusters, for `run --codebook` of the next.
#[derive(Debug, Args)]
pub struct Report {
    /// Run directory
    run: PathBuf,
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
        let bytes = self.bytes(&read_run(&self.run)?)?;
        match &self.out {
            Some(file) => write_new(file, &bytes)?,
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
            Format::Html => report::html(run).into_bytes(),
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

/// Writes a file that is not there yet: nothing of the user's is overwritten, and there is a whole file or none.
fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    if file.symlink_metadata().is_ok() {
        let problem = format!("--out {}: this file exists already; name another one", file.display());
        return Err(Error::usage(problem));
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let aside = file.with_file_name(name);
    let written = File::create_new(&aside)
        .and_then(|mut opened| opened.write_all(bytes).and_then(|()| opened.sync_all()))
        .and_then(|()| fs::rename(&aside, file));
    written.map_err(|problem| {
        // What could not be written whole is of no use, and it may not be there at all.
        let _ = fs::remove_file(&aside);
        Error::write(file, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_written_whole_or_not_at_all_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (there, missing) = (folder.path().join("a.html"), folder.path().join("none/a.html"));
        write_new(&there, b"first").unwrap();
        assert_eq!(write_new(&there, b"second").unwrap_err().exit_code(), 2);
        assert_eq!(write_new(&missing, b"third").unwrap_err().exit_code(), 1);
        assert_eq!(fs::read(&there).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
