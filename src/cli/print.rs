//! Data to standard output, messages to standard error, neither with terminal escapes that came from a document or a server.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use clap::ValueEnum;
use rayon::prelude::*;
use serde::Serialize;

use crate::error::Error;
use crate::model::Secrets;
use crate::plan::DEFAULT_KEY;
use crate::report::TerminalStyle;
use crate::text::sanitize;

/// In which form many of a kind are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Printed {
    Jsonl,
    Csv,
}

/// Each as a line of JSON.
///
/// # Errors
/// When one cannot be said in JSON.
pub fn json_lines<T: Serialize + Sync>(all: &[T]) -> Result<String, Error> {
    let json = |one: &T| {
        let json = serde_json::to_string(one).map_err(|problem| Error::Bug(problem.to_string()));
        json.map(|json| json + "\n")
    };
    let lines: Result<Vec<String>, Error> = all.par_iter().map(json).collect();
    Ok(lines?.concat())
}

/// Columns where standard output is not a terminal.
const WIDTH: usize = 110;

/// The key that the environment holds: whatever word of a command it stands in by mistake, it is not said back.
static KEY: LazyLock<Secrets> = LazyLock::new(|| Secrets::new(std::env::var(DEFAULT_KEY).ok().as_deref()));

/// Prints one message to standard error.
pub fn message(text: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(io::stderr(), "{}", KEY.hide(&sanitize::block(text)));
}

/// Prints data to standard output: as it is to a file or pipe, without control characters to a terminal.
///
/// # Errors
/// When standard output cannot be written; a reader that has gone away is not an error.
pub fn data(text: &str) -> anyhow::Result<()> {
    let text = if io::stdout().is_terminal() { &sanitize::controls(text) } else { text };
    bytes(text.as_bytes())
}

/// Prints a report that is clean and has colors of its own.
///
/// # Errors
/// Those of [`data`].
pub fn colored(text: &str) -> anyhow::Result<()> {
    bytes(text.as_bytes())
}

/// Prints bytes to standard output, as they are.
///
/// # Errors
/// Those of [`data`].
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match io::stdout().write_all(bytes) {
        Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => Err(problem.into()),
        _ => Ok(()),
    }
}

/// How standard output is to be written to: colour on a terminal only, and not after `NO_COLOR`.
pub fn style() -> TerminalStyle {
    let color = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = console::Term::stdout().size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns));
    TerminalStyle { color, width }
}
