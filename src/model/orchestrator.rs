//! Gets questions answered: journal first, then the server, side by side, within the budget.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::{JoinError, JoinSet};

use super::asking::Shared;
use super::budget::{Caps, Grant, Prices};
use super::client::Client;
use super::contact::{contact, only};
use super::follow_up::{self, Asked};
use super::journal::{CallUsage, Journal, Probe};
use super::prompt::parse;
use super::question::{Answer, Answerer, Question, Reply};
use super::stop::Stop;
use crate::error::Error;
use crate::observer::Observer;
use crate::run::Usage;

/// How often an interruption is looked for.
const TICK: Duration = Duration::from_millis(100);

/// How questions are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Requests under way at once at most.
    pub concurrency: usize,
    /// Limits of the whole run.
    pub caps: Caps,
    /// For the cost, when the user gives them.
    pub prices: Option<Prices>,
    /// How long a server that is not there yet, or not there any more, is waited for.
    pub wait: Duration,
}

/// The one place where a model is called.
pub struct Orchestrator<'a> {
    shared: Arc<Shared>,
    runtime: Runtime,
    settings: Settings,
    observer: &'a dyn Observer,
    /// What was counted beside the requests themselves.
    tally: Mutex<Usage>,
    saw_logprobs: AtomicBool,
    stopped: Mutex<Option<Stop>>,
    told: AtomicBool,
}

/// A question under way with its key.
struct Keyed {
    key: String,
    asked: Asked,
}

impl<'a> Orchestrator<'a> {
    /// Asks a server. Without a `model`, the only one that the server lists.
    ///
    /// # Errors
    /// When the server cannot be reached in time, refuses, or lists several models and none is named; when the journal
    /// holds answers of another model.
    pub fn connect(
        client: Client,
        model: Option<&str>,
        mut journal: Journal,
        settings: Settings,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let runtime = runtime()?;
        let listed = runtime.block_on(contact(&client, settings.wait, observer))?;
        let model = model.map_or_else(|| only(&client.host(), listed), |model| Ok(model.to_owned()))?;
        let former = journal.probe().cloned().unwrap_or_default();
        if !former.model.is_empty() && former.model != model {
            return Err(Error::Usage(format!(
                "--resume: the run asked {}, not {model}; name that model, or start a new run with another --out",
                former.model
            )));
        }
        let properties = runtime.block_on(client.properties()).unwrap_or_default();
        let context = properties["default_generation_settings"]["n_ctx"].as_u64();
        journal.probed(Probe { model, context, refused: former.refused })?;
        Ok(Orchestrator::new(Some(client), journal, settings, runtime, observer))
    }

    /// Answers from a recording only.
    ///
    /// # Errors
    /// When the recording does not say which model it holds.
    pub fn replay(recording: Journal, observer: &'a dyn Observer) -> Result<Self, Error> {
        if recording.probe().is_none() {
            return Err(Error::Usage("the recording has no probe line that names its model".into()));
        }
        let settings = Settings { concurrency: 1, caps: Caps::default(), prices: None, wait: Duration::ZERO };
        Ok(Orchestrator::new(None, recording, settings, runtime()?, observer))
    }

    fn new(
        client: Option<Client>,
        journal: Journal,
        settings: Settings,
        runtime: Runtime,
        observer: &'a dyn Observer,
    ) -> Self {
        Orchestrator {
            shared: Arc::new(Shared::new(client, journal, settings)),
            runtime,
            settings,
            observer,
            tally: Mutex::default(),
            saw_logprobs: AtomicBool::new(false),
            stopped: Mutex::default(),
            told: AtomicBool::new(false),
        }
    }

    /// The model's name.
    pub fn model(&self) -> String {
        self.shared.probe().model
    }

    /// What has been asked so far.
    pub fn usage(&self) -> Usage {
        let budget = &self.shared.budget;
        let spent = budget.spent();
        Usage {
            calls: budget.calls(),
            prompt_tokens: spent.prompt_tokens,
            completion_tokens: spent.completion_tokens,
            cost: self.settings.prices.map(|_| budget.cost()),
            retries: self.shared.retries.load(Ordering::Relaxed),
            faults: self.shared.faults(),
            ..lock(&self.tally).clone()
        }
    }

    /// Whether any verdict was read from log-probabilities.
    pub fn saw_logprobs(&self) -> bool {
        self.saw_logprobs.load(Ordering::Relaxed)
    }

    /// Why no more is asked, if so.
    pub fn stopped(&self) -> Option<Stop> {
        *lock(&self.stopped)
    }

    fn stop(&self, why: Stop) {
        lock(&self.stopped).get_or_insert(why);
    }

    /// Gets the journal to hold the questions' outcomes, as far as the budget reaches. What a recording lacks is an error,
    /// except of follow-ups: an older recording may not have any.
    fn ask(&self, wave: &[Keyed], is_follow_up: bool) -> Result<(), Error> {
        let pending = self.unanswered(wave);
        lock(&self.tally).cached += (wave.len() - pending.len()) as u64;
        let Some(&first) = pending.first() else { return Ok(()) };
        if self.shared.client.is_none() {
            return if is_follow_up { Ok(()) } else { Err(not_recorded(first)) };
        }
        self.observer.begin(&format!("asking the model ({})", first.asked.question.stage), pending.len() as u64);
        let questions = pending.iter().map(|keyed| (keyed.key.clone(), keyed.asked.question.clone()));
        let outcome = self.runtime.block_on(self.send(questions));
        self.observer.end();
        outcome
    }

