//! All jobs: accepted, waiting in a fair order, running, ended. What is in memory is read off the jobs' folders at the start; nothing is
//! true that is not on the disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::asked::Asked;
use super::clock::{DAY, now};
use super::config::Config;
use super::disk;
use super::events::Events;
use super::job::{Ended, Folder, Request, Results, Status};
use super::ledger::Ledger;
use super::problem::Problem;
use crate::error::Error;

/// Time after which workers look again whether there is money and room.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Seconds after which a client that was sent away may come again.
const COME_AGAIN: u64 = 10;

/// A job that was accepted.
#[derive(Debug)]
pub struct Job {
    /// Its id, which the server has given it.
    pub id: Uuid,
    /// Where it is on the disk.
    pub folder: Folder,
    /// What was asked for.
    pub request: Request,
    /// What its observers are told.
    pub events: Arc<Events>,
    /// Whether it is to end.
    pub is_stopped: AtomicBool,
    /// What it does, while it runs.
    pub step: Mutex<Option<Step>>,
}

/// What a running job does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Units that are done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

impl Job {
    fn new(id: Uuid, folder: Folder, request: Request, is_ended: bool) -> Job {
        let events = Arc::new(Events::of(folder.events(), is_ended));
        Job { id, folder, request, events, is_stopped: AtomicBool::new(false), step: Mutex::default() }
    }

    /// Whether the client has cancelled it; a service that ends stops jobs too.
    pub fn is_cancelled(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed) && self.folder.is_cancelled()
    }

    /// What a client asks for.
    pub fn asked<'a>(&'a self, codebook: Option<&'a Path>) -> Asked<'a> {
        Asked { goal: &self.request.goal, plan: &self.request.plan, codebook }
    }

    /// The codebook's file, if there is one.
    pub fn codebook(&self) -> Option<PathBuf> {
        self.request.codebook.as_ref().map(|name| self.folder.codebook(name))
    }

    /// What it does.
    pub fn step(&self) -> MutexGuard<'_, Option<Step>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it asks a model.
    fn asks(&self) -> bool {
        self.request.plan.get("backend").is_some_and(Value::is_string)
    }
}

/// A job as clients see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub id: Uuid,
    /// How far it has come.
    pub status: Status,
    /// Why it waits, or why it is not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What went wrong, where there are no results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The client's sentence.
    pub goal: String,
    /// The client's plan.
    #[schema(value_type = Object)]
    pub plan: Map<String, Value>,
    /// Rows of the documents.
    pub rows: usize,
    /// What it does, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What its results are, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Results>,
    /// When it was accepted, in seconds since 1970.
    pub accepted: u64,
    /// When it ended, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
}

#[derive(Debug)]
enum State {
    Queued,
    Running,
    Ended(Box<Ended>),
}

#[derive(Debug)]
struct Entry {
    job: Arc<Job>,
    state: State,
}

/// Who sent a job: the name of a token, where there are tokens.
pub type Owner = Option<String>;

#[derive(Debug, Default)]
struct Table {
    jobs: BTreeMap<Uuid, Entry>,
    queued: BTreeSet<Uuid>,
    running: BTreeSet<Uuid>,
    /// Jobs that are being uploaded, by owner: their places in the queue are taken.
    arriving: HashMap<Owner, usize>,
    /// By the clients' keys.
    keys: HashMap<(Owner, String), Uuid>,
    /// When each owner's last job was begun, counted in jobs.
    turns: HashMap<Owner, u64>,
    begun: u64,
}

/// All jobs.
#[derive(Debug)]
pub struct Jobs {
    config: Arc<Config>,
    data: PathBuf,
    folder: PathBuf,
    ledger: Ledger,
    table: Mutex<Table>,
    changed: Condvar,
    is_draining: AtomicBool,
    _lock: File,
}

/// A job that a worker has taken, and what it may cost.
pub struct Taken {
    /// The job.
    pub job: Arc<Job>,
    /// What it may cost over all its sessions; none where there is no cap of the day's.
    pub cost: Option<f64>,
}

