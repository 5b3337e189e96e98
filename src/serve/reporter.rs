//! What a running job tells its observers: steps, progress and messages, without what only the server's owner is to know.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::jobs::{Job, Step};
use super::metrics::Metrics;
use super::words::spoken;
use crate::message::{Message, Speech};
use crate::observer::Observer;
use crate::plan::{Asking, Embedding, Plan};

/// Time between two events of one step.
const BETWEEN: Duration = Duration::from_millis(250);

/// Tells of one run.
pub struct Reporter<'a> {
    job: &'a Arc<Job>,
    metrics: &'a Metrics,
    /// Hosts of the backend, which clients do not see.
    hosts: Vec<String>,
    told: Mutex<Instant>,
}

impl<'a> Reporter<'a> {
    /// Of a job that runs by a plan.
    pub fn new(job: &'a Arc<Job>, plan: &Plan, metrics: &'a Metrics) -> Reporter<'a> {
        let mut addresses = Vec::new();
        if let Asking::Server(address, _) = &plan.model.asking {
            addresses.push(address.clone());
        }
        addresses.extend(plan.model.judge.iter().map(|judge| judge.address.clone()));
        if let Embedding::Server(address, _) = &plan.embedding.embedder {
            addresses.push(address.clone());
        }
        Reporter {
            job,
            metrics,
            hosts: addresses.iter().map(|address| host(address)).collect(),
            told: Mutex::new(Instant::now()),
        }
    }

    fn tell(&self, name: &str, data: Value) {
        let data: Map<String, Value> = data.as_object().cloned().unwrap_or_default();
        self.job.events.tell(name, data);
    }
}

/// The host of an address, without port and credentials.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned()
}

impl Observer for Reporter<'_> {
    fn begin(&self, step: &str, total: u64) {
        *self.job.step() = Some(Step { name: step.to_owned(), done: 0, total });
        self.tell("begin", json!({ "step": step, "total": total }));
    }

    fn advance(&self, units: u64) {
        let step = {
            let mut step = self.job.step();
            let Some(step) = step.as_mut() else { return };
            step.done += units;
            step.clone()
        };
        self.metrics.advanced(&step.name, units);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= BETWEEN || step.done == step.total {
            *told = Instant::now();
            self.tell("advance", json!({ "step": step.name, "done": step.done, "total": step.total }));
        }
    }

    fn end(&self) {
        if let Some(step) = self.job.step().take() {
            self.tell("end", json!({ "step": step.name }));
        }
    }

    fn say(&self, message: &Message) {
        let folder = self.job.folder.path().display().to_string();
        let said = message.told(spoken);
        // What a backend says, and where it is, and where files are, is the affair of the server's owner.
        let is_for_clients = !said.contains(&folder) && !self.hosts.iter().any(|host| said.contains(host.as_str()));
        if is_for_clients {
            self.tell("message", json!({ "message": said }));
        }
    }

    fn speech(&self) -> Speech {
        spoken
    }

    fn tells_strangers(&self) -> bool {
        true
    }

    fn waits_for_answers(&self) -> bool {
        // A client that cancels wants no more; a service that ends goes on with the job later.
        !self.job.is_cancelled()
    }

    fn is_interrupted(&self) -> bool {
        self.job.is_stopped.load(Ordering::Relaxed)
    }
}

/// Tells nobody, in the words of HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Observer for Quiet {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn say(&self, _: &Message) {}

    fn speech(&self) -> Speech {
        spoken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_known_whatever_stands_around_it() {
        for address in ["http://models.internal:8080/v1", "https://me:key@models.internal/v1", "models.internal"] {
            assert_eq!(host(address), "models.internal", "{address}");
        }
    }
}
