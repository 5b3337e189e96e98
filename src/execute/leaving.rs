//! What a run leaves in its directory while it goes on, and when it does not come to its end.
//!
//! The manifest of a run that has results stays until there are new ones. A run that asked and embedded nothing leaves nothing.

use std::sync::{Arc, Mutex, PoisonError};

use crate::corpus::Source;
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message, Speech};
use crate::observer::Observer;
use crate::run::{DocumentCounts, Manifest, RunDirectory, RunStatus};
use crate::shell::quoted_file;

/// Writes manifests at the moments of a run, and lends the observer a way to end it.
pub struct Leaving<'o> {
    files: Arc<Files>,
    observer: &'o dyn Observer,
}

/// What the end of a run needs, from whichever thread it comes.
struct Files {
    directory: RunDirectory,
    /// What else it takes to go on, in words.
    again: &'static str,
    /// How the manifest calls parameters.
    speech: Speech,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// As it is to be written when the run ends now; none before the run has begun.
    manifest: Option<Manifest>,
    /// Whether texts are being embedded, or have been.
    has_embedded: bool,
    /// Whether new results are being written: then the manifest on disk is this run's.
    has_settled: bool,
}

impl<'o> Leaving<'o> {
    /// For a run of these documents that has just got its directory.
    pub fn new(directory: RunDirectory, source: &Source, observer: &'o dyn Observer) -> Leaving<'o> {
        let again = match source {
            Source::Stdin => ", with the same documents on standard input again",
            Source::File(_) | Source::Files(_) | Source::Matched(_) => "",
        };
        let files = Files { directory, again, speech: observer.speech(), state: Mutex::default() };
        Leaving { files: Arc::new(files), observer }
    }

    /// Where the run is written.
    pub fn directory(&self) -> &RunDirectory {
        &self.files.directory
    }

    /// The run begins: a new directory is a run's from now on, an old one is not changed before the run can start.
    pub fn begin(&self, manifest: &Manifest) -> Result<(), Error> {
        self.note(manifest);
        if self.directory().former().is_none() {
            self.directory().write_manifest(manifest)?;
        }
        self.lend();
        Ok(())
    }

    /// All that the run needs is there: texts are embedded from now on.
    pub fn embed(&self, manifest: &Manifest) -> Result<(), Error> {
        self.files.change(|state| state.has_embedded = true);
        self.embedded(manifest)
    }

    /// The texts have their vectors.
    pub fn embedded(&self, manifest: &Manifest) -> Result<(), Error> {
        self.observer.lend_ending(None);
        self.note(manifest);
        if !self.files.has_results() {
            self.directory().write_manifest(manifest)?;
        }
        self.lend();
        Ok(())
    }

    /// There are results: until all of them are written, the directory says that it is being written.
    pub fn settle(&self, manifest: &Manifest) -> Result<(), Error> {
        self.observer.lend_ending(None);
        self.note(manifest);
        self.files.change(|state| state.has_settled = true);
        self.directory().write_manifest(&without_results(manifest, RunStatus::Running, None))
    }

    /// Remembers what the manifest says by now.
    pub fn note(&self, manifest: &Manifest) {
        self.files.change(|state| state.manifest = Some(manifest.clone()));
    }

    /// What stays after a problem; returns what the user should know.
    pub fn after(&self, problem: &Error) -> Result<Option<Message>, Error> {
        self.files.after(problem)
    }

    fn lend(&self) {
        let files = self.files.clone();
        self.observer.lend_ending(Some(Box::new(move || files.after(&Error::Interrupted).ok().flatten())));
    }
}

impl Files {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether the directory has results of a former run.
    fn has_results(&self) -> bool {
        self.directory.former().is_some_and(Manifest::has_results)
    }

    fn after(&self, problem: &Error) -> Result<Option<Message>, Error> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_partial = matches!(problem, Error::Interrupted | Error::Capped(_));
        let out = Mention::of("out").shown(quoted_file(self.directory.path())).say();
        let kept = if self.directory.holds_answers() { "asked" } else { "embedded" };
        let raise = if matches!(problem, Error::Capped(_)) { "raise the cap and " } else { "" };
        let going_on = message!(
            "what was {kept} is kept: to go on, {raise}add {out} {+resume}{again}",
            kept,
            raise,
            out,
            again = self.again
        );
        let going_on = (is_partial || matches!(problem, Error::Server(_))).then_some(going_on);
        let is_kept = self.directory.holds_anything() || (is_partial && state.has_embedded);
        if self.directory.former().is_none() && !is_kept {
            self.directory.abandon();
            return Ok(None);
        }
        let stays = self.directory.former().is_some() && (!state.has_embedded || matches!(problem, Error::Usage(_)));
        let Some(manifest) = state.manifest.as_ref().filter(|_| !stays) else { return Ok(going_on) };
        if state.has_settled || !self.has_results() {
            let status = if is_partial { RunStatus::Partial } else { RunStatus::Failed };
            self.directory.write_manifest(&without_results(
                manifest,
                status,
                Some(problem.message().told(self.speech)),
            ))?;
        }
        Ok(going_on)
    }
}

/// The manifest of a run whose results are not there, or not all of them.
fn without_results(manifest: &Manifest, status: RunStatus, reason: Option<String>) -> Manifest {
    Manifest { status, reason, documents: DocumentCounts::default(), clusters: 0, ..manifest.clone() }
}
