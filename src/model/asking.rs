//! One request from its first attempt to its outcome: repeated after failures that may pass, put otherwise where the server
//! wants it so. A question's outcome is journalled here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::budget::{Budget, Cap, Grant, Reservation};
use super::client::Client;
use super::failure::{Failure, Fault, Parameter, Severity};
use super::job::{Job, Request, Settings, lock};
use super::journal::{Call, Entry, Probe, Recorded, SharedJournal};
use super::pace::Pace;
use super::question::{Question, Respondent};
use super::reply::Completion;
use super::request::carries;
use super::stop::Stop;
use super::usage::{CallUsage, Spent};
use crate::error::Error;
use crate::message;
use crate::message::{Message, Speech};
use crate::seed::sha256_hex;

/// Repetitions of one request after transient failures.
const RETRIES: u32 = 4;
/// First pause before a repetition; doubled each time.
const PAUSE: Duration = Duration::from_millis(500);
/// Shortest and longest pause that a server may ask for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many times as long as one answer may take, or as an absent server is waited for, a server may be silent that has
/// answered before.
const PATIENCE: u32 = 2;
/// Pause before a server that is not there is asked again.
const KNOCK: Duration = Duration::from_millis(500);
/// When a server has answered nothing and refused this many questions, it will not answer the rest.
const REFUSALS: u64 = 20;
/// When so many questions in a row were given up, and nothing was answered as long as an absent server is waited for, the
/// server will not answer the rest either.
const GIVEN_UP: u64 = 3;

impl Request for Question {
    type Reply = Completion;
    const HAS_OUTCOME: bool = true;

    fn bound(&self, client: &Client) -> CallUsage {
        client.bound(self)
    }

    fn kind(&self) -> &str {
        &self.prompt
    }

    fn carries(&self, parameter: Parameter) -> bool {
        carries(self, parameter)
    }

    fn text(&self) -> &str {
        self.messages.last().map_or("", |message| message.content.as_str())
    }

    async fn send(&self, client: &Client, probe: &Probe) -> Result<Completion, Failure> {
        client.complete(probe, self).await
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
    pub journal: SharedJournal<C>,
    respondent: Respondent,
    /// What may be asked, here and of other servers.
    pub budget: Arc<Budget>,
    /// How fast.
    pub pace: Pace,
    /// Requests sent.
    pub calls: AtomicU64,
    /// Requests repeated.
    pub retries: AtomicU64,
    /// What the user should know now: the server is waited for.
    pub notice: Mutex<Option<Message>>,
    /// How parameters are called in what the journal holds.
    pub speech: Speech,
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
    /// The server's reply, and the number of the request.
    Completed(R, u64),
    /// No repetition helps; the number of the last request.
    Failed(Failure, u64),
    /// A cap was reached before it could be repeated.
    Capped(Cap),
    /// No request can be answered any more.
    Fatal(Failure),
}

impl<C: Entry> Shared<C> {
    /// Nothing asked yet.
    pub fn new(
        client: Option<Client>,
        journal: SharedJournal<C>,
        settings: Settings,
        budget: Arc<Budget>,
        speech: Speech,
    ) -> Shared<C> {
        Shared {
            client,
            journal,
            respondent: settings.respondent,
            budget,
            pace: Pace::new(settings.concurrency),
            calls: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            notice: Mutex::default(),
            speech,
            wait: settings.wait,
            faults: Mutex::default(),
            answered: AtomicBool::new(false),
            in_row: AtomicU64::new(0),
            last_seen: Mutex::new(Instant::now()),
        }
    }

    /// What is known of the server.
    pub fn probe(&self) -> Probe {
        lock(&self.journal).probe(self.respondent).cloned().unwrap_or_default()
    }

    /// Notes what the server was found to be.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn probed(&self, probe: Probe) -> Result<(), Error> {
        lock(&self.journal).probed(self.respondent, probe)
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
        Error::Server(message!("{host}: {problem}", host, problem = failure.problem))
    }

