//! Gets questions answered: journal first, then the server, side by side, within the budget.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::budget::Budget;
use super::client::{Client, Completion};
use super::failure::Failure;
use super::journal::{Call, Journal, Recorded};
use super::prompt::parse;
use super::question::{Answer, Answerer, Question, Reply};
use crate::error::Error;
use crate::observer::Observer;
use crate::run::Usage;

/// Repetitions of one request after transient failures.
const RETRIES: u32 = 4;
/// First pause before a repetition; doubled each time.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How questions are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Requests under way at once.
    pub concurrency: usize,
    /// Requests of the whole run, retries included.
    pub max_calls: Option<u64>,
}

/// The one place where a model is called.
pub struct Orchestrator<'a> {
    shared: Arc<Shared>,
    runtime: Runtime,
    concurrency: usize,
    observer: &'a dyn Observer,
}

/// What the requests under way share.
struct Shared {
    /// None for a replay.
    client: Option<Client>,
    model: String,
    journal: Mutex<Journal>,
    budget: Budget,
    usage: Mutex<Usage>,
    saw_logprobs: AtomicBool,
    /// Whether the server has answered anything yet.
    answered: AtomicBool,
}

impl<'a> Orchestrator<'a> {
    /// Asks a server. Without a `model`, the only one that the server lists.
    ///
    /// # Errors
    /// When the server cannot be reached, or lists several models and none is named.
    pub fn connect(
        client: Client,
        model: Option<&str>,
        mut journal: Journal,
        settings: Settings,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let runtime = runtime()?;
        let model = match model {
            Some(model) => model.to_owned(),
            None => runtime.block_on(only_model(&client))?,
        };
        journal.probed(&model)?;
        Ok(Orchestrator::new(Some(client), model, journal, settings, runtime, observer))
    }

    /// Answers from a recording only.
    ///
    /// # Errors
    /// When the recording does not say which model it holds.
    pub fn replay(recording: Journal, settings: Settings, observer: &'a dyn Observer) -> Result<Self, Error> {
        let model = recording.model().map(str::to_owned);
        let model = model.ok_or_else(|| Error::Usage("the recording has no probe line that names its model".into()))?;
        Ok(Orchestrator::new(None, model, recording, settings, runtime()?, observer))
    }

    fn new(
        client: Option<Client>,
        model: String,
        journal: Journal,
        settings: Settings,
        runtime: Runtime,
        observer: &'a dyn Observer,
    ) -> Self {
        let shared = Shared {
            client,
            model,
            journal: Mutex::new(journal),
            budget: Budget::new(settings.max_calls),
            usage: Mutex::new(Usage::default()),
            saw_logprobs: AtomicBool::new(false),
            answered: AtomicBool::new(false),
        };
        Orchestrator { shared: Arc::new(shared), runtime, concurrency: settings.concurrency.max(1), observer }
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.shared.model
    }

    /// What has been asked so far.
    pub fn usage(&self) -> Usage {
        *lock(&self.shared.usage)
    }

    /// Whether any verdict was read from log-probabilities.
    pub fn saw_logprobs(&self) -> bool {
        self.shared.saw_logprobs.load(Ordering::Relaxed)
    }

    /// Distinct questions that the journal does not answer, in the order asked.
    fn unanswered(&self, questions: &[Question], keys: &[String]) -> Result<Vec<usize>, Error> {
        let journal = lock(&self.shared.journal);
        let mut seen = HashMap::new();
        let fresh = |&index: &usize| {
            journal.outcome(&keys[index]).is_none() && seen.insert(keys[index].clone(), index).is_none()
        };
        let pending: Vec<usize> = (0..questions.len()).filter(fresh).collect();
        match pending.first() {
            Some(&first) if self.shared.client.is_none() => Err(Error::NotRecorded {
                stage: questions[first].stage.into(),
                prompt: questions[first].prompt.clone(),
                key: keys[first].clone(),
            }),
            _ => Ok(pending),
        }
    }

