//! The files of a run that are made for readers: the table and the reports, as the edits of a person want them.

use crate::edits::{Edits, edited};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::observer::Observer;
use crate::report;
use crate::run::{DocumentMap, FinishedRun, RunDirectory};

/// What edits made of a run.
#[derive(Debug, Default)]
pub struct Followed {
    /// The run as they want it, which the files show.
    pub run: Option<FinishedRun>,
    /// What they contradict each other in: then the files are without them.
    pub problem: Option<Message>,
}

/// Writes table and reports, and the edits, and says what each of these did. Where they contradict each other in the clusters that
/// were found, the files are written without them: nothing that was paid for is lost by it.
///
/// # Errors
/// When a file cannot be written.
pub fn write_for_readers(
    directory: &RunDirectory,
    run: &FinishedRun,
    map: &DocumentMap,
    edits: Option<&Edits>,
    observer: &dyn Observer,
) -> Result<Followed, Error> {
    let mut followed = Followed::default();
    if let Some(edits) = edits {
        match directory.write_edits(&edits.text) {
            // A person wrote edits while the run went on: these stay, and the results too.
            Err(Error::Usage(problem)) => observer.say(&message!("warning: {problem}", problem)),
            written => written?,
        }
        match edited(run.clone(), edits) {
            Ok((run, rules)) => {
                rules.told(&edits.name).iter().for_each(|effect| observer.say(&Message::of(effect)));
                followed.run = Some(run);
            }
            Err(contradiction) => {
                let contradiction = contradiction.message();
                observer.say(&message!("warning: the results are without the edits: {contradiction}", contradiction));
                followed.problem = Some(contradiction);
            }
        }
    }
    let shown = followed.run.as_ref().unwrap_or(run);
    directory.write("assignments.csv", report::csv(shown).as_bytes())?;
    directory.write("report.md", report::markdown(shown).as_bytes())?;
    directory.write("report.html", report::html(shown, map).as_bytes())?;
    Ok(followed)
}
