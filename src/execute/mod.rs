//! One run from plan to run directory: read, embed, cluster and explain, write.

mod compose;
mod date;
mod embedder;
mod ending;
mod server;
mod vectors;

pub use compose::Lines;
pub use ending::Ending;

use std::path::PathBuf;
use std::sync::Arc;

use crate::corpus::{Corpus, Source, foreign_share, read};
use crate::embed::{Embedder, Embeddings};
use crate::error::Error;
use crate::methods::{Estimate, Outcome, Setting, Watch, auto, classify, clusterllm, estimate, goalex, topics};
use crate::model::{Budget, Cap, Caps, Journal, Orchestrator, Prompts, Settings, Stop};
use crate::observer::Observer;
use crate::plan::{Asking, Method, Plan};
use crate::report;
use crate::run::{
    CorpusRecord, DocumentCounts, EmbedderRecord, FinishedRun, Manifest, ModelRecord, RunDirectory, RunStatus, Usage,
    journal_file, read_manifest,
};
use date::today;
use embedder::{RunEmbedder, local, record, same_embedder, server};
pub use server::{Access, client};
use vectors::vectors;

/// Share of texts in a language that the built-in model does not know, above which the user is warned.
const FOREIGN: f64 = 0.2;

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
/// What stops a run. Once there is a run directory it keeps all that was paid for, and its manifest says `failed` and why.
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
    execute_by(source, plan, || Ok(Some(RunEmbedder::Local(open()?))), observer)
}

/// The run itself; `open` gives the embedder that needs no run directory, if the plan names such a one.
fn execute_by<'a>(
    source: &Source,
    plan: &Plan,
    open: impl FnOnce() -> Result<Option<RunEmbedder<'a>>, Error>,
    observer: &'a dyn Observer,
) -> Result<Done, Error> {
    let mut watch = Watch::default();
    let corpus = read(source, &plan.reading)?;
    watch.lap("read");
    if let Some(k) = plan.k.filter(|&k| k > corpus.texts.len()) {
        return Err(Error::Usage(format!("-k {k} is more than the {} different texts there are", corpus.texts.len())));
    }
    let local = open()?;
    let directory = RunDirectory::open(plan.out.as_deref(), &corpus.name, plan.resume)?;
    let former = directory.former()?;
    let plan = &planned_after(plan, former.as_ref())?;
    let mut manifest = opening(plan, &corpus);
    if let Some(former) = &former {
        same_run(former, &manifest)?;
    }
    directory.write_manifest(&manifest)?;
    let budget = Arc::new(Budget::new(plan.caps, plan.prices).shared(local.is_none()));
    let embedder = local.map_or_else(|| server(plan, &directory, &budget, observer), Ok);
    let finished = embedder.and_then(|embedder| {
        manifest.embedder = record(embedder.get().identity());
        same_embedder(former.as_ref(), &manifest.embedder)?;
        directory.write_manifest(&manifest)?;
        let run = Run { plan, corpus: &corpus, embedder: &embedder, budget: &budget, directory: &directory, observer };
        run.finish(&mut manifest, watch)
    });
    match finished {
        Ok((run, ending)) => Ok(Done { run, path: directory.path().to_owned(), ending }),
        // What cannot be run leaves the former run as it was.
        Err(problem @ Error::Usage(_)) if former.is_some() => {
            former.iter().try_for_each(|former| directory.write_manifest(former))?;
            Err(problem)
        }
        Err(problem) => {
            let is_partial = matches!(problem, Error::Interrupted | Error::Capped(_));
            manifest.status = if is_partial { RunStatus::Partial } else { RunStatus::Failed };
            manifest.reason = Some(problem.to_string());
            directory.write_manifest(&manifest)?;
            if is_partial || matches!(problem, Error::Server(_)) {
                let path = directory.path().display();
                observer.say(&format!("what was asked is kept: to go on, add --out {path} --resume"));
            }
            Err(problem)
        }
    }
}

/// What a run with this plan would ask; nothing is asked, embedded or written for it.
///
/// # Errors
/// When the corpus cannot be read, or no model is named.
pub fn foresee(source: &Source, plan: &Plan) -> Result<Estimate, Error> {
    if plan.asking == Asking::Nobody {
        return Err(Error::Usage("--dry-run: this run asks no model: name a server with --llm URL".into()));
    }
    let corpus = read(source, &plan.reading)?;
    estimate(plan, &corpus, &Prompts::load(plan.prompts.as_deref())?)
}

/// What the steps of one run share.
struct Run<'a> {
    plan: &'a Plan,
    corpus: &'a Corpus,
    embedder: &'a RunEmbedder<'a>,
    budget: &'a Arc<Budget>,
    directory: &'a RunDirectory,
    observer: &'a dyn Observer,
}

