//! The files of a run that are made for readers: the table and the reports, as the edits of a person want them.

use std::borrow::Cow;

use crate::edits::{Edits, edited};
use crate::error::Error;
use crate::message::Message;
use crate::report;
use crate::run::{DocumentMap, FinishedRun, RunDirectory};

/// Writes table and reports, and the edits. Where these contradict each other in the clusters that were found, the files are
/// written without them, and what contradicts is returned: nothing that was paid for is lost by it.
///
/// # Errors
/// When a file cannot be written.
pub fn write_for_readers(
    directory: &RunDirectory,
    run: &FinishedRun,
    map: &DocumentMap,
    edits: Option<&Edits>,
) -> Result<Option<Message>, Error> {
    let (mut shown, mut problem) = (Cow::Borrowed(run), None);
    if let Some(edits) = edits {
        directory.write_edits(&edits.text)?;
        match edited(run.clone(), edits) {
            Ok((edited, _)) => shown = Cow::Owned(edited),
            Err(contradiction) => problem = Some(contradiction.message()),
        }
    }
    directory.write("assignments.csv", report::csv(&shown).as_bytes())?;
    directory.write("report.md", report::markdown(&shown).as_bytes())?;
    directory.write("report.html", report::html(&shown, map).as_bytes())?;
    Ok(problem)
}