    /// Sends a request that is reserved, until it is answered or nothing helps.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn attempts<R: Request>(
        &self,
        request: &R,
        mut reservation: Reservation,
    ) -> Result<Outcome<R::Reply>, Error> {
        let client = self.client()?;
        let mut attempt = 0;
        loop {
            self.pace.wait().await;
            let probe = self.probe();
            self.calls.fetch_add(1, Ordering::Relaxed);
            let number = lock(&self.journal).send(reservation.held())?;
            let failure = match request.send(client, &probe).await {
                Ok(reply) => {
                    self.settled::<R>(&reservation, R::used(&reply), number)?;
                    return Ok(Outcome::Completed(reply, number));
                }
                Err(failure) => failure,
            };
            *lock(&self.faults).entry(failure.fault.name()).or_default() += 1;
            let absent = self.is_absent(&failure);
            let charged = self.settle(&failure, &reservation, absent, number)?;
            if let Fault::Unsupported(parameter) = failure.fault {
                if !request.carries(parameter) || probe.refused.contains(&parameter) {
                    return self.given_up::<R>(failure, charged, number);
                }
                self.leave_out(parameter)?;
            } else if absent {
                if lock(&self.last_seen).elapsed() >= self.wait {
                    return Ok(Outcome::Fatal(failure));
                }
                let (host, problem) = (client.host(), &failure.problem);
                lock(&self.notice).get_or_insert(message!("waiting for {host}: {problem}", host, problem));
                tokio::time::sleep(KNOCK).await;
            } else if failure.fault.severity() != Severity::Transient || attempt == RETRIES || self.is_silent(&failure)
            {
                return self.given_up::<R>(failure, charged, number);
            } else {
                self.rest(&failure, attempt, request.text()).await;
                attempt += 1;
            }
            if !absent {
                lock(&self.journal).spend(Spent { calls: 1, tokens: charged }, number)?;
            }
            reservation = match self.reserve(request).await? {
                Ok(reservation) => reservation,
                Err(cap) => return Ok(Outcome::Capped(cap)),
            };
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn settled<R: Request>(
        &self,
        reservation: &Reservation,
        counted: Option<CallUsage>,
        number: u64,
    ) -> Result<(), Error> {
        let (used, excess) = self.budget.answered(reservation, counted);
        self.pace.answered();
        self.answered.store(true, Ordering::Relaxed);
        self.in_row.store(0, Ordering::Relaxed);
        *lock(&self.last_seen) = Instant::now();
        let mut journal = lock(&self.journal);
        if excess.is_some() {
            let probe = journal.probe(self.respondent).cloned().unwrap_or_default();
            journal.probed(self.respondent, Probe { excess, ..probe })?;
        }
        match (R::HAS_OUTCOME, counted) {
            (true, Some(_)) => Ok(()),
            (true, None) => journal.spend(Spent { calls: 0, tokens: used }, number),
            (false, _) => journal.spend(Spent { calls: 1, tokens: used }, number),
        }
    }

    /// Whether nobody is there to take a question, now or not yet.
    fn is_absent(&self, failure: &Failure) -> bool {
        failure.fault == Fault::Unreachable || failure.is_loading()
    }

    /// Whether the server takes questions and answers none, so that asking once more only costs time.
    fn is_silent(&self, failure: &Failure) -> bool {
        let one = self.client.as_ref().map_or(self.wait, |client| client.timeout().max(self.wait));
        let times = if self.answered.load(Ordering::Relaxed) { PATIENCE } else { 1 };
        failure.fault == Fault::Timeout && lock(&self.last_seen).elapsed() >= one.saturating_mul(times)
    }

    /// Settles a failed request; returns what it may have cost.
    fn settle(
        &self,
        failure: &Failure,
        reservation: &Reservation,
        absent: bool,
        number: u64,
    ) -> Result<CallUsage, Error> {
        if absent {
            self.budget.give_back(reservation);
            self.calls.fetch_sub(1, Ordering::Relaxed);
            lock(&self.journal).give_back(number)?;
            return Ok(CallUsage::default());
        }
        Ok(self.budget.failed(reservation, failure.fault.may_be_charged()))
    }

    /// The outcome of a request that is not repeated; what its last attempt cost is journalled.
    fn given_up<R: Request>(
        &self,
        failure: Failure,
        charged: CallUsage,
        number: u64,
    ) -> Result<Outcome<R::Reply>, Error> {
        let is_silent = self.is_silent(&failure);
        let outcome = if is_silent { Outcome::Fatal(failure) } else { self.refused(failure, number) };
        let is_counted = R::HAS_OUTCOME && matches!(outcome, Outcome::Failed(..));
        lock(&self.journal).spend(Spent { calls: u64::from(!is_counted), tokens: charged }, number)?;
        Ok(outcome)
    }

    /// A failure that no repetition mends: of one request, or of all that are still to come.
    fn refused<R>(&self, failure: Failure, number: u64) -> Outcome<R> {
        let is_first = !self.answered.load(Ordering::Relaxed);
        let in_row = self.in_row.fetch_add(1, Ordering::Relaxed) + 1;
        let is_silent = in_row >= GIVEN_UP && lock(&self.last_seen).elapsed() >= self.wait;
        let is_fatal = match failure.fault.severity() {
            Severity::Transient => is_first || is_silent,
            Severity::Permanent => is_first && in_row >= REFUSALS,
            // What has answered is there: it has no answer to this question only.
            Severity::Fatal => is_first || failure.fault != Fault::Refused(404),
        };
        if is_fatal { Outcome::Fatal(failure) } else { Outcome::Failed(failure, number) }
    }

    /// Notes that the server does not take a parameter.
    fn leave_out(&self, parameter: Parameter) -> Result<(), Error> {
        let mut journal = lock(&self.journal);
        let mut probe = journal.probe(self.respondent).cloned().unwrap_or_default();
        if !probe.refused.contains(&parameter) {
            probe.refused.push(parameter);
            probe.refused.sort();
        }
        journal.probed(self.respondent, probe)
    }

    /// Pauses before a repetition; all pause when the server is overloaded.
    async fn rest(&self, failure: &Failure, attempt: u32, text: &str) {
        let jitter = jitter(text, attempt);
        let pause = pause(failure.after, attempt, jitter);
        match failure.fault {
            Fault::Busy(429 | 503 | 529) => self.pace.overloaded(pause),
            _ => tokio::time::sleep(pause).await,
        }
    }

    /// Reserves a request as soon as there is room for it; else the cap that forbids it.
    ///
    /// # Errors
    /// In a replay, which sends nothing.
    pub async fn reserve(&self, request: &impl Request) -> Result<Result<Reservation, Cap>, Error> {
        let bound = request.bound(self.client()?);
        loop {
            match self.budget.reserve(request.kind(), bound) {
                Grant::Given(reservation) => return Ok(Ok(reservation)),
                Grant::Refused(cap) => return Ok(Err(cap)),
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

impl Job<Shared> for KeyedQuestion {
    type Request = Question;

    fn request(&self) -> &Question {
        &self.question
    }

    async fn run(self, reservation: Reservation, shared: Arc<Shared>) -> Result<Option<Stop>, Error> {
        let KeyedQuestion { key, question } = self;
        let began = Instant::now();
        let (completion, number) = match shared.attempts(&question, reservation).await? {
            Outcome::Completed(completion, number) => (completion, number),
            Outcome::Capped(cap) => return Ok(Some(Stop::Reached(cap))),
            Outcome::Fatal(failure) => return Err(shared.fatal(&failure)),
            Outcome::Failed(failure, number) => {
                let reply =
                    Recorded::Failed { error: failure.problem.told(shared.speech), fault: Some(failure.fault.name()) };
                (Completion { reply, finish_reason: None, usage: None, cached_tokens: None }, number)
            }
        };
        lock(&shared.journal).record(Call {
            key,
            stage: question.stage.name().into(),
            prompt: question.prompt,
            request: Some(question.messages),
            reply: completion.reply,
            finish_reason: completion.finish_reason,
            usage: completion.usage,
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            settles: Some(number),
        })?;
        Ok(None)
    }
}

/// The pause before a repetition: what the server asks for within bounds, else longer each time.
fn pause(after: Option<Duration>, attempt: u32, jitter: f64) -> Duration {
    let own = PAUSE.mul_f64(f64::from(1 << attempt.min(RETRIES)) * jitter);
    after.unwrap_or(own).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

/// Between 0.75 and 1.25, so that requests refused together do not come back together.
fn jitter(text: &str, attempt: u32) -> f64 {
    let digits = sha256_hex(format!("{attempt} {text}"));
    let number = u32::from_str_radix(digits.get(..8).unwrap_or("0"), 16).unwrap_or(0);
    0.75 + 0.5 * f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_can_neither_hurry_nor_stop_the_repetitions() {
        let asked = |seconds| pause(Some(Duration::from_secs(seconds)), 0, 1.0);
        assert_eq!((asked(0), asked(7), asked(u64::MAX)), (SHORTEST_PAUSE, Duration::from_secs(7), LONGEST_PAUSE));
        assert_eq!((pause(None, 0, 1.0), pause(None, 2, 1.0), pause(None, 99, 1.25)), (PAUSE, 4 * PAUSE, 20 * PAUSE));
    }
}
