//! One run from plan to run directory: read, embed, cluster and explain, write.

mod compose;
mod date;
mod embedder;
mod ending;
mod leaving;
mod prepare;
mod server;
mod vectors;

pub use compose::{Lines, Seen};
pub use ending::Ending;
use ending::with_cause;

use std::path::PathBuf;
use std::sync::Arc;

use crate::corpus::{Corpus, Source, foreign_share, read};
use crate::embed::{Embedder, Embeddings};
use crate::error::Error;
use crate::methods::{self, Estimate, Outcome, Setting, Watch, auto, classify, clusterllm, estimate, goalex, topics};
use crate::model::{Budget, Cap, Caps, LONGEST_SHOWN, Orchestrator, Prompts, Settings, Spent, Stop, is_cut};
use crate::observer::{Observer, Silent};
use crate::plan::{Asking, Method, Plan};
use crate::report;
use crate::run::{
    CorpusRecord, DocumentCounts, EmbedderRecord, FinishedRun, Manifest, ModelRecord, RunDirectory, RunStatus,
    RunUsage, Usage, read_manifest,
};
use date::today;
use embedder::{RunEmbedder, local, record, same_embedder, server};
use leaving::Leaving;
use prepare::{Answers, Prepared};
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
    server::check(plan)?;
    methods::leaves_a_core(plan)?;
    let mut watch = Watch::default();
    plan.out.iter().try_for_each(|out| RunDirectory::check(out, plan.resume))?;
    let corpus = read(source, &plan.reading)?;
    corpus.notes.iter().for_each(|note| observer.say(note));
    watch.lap("read");
    let prepared = Prepared::new(plan, &corpus, observer)?;
    let local = open()?;
    let directory = RunDirectory::open(plan.out.as_deref(), &corpus.name, plan.resume, &source.paths())?;
    if plan.resume && directory.former().is_none() {
        observer.say(&format!("{} holds no run yet: a new one begins", directory.path().display()));
    }
    let leaving = Leaving::new(directory, observer);
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

/// A run that has a directory.
struct Begun<'a, 'o> {
    plan: &'a Plan,
    corpus: &'a Corpus,
    leaving: &'a Leaving<'o>,
    observer: &'o dyn Observer,
}

impl<'o> Begun<'_, 'o> {
    fn run(
        self,
        prepared: Prepared,
        local: Option<RunEmbedder<'o>>,
        watch: Watch,
    ) -> Result<(FinishedRun, Ending), Error> {
        let directory = self.leaving.directory();
        let former = directory.former();
        let plan = &planned_after(self.plan, former)?;
        let mut manifest = opening(plan, self.corpus);
        if let Some(former) = former {
            same_run(former, &manifest)?;
        }
        // Kept from the beginning: a session that is killed forgets nothing of those before it.
        manifest.usage.run = former.and_then(|former| former.usage.run);
        self.leaving.begin(&manifest)?;
        let budget = Arc::new(Budget::new(plan.caps, plan.prices).shared(local.is_none()));
        budget.resume_as_told(manifest.usage.run.unwrap_or_default().spent);
        let asked = self.orchestrator(plan, prepared.answers, &budget)?;
        if let (Some((_, whom)), Some(prompts)) = (&asked, &prepared.prompts) {
            self.announce(plan, whom, &estimate(plan, self.corpus, prompts)?, &budget);
        }
        let elsewhere = || server(prepared.vectors, plan, directory, &budget, self.observer);
        let embedder = local.map_or_else(elsewhere, Ok)?;
        manifest.embedder = record(embedder.get().identity());
        same_embedder(former, &manifest.embedder)?;
        self.leaving.embed(&manifest)?;
        let run = Run {
            plan,
            corpus: self.corpus,
            embedder: &embedder,
            asked: asked.map(|(orchestrator, _)| orchestrator).zip(prepared.prompts),
            budget: &budget,
            leaving: self.leaving,
            observer: self.observer,
        };
        let finished = run.finish(&mut manifest, watch);
        if finished.is_err() {
            manifest.usage.run = whole_run(&budget);
        }
        self.leaving.note(&manifest);
        finished
    }

    /// Who answers, and in words which host that is.
    fn orchestrator(
        &self,
        plan: &Plan,
        answers: Answers,
        budget: &Arc<Budget>,
    ) -> Result<Option<(Orchestrator<'o>, String)>, Error> {
        let directory = self.leaving.directory();
        let (orchestrator, whom) = match answers {
            Answers::Nobody => return Ok(None),
            Answers::Recording(journal, recording) => {
                directory.copy_journal(&recording)?;
                let orchestrator = Orchestrator::replay(*journal, self.observer)?;
                let whom = format!("replaying answers of {}: nothing is sent anywhere", orchestrator.model());
                (orchestrator, whom)
            }
            Answers::Server(client, model) => {
                let host = client.host();
                let journal = directory.journal(!plan.no_texts)?;
                journal.damage().iter().for_each(|damage| self.observer.say(damage));
                let settings = Settings { concurrency: plan.concurrency, wait: plan.wait };
                budget.resume(journal.spent());
                let budget = budget.clone();
                let orchestrator =
                    Orchestrator::connect(*client, model.as_deref(), journal, settings, budget, self.observer)?;
                let whom = format!("asking {} at {host}", orchestrator.model());
                (orchestrator, whom)
            }
        };
        Ok(Some((orchestrator, whom)))
    }

    /// Before the first call: which host will see the documents, what will be asked, and the caps.
    fn announce(&self, plan: &Plan, whom: &str, estimate: &Estimate, budget: &Budget) {
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
            plan.prices.map_or(String::new(), |prices| format!(", cost {:.2}", total.cost(prices).expected)),
            caps(&plan.caps) + &spent_before(budget)
        ));
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
    Prepared::new(plan, &corpus, &Silent)?;
    estimate(plan, &corpus, &Prompts::load(plan.prompts.as_deref())?)
}