    /// Sends the granted questions, at most `concurrency` at once, and journals each reply as it comes.
    async fn send(&self, mut granted: impl Iterator<Item = (String, Question)>) -> Result<(), Error> {
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < self.concurrency {
                let Some((key, question)) = granted.next() else { break };
                under_way.spawn(self.shared.clone().ask(key, question));
            }
            let Some(done) = under_way.join_next().await else { return Ok(()) };
            done.map_err(|problem| Error::Bug(problem.to_string()))??;
            self.observer.advance(1);
        }
    }

    /// The parsed outcome of a question, and its place in the counts.
    fn conclude(&self, question: &Question, key: &str) -> Answer {
        let answer = match lock(&self.shared.journal).outcome(key) {
            None => Answer::NotAsked,
            Some(call) => parse(call, &question.legal),
        };
        let mut usage = lock(&self.shared.usage);
        match &answer {
            Answer::Unparsed(_) => usage.unparsed += 1,
            Answer::Failed(_) => usage.failed += 1,
            Answer::NotAsked => usage.not_asked += 1,
            Answer::Answered(Reply::Verdict { log_odds: Some(_), .. }) => {
                self.shared.saw_logprobs.store(true, Ordering::Relaxed)
            }
            Answer::Answered(_) => {}
        }
        answer
    }
}

impl Answerer for Orchestrator<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let keys: Vec<String> = questions.iter().map(|question| question.key(&self.shared.model)).collect();
        let pending = self.unanswered(&questions, &keys)?;
        lock(&self.shared.usage).cached += (questions.len() - pending.len()) as u64;
        let granted = self.shared.budget.reserve(pending.len() as u64) as usize;
        if granted > 0 {
            self.observer.begin(&format!("asking the model ({})", questions[0].stage), granted as u64);
            let granted = pending[..granted].iter().map(|&index| (keys[index].clone(), questions[index].clone()));
            let outcome = self.runtime.block_on(self.send(granted));
            self.observer.end();
            outcome?;
        }
        Ok(questions.iter().zip(&keys).map(|(question, key)| self.conclude(question, key)).collect())
    }
}

impl Shared {
    /// Asks one question, repeating after transient failures, and journals the outcome.
    async fn ask(self: Arc<Self>, key: String, question: Question) -> Result<(), Error> {
        let client = self.client.as_ref().ok_or_else(|| Error::Bug("a replay asked a server".into()))?;
        let started = Instant::now();
        let outcome = self.attempts(client, &question).await;
        let milliseconds = started.elapsed().as_millis() as u64;
        let completion = match outcome {
            Ok(completion) => completion,
            Err(Failure::Fatal(problem)) => return Err(Error::Server(format!("{}: {problem}", client.host()))),
            Err(failure) => Completion {
                reply: Recorded::Failed { error: failure.problem().to_owned() },
                finish_reason: None,
                usage: None,
            },
        };
        self.settle(&completion);
        lock(&self.journal).record(Call {
            key,
            stage: question.stage.into(),
            prompt: question.prompt,
            request: Some(question.messages),
            reply: completion.reply,
            finish_reason: completion.finish_reason,
            usage: completion.usage,
            milliseconds,
        })
    }

    async fn attempts(&self, client: &Client, question: &Question) -> Result<Completion, Failure> {
        let mut pause = PAUSE;
        for attempt in 0.. {
            lock(&self.usage).calls += 1;
            let failure = match client.complete(&self.model, question).await {
                Ok(completion) => {
                    self.answered.store(true, Ordering::Relaxed);
                    return Ok(completion);
                }
                Err(failure) => failure,
            };
            let Failure::Transient { after, .. } = failure else { return Err(failure) };
            if attempt == RETRIES || self.budget.reserve(1) == 0 {
                return Err(self.given_up(failure));
            }
            lock(&self.usage).retries += 1;
            tokio::time::sleep(after.unwrap_or(pause).min(LONGEST_PAUSE)).await;
            pause *= 2;
        }
        unreachable!("the loop returns")
    }

    /// A server that has answered nothing yet and still does not after all repetitions is not there.
    fn given_up(&self, failure: Failure) -> Failure {
        if self.answered.load(Ordering::Relaxed) { failure } else { Failure::Fatal(failure.problem().to_owned()) }
    }

    fn settle(&self, completion: &Completion) {
        let tokens = completion.usage.unwrap_or_default();
        let mut usage = lock(&self.usage);
        usage.prompt_tokens += tokens.prompt_tokens;
        usage.completion_tokens += tokens.completion_tokens;
    }
}

fn runtime() -> Result<Runtime, Error> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|problem| Error::Server(format!("cannot start the network runtime: {problem}")))
}

async fn only_model(client: &Client) -> Result<String, Error> {
    let host = client.host();
    let models = client.models().await.map_err(|failure| Error::Server(format!("{host}: {}", failure.problem())))?;
    match models.as_slice() {
        [model] => Ok(model.clone()),
        [] => Err(Error::Usage(format!("{host} lists no model; name one with --model"))),
        several => {
            Err(Error::Usage(format!("{host} has several models; name one with --model: {}", several.join(", "))))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
