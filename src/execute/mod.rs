//! One run from plan to run directory: read, embed, cluster and explain, write.

mod ahead;
mod assign;
mod begun;
mod compose;
mod date;
mod embed_parts;
mod embedder;
mod ending;
mod inherit;
mod judging;
mod leaving;
mod prepare;
mod readers;
mod running;
mod server;
mod update;
mod vectors;

pub use assign::{Assigned, AssignedPart, Assigner, Assigning, UnsureAsked, UnsureQuestions, journal_lock};
pub use compose::{Lines, Placed, Seen};
pub use embed_parts::{PartsDone, Share, embed_parts};
pub use embedder::EmbedBy;
pub use ending::Ending;
pub use judging::{JudgeScore, Judging};

use std::path::PathBuf;

use crate::corpus::{Source, read};
use crate::embed::Embedder;
use crate::error::Error;
use crate::message;
use crate::methods::{self, Estimate, Watch, estimate};
use crate::model::{Network, Prompts};
use crate::observer::{Observer, Silent};
use crate::plan::{Ask, Plan};
use crate::run::{FinishedRun, RunDirectory};
use crate::search::keep_index;
use begun::Begun;
use embedder::{RunEmbedder, local};
use leaving::Leaving;
use prepare::Prepared;
use running::Completed;
use server::Clients;
pub use server::{Access, client, without_key};
pub use update::{Changed, Updating, update};
use vectors::are_given;

/// A run that came to its end, well or not so well.
#[derive(Debug)]
pub struct Done {
    /// What stands in the run directory.
    pub run: FinishedRun,
    /// The same as its edits want it, where it has some.
    pub edited: Option<FinishedRun>,
    /// Where it is.
    pub path: PathBuf,
    /// What the exit code says.
    pub ending: Ending,
}

impl Done {
    /// The run as its report shows it.
    pub fn shown(&self) -> &FinishedRun {
        self.edited.as_ref().unwrap_or(&self.run)
    }
}

/// Runs a plan, with a network runtime of its own where a server is asked, and as many threads as the plan says.
///
/// A caller that runs many plans lends both, and the embedder: see [`execute`].
///
/// # Errors
/// Those of [`execute`].
pub fn run(plan: &Plan, source: &Source, observer: &dyn Observer) -> Result<Done, Error> {
    let network = Network::own();
    let run = || execute(source, plan, Lent { network: &network, embedder: None, observer });
    match plan.threads {
        None => run(),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map_err(|problem| Error::Bug(problem.to_string()))?.install(run)
        }
    }
}

/// What a run is lent by its caller. Threads for computing are lent too: it computes in the rayon pool that it is called in.
#[derive(Clone, Copy)]
pub struct Lent<'a> {
    /// Where requests are sent.
    pub network: &'a Network,
    /// The embedder that the plan names, if it is loaded already.
    pub embedder: Option<&'a dyn Embedder>,
    /// Receives progress reports.
    pub observer: &'a dyn Observer,
}

/// Reads the corpus, asks and computes what the plan says, and writes the run directory. No runtime and no pool of threads is
/// built here.
///
/// # Errors
/// What stops a run. Its directory keeps all that was paid for, and the manifest says `failed` and why; a run that asked and
/// embedded nothing leaves no directory, and one that had results before leaves them as they were.
pub fn execute(source: &Source, plan: &Plan, lent: Lent<'_>) -> Result<Done, Error> {
    execute_by(source, plan, || local(plan, lent.embedder, lent.observer), lent)
}

/// The same with an embedder that `open` gives in place of the plan's.
///
/// # Errors
/// Those of [`execute`].
pub fn execute_with(
    source: &Source,
    plan: &Plan,
    open: impl FnOnce() -> Result<Box<dyn Embedder>, Error>,
    lent: Lent<'_>,
) -> Result<Done, Error> {
    let open = || Ok(Some(RunEmbedder::Local { embedder: open()?, is_cached: false, given: None }));
    execute_by(source, plan, open, lent)
}