/// What the steps of one run share.
struct Run<'a, 'o> {
    plan: &'a Plan,
    corpus: &'a Corpus,
    embedder: &'a RunEmbedder<'o>,
    /// Who answers, by which prompts; none where no model is asked.
    asked: Option<(Orchestrator<'o>, Prompts)>,
    budget: &'a Arc<Budget>,
    leaving: &'a Leaving<'o>,
    observer: &'a dyn Observer,
}

impl Run<'_, '_> {
    fn finish(&self, manifest: &mut Manifest, mut watch: Watch) -> Result<(FinishedRun, Ending), Error> {
        let directory = self.leaving.directory();
        let vectors = vectors(self.corpus, self.embedder, self.plan, directory, self.observer);
        manifest.embedder.usage = self.embedder.usage();
        let mut vectors = vectors?;
        watch.lap("embed");
        manifest.embedder.vectors = vectors.write(self.corpus, directory, &manifest.embedder)?;
        manifest.embedder.truncated = vectors.truncated_documents(self.corpus);
        manifest.stages = watch.into_stages();
        let unreadable = self.embedder.get().unknown(&self.corpus.distinct_texts());
        manifest.warnings = self.warnings(manifest.embedder.truncated, &unreadable);
        self.leaving.embedded(manifest)?;
        vectors.discard_kept();
        let outcome = self.method(&vectors.embeddings, manifest);
        manifest.embedder.usage = self.embedder.usage();
        if manifest.embedder.usage.is_some() {
            manifest.usage.cost = self.budget.cost_of(self.budget.settled());
        }
        manifest.usage.run = whole_run(self.budget);
        let (outcome, stopped) = outcome?;
        spent(&manifest.usage).iter().for_each(|words| self.observer.say(words));
        // The vectors are the largest part of the memory, and the lines come close to them.
        let (adapter, seen) = (outcome.adapter.clone(), Seen { truncated: vectors.truncated, unreadable });
        drop(vectors.embeddings);
        let (run, ending) = self.settle(manifest, outcome, stopped, &seen);
        self.leaving.settle(manifest)?;
        adapter.iter().try_for_each(|adapter| directory.write_adapter(adapter))?;
        directory.write_lines(&run)?;
        directory.write("assignments.csv", report::csv(&run).as_bytes())?;
        directory.write("report.md", report::markdown(&run).as_bytes())?;
        directory.write("report.html", report::html(&run).as_bytes())?;
        directory.write_manifest(manifest)?;
        Ok((run, ending))
    }

