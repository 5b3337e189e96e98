//! `colligate assign`: documents into the clusters of a finished run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::print;
use super::progress::Progress;
use super::run::set_threads;
use crate::corpus::{Format, OnError, Turns, sources};
use crate::error::Error;
use crate::execute::{Assigner, EmbedBy};
use crate::plan::{Settings, cache, reading_like};

/// Assign documents to the clusters of a finished run, by what that run learned; no model is asked
///
/// Prints one line of JSON for each row of the input, as in assignments.jsonl. A text that the
/// run's model judged stays where the run put it; any other goes where what the run learned puts
/// it. The corpus is read as the run read its own, but for what is said here.
#[derive(Debug, Args)]
pub struct Assign {
    /// Run directory
    run: PathBuf,
    /// Documents: files or patterns of files, or - for standard input
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// Format of the files; without it, by their first bytes and their name
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Field of the text
    #[arg(long, value_name = "F")]
    text_field: Option<String>,
    /// Field of the id
    #[arg(long, value_name = "F")]
    id_field: Option<String>,
    /// JSON pointer to the list of documents in a JSON object, or in each of several
    #[arg(long, value_name = "POINTER")]
    records: Option<String>,
    /// Sheet of a workbook
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
        let mut lines = String::new();
        assigner.assign(&source, &reading, by, &Progress::new(self.quiet), |line| {
            lines.push_str(&serde_json::to_string(line).map_err(|problem| Error::Bug(problem.to_string()))?);
            lines.push('\n');
            if lines.len() < AT_ONCE {
                return Ok(());
            }
            let printed =
                print::data(&lines).map_err(|problem| Error::write(Path::new("standard output"), problem.to_string()));
            lines.clear();
            printed
        })?;
        print::data(&lines)?;
        Ok(0)
    }

    /// How to read, as far as it is said.
    fn said(&self) -> Settings {
        Settings {
            format: self.format,
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