impl Run<'_> {
    fn finish(&self, manifest: &mut Manifest, mut watch: Watch) -> Result<(FinishedRun, Ending), Error> {
        let vectors = vectors(self.corpus, self.embedder.get(), self.plan, self.observer);
        manifest.embedder.usage = self.embedder.usage();
        let vectors = vectors?;
        watch.lap("embed");
        let rows: Vec<usize> = self.corpus.documents.iter().map(|document| document.distinct).collect();
        self.directory.write_embeddings(&vectors.embeddings, &rows)?;
        manifest.embedder.truncated = vectors.truncated_documents(self.corpus);
        manifest.stages = watch.into_stages();
        manifest.warnings = self.warnings(manifest.embedder.truncated);
        let outcome = self.method(&vectors.embeddings, manifest);
        manifest.embedder.usage = self.embedder.usage();
        if manifest.embedder.usage.is_some() {
            manifest.usage.cost = self.budget.cost();
        }
        let (outcome, stopped) = outcome?;
        outcome.adapter.iter().try_for_each(|adapter| self.directory.write_adapter(adapter))?;
        // The vectors are the largest part of the memory, and the lines come close to them.
        let truncated = vectors.truncated;
        drop(vectors.embeddings);
        let (run, ending) = self.settle(manifest, outcome, stopped, &truncated);
        self.directory.write_lines(&run)?;
        self.directory.write("assignments.csv", report::csv(&run).as_bytes())?;
        self.directory.write("report.md", report::markdown(&run).as_bytes())?;
        self.directory.write("report.html", report::html(&run).as_bytes())?;
        self.directory.write_manifest(manifest)?;
        Ok((run, ending))
    }

    fn warnings(&self, truncated: usize) -> Vec<String> {
        let mut warnings = Vec::new();
        let identity = self.embedder.get().identity();
        if truncated > 0 {
            let window =
                if identity.window == 0 { String::new() } else { format!("the {} tokens that ", identity.window) };
            warnings.push(format!(
                "{truncated} documents are longer than {window}the embedder reads: they are grouped by their beginning"
            ));
        }
        let foreign = foreign_share(&self.corpus.distinct_texts());
        let share: f64 = foreign.iter().map(|language| language.share).sum();
        if identity.english_only && share > FOREIGN {
            let names: Vec<&str> = foreign.iter().take(3).map(|language| language.language.as_str()).collect();
            warnings.push(format!(
                "about {:.0} % of the texts are not in English ({}), the only language that the embedder knows: give a multilingual model with --embedder NAME or DIR",
                100.0 * share,
                names.join(", ")
            ));
        }
        warnings.iter().for_each(|warning| self.observer.say(&format!("warning: {warning}")));
        warnings
    }

    /// The method itself; notes in the manifest what was asked, also when it fails midway.
    fn method(&self, embeddings: &Embeddings, manifest: &mut Manifest) -> Result<(Outcome, Option<Stop>), Error> {
        let setting = Setting {
            corpus: self.corpus,
            embeddings,
            embedder: self.embedder.get(),
            plan: self.plan,
            given: &[],
            observer: self.observer,
        };
        let Some((orchestrator, asked)) = self.orchestrator()? else { return Ok((topics(setting)?, None)) };
        let prompts = Prompts::load(self.plan.prompts.as_deref())?;
        manifest.prompts = prompts.records(self.plan);
        self.announce(&asked, &estimate(self.plan, self.corpus, &prompts)?);
        let outcome = match self.plan.method {
            Method::Auto => auto(setting, &prompts, &orchestrator),
            Method::Clusterllm => clusterllm(setting, &prompts, &orchestrator),
            Method::Classify => classify(setting, &prompts, &orchestrator),
            _ => goalex(setting, &prompts, &orchestrator),
        };
        manifest.usage = orchestrator.usage();
        manifest.model = Some(ModelRecord {
            name: orchestrator.model(),
            replayed: matches!(self.plan.asking, Asking::Recording(_)),
            logprobs: orchestrator.saw_logprobs(),
        });
        let mut outcome = outcome?;
        outcome.warnings.extend(shortened(&manifest.usage));
        manifest.usage.not_asked += outcome.beyond as u64;
        let capped = (outcome.beyond > 0).then_some(Stop::Reached(Cap::Questions));
        Ok((outcome, orchestrator.stopped().or(capped)))
    }

    /// Who answers, and in words which host that is.
    fn orchestrator(&self) -> Result<Option<(Orchestrator<'_>, String)>, Error> {
        let (orchestrator, whom) = match &self.plan.asking {
            Asking::Nobody => return Ok(None),
            Asking::Recording(recording) => {
                let journal = Journal::open_recording(&journal_file(recording))?;
                self.directory.copy_journal(recording)?;
                let orchestrator = Orchestrator::replay(journal, self.observer)?;
                let whom = format!("replaying answers of {}: nothing is sent anywhere", orchestrator.model());
                (orchestrator, whom)
            }
            Asking::Server(address, model) => {
                let client = client(address, Access::of(self.plan))?;
                let host = client.host();
                let journal = self.directory.journal(!self.plan.no_texts)?;
                if journal.was_torn() {
                    self.observer.say("the journal's last line was torn: it is dropped, its question is asked again");
                }
                let settings = Settings { concurrency: self.plan.concurrency, wait: self.plan.wait };
                let budget = self.budget.clone();
                let orchestrator =
                    Orchestrator::connect(client, model.as_deref(), journal, settings, budget, self.observer)?;
                let whom = format!("asking {} at {host}", orchestrator.model());
                (orchestrator, whom)
            }
        };
        Ok(Some((orchestrator, whom)))
    }

    /// Before the first call: which host will see the documents, what will be asked, and the caps.
    fn announce(&self, whom: &str, estimate: &Estimate) {
        let total = estimate.total();
        let expected = estimate.stages.iter().filter(|stage| stage.questions.expected > 0);
        let stages: Vec<String> =
            expected.map(|stage| format!("{} {}", stage.questions.expected, stage.stage)).collect();
        self.observer.say(&format!(
            "{whom}: about {} questions ({}), {} prompt and {} completion tokens{}; {}",
            total.questions.expected,
            stages.join(", "),
            total.prompt_tokens.expected,
            total.completion_tokens.expected,
            self.plan.prices.map_or(String::new(), |prices| format!(", cost {:.2}", total.cost(prices).expected)),
            caps(&self.plan.caps)
        ));
    }

    fn settle(
        &self,
        manifest: &mut Manifest,
        outcome: Outcome,
        stopped: Option<Stop>,
        truncated: &[bool],
    ) -> (FinishedRun, Ending) {
        let lines = Lines::compose(self.corpus, &outcome, truncated, &manifest.method, !self.plan.no_texts);
        let ending = Ending::of(&manifest.usage, stopped, self.plan.max_unparsed);
        manifest.status = ending.status();
        manifest.reason = ending.reason(&manifest.usage);
        manifest.documents = lines.counts();
        manifest.clusters = lines.clusters.len();
        manifest.selection = outcome.selection;
        manifest.k_choice = outcome.k_choice;
        manifest.core = outcome.core;
        manifest.labels = outcome.labels;
        manifest.guide = outcome.guide;
        manifest.rounds = outcome.rounds;
        manifest.stages.extend(outcome.stages);
        manifest.warnings.extend(outcome.warnings);
        let run = FinishedRun {
            manifest: manifest.clone(),
            clusters: lines.clusters,
            assignments: lines.assignments,
            documents: lines.documents,
        };
        (run, ending)
    }
}

