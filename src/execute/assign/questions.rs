//! Documents whose place is not sure, asked of a model: the least sure first, journalled, within caps.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Assigner;
use crate::corpus::Corpus;
use crate::decision::{By, Placement};
use crate::error::Error;
use crate::execute::begun::{caps, connected};
use crate::execute::compose::Seen;
use crate::execute::ending::{Ending, Finished};
use crate::execute::prepare::{Answers, answers};
use crate::execute::server::Clients;
use crate::message;
use crate::message::Message;
use crate::methods::{LaterQuestions, Trust, no_surer_than_agreement};
use crate::model::{Budget, Call, Journal, Network, Prompts, Respondents, Usage};
use crate::observer::Observer;
use crate::plan::Plan;
use crate::run::{ClusterLine, Manifest, SURE, is_run, read_run};
use crate::stages::propose::Candidate;

/// Questions about documents whose place is not sure.
#[derive(Clone, Copy)]
pub struct UnsureQuestions<'a> {
    /// Questions at most.
    pub most: usize,
    /// Whom to ask, and within which caps; the goal and the seed are the run's.
    pub plan: &'a Plan,
    /// Where requests are sent.
    pub network: &'a Network,
    /// The journal; without it, `assign-HASH/calls.jsonl` in the run's directory, by the hash of the corpus.
    pub journal: Option<&'a Path>,
}

/// What became of the questions.
#[derive(Debug)]
pub struct UnsureAsked {
    /// Documents whose place was not sure, and those of them that were asked about.
    pub unsure: usize,
    /// See `unsure`.
    pub asked: usize,
    /// Documents that the model has put somewhere, or nowhere.
    pub answered: usize,
    /// What was asked.
    pub usage: Usage,
    /// How the asking ended.
    pub ending: Ending,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// Where questions and answers are.
    pub journal: PathBuf,
}

impl UnsureAsked {
    /// Where every place is sure.
    fn nothing(journal: PathBuf) -> UnsureAsked {
        let (usage, ending, reason) = (Usage::default(), Ending::Complete, None);
        UnsureAsked { unsure: 0, asked: 0, answered: 0, usage, ending, reason, journal }
    }
}

