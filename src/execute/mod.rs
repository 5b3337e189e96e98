//! One run from plan to run directory: read, embed, cluster and explain, write.

mod assign;
mod begun;
mod compose;
mod date;
mod embedder;
mod ending;
mod judging;
mod leaving;
mod prepare;
mod running;
mod server;
mod vectors;

pub use assign::{Assigner, EmbedBy};
pub use compose::{Lines, Placed, Seen};
pub use ending::Ending;
pub use judging::{JudgeScore, Judging};

use std::path::PathBuf;

use crate::corpus::{Source, read};
use crate::embed::Embedder;
use crate::error::Error;
use crate::message;
use crate::methods::{self, Estimate, Watch, estimate};
use crate::model::Prompts;
use crate::observer::{Observer, Silent};
use crate::plan::{Ask, Plan};
use crate::run::{FinishedRun, RunDirectory};
use begun::Begun;
use embedder::{RunEmbedder, local};
use leaving::Leaving;
use prepare::Prepared;
use server::Clients;
pub use server::{Access, client, without_key};

/// A run that came to its end, well or not so well.
#[derive(Debug)]
pub struct Done {
    /// What stands in the run directory.
    pub run: FinishedRun,
    /// Where it is.
    pub path: PathBuf,
    /// What the exit code says.
    pub ending: Ending,
}

/// Reads the corpus, asks and computes what the plan says, and writes the run directory.
///
/// # Errors
/// What stops a run. Its directory keeps all that was paid for, and the manifest says `failed` and why; a run that asked and
/// embedded nothing leaves no directory, and one that had results before leaves them as they were.
pub fn execute(source: &Source, plan: &Plan, observer: &dyn Observer) -> Result<Done, Error> {
    execute_by(source, plan, || local(plan, observer), observer)
}

/// The same with an embedder that `open` gives in place of the plan's.
///
/// # Errors
/// Those of [`execute`].
pub fn execute_with(
    source: &Source,
    plan: &Plan,
    open: impl FnOnce() -> Result<Box<dyn Embedder>, Error>,
    observer: &dyn Observer,
) -> Result<Done, Error> {
    let open = || Ok(Some(RunEmbedder::Local { embedder: open()?, is_cached: false }));
    execute_by(source, plan, open, observer)
}

/// The run itself; `open` gives the embedder that needs no run directory, if the plan names such a one.
fn execute_by<'a>(
    source: &Source,
    plan: &Plan,
    open: impl FnOnce() -> Result<Option<RunEmbedder<'a>>, Error>,
    observer: &'a dyn Observer,
) -> Result<Done, Error> {
    let clients = Clients::of(plan)?;
    (methods::planned(plan).check)(plan)?;
    let mut watch = Watch::default();
    plan.output.directory.iter().try_for_each(|out| RunDirectory::check(out, plan.output.resume))?;
    let corpus = read(source, &plan.reading)?;
    clients.without_key_in(&corpus)?;
    corpus.notes.iter().for_each(|note| observer.say(note));
    watch.lap("read");
    let prepared = Prepared::new(plan, &corpus, clients, observer)?;
    let local = open()?;
    let directory =
        RunDirectory::open(plan.output.directory.as_deref(), &corpus.name, plan.output.resume, &source.paths())?;
    if plan.output.resume && directory.former().is_none() {
        observer.say(&format!("{} holds no run yet: a new one begins", directory.path().display()).into());
    }
    let leaving = Leaving::new(directory, source, observer);
    let outcome = Begun { plan, corpus: &corpus, leaving: &leaving, observer }.run(prepared, local, watch);
    observer.lend_ending(None);
    match outcome {
        Ok((run, ending)) => Ok(Done { run, path: leaving.directory().path().to_owned(), ending }),
        Err(problem) => {
            leaving.after(&problem)?.iter().for_each(|message| observer.say(message));
            Err(problem)
        }
    }
}

/// What a run with this plan would ask; nothing is asked, embedded or written for it.
///
/// # Errors
/// When the corpus cannot be read, or no model is named.
pub fn foresee(source: &Source, plan: &Plan) -> Result<Estimate, Error> {
    if !plan.model.is_asked() {
        return Err(Error::Usage(message!("{@dry-run}: this run asks no model: name a server with {+llm URL}")));
    }
    (methods::planned(plan).check)(plan)?;
    let clients = Clients::of(plan)?;
    let corpus = read(source, &plan.reading)?;
    Prepared::new(plan, &corpus, clients, &Silent)?;
    // What the judge's address speaks is found out by asking it: mostly it decides.
    let is_open = plan.model.judge.is_some() && plan.clustering.ask == Ask::Auto;
    let plan = if is_open { plan.clone().decided("the judge")? } else { plan.clone() };
    estimate(&plan, &corpus, &Prompts::load(plan.model.prompts.as_deref())?)
}