/// A place in the queue for a job that is being uploaded.
#[derive(Debug)]
pub struct Place {
    jobs: Arc<Jobs>,
    owner: Owner,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.jobs.table();
        if let Some(count) = table.arriving.get_mut(&self.owner) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Jobs {
    /// The jobs in a folder of the server's, which no other process serves. What was uploaded and never accepted is removed; of what
    /// it cannot read, and leaves as it is, it tells.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process serves it.
    pub fn open(data: &Path, config: Arc<Config>, tell: impl Fn(&str)) -> Result<Jobs, Error> {
        let folder = data.join("jobs");
        let problem = |problem: std::io::Error| Error::write(data, problem);
        fs::create_dir_all(&folder).map_err(problem)?;
        let lock = File::create(data.join("lock")).map_err(problem)?;
        lock.try_lock().map_err(|_| Error::file(data, "another process serves this folder"))?;
        let (ledger, illegible) = Ledger::open(&data.join("spent.jsonl")).map_err(problem)?;
        if illegible > 0 {
            tell(&format!(
                "spent.jsonl: {illegible} lines cannot be read: what jobs have cost is looked up in their results"
            ));
        }
        let mut table = Table::default();
        for found in fs::read_dir(&folder).map_err(problem)?.flatten() {
            let Some(id) = found.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if let Err(left) = table.load(&folder, id) {
                tell(&format!("jobs/{id}: {left}: it is left as it is"));
            }
        }
        // What a killed process did not write down, or what cannot be read any more.
        for (id, cost, day) in table.costs() {
            ledger.make_up(id, cost, day).map_err(problem)?;
        }
        Ok(Jobs {
            config,
            data: data.to_owned(),
            folder,
            ledger,
            table: Mutex::new(table),
            changed: Condvar::new(),
            is_draining: AtomicBool::new(false),
            _lock: lock,
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was spent.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The folder of a job that is about to be uploaded.
    pub fn new_folder(&self) -> (Uuid, Folder) {
        let id = Uuid::now_v7();
        (id, Folder::of(&self.folder, id))
    }

    /// Where the server keeps its files.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Whether the service is about to end.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Whether there is room on the disk.
    pub fn has_room(&self) -> bool {
        disk::free(&self.data).is_none_or(|free| free >= self.config.limits.disk_free_bytes)
    }

    /// A place in the queue, before anything is uploaded.
    ///
    /// # Errors
    /// When the service is about to end, its disk is full, or its queue is.
    pub fn place(self: &Arc<Jobs>, owner: &Owner) -> Result<Place, Problem> {
        if self.is_draining() {
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "the service is about to end")
                .after(COME_AGAIN));
        }
        if !self.has_room() {
            let detail = "the server's disk is nearly full: erase jobs that are not needed any more";
            return Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk", detail));
        }
        let mut table = self.table();
        self.has_place(&table, owner)?;
        *table.arriving.entry(owner.clone()).or_default() += 1;
        Ok(Place { jobs: self.clone(), owner: owner.clone() })
    }

    fn has_place(&self, table: &Table, owner: &Owner) -> Result<(), Problem> {
        let own_limit = owner.as_ref().and_then(|owner| self.config.tokens.get(owner)?.queue);
        let (all, own) = table.waiting(owner);
        if all >= self.config.limits.queue || own_limit.is_some_and(|limit| own >= limit) {
            let detail = format!(
                "{} jobs wait already, and no more may",
                if all >= self.config.limits.queue { all } else { own }
            );
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "queue", detail).after(COME_AGAIN));
        }
        Ok(())
    }

    /// The job that a client has sent with this key before.
    ///
    /// # Errors
    /// When it asked for something else then, or that request is still under way.
    pub fn known(&self, owner: &Owner, key: &str, body: &str) -> Result<Option<Arc<Job>>, Problem> {
        let table = self.table();
        let Some(id) = table.keys.get(&(owner.clone(), key.to_owned())) else { return Ok(None) };
        let Some(entry) = table.jobs.get(id) else {
            let detail = "a request with this Idempotency-Key is under way";
            return Err(Problem::new(StatusCode::CONFLICT, "idempotency", detail).about("Idempotency-Key").after(1));
        };
        match &entry.job.request.idempotency {
            Some(sent) if sent.body == body => Ok(Some(entry.job.clone())),
            _ => Err(Problem::field("Idempotency-Key", "another request was sent with this key")),
        }
    }