/// What is asked of whom: what can be found out before anything is embedded has been.
pub(super) struct Asking<'a> {
    questions: UnsureQuestions<'a>,
    assigner: &'a Assigner,
    clients: Option<Clients>,
    prompts: Prompts,
    candidates: Vec<(usize, Candidate)>,
    /// What became of the questions, once they are asked.
    pub asked: Option<UnsureAsked>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        questions: UnsureQuestions<'a>,
        assigner: &'a Assigner,
        clusters: &[ClusterLine],
    ) -> Result<Asking<'a>, Error> {
        let method = assigner.manifest.method.name.as_str();
        LaterQuestions::check(method)?;
        questions.journal.map_or(Ok(()), is_for_answers)?;
        let clients = Clients::of(questions.plan, questions.network)?;
        if clients.model.is_none() && clients.judge.is_none() {
            return Err(Error::Usage(message!("{@questions} asks a model: name it with {+llm URL}")));
        }
        let prompts = Prompts::load(questions.plan.model.prompts.as_deref())?;
        let by_id: HashMap<&str, &ClusterLine> =
            clusters.iter().map(|cluster| (cluster.id.as_str(), cluster)).collect();
        let numbered = assigner.learned.clusters.iter().enumerate();
        let candidates = numbered.filter_map(|(number, id)| {
            let ClusterLine { label, predicate, .. } = by_id.get(id.as_str())?;
            let mut candidate = Candidate { label: label.clone(), predicate: predicate.clone() };
            if let Some((_, rules)) = assigner.rules() {
                // One that a person has merged into another, or dropped, is none to ask about.
                let (label, predicate) = rules.named(id).filter(|_| rules.cluster(id) == Some(id.as_str()))?;
                candidate.label = label.to_owned();
                predicate.iter().for_each(|predicate| candidate.predicate = (*predicate).to_owned());
            }
            Some((number, candidate))
        });
        let candidates = candidates.collect();
        Ok(Asking { questions, assigner, clients: Some(clients), prompts, candidates, asked: None })
    }

    /// Asks about the texts whose place is not sure, and puts them where the model says. One that it says nothing of stays.
    pub(super) fn ask(
        &mut self,
        corpus: &Corpus,
        placements: &mut [Placement],
        seen: &Seen,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let Some(clients) = self.clients.take() else { return Err(Error::Bug("a corpus that came twice".into())) };
        clients.without_key_in(corpus)?;
        let (mut unsure, journal) = (unsure(placements, seen), self.journal(corpus));
        if let Some((_, rules)) = self.assigner.rules() {
            let is_own = self.assigner.is_own(corpus);
            // What a person has answered is not asked.
            unsure.retain(|text| !rules.is_placed(corpus.text(*text), &corpus.representative(*text).id, is_own));
        }
        if unsure.is_empty() {
            self.asked = Some(UnsureAsked::nothing(journal));
            return Ok(());
        }
        self.make_folder(&journal)?;
        let _lock = lock(&journal)?;
        let (respondents, whom) = self.respondents(clients, &journal, observer)?;
        let later = self.questions_to(&respondents)?;
        let chosen = &unsure[..unsure.len().min(self.questions.most / later.each())];
        observer.say(&message!(
            "{whom}: up to {questions} questions about {chosen} of {unsure} unsure texts; {caps}",
            whom,
            questions = chosen.len() * later.each(),
            chosen = chosen.len(),
            unsure = unsure.len(),
            caps = caps(&self.questions.plan.model.caps)
        ));
        let texts: Vec<&str> = chosen.iter().map(|&text| corpus.text(text)).collect();
        let mut found = later.ask(&texts, &self.prompts, &respondents)?;
        let trust = later.same_for_all(&found);
        if trust.is_some() {
            found.fill(None);
        }
        if let Some(other) = self.other_model(&respondents) {
            let inferred: Vec<&Placement> = chosen.iter().map(|&text| &placements[text]).collect();
            no_surer_than_agreement(&mut found, &inferred);
            observer.say(&other);
        }
        let documents = |texts: &[usize]| texts.iter().map(|&text| corpus.carriers(text).len()).sum();
        let mut answered = Vec::new();
        for (&text, found) in chosen.iter().zip(found) {
            if let Some(placement) = found {
                placements[text] = placement;
                answered.push(text);
            }
        }
        let documents = [documents(&unsure), documents(chosen), documents(&answered)];
        self.asked = Some(self.ended(&respondents, trust.as_ref(), documents, journal, observer));
        Ok(())
    }

    /// Who answers what the journal does not hold yet, and in words which hosts those are.
    fn respondents<'o>(
        &self,
        clients: Clients,
        journal: &Path,
        observer: &'o dyn Observer,
    ) -> Result<(Respondents<'o>, String), Error> {
        let plan = self.questions.plan;
        let Answers::Servers { model, judge } = answers(plan, clients.model, clients.judge, observer)? else {
            return Err(Error::Bug("questions of a recording".into()));
        };
        let journal = Journal::open(journal, !self.assigner.manifest.is_without_texts())?;
        let budget = Arc::new(Budget::new(plan.model.caps, plan.model.prices));
        connected(plan, (model, judge), journal, &budget, observer)
    }

    /// The questions, of which as many may be asked as one document costs at least.
    fn questions_to(&self, respondents: &Respondents<'_>) -> Result<LaterQuestions<'a>, Error> {
        let Manifest { method, goal, .. } = &self.assigner.manifest;
        let later = LaterQuestions::of(&method.name, respondents.decides(), goal, self.candidates.clone())?;
        if self.questions.most < later.each() {
            return Err(Error::Usage(message!(
                "{@questions}: a document of this run costs {each} questions, one for each cluster: say {+questions N} with as many",
                each = later.each()
            )));
        }
        Ok(later.right_in(self.right()?))
    }

    /// What became of the questions; of the documents how many are unsure, asked about and answered.
    fn ended(
        &self,
        respondents: &Respondents<'_>,
        trust: Option<&Trust>,
        [unsure, asked, answered]: [usize; 3],
        journal: PathBuf,
        observer: &dyn Observer,
    ) -> UnsureAsked {
        let usage = respondents.usage();
        let finished = Finished {
            usage: &usage,
            stopped: respondents.stopped(),
            max_unparsed: self.questions.plan.model.max_unparsed,
            rows: &[],
            trust,
            speech: observer.speech(),
        };
        let (ending, reason) = (finished.ending(), finished.reason());
        UnsureAsked { unsure, asked, answered, usage, ending, reason, journal }
    }

    /// That another model answers than the run's, of whose answers nothing was measured.
    fn other_model(&self, respondents: &Respondents<'_>) -> Option<Message> {
        let Manifest { model, judge, .. } = &self.assigner.manifest;
        let own: Vec<&str> = model.iter().chain(judge).map(|one| one.name.as_str()).collect();
        let others: Vec<String> = respondents.names().filter(|name| !own.contains(&name.as_str())).collect();
        (!others.is_empty()).then(|| {
            message!(
                "{others} did not judge the documents of this run, so nothing is known of how often it is right: no confidence is \
                 above how often it agrees with what was inferred",
                others = others.join(", ")
            )
        })
    }

    /// Where the journal is.
    fn journal(&self, corpus: &Corpus) -> PathBuf {
        let hash: String = corpus.sha256.chars().take(8).collect();
        let own = || self.assigner.path.join(format!("assign-{hash}")).join("calls.jsonl");
        self.questions.journal.map_or_else(own, Path::to_owned)
    }

    /// Makes the folder of the journal in the run's.
    fn make_folder(&self, journal: &Path) -> Result<(), Error> {
        let Some(folder) = journal.parent().filter(|_| self.questions.journal.is_none()) else { return Ok(()) };
        fs::create_dir_all(folder).map_err(|problem| {
            Error::write(folder, message!("{problem}; say {+journal FILE} for another place", problem))
        })
    }

    /// How often the run believes its model to be right: the mean confidence of the places that are by the model.
    fn right(&self) -> Result<f64, Error> {
        let run = read_run(&self.assigner.path)?;
        let places = run.assignments.iter().filter_map(|line| line.clusters.first());
        let by_model: Vec<f64> = places.filter(|place| place.by == By::Model).map(|place| place.confidence).collect();
        Ok(if by_model.is_empty() { 1.0 } else { by_model.iter().sum::<f64>() / by_model.len() as f64 })
    }
}