/// The plan, going on from the run that is gone on with or replayed.
fn planned_after(plan: &Plan, former: Option<&Manifest>) -> Result<Plan, Error> {
    match (former, &plan.asking) {
        (Some(former), _) => Ok(plan.after(former)),
        (None, Asking::Recording(recording)) if recording.is_dir() => Ok(plan.after(&read_manifest(recording)?)),
        _ => Ok(plan.clone()),
    }
}

/// What may not change when a run is gone on with: corpus, goal, method and seed.
fn same_run(former: &Manifest, now: &Manifest) -> Result<(), Error> {
    let changed = [
        ("corpus", former.corpus.sha256 != now.corpus.sha256),
        ("goal", former.goal != now.goal),
        ("method", former.method != now.method),
        ("seed", former.seed != now.seed),
    ];
    match changed.iter().find(|(_, changed)| *changed) {
        Some((what, _)) => Err(Error::Usage(format!(
            "--resume: the {what} is not that of the run; start a new one with another --out"
        ))),
        None => Ok(()),
    }
}

/// The caps in words.
fn caps(caps: &Caps) -> String {
    let said = [
        caps.calls.map(|calls| format!("at most {calls} calls")),
        caps.tokens.map(|tokens| format!("at most {tokens} tokens")),
        caps.cost.map(|cost| format!("at most {cost} in the currency of the prices")),
        caps.time.map(|time| format!("at most {} minutes", time.as_secs_f64() / 60.0)),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "no caps (--max-calls N sets one)".into() } else { said.join(", ") }
}

fn shortened(usage: &Usage) -> Option<String> {
    (usage.shortened > 0).then(|| {
        format!(
            "{} questions were asked with shortened documents: the model's context is too small for them",
            usage.shortened
        )
    })
}

/// The manifest of a run that has just begun.
fn opening(plan: &Plan, corpus: &Corpus) -> Manifest {
    Manifest {
        format: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        status: RunStatus::Running,
        reason: None,
        date: Some(today()),
        goal: plan.goal.clone(),
        method: plan.method.name().into(),
        plan: plan.origins.clone(),
        corpus: CorpusRecord { name: corpus.name.clone(), sha256: corpus.sha256.clone(), rows: corpus.rows.len() },
        documents: DocumentCounts::default(),
        clusters: 0,
        embedder: EmbedderRecord::default(),
        model: None,
        prompts: Vec::new(),
        seed: plan.seed,
        usage: Usage::default(),
        selection: None,
        k_choice: None,
        core: None,
        labels: None,
        guide: None,
        rounds: Vec::new(),
        stages: Vec::new(),
        warnings: Vec::new(),
    }
}