    fn warnings(&self, truncated: usize, unreadable: &[bool]) -> Vec<String> {
        let mut warnings = Vec::new();
        let identity = self.embedder.get().identity();
        if truncated > 0 {
            let window =
                if identity.window == 0 { String::new() } else { format!("the {} tokens that ", identity.window) };
            warnings.push(format!(
                "{truncated} documents are longer than {window}the embedder reads: they are grouped by their beginning"
            ));
        }
        let texts = self.corpus.distinct_texts();
        let cut = self.corpus.embedded().filter(|document| is_cut(texts[document.distinct])).count();
        if cut > 0 && self.plan.asking != Asking::Nobody {
            warnings.push(format!(
                "{cut} documents are longer than {LONGEST_SHOWN} characters: the model is shown their beginning and their end"
            ));
        }
        let unknown = self.corpus.embedded().filter(|document| unreadable[document.distinct]).count();
        if unknown > 0 {
            warnings.push(format!(
                "{} that the embedder does not know, such as emoji or another script: flagged `unreadable`, and where no model \
                 judged them their place says nothing; give a multilingual model with --embedder NAME or DIR",
                if unknown == 1 { "1 document is in signs".into() } else { format!("{unknown} documents are in signs") }
            ));
        }
        let foreign = foreign_share(&texts);
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
        let Some((orchestrator, prompts)) = &self.asked else { return Ok((topics(setting)?, None)) };
        manifest.prompts = prompts.records(self.plan);
        let outcome = match self.plan.method {
            Method::Auto => auto(setting, prompts, orchestrator),
            Method::Clusterllm => clusterllm(setting, prompts, orchestrator),
            Method::Classify => classify(setting, prompts, orchestrator),
            _ => goalex(setting, prompts, orchestrator),
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

    fn settle(
        &self,
        manifest: &mut Manifest,
        outcome: Outcome,
        stopped: Option<Stop>,
        seen: &Seen,
    ) -> (FinishedRun, Ending) {
        let mut lines = Lines::compose(self.corpus, &outcome, seen, &manifest.method, !self.plan.no_texts);
        for line in &mut lines.assignments {
            line.reason = line.reason.take().map(|reason| with_cause(reason, stopped));
        }
        let result = ending::Result {
            usage: &manifest.usage,
            stopped,
            max_unparsed: self.plan.max_unparsed,
            rows: &lines.assignments,
            trust: outcome.trust.as_ref(),
        };
        let (ending, reason) = (result.ending(), result.reason());
        manifest.status = ending.status();
        manifest.reason = reason;
        manifest.documents = lines.counts();
        manifest.clusters = lines.clusters.len();
        manifest.selection = outcome.selection;
        manifest.k_choice = outcome.k_choice;
        manifest.core = outcome.core;
        manifest.labels = outcome.labels;
        manifest.guide = outcome.guide;
        manifest.trust = outcome.trust;
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

/// What former sessions used of the caps, in words.
fn spent_before(budget: &Budget) -> String {
    let (all, now) = (budget.spent(), budget.settled());
    let before = all.tokens.without(now).total();
    if before == 0 { String::new() } else { format!("; {} calls and {before} tokens of the run are spent", all.calls) }
}

/// What the whole run used, if it sent anything.
fn whole_run(budget: &Budget) -> Option<RunUsage> {
    let spent = budget.spent();
    (spent != Spent::default()).then(|| RunUsage { spent, cost: budget.cost_of(spent.tokens) })
}

/// What was used, in words: in this session, and in the whole run.
fn spent(usage: &Usage) -> Option<String> {
    let cost = |cost: Option<f64>| cost.map_or(String::new(), |cost| format!(", cost {cost:.4}"));
    let run = usage.run.filter(|_| usage.calls + usage.cached > 0)?;
    Some(format!(
        "used in this session: {} calls, {} tokens{}; in the whole run: {} calls, {} tokens{}",
        usage.calls,
        usage.prompt_tokens.saturating_add(usage.completion_tokens),
        cost(usage.cost),
        run.spent.calls,
        run.spent.tokens.total(),
        cost(run.cost),
    ))
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
        trust: None,
        rounds: Vec::new(),
        stages: Vec::new(),
        warnings: Vec::new(),
    }
}