/// The texts whose place was inferred and is not sure, the least sure first.
fn unsure(placements: &[Placement], seen: &Seen) -> Vec<usize> {
    let confidence = |text: usize| match &placements[text] {
        Placement::In(held) => {
            let first = held.first().filter(|place| place.by == By::Spread)?;
            let is_blind = seen.unreadable.get(text).copied().unwrap_or(false);
            Some(if is_blind { 0.0 } else { first.confidence }).filter(|confidence| *confidence < SURE)
        }
        Placement::Uncovered(_) | Placement::Failed(_) => None,
    };
    let mut unsure: Vec<(f64, usize)> =
        (0..placements.len()).filter_map(|text| Some((confidence(text)?, text))).collect();
    unsure.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    unsure.into_iter().map(|(_, text)| text).collect()
}

/// Looks whether a journal may be kept in a file: one that is there must be a journal, and none of a run's own files.
fn is_for_answers(journal: &Path) -> Result<(), Error> {
    let refused = |why: &str| {
        Err(Error::Usage(message!(
            "{+journal FILE}: {journal} {why}: it is left as it is; name a file that does not exist yet",
            journal = journal.display().to_string(),
            why = why.to_owned()
        )))
    };
    let whole = fs::canonicalize(journal).unwrap_or_else(|_| journal.to_owned());
    let folder = whole.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if is_run(folder) {
        return refused("lies among the files of a run");
    }
    if !journal.exists() || Journal::<Call>::is_one(journal)? { Ok(()) } else { refused("is no journal of answers") }
}

/// The file by which a process keeps a journal for itself.
pub fn journal_lock(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Keeps other processes out of a journal while this one asks.
fn lock(journal: &Path) -> Result<File, Error> {
    let path = journal_lock(journal);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(|problem| Error::write(&path, problem))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::Usage(message!(
            "{journal}: another assign is asking here; wait for it, or say {+journal FILE} for another place",
            journal = journal.display()
        ))),
    }
}
