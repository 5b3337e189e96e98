//! A run that has a directory: who answers and who embeds, and what is said before the first call.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::date::today;
use super::embedder::{RunEmbedder, record, same_embedder, server};
use super::leaving::Leaving;
use super::prepare::{Answers, Prepared, Server};
use super::running::{Completed, Run, whole_run};
use crate::corpus::Corpus;
use crate::edits::Edits;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::{Estimate, Record, Watch, estimate};
use crate::model::{Budget, Caps, Journal, Orchestrator, Respondent, Respondents, Settings, Usage, lock};
use crate::observer::Observer;
use crate::plan::{Ask, Asking, Plan, differences, reads_otherwise};
use crate::run::{
    CodebookRecord, CorpusRecord, DocumentCounts, EmbedderRecord, Manifest, MethodRecord, RunStatus, read_manifest,
};

/// Environment variable that bounds the threads of a model in this process, whose library keeps threads of its own.
const THREADS: &str = "CANDLE_NUM_THREADS";

/// A run that has a directory.
pub struct Begun<'a, 'o> {
    pub plan: &'a Plan,
    pub corpus: &'a Corpus,
    pub leaving: &'a Leaving<'o>,
    pub observer: &'o dyn Observer,
}

impl<'o> Begun<'_, 'o> {
    /// Runs.
    pub fn run(self, prepared: Prepared, local: Option<RunEmbedder<'o>>, watch: Watch) -> Result<Completed, Error> {
        let directory = self.leaving.directory();
        let former = directory.former();
        let mut plan = planned_after(self.plan, former)?;
        plan.clustering.demands = prepared.demands;
        let plan = &plan;
        let mut manifest = opening(plan, self.corpus);
        manifest.edits = prepared.edits.as_ref().map(Edits::record);
        if let Some(former) = former {
            same_run(former, &manifest, plan)?;
        }
        // What a person wrote into the directory is seen before anything is changed there.
        if let Some(codebook) = &plan.clustering.codebook {
            directory.check_codebook(codebook.format.file_name(), &codebook.text)?;
        }
        prepared.edits.as_ref().map_or(Ok(()), |edits| directory.check_edits(&edits.text))?;
        // Kept from the beginning: a session that is killed forgets nothing of those before it.
        manifest.usage.run = former.and_then(|former| former.usage.run);
        self.leaving.begin(&manifest)?;
        if let Some(codebook) = &plan.clustering.codebook {
            directory.write(codebook.format.file_name(), codebook.text.as_bytes())?;
        }
        if let Some(edits) = &prepared.edits {
            directory.write_edits(&edits.text)?;
        }
        let budget = Arc::new(Budget::new(plan.model.caps, plan.model.prices).shared(local.is_none()));
        budget.resume_as_told(manifest.usage.run.unwrap_or_default().spent);
        let asked = self.respondents(plan, prepared.answers, &budget)?;
        let plan = &answerable(plan, asked.as_ref().map(|(respondents, _)| respondents))?;
        manifest.plan.clone_from(&plan.origins);
        if let (Some((_, whom)), Some(prompts)) = (&asked, &prepared.prompts) {
            self.announce(plan, whom, &estimate(plan, self.corpus, prompts)?, &budget);
        }
        let elsewhere = || server(prepared.vectors, plan, directory, &budget, self.observer);
        let embedder = local.map_or_else(elsewhere, Ok)?;
        manifest.embedder = EmbedderRecord { texts: self.corpus.texts_digest(), ..record(embedder.get().identity()) };
        same_embedder(former, &manifest.embedder)?;
        self.leaving.embed(&manifest)?;
        let run = Run {
            plan,
            corpus: self.corpus,
            embedder: &embedder,
            asked: asked.map(|(respondents, _)| respondents).zip(prepared.prompts),
            budget: &budget,
            leaving: self.leaving,
            observer: self.observer,
            edits: prepared.edits.as_ref(),
        };
        let finished = run.finish(&mut manifest, watch).map_err(|problem| self.explained(problem, plan));
        if finished.is_err() {
            manifest.usage.run = whole_run(&budget);
        }
        self.leaving.note(&manifest);
        finished
    }

    /// Where a recording lacks an answer: how the run that was recorded differs, as far as its manifest says.
    fn explained(&self, problem: Error, plan: &Plan) -> Error {
        let Asking::Recording(recording) = &plan.model.asking else { return problem };
        match (problem, read_manifest(recording)) {
            (Error::NotRecorded { stage, prompt, key, other }, Ok(recorded)) => {
                let is_of_another = recorded.corpus.sha256 != self.corpus.sha256;
                let name = recorded.corpus.name.clone();
                let corpus = is_of_another.then(|| message!("another corpus ({name})", name));
                let differing: Vec<Message> =
                    corpus.into_iter().chain(differences(recorded.recorded(recording), plan)).collect();
                let other = if differing.is_empty() { other } else { Message::joined(differing, "; ") };
                Error::NotRecorded { stage, prompt, key, other }
            }
            (problem, _) => problem,
        }
    }

    /// Who answers, and in words which hosts those are.
    pub(super) fn respondents(
        &self,
        plan: &Plan,
        answers: Answers,
        budget: &Arc<Budget>,
    ) -> Result<Option<(Respondents<'o>, String)>, Error> {
        let directory = self.leaving.directory();
        let (model, judge) = match answers {
            Answers::Nobody => return Ok(None),
            Answers::Recording(journal, recording) => {
                directory.copy_journal(&recording)?;
                let journal = journal.shared();
                let replayed = |respondent| {
                    let is_recorded = lock(&journal).probe(respondent).is_some();
                    is_recorded.then(|| Orchestrator::replay(journal.clone(), respondent, self.observer)).transpose()
                };
                let respondents = Respondents::new(replayed(Respondent::Model)?, replayed(Respondent::Judge)?);
                let names: Vec<String> = respondents.names().collect();
                let whom = format!("replaying answers of {}: nothing is sent anywhere", names.join(" and "));
                return Ok(Some((respondents, whom)));
            }
            Answers::Servers { model, judge } => (model, judge),
        };
        let journal = directory.journal(!plan.output.no_texts)?;
        Ok(Some(connected(plan, (model, judge), journal, budget, self.observer)?))
    }

    /// Before the first call: which host will see the documents, what will be asked, and the caps.
    fn announce(&self, plan: &Plan, whom: &str, estimate: &Estimate, budget: &Budget) {
        let total = estimate.total();
        let expected = estimate.stages.iter().filter(|stage| stage.questions.expected > 0);
        let stages: Vec<String> =
            expected.map(|stage| format!("{} {}", stage.questions.expected, stage.stage)).collect();
        self.observer.say(&message!(
            "{whom}: about {questions} questions ({stages}), {prompt} prompt and {completion} completion tokens{cost}; {caps}{spent}",
            whom,
            questions = total.questions.expected,
            stages = stages.join(", "),
            prompt = total.prompt_tokens.expected,
            completion = total.completion_tokens.expected,
            cost = plan.model.prices.map(|prices| format!(", cost {:.2}", total.cost(prices).expected)),
            caps = caps(&plan.model.caps),
            spent = spent_before(budget)
        ));
    }
}