    /// Accepts a job whose files are on the disk; when this returns, no crash loses it. A job that was sent before with the same key is
    /// the one that is meant: the new one is erased.
    ///
    /// # Errors
    /// When it cannot be written, or its key was sent with something else.
    pub fn accept(&self, id: Uuid, request: Request) -> Result<Arc<Job>, Problem> {
        let folder = Folder::of(&self.folder, id);
        let key = request.idempotency.as_ref().map(|sent| (request.owner.clone(), sent.key.clone()));
        if let (Some((owner, key)), Some(sent)) = (&key, &request.idempotency)
            && let Some(job) = self.known(owner, key, &sent.body)?
        {
            return Ok(job);
        }
        if let Some(key) = &key
            && self.table().keys.insert(key.clone(), id).is_some()
        {
            let detail = "a request with this Idempotency-Key is under way";
            return Err(Problem::new(StatusCode::CONFLICT, "idempotency", detail).about("Idempotency-Key").after(1));
        }
        if let Err(problem) = folder.accept(&request) {
            if let Some(key) = &key {
                self.table().keys.remove(key);
            }
            return Err(Error::write(folder.path(), problem).into());
        }
        let job = Arc::new(Job::new(id, folder, request, false));
        job.events.tell("queued", Map::new());
        let mut table = self.table();
        table.jobs.insert(id, Entry { job: job.clone(), state: State::Queued });
        table.queued.insert(id);
        self.changed.notify_one();
        Ok(job)
    }

