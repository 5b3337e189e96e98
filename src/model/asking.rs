//! One request from its first attempt to its outcome: repeated after failures that may pass, put otherwise where the server
//! wants it so. A question's outcome is journalled here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::budget::{Budget, Cap, Grant};
use super::client::{Client, Completion};
use super::failure::{Failure, Fault, Parameter, Severity};
use super::journal::{Call, CallUsage, Entry, Journal, Probe, Recorded};
use super::pace::Pace;
use super::question::Question;
use super::request::carries;
use super::sending::{Job, Settings, lock};
use super::stop::Stop;
use crate::error::Error;
use crate::seed::sha256_hex;

/// Repetitions of one request after transient failures.
const RETRIES: u32 = 4;
/// First pause before a repetition; doubled each time.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Pause before a server that is not there is asked again.
const KNOCK: Duration = Duration::from_millis(500);
/// When a server has answered nothing and refused this many questions, it will not answer the rest.
const REFUSALS: u64 = 20;
/// When so many questions in a row were given up, and nothing was answered as long as an absent server is waited for, the
/// server will not answer the rest either.
const GIVEN_UP: u64 = 3;

/// What can be sent again: a question, or texts to embed.
pub trait Request: Sync {
    /// What a server answers.
    type Reply: Send;
    /// An upper bound of its tokens.
    fn most_tokens(&self) -> CallUsage;
    /// Whether it carries a parameter at all.
    fn carries(&self, parameter: Parameter) -> bool;
    /// What tells it from others, so that requests refused together do not come back together.
    fn text(&self) -> &str;
    /// Sends it once.
    fn send(&self, client: &Client, probe: &Probe) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;
    /// Tokens as the server counted them.
    fn used(reply: &Self::Reply) -> Option<CallUsage>;
}

impl Request for Question {
    type Reply = Completion;

    fn most_tokens(&self) -> CallUsage {
        Question::most_tokens(self)
    }

    fn carries(&self, parameter: Parameter) -> bool {
        carries(self, parameter)
    }

    fn text(&self) -> &str {
        self.messages.last().map_or("", |message| message.content.as_str())
    }

    async fn send(&self, client: &Client, probe: &Probe) -> Result<Completion, Failure> {
        client.complete(&probe.model, self, &probe.refused).await
    }

    fn used(reply: &Completion) -> Option<CallUsage> {
        reply.usage
    }
}

/// What the requests under way share; C is a line of their journal.
pub struct Shared<C = Call> {
    /// None for a replay.
    pub client: Option<Client>,
    /// What was asked, and what came back.
    pub journal: Mutex<Journal<C>>,
    /// What may be asked, here and of other servers.
    pub budget: Arc<Budget>,
    /// How fast.
    pub pace: Pace,
    /// Requests sent.
    pub calls: AtomicU64,
    /// Requests repeated.
    pub retries: AtomicU64,
    /// What the user should know now: the server is waited for.
    pub notice: Mutex<Option<String>>,
    wait: Duration,
    faults: Mutex<BTreeMap<String, u64>>,
    /// Whether the server has answered anything yet.
    answered: AtomicBool,
    /// Questions without an answer since the last answer.
    in_row: AtomicU64,
    /// When the server was last known to be there.
    last_seen: Mutex<Instant>,
}

/// What became of all attempts at one request.
pub enum Outcome<R> {
    /// The server's reply.
    Completed(R),
    /// No repetition helps.
    Failed(Failure),
    /// A cap was reached before it could be repeated.
    Capped(Cap),
    /// No request can be answered any more.
    Fatal(Failure),
}

impl<C: Entry> Shared<C> {
    /// Nothing asked yet.
    pub fn new(client: Option<Client>, journal: Journal<C>, settings: Settings, budget: Arc<Budget>) -> Shared<C> {
        Shared {
            client,
            journal: Mutex::new(journal),
            budget,
            pace: Pace::new(settings.concurrency),
            calls: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            notice: Mutex::default(),
            wait: settings.wait,
            faults: Mutex::default(),
            answered: AtomicBool::new(false),
            in_row: AtomicU64::new(0),
            last_seen: Mutex::new(Instant::now()),
        }
    }

    /// What is known of the server.
    pub fn probe(&self) -> Probe {
        lock(&self.journal).probe().cloned().unwrap_or_default()
    }