/// The plan with the form of asking that its respondents answer.
fn answerable(plan: &Plan, asked: Option<&Respondents<'_>>) -> Result<Plan, Error> {
    match asked {
        Some(respondents) if respondents.decides() => plan.clone().decided("the judge"),
        Some(_) if plan.clustering.ask == Ask::Decide => {
            Err(Error::Usage(message!("{@ask decide} is for a decision model, and the judge is a chat model")))
        }
        _ => Ok(plan.clone()),
    }
}

/// Servers that answer what a journal does not hold yet, and in words which hosts those are.
pub(super) fn connected<'o>(
    plan: &Plan,
    (model, judge): (Option<Server>, Option<Server>),
    journal: Journal,
    budget: &Arc<Budget>,
    observer: &'o dyn Observer,
) -> Result<(Respondents<'o>, String), Error> {
    journal.damage().iter().for_each(|damage| observer.say(&Message::of(damage)));
    budget.resume(journal.spent());
    let journal = journal.shared();
    let mut hosts = Vec::new();
    let mut connect = |server: Option<Server>, respondent| {
        let Some(Server { client, model }) = server else { return Ok(None) };
        if client.is_in_process() && plan.threads.is_some() && std::env::var_os(THREADS).is_none() {
            observer.say(&message!(
                "{@threads} does not bound the model in this process: {variable}=N does",
                variable = THREADS
            ));
        }
        let (place, settings) = (client.whereabouts(), sending(plan, respondent, client.is_in_process()));
        let journal = journal.clone();
        let asked = Orchestrator::connect(*client, model.as_deref(), journal, settings, budget.clone(), observer)?;
        let judges = if respondent == Respondent::Judge { "as judge " } else { "" };
        hosts.push(format!("{judges}{} {place}", asked.model()));
        Ok::<_, Error>(Some(asked))
    };
    let (model, judge) = (connect(model, Respondent::Model)?, connect(judge, Respondent::Judge)?);
    Ok((Respondents::new(model, judge), format!("asking {}", hosts.join(", and "))))
}