/// The run itself; `open` gives the embedder that needs no run directory, if the plan names such a one.
fn execute_by<'a>(
    source: &Source,
    plan: &Plan,
    open: impl FnOnce() -> Result<Option<RunEmbedder<'a>>, Error>,
    lent: Lent<'a>,
) -> Result<Done, Error> {
    let observer = lent.observer;
    let clients = Clients::of(plan, lent.network)?;
    (methods::planned(plan).check)(plan)?;
    let mut watch = Watch::default();
    plan.output.directory.iter().try_for_each(|out| RunDirectory::check(out, plan.output.resume))?;
    let corpus = read(source, &plan.reading)?;
    clients.without_key_in(&corpus)?;
    corpus.notes.iter().for_each(|note| observer.say(note));
    watch.lap("read");
    let prepared = Prepared::new(plan, &corpus, clients, observer)?;
    let local = open()?;
    local.iter().try_for_each(|embedder| are_given(&corpus, embedder))?;
    let directory =
        RunDirectory::open(plan.output.directory.as_deref(), &corpus.name, plan.output.resume, &source.paths())?;
    if plan.output.resume && directory.former().is_none() {
        observer.say(&format!("{} holds no run yet: a new one begins", directory.path().display()).into());
    }
    let leaving = Leaving::new(directory, source, observer);
    let outcome = Begun { plan, corpus: &corpus, leaving: &leaving, observer }.run(prepared, local, watch);
    observer.lend_ending(None);
    match outcome {
        Ok(Completed { run, edited, ending }) => {
            let path = leaving.directory().path().to_owned();
            // Vectors and lines are in memory together with it: the texts need not be.
            drop(corpus);
            if let Err(problem) = keep_index(&path, &run, observer) {
                observer.say(&message!("no index for searches was kept: {problem}", problem = problem.to_string()));
            }
            Ok(Done { run, edited, path, ending })
        }
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
    let clients = Clients::of(plan, &Network::own())?;
    let corpus = read(source, &plan.reading)?;
    let mut plan = plan.clone();
    plan.clustering.demands = Prepared::new(&plan, &corpus, clients, &Silent)?.demands;
    // What the judge's address speaks is found out by asking it: mostly it decides.
    let is_open = plan.model.judge.is_some() && plan.clustering.ask == Ask::Auto;
    let plan = if is_open { plan.decided("the judge")? } else { plan };
    estimate(&plan, &corpus, &Prompts::load(plan.model.prompts.as_deref())?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::embed::{Embedded, Identity, StaticEmbedder};
    use crate::plan::{Layers, Settings};

    /// One that is loaded, and counts the texts that it is given.
    struct Loaded {
        inner: StaticEmbedder,
        texts: AtomicUsize,
    }

    impl Embedder for Loaded {
        fn identity(&self) -> &Identity {
            self.inner.identity()
        }

        fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
            self.texts.fetch_add(texts.len(), Ordering::Relaxed);
            self.inner.embed(texts, observer)
        }

        fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
            self.inner.truncated(texts)
        }
    }

    #[test]
    fn a_run_uses_the_embedder_and_the_threads_that_it_is_lent() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = folder.path().join("texts.txt");
        let lines = (0..40).map(|line| format!("{} number {line}\n", ["late parcel", "torn box"][line % 2]));
        std::fs::write(&corpus, lines.collect::<String>()).unwrap();
        let settings = |out: &str, threads| Settings {
            k: Some(2),
            format: Some(crate::corpus::Format::Lines),
            embedder: Some("static".into()),
            cache: Some("none".into()),
            out: Some(folder.path().join(out)),
            threads,
            ..Settings::default()
        };
        let plan = |settings: Settings| {
            let mut layers = Layers::default();
            layers.add("argument", &settings).unwrap();
            layers.check().unwrap()
        };
        let source = Source::File(corpus);
        let loaded = Loaded { inner: StaticEmbedder::new().unwrap(), texts: AtomicUsize::new(0) };
        let network = Network::own();
        let lent = Lent { network: &network, embedder: Some(&loaded), observer: &Silent };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let by_lent = pool.install(|| execute(&source, &plan(settings("lent", None)), lent)).unwrap();
        assert!(loaded.texts.load(Ordering::Relaxed) >= 40);
        let by_itself = run(&plan(settings("own", Some(1))), &source, &Silent).unwrap();
        assert_eq!(by_lent.run.assignments, by_itself.run.assignments);
        assert_eq!(by_lent.run.manifest.embedder.id, by_itself.run.manifest.embedder.id);
    }
}