    /// A job of this owner's.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, owner: &Owner, id: Uuid) -> Result<Arc<Job>, Problem> {
        let table = self.table();
        let entry = table.jobs.get(&id).filter(|entry| entry.job.request.owner == *owner);
        entry.map(|entry| entry.job.clone()).ok_or_else(Problem::absent)
    }

    /// A job as clients see it.
    ///
    /// # Errors
    /// When it was erased meanwhile.
    pub fn view(&self, job: &Job) -> Result<JobView, Problem> {
        let table = self.table();
        let entry = table.jobs.get(&job.id).ok_or_else(Problem::absent)?;
        Ok(self.seen(&table, entry))
    }

    /// Jobs of an owner's, the newest first.
    pub fn list(&self, owner: &Owner, before: Option<Uuid>, limit: usize) -> Vec<JobView> {
        let table = self.table();
        let end = before.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let jobs = table.jobs.range((std::ops::Bound::Unbounded, end)).rev();
        let own = jobs.filter(|(_, entry)| entry.job.request.owner == *owner).take(limit);
        own.map(|(_, entry)| self.seen(&table, entry)).collect()
    }

    fn seen(&self, table: &Table, entry: &Entry) -> JobView {
        let (job, request) = (&entry.job, &entry.job.request);
        let ended = match &entry.state {
            State::Ended(ended) => Some(ended.as_ref().clone()),
            State::Queued | State::Running => None,
        };
        let status = entry.status();
        let reason = match status {
            Status::Queued => Some(self.waits_for(table, job)),
            _ => ended.as_ref().and_then(|ended| ended.reason.clone()),
        };
        JobView {
            id: job.id,
            status,
            reason,
            problem: ended.as_ref().and_then(|ended| ended.problem.clone()),
            goal: request.goal.clone(),
            plan: request.plan.clone(),
            rows: request.rows,
            step: if status == Status::Running { job.step().clone() } else { None },
            results: ended.as_ref().and_then(|ended| ended.results),
            accepted: request.accepted,
            ended: ended.map(|ended| ended.at),
        }
    }

    /// Why a job waits, in words.
    fn waits_for(&self, table: &Table, job: &Job) -> String {
        let is_spent = self.config.limits.cost_per_day.is_some_and(|cap| self.ledger.today() >= cap);
        if !self.has_room() {
            return "the server's disk is nearly full".into();
        }
        if is_spent && job.asks() {
            return "the server's daily budget is used".into();
        }
        match table.order().iter().position(|id| *id == job.id) {
            None | Some(0) => "it is the next".into(),
            Some(before) => format!("{before} before it"),
        }
    }

    /// How far a job has come.
    ///
    /// # Errors
    /// When it was erased meanwhile.
    pub fn status(&self, job: &Job) -> Result<Status, Problem> {
        self.table().jobs.get(&job.id).map(Entry::status).ok_or_else(Problem::absent)
    }

    /// Cancels a job; one that has ended stays as it is.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn cancel(&self, job: &Arc<Job>) -> Result<(), Problem> {
        if self.status(job)?.is_ended() {
            return Ok(());
        }
        job.folder.cancel().map_err(|problem| Error::write(job.folder.path(), problem))?;
        job.is_stopped.store(true, Ordering::Relaxed);
        let was_waiting = self.table().queued.remove(&job.id);
        if was_waiting {
            self.ended(job, Some(Ended::cancelled(job.folder.manifest().as_ref(), now())));
        }
        Ok(())
    }

    /// Puts a job that has ended without being complete into the queue again: what was answered is not asked again.
    ///
    /// # Errors
    /// When it is complete or has not ended, when the queue is full, or when that cannot be written down.
    pub fn resume(self: &Arc<Jobs>, job: &Arc<Job>) -> Result<(), Problem> {
        let _place = self.place(&job.request.owner)?;
        let mut table = self.table();
        let entry = table.jobs.get_mut(&job.id).ok_or_else(Problem::absent)?;
        if !matches!(&entry.state, State::Ended(ended) if ended.status != Status::Complete) {
            let detail = "only a job that is partial, failed or cancelled, and has stopped, can go on";
            return Err(Problem::new(StatusCode::CONFLICT, "resume", detail));
        }
        job.folder.take_back().map_err(|problem| Error::write(job.folder.path(), problem))?;
        job.is_stopped.store(false, Ordering::Relaxed);
        entry.state = State::Queued;
        table.queued.insert(job.id);
        drop(table);
        job.events.begin_again();
        job.events.tell("queued", Map::new());
        self.changed.notify_one();
        Ok(())
    }

    /// Erases a job that has ended, with all that it holds.
    ///
    /// # Errors
    /// When it has not ended, or something cannot be removed.
    pub fn erase(&self, job: &Job) -> Result<(), Problem> {
        {
            let mut table = self.table();
            let entry = table.jobs.get(&job.id).ok_or_else(Problem::absent)?;
            if !matches!(entry.state, State::Ended(_)) {
                let detail = "the job has not ended: cancel it first, and erase it when it has stopped";
                return Err(Problem::new(StatusCode::CONFLICT, "running", detail).after(1));
            }
            table.jobs.remove(&job.id);
            if let Some(sent) = &job.request.idempotency {
                table.keys.remove(&(job.request.owner.clone(), sent.key.clone()));
            }
        }
        job.events.end();
        Ok(job.folder.erase().map_err(|problem| Error::write(job.folder.path(), problem))?)
    }

    /// Erases jobs that ended before a moment.
    pub fn erase_before(&self, moment: u64) {
        let is_old = |entry: &&Entry| matches!(&entry.state, State::Ended(ended) if ended.at < moment);
        let old: Vec<Arc<Job>> = self.table().jobs.values().filter(is_old).map(|entry| entry.job.clone()).collect();
        for job in old {
            // What cannot be removed now is tried again.
            let _ = self.erase(&job);
        }
    }

    /// Waits for the next job that can be run; none when the service is about to end.
    pub fn next(&self) -> Option<Taken> {
        let mut table = self.table();
        loop {
            if self.is_draining() {
                return None;
            }
            let can_run = if self.has_room() { table.order() } else { Vec::new() };
            for id in can_run {
                let Some(job) = table.jobs.get(&id).map(|entry| entry.job.clone()) else { continue };
                let cost = match self.config.limits.cost_per_day.filter(|_| job.asks()) {
                    None => None,
                    Some(cap) => match self.ledger.grant(id, cap) {
                        None => continue,
                        granted => granted,
                    },
                };
                table.begin(id);
                drop(table);
                job.events.tell("running", Map::new());
                return Some(Taken { job, cost });
            }
            table = self.changed.wait_timeout(table, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A job has ended; without an ending, it goes on when the service is started again.
    pub fn ended(&self, job: &Arc<Job>, ended: Option<Ended>) {
        let Some(ended) = ended else {
            self.table().running.remove(&job.id);
            return;
        };
        // A job whose end cannot be written down is run again after a restart, which asks nothing again that was answered.
        let _ = job.folder.end(&ended);
        let data = json!({ "status": ended.status, "reason": ended.reason, "problem": ended.problem, "results": ended.results });
        let mut table = self.table();
        table.running.remove(&job.id);
        if let Some(entry) = table.jobs.get_mut(&job.id) {
            entry.state = State::Ended(Box::new(ended));
        }
        drop(table);
        job.events.tell("ended", data.as_object().cloned().unwrap_or_default());
        job.events.end();
        self.changed.notify_all();
    }

    /// The service is about to end: nothing more is accepted or begun, and what runs is to stop.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
        let table = self.table();
        let running = table.running.iter().filter_map(|id| table.jobs.get(id));
        running.for_each(|entry| entry.job.is_stopped.store(true, Ordering::Relaxed));
        self.changed.notify_all();
    }

    /// Jobs by status.
    pub fn counts(&self) -> BTreeMap<Status, usize> {
        let mut counts: BTreeMap<Status, usize> = Status::ALL.into_iter().map(|status| (status, 0)).collect();
        self.table().jobs.values().for_each(|entry| *counts.entry(entry.status()).or_default() += 1);
        counts
    }
}

impl Entry {
    fn status(&self) -> Status {
        match &self.state {
            State::Ended(ended) => ended.status,
            _ if self.job.is_cancelled() => Status::Cancelled,
            State::Queued => Status::Queued,
            State::Running => Status::Running,
        }
    }
}

impl Table {
    /// Reads a job off its folder.
    fn load(&mut self, jobs: &Path, id: Uuid) -> Result<(), &'static str> {
        let folder = Folder::of(jobs, id);
        if folder.is_nobodys() {
            return folder.erase().map_err(|_| "it was never accepted, and cannot be removed");
        }
        let Some(request) = folder.request() else { return Err("it has no request.json that can be read") };
        let ended = folder.ended();
        if let Some(sent) = &request.idempotency {
            self.keys.insert((request.owner.clone(), sent.key.clone()), id);
        }
        let job = Arc::new(Job::new(id, folder, request, ended.is_some()));
        let state = match ended {
            Some(ended) => State::Ended(Box::new(ended)),
            None => {
                self.queued.insert(id);
                State::Queued
            }
        };
        self.jobs.insert(id, Entry { job, state });
        Ok(())
    }

    /// What each job has cost by what it has left, and the day on which it ended; of one that has not ended, today.
    fn costs(&self) -> impl Iterator<Item = (Uuid, f64, u64)> {
        self.jobs.iter().filter(|(_, entry)| entry.job.asks()).filter_map(|(&id, entry)| {
            let (results, day) = match &entry.state {
                State::Ended(ended) => (ended.results, ended.at / DAY),
                _ => (entry.job.folder.manifest().as_ref().map(Results::of), now() / DAY),
            };
            Some((id, results?.cost?, day))
        })
    }

    /// Jobs that wait or are being uploaded: all, and an owner's.
    fn waiting(&self, owner: &Owner) -> (usize, usize) {
        let is_own = |id: &&Uuid| self.owner(id) == Some(owner);
        let arriving: usize = self.arriving.values().sum();
        let own = self.arriving.get(owner).copied().unwrap_or(0);
        (self.queued.len() + arriving, self.queued.iter().filter(is_own).count() + own)
    }

    fn owner(&self, id: &Uuid) -> Option<&Owner> {
        self.jobs.get(id).map(|entry| &entry.job.request.owner)
    }

    /// The order in which waiting jobs are begun: owners take turns, and each owner's are begun as they came.
    fn order(&self) -> Vec<Uuid> {
        let mut lines: HashMap<&Owner, Vec<Uuid>> = HashMap::new();
        for id in self.queued.iter().rev() {
            if let Some(owner) = self.owner(id) {
                lines.entry(owner).or_default().push(*id);
            }
        }
        let mut turns = self.turns.clone();
        let (mut order, mut turn) = (Vec::new(), self.begun);
        while order.len() < self.queued.len() {
            let first = |(owner, line): &(&&Owner, &mut Vec<Uuid>)| {
                (turns.get(**owner).copied().unwrap_or(0), line.last().copied())
            };
            let waiting = lines.iter_mut().filter(|(_, line)| !line.is_empty());
            let Some((owner, line)) = waiting.min_by_key(first) else { break };
            let owner = (*owner).clone();
            order.extend(line.pop());
            turn += 1;
            turns.insert(owner, turn);
        }
        order
    }

    /// A job begins.
    fn begin(&mut self, id: Uuid) {
        self.queued.remove(&id);
        self.running.insert(id);
        self.begun += 1;
        if let Some(entry) = self.jobs.get_mut(&id) {
            entry.state = State::Running;
            self.turns.insert(entry.job.request.owner.clone(), self.begun);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(owner: Option<&str>) -> Request {
        Request {
            goal: String::new(),
            plan: Map::new(),
            documents: "a.txt".into(),
            codebook: None,
            rows: 1,
            owner: owner.map(str::to_owned),
            idempotency: None,
            accepted: 1,
        }
    }

    fn jobs(data: &Path) -> Arc<Jobs> {
        let mut config = Config::default();
        config.limits.queue = 4;
        config.limits.disk_free_bytes = 0;
        Arc::new(Jobs::open(data, Arc::new(config), |_| {}).unwrap())
    }

    fn accepted(jobs: &Arc<Jobs>, owner: Option<&str>) -> Arc<Job> {
        let (id, folder) = jobs.new_folder();
        folder.make().unwrap();
        jobs.accept(id, request(owner)).unwrap()
    }

    #[test]
    fn owners_take_turns_and_each_owners_jobs_are_begun_as_they_came() {
        let data = tempfile::tempdir().unwrap();
        let jobs = jobs(data.path());
        let first = [(); 3].map(|()| accepted(&jobs, Some("many")).id);
        let other = accepted(&jobs, Some("one")).id;
        let begun: Vec<Uuid> = (0..4).map(|_| jobs.next().unwrap().job.id).collect();
        assert_eq!(begun, [first[0], other, first[1], first[2]]);
    }

    #[test]
    fn a_full_queue_sends_away_and_what_is_being_uploaded_has_its_place() {
        let data = tempfile::tempdir().unwrap();
        let jobs = jobs(data.path());
        let places: Vec<Place> = (0..3).map(|_| jobs.place(&None).unwrap()).collect();
        let job = accepted(&jobs, None);
        let refused = jobs.place(&None).unwrap_err();
        assert_eq!((refused.status, refused.retry_after), (429, Some(COME_AGAIN)));
        drop(places);
        jobs.place(&None).unwrap();
        assert_eq!(jobs.view(&job).unwrap().reason.as_deref(), Some("it is the next"));
    }

    #[test]
    fn a_restart_forgets_no_job_and_begins_them_in_their_order() {
        let data = tempfile::tempdir().unwrap();
        let one = jobs(data.path());
        let ids = [(); 3].map(|()| accepted(&one, None).id);
        let (never, folder) = one.new_folder();
        folder.make().unwrap();
        assert_eq!(one.next().unwrap().job.id, ids[0], "killed while it ran");
        let cancelled = one.get(&None, ids[1]).unwrap();
        one.cancel(&cancelled).unwrap();
        assert!(Jobs::open(data.path(), Arc::default(), |_| {}).is_err(), "no two processes serve one folder");
        drop(one);
        let again = jobs(data.path());
        assert_eq!([(); 2].map(|()| again.next().unwrap().job.id), [ids[0], ids[2]]);
        assert_eq!(again.status(&again.get(&None, ids[1]).unwrap()).unwrap(), Status::Cancelled);
        assert!(again.get(&None, never).is_err() && !folder.path().exists());
    }

    #[test]
    fn nobody_sees_the_jobs_of_others() {
        let data = tempfile::tempdir().unwrap();
        let jobs = jobs(data.path());
        let job = accepted(&jobs, Some("one"));
        assert_eq!(jobs.get(&Some("other".into()), job.id).unwrap_err().status, 404);
        assert!(jobs.list(&None, None, 10).is_empty());
        assert_eq!(jobs.list(&Some("one".into()), None, 10).len(), 1);
    }
}