/// How requests to a respondent are sent: to one in this process one after the other.
fn sending(plan: &Plan, respondent: Respondent, is_in_process: bool) -> Settings {
    let concurrency = if is_in_process { 1 } else { plan.model.concurrency };
    Settings { concurrency, wait: plan.model.wait, respondent }
}

/// The plan, going on from the run that is resumed or replayed.
fn planned_after(plan: &Plan, former: Option<&Manifest>) -> Result<Plan, Error> {
    match (former, &plan.model.asking) {
        (Some(former), _) => Ok(plan.after(&former.plan)),
        (None, Asking::Recording(recording)) if recording.is_dir() => Ok(plan.after(&read_manifest(recording)?.plan)),
        _ => Ok(plan.clone()),
    }
}

/// What may not change when a run is resumed: corpus and how it is read, goal, codebook, method and seed.
fn same_run(former: &Manifest, now: &Manifest, plan: &Plan) -> Result<(), Error> {
    let sha256 = |manifest: &Manifest| manifest.codebook.as_ref().map(|codebook| codebook.sha256.clone());
    let changed = [
        ("corpus".into(), former.corpus.sha256 != now.corpus.sha256),
        ("goal".into(), former.goal != now.goal),
        ("codebook".into(), sha256(former) != sha256(now)),
        ("method".into(), former.method.name != now.method.name),
        ("seed".into(), former.seed != now.seed),
        // What was kept with its texts stays so.
        (message!("value of {@no-texts}"), plan.output.no_texts && !former.is_without_texts()),
    ];
    let what = changed.into_iter().find(|(_, changed)| *changed).map(|(what, _)| what);
    // It decides which texts there are, and so what answers and vectors that are kept stand for.
    match what.or_else(|| {
        let other = reads_otherwise(former.recorded(Path::new("")), plan)?;
        Some(message!("value of {parameter}", parameter = other.mention()))
    }) {
        Some(what) => Err(Error::Usage(message!(
            "{@resume}: the {what} is not that of the run; start a new one with another {+out}",
            what
        ))),
        None => Ok(()),
    }
}

/// The caps in words.
pub(super) fn caps(caps: &Caps) -> Message {
    let said = [
        caps.calls.map(|calls| format!("at most {calls} calls")),
        caps.tokens.map(|tokens| format!("at most {tokens} tokens")),
        caps.cost.map(|cost| format!("at most {cost} in the currency of the prices")),
        caps.time.map(|time| format!("at most {} minutes", time.as_secs_f64() / 60.0)),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { message!("no caps ({+max-calls N} sets one)") } else { said.join(", ").into() }
}

/// What former sessions used of the caps, in words.
fn spent_before(budget: &Budget) -> String {
    let (all, now) = (budget.spent(), budget.settled());
    let before = all.tokens.without(now).total();
    if before == 0 { String::new() } else { format!("; {} calls and {before} tokens of the run are spent", all.calls) }
}

/// The manifest of a run that has just begun.
fn opening(plan: &Plan, corpus: &Corpus) -> Manifest {
    Manifest {
        format: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        files: BTreeMap::new(),
        status: RunStatus::Running,
        reason: None,
        date: Some(today()),
        goal: plan.goal.clone(),
        method: MethodRecord {
            name: plan.clustering.method.name().into(),
            parameters: plan.of_the_method(),
            record: Record::default(),
        },
        plan: plan.origins.clone(),
        corpus: CorpusRecord::of(corpus, !plan.output.no_texts),
        documents: DocumentCounts::default(),
        clusters: 0,
        embedder: EmbedderRecord::default(),
        model: None,
        judge: None,
        prompts: Vec::new(),
        seed: plan.seed,
        usage: Usage::default(),
        selection: None,
        k_choice: None,
        codebook: plan.clustering.codebook.as_ref().map(|codebook| CodebookRecord {
            file: codebook.format.file_name().into(),
            sha256: codebook.sha256.clone(),
            entries: codebook.entries.len(),
        }),
        base: None,
        edits: None,
        updates: Vec::new(),
        core: Record::default(),
        trust: None,
        rounds: Vec::new(),
        stages: Vec::new(),
        warnings: Vec::new(),
    }
}
