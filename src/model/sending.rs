//! Requests on their way: side by side, as many as pace and budget allow, until all are done or no more may be sent.

use std::iter::Peekable;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::asking::Shared;
use super::budget::{Budget, Cap, Grant};
use super::client::Client;
use super::job::{Job, Request, Settings, lock};
use super::journal::{Call, Entry, SharedJournal};
use super::stop::Stop;
use crate::error::Error;
use crate::observer::Observer;

/// How often an interruption is looked for.
const TICK: Duration = Duration::from_millis(100);

/// Sends requests to one server.
pub struct Sender<'a, C = Call> {
    /// What the requests share.
    pub shared: Arc<Shared<C>>,
    observer: &'a dyn Observer,
    stopped: Mutex<Option<Stop>>,
    told: AtomicBool,
}

impl<'a, C: Entry> Sender<'a, C> {
    /// Nothing sent yet; without a client nothing ever is.
    pub fn new(
        client: Option<Client>,
        journal: SharedJournal<C>,
        settings: Settings,
        budget: Arc<Budget>,
        observer: &'a dyn Observer,
    ) -> Self {
        let shared = Arc::new(Shared::new(client, journal, settings, budget, observer.speech()));
        Sender { shared, observer, stopped: Mutex::default(), told: AtomicBool::new(false) }
    }

    /// Waits for one piece of work on the network.
    ///
    /// # Errors
    /// Those of the work, and in a replay, which sends nothing.
    pub fn wait_for<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.shared.client()?.wait_for(work)
    }

    /// Why no more is sent, if so.
    pub fn stopped(&self) -> Option<Stop> {
        *lock(&self.stopped)
    }

    /// Receives what the user should know.
    pub fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    fn stop(&self, why: Stop) {
        lock(&self.stopped).get_or_insert(why);
    }

    /// Sends requests while the budget grants them, and journals each reply as it comes. After an error that ends the run no
    /// more are sent, and the answers under way are still waited for: they are paid. `progress` hears of each and may
    /// interrupt.
    ///
    /// # Errors
    /// When going on is pointless, or the journal cannot be written.
    pub fn send<J: Job<Shared<C>>>(&self, jobs: impl Iterator<Item = J>, progress: &dyn Observer) -> Result<(), Error> {
        let mut jobs = jobs.peekable();
        if jobs.peek().is_none() {
            return Ok(());
        }
        self.wait_for(self.send_all(jobs, progress))
    }

    async fn send_all<J: Job<Shared<C>>>(
        &self,
        mut jobs: Peekable<impl Iterator<Item = J>>,
        progress: &dyn Observer,
    ) -> Result<(), Error> {
        let mut under_way = JoinSet::new();
        let mut outcome = Ok(());
        let mut tick = tokio::time::interval(TICK);
        loop {
            if outcome.is_ok() {
                outcome = self.send_more(&mut jobs, &mut under_way);
            }
            tokio::select! {
                done = under_way.join_next() => {
                    let Some(done) = done else { return outcome };
                    let done = self.done(done, progress);
                    outcome = outcome.and(done);
                }
                _ = tick.tick() => {
                    self.tell();
                    // What a server works on is paid for and waited for; a model in this process just stops.
                    let is_own = self.shared.client.as_ref().is_some_and(Client::is_in_process);
                    if is_own && self.shared.budget.is_out_of_time() {
                        self.stop(Stop::Reached(Cap::Time));
                        under_way.abort_all();
                    }
                    if progress.is_interrupted() {
                        self.stop(Stop::Interrupted);
                        if !progress.waits_for_answers() {
                            under_way.abort_all();
                        }
                    }
                }
            }
        }
    }

    /// Tells once that the server is waited for.
    fn tell(&self) {
        if let Some(notice) = lock(&self.shared.notice).as_ref().filter(|_| !self.told.swap(true, Ordering::Relaxed)) {
            self.observer.say(notice);
        }
    }

    /// Starts as many requests as pace and budget allow.
    fn send_more<J: Job<Shared<C>>>(
        &self,
        jobs: &mut Peekable<impl Iterator<Item = J>>,
        under_way: &mut JoinSet<Result<Option<Stop>, Error>>,
    ) -> Result<(), Error> {
        while self.stopped().is_none() && under_way.len() < self.shared.pace.limit() {
            let Some(request) = jobs.peek().map(Job::request) else { break };
            let bound = request.bound(self.shared.client()?);
            match self.shared.budget.reserve(request.kind(), bound) {
                Grant::Given(reservation) => {
                    let Some(job) = jobs.next() else { break };
                    under_way.spawn(job.run(reservation, self.shared.clone()));
                }
                Grant::Wait => break,
                Grant::Refused(cap) => self.stop(Stop::Reached(cap)),
            }
        }
        Ok(())
    }

    fn done(&self, done: Result<Result<Option<Stop>, Error>, JoinError>, progress: &dyn Observer) -> Result<(), Error> {
        match done {
            Err(problem) if problem.is_cancelled() => return Ok(()),
            Err(problem) => return Err(Error::Bug(problem.to_string())),
            Ok(outcome) => {
                if let Some(why) = outcome? {
                    self.stop(why);
                }
            }
        }
        progress.advance(1);
        Ok(())
    }
}
