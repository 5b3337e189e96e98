//! Edits of a person, and what they did.

use std::path::Path;

use super::print;
use crate::edits::{self, Edits, Rules};
use crate::error::Error;
use crate::run::FinishedRun;

/// A run as the edits want it that are named, or that lie in its directory; what each of them did is told unless `quiet`.
pub fn edited(run: FinishedRun, directory: &Path, named: Option<&Path>, quiet: bool) -> Result<FinishedRun, Error> {
    let Some(edits) = edits::edits_of(directory, named)? else { return Ok(run) };
    let (run, rules) = edits::edited(run, &edits)?;
    if !quiet {
        say(&edits, &rules);
    }
    Ok(run)
}

/// Tells what each edit did, a line each.
pub fn say(edits: &Edits, rules: &Rules) {
    rules.told(&edits.name).iter().for_each(|said| print::message(said));
}