    /// Distinct questions that the journal does not answer, in the order asked.
    fn unanswered<'w>(&self, wave: &'w [Keyed]) -> Vec<&'w Keyed> {
        let journal = lock(&self.shared.journal);
        let mut seen = HashSet::new();
        wave.iter().filter(|keyed| !journal.has(&keyed.key) && seen.insert(keyed.key.as_str())).collect()
    }

    /// Sends questions while the budget grants them, and journals each reply as it comes. After an error that ends the run
    /// no more are sent, and the answers under way are still waited for: they are paid.
    async fn send(&self, questions: impl Iterator<Item = (String, Question)>) -> Result<(), Error> {
        let mut questions = questions.peekable();
        let mut under_way = JoinSet::new();
        let mut outcome = Ok(());
        let mut tick = tokio::time::interval(TICK);
        loop {
            if outcome.is_ok() {
                self.send_more(&mut questions, &mut under_way);
            }
            tokio::select! {
                done = under_way.join_next() => {
                    let Some(done) = done else { return outcome };
                    let done = self.done(done);
                    outcome = outcome.and(done);
                }
                _ = tick.tick() => {
                    self.tell();
                    if self.observer.is_interrupted() {
                        self.stop(Stop::Interrupted);
                        under_way.abort_all();
                    }
                }
            }
        }
    }

    /// Tells once that the server is waited for.
    fn tell(&self) {
        if let Some(notice) = lock(&self.shared.notice).as_deref().filter(|_| !self.told.swap(true, Ordering::Relaxed))
        {
            self.observer.say(notice);
        }
    }

    /// Starts as many requests as pace and budget allow.
    fn send_more(
        &self,
        questions: &mut std::iter::Peekable<impl Iterator<Item = (String, Question)>>,
        under_way: &mut JoinSet<Result<Option<Stop>, Error>>,
    ) {
        while self.stopped().is_none() && under_way.len() < self.shared.pace.limit() {
            let Some((_, question)) = questions.peek() else { return };
            match self.shared.budget.reserve(question.most_tokens()) {
                Grant::Given => {
                    let Some((key, question)) = questions.next() else { return };
                    under_way.spawn(self.shared.clone().ask(key, question));
                }
                Grant::Wait => return,
                Grant::Refused(cap) => self.stop(Stop::Reached(cap)),
            }
        }
    }

    fn done(&self, done: Result<Result<Option<Stop>, Error>, JoinError>) -> Result<(), Error> {
        match done {
            Err(problem) if problem.is_cancelled() => return Ok(()),
            Err(problem) => return Err(Error::Bug(problem.to_string())),
            Ok(outcome) => {
                if let Some(why) = outcome? {
                    self.stop(why);
                }
            }
        }
        self.observer.advance(1);
        Ok(())
    }

    /// Reads what the journal holds of a wave into `answers`; returns the questions that follow from it.
    fn conclude(&self, wave: Vec<Keyed>, answers: &mut [Answer]) -> Result<Vec<Asked>, Error> {
        let mut next = Vec::new();
        for Keyed { key, asked } in wave {
            let Some(call) = lock(&self.shared.journal).outcome(&key)? else { continue };
            let answer = parse(&call, &asked.question.legal);
            let index = asked.index;
            next.extend(asked.follow_up(&call, &answer));
            answers[index] = answer;
        }
        Ok(next)
    }

    fn count(&self, answers: &[Answer]) {
        let mut tally = lock(&self.tally);
        for answer in answers {
            match answer {
                Answer::Unparsed(_) => tally.unparsed += 1,
                Answer::Failed(_) => tally.failed += 1,
                Answer::NotAsked => tally.not_asked += 1,
                Answer::Answered(Reply::Verdict { log_odds: Some(_), .. }) => {
                    self.saw_logprobs.store(true, Ordering::Relaxed);
                }
                Answer::Answered(_) => {}
            }
        }
    }
}

impl Answerer for Orchestrator<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let model = self.model();
        let mut answers = vec![Answer::NotAsked; questions.len()];
        let mut wave: Vec<Asked> =
            questions.into_iter().enumerate().map(|(index, question)| Asked::first(index, question)).collect();
        for turn in 0..=follow_up::MOST {
            if wave.is_empty() {
                break;
            }
            lock(&self.tally).shortened += wave.iter().filter(|asked| asked.shortened).count() as u64;
            let keyed: Vec<Keyed> =
                wave.into_iter().map(|asked| Keyed { key: asked.question.key(&model), asked }).collect();
            self.ask(&keyed, turn > 0)?;
            wave = self.conclude(keyed, &mut answers)?;
        }
        self.count(&answers);
        Ok(answers)
    }

    fn context(&self) -> Option<u64> {
        self.shared.probe().context
    }

    fn keep(&self, requests: u64, like: &Question) {
        let each =
            CallUsage { prompt_tokens: like.estimated_prompt_tokens(), completion_tokens: u64::from(like.max_tokens) };
        self.shared.budget.keep(requests, each);
    }
}

fn not_recorded(keyed: &Keyed) -> Error {
    Error::NotRecorded {
        stage: keyed.asked.question.stage.into(),
        prompt: keyed.asked.question.prompt.clone(),
        key: keyed.key.clone(),
    }
}

fn runtime() -> Result<Runtime, Error> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|problem| Error::Server(format!("cannot start the network runtime: {problem}")))
}

/// A lock, also after a panic elsewhere: what is guarded stays consistent at every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
