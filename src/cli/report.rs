//! `colligate report`: a finished run in another format.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::print;
use crate::report;
use crate::run::read_run;

/// Print a finished run as HTML, Markdown, CSV or JSON
#[derive(Debug, Args)]
pub struct Report {
    /// Run directory
    run: PathBuf,
    /// Format of the report
    #[arg(long, value_enum, default_value = "md")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Html,
    Md,
    Csv,
    Json,
}

impl Report {
    /// Prints the report.
    pub fn run(&self) -> anyhow::Result<u8> {
        let run = read_run(&self.run)?;
        let text = match self.format {
            Format::Html => report::html(&run),
            Format::Md => report::markdown(&run),
            Format::Csv => report::csv(&run),
            Format::Json => format!(
                "{}\n",
                serde_json::json!({ "manifest": run.manifest, "clusters": run.clusters, "assignments": run.assignments })
            ),
        };
        print::data(&text)?;
        Ok(0)
    }
}