    /// Failures by name.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        lock(&self.faults).clone()
    }

    /// Where requests go.
    ///
    /// # Errors
    /// In a replay, which sends nothing.
    pub fn client(&self) -> Result<&Client, Error> {
        self.client.as_ref().ok_or_else(|| Error::Bug("a replay asked a server".into()))
    }

    /// What ends the run, with the host that caused it.
    pub fn fatal(&self, failure: &Failure) -> Error {
        let host = self.client.as_ref().map(Client::host).unwrap_or_default();
        Error::Server(format!("{host}: {}", failure.problem))
    }

    /// Sends a request that is reserved, until it is answered or nothing helps.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn attempts<R: Request>(&self, request: &R) -> Result<Outcome<R::Reply>, Error> {
        let (client, most) = (self.client()?, request.most_tokens());
        let mut attempt = 0;
        loop {
            self.pace.wait().await;
            let probe = self.probe();
            self.calls.fetch_add(1, Ordering::Relaxed);
            let failure = match request.send(client, &probe).await {
                Ok(reply) => {
                    self.settled(most, R::used(&reply));
                    return Ok(Outcome::Completed(reply));
                }
                Err(failure) => failure,
            };
            *lock(&self.faults).entry(failure.fault.name()).or_default() += 1;
            let absent = self.is_absent(&failure);
            self.settle(&failure, most, absent);
            if let Fault::Unsupported(parameter) = failure.fault {
                if !request.carries(parameter) || probe.refused.contains(&parameter) {
                    return Ok(self.refused(failure));
                }
                self.leave_out(parameter)?;
            } else if absent {
                if lock(&self.last_seen).elapsed() >= self.wait {
                    return Ok(Outcome::Fatal(failure));
                }
                lock(&self.notice).get_or_insert(format!("waiting for {}: {}", client.host(), failure.problem));
                tokio::time::sleep(KNOCK).await;
            } else if failure.fault.severity() != Severity::Transient || attempt == RETRIES {
                return Ok(self.refused(failure));
            } else {
                self.rest(&failure, attempt, request.text()).await;
                attempt += 1;
            }
            if let Some(cap) = self.reserve_again(most).await {
                return Ok(Outcome::Capped(cap));
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn settled(&self, most: CallUsage, used: Option<CallUsage>) {
        self.budget.settle(most, used.unwrap_or(most));
        self.pace.answered();
        self.answered.store(true, Ordering::Relaxed);
        self.in_row.store(0, Ordering::Relaxed);
        *lock(&self.last_seen) = Instant::now();
    }

    /// Whether nobody is there to take a question, now or not yet.
    fn is_absent(&self, failure: &Failure) -> bool {
        failure.fault == Fault::Unreachable || failure.is_loading()
    }

    fn settle(&self, failure: &Failure, most: CallUsage, absent: bool) {
        if absent {
            self.budget.give_back(most);
            self.calls.fetch_sub(1, Ordering::Relaxed);
        } else {
            let used = if failure.fault.may_be_charged() { most } else { CallUsage::default() };
            self.budget.settle(most, used);
        }
    }

    /// A failure that no repetition mends: of one request, or of all that are still to come.
    fn refused<R>(&self, failure: Failure) -> Outcome<R> {
        let is_first = !self.answered.load(Ordering::Relaxed);
        let in_row = self.in_row.fetch_add(1, Ordering::Relaxed) + 1;
        let is_silent = in_row >= GIVEN_UP && lock(&self.last_seen).elapsed() >= self.wait;
        let is_fatal = match failure.fault.severity() {
            Severity::Transient => is_first || is_silent,
            Severity::Permanent => is_first && in_row >= REFUSALS,
            // What has answered is there: it has no answer to this question only.
            Severity::Fatal => is_first || failure.fault != Fault::Refused(404),
        };
        if is_fatal { Outcome::Fatal(failure) } else { Outcome::Failed(failure) }
    }

    /// Notes that the server does not take a parameter.
    fn leave_out(&self, parameter: Parameter) -> Result<(), Error> {
        let mut journal = lock(&self.journal);
        let mut probe = journal.probe().cloned().unwrap_or_default();
        if !probe.refused.contains(&parameter) {
            probe.refused.push(parameter);
            probe.refused.sort();
        }
        journal.probed(probe)
    }

    /// Pauses before a repetition; all pause when the server is overloaded.
    async fn rest(&self, failure: &Failure, attempt: u32, text: &str) {
        let jitter = jitter(text, attempt);
        let pause = failure.after.unwrap_or(PAUSE.mul_f64(f64::from(1 << attempt) * jitter)).min(LONGEST_PAUSE);
        match failure.fault {
            Fault::Busy(429 | 503 | 529) => self.pace.overloaded(pause),
            _ => tokio::time::sleep(pause).await,
        }
    }

    /// Reserves a repetition; returns the cap that forbids it.
    pub async fn reserve_again(&self, most: CallUsage) -> Option<Cap> {
        loop {
            match self.budget.reserve(most) {
                Grant::Given => return None,
                Grant::Refused(cap) => return Some(cap),
                Grant::Wait => tokio::time::sleep(KNOCK).await,
            }
        }
    }
}

/// A question under its key.
pub struct KeyedQuestion {
    /// The logical question's hash.
    pub key: String,
    /// What is asked.
    pub question: Question,
}

impl Job<Call> for KeyedQuestion {
    fn most_tokens(&self) -> CallUsage {
        self.question.most_tokens()
    }

    async fn run(self, shared: Arc<Shared>) -> Result<Option<Stop>, Error> {
        let KeyedQuestion { key, question } = self;
        let began = Instant::now();
        let completion = match shared.attempts(&question).await? {
            Outcome::Completed(completion) => completion,
            Outcome::Capped(cap) => return Ok(Some(Stop::Reached(cap))),
            Outcome::Fatal(failure) => return Err(shared.fatal(&failure)),
            Outcome::Failed(failure) => Completion {
                reply: Recorded::Failed { error: failure.problem, fault: Some(failure.fault.name()) },
                finish_reason: None,
                usage: None,
                cached_tokens: None,
            },
        };
        lock(&shared.journal).record(Call {
            key,
            stage: question.stage.into(),
            prompt: question.prompt,
            request: Some(question.messages),
            reply: completion.reply,
            finish_reason: completion.finish_reason,
            usage: completion.usage,
            milliseconds: began.elapsed().as_millis() as u64,
        })?;
        Ok(None)
    }
}

/// Between 0.75 and 1.25, so that requests refused together do not come back together.
fn jitter(text: &str, attempt: u32) -> f64 {
    let digits = sha256_hex(format!("{attempt} {text}"));
    let number = u32::from_str_radix(digits.get(..8).unwrap_or("0"), 16).unwrap_or(0);
    0.75 + 0.5 * f64::from(number) / f64::from(u32::MAX)
}
