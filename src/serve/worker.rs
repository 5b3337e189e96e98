//! Runs jobs, one after the other, each as `colligate::execute` runs any plan: on a lent runtime, with an embedder that is loaded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use super::clock::now;
use super::embedders::Shared;
use super::job::Ended;
use super::jobs::{Job, Taken};
use super::metrics::Questions;
use super::problem::Problem;
use super::reporter::Reporter;
use super::service::Service;
use crate::corpus::Source;
use crate::embed::Embedder;
use crate::error::Error;
use crate::execute::{Done, Ending, Lent, execute};
use crate::model::Stop;
use crate::plan::{Embedding, Plan};

/// Runs jobs until the service is about to end.
pub fn work(service: &Service) {
    while let Some(taken) = service.jobs.next() {
        let job = &taken.job;
        // A job that brings down its thread is no reason to stop serving.
        let outcome = catch_unwind(AssertUnwindSafe(|| run(service, &taken)));
        let ended = outcome.unwrap_or_else(|_| {
            let problem = Error::Bug("a run has panicked".into());
            Some(Ended::failed(Problem::of(&problem), now()))
        });
        settle(service, job);
        if let Some(ended) = &ended {
            (service.log)(&format!("job {} ended: {}", job.id, ended.status.name()));
        }
        service.jobs.ended(job, ended);
    }
}

/// Runs one job; without an ending it goes on after a restart.
fn run(service: &Service, taken: &Taken) -> Option<Ended> {
    let job = &taken.job;
    let outcome = plan(service, taken).and_then(|plan| executed(service, job, &plan));
    if job.is_cancelled() {
        return Some(Ended::cancelled(job.folder.manifest().as_ref(), now()));
    }
    let is_draining = job.is_stopped.load(Ordering::Relaxed);
    match outcome {
        Ok(done) if is_draining && done.ending == Ending::Stopped(Stop::Interrupted) => None,
        Ok(done) => Some(Ended::of(&done.run.manifest, now())),
        Err(Failure::Run(Error::Interrupted)) if is_draining => None,
        Err(Failure::Run(problem)) => {
            (service.log)(&format!("job {}: {:?} error", job.id, problem.kind()));
            Some(Ended::failed(Problem::of(&problem), now()))
        }
        Err(Failure::Asked(problem)) => Some(Ended::failed(*problem, now())),
    }
}

/// Why a run did not come to its end.
enum Failure {
    /// The run's own reason.
    Run(Error),
    /// What was accepted cannot be asked for any more: the server's configuration is another.
    Asked(Box<Problem>),
}

fn plan(service: &Service, taken: &Taken) -> Result<Plan, Failure> {
    let job = &taken.job;
    let codebook = job.codebook();
    let plan = job.asked(codebook.as_deref()).plan(&service.config, &job.folder.run(), taken.cost);
    plan.map_err(|problem| Failure::Asked(Box::new(problem)))
}

fn executed(service: &Service, job: &std::sync::Arc<Job>, plan: &Plan) -> Result<Done, Failure> {
    let embedder = loaded(service, plan).map_err(Failure::Run)?;
    let reporter = Reporter::new(job, plan, &service.metrics);
    let lent = Lent {
        network: &service.network,
        embedder: embedder.as_deref().map(|embedder| embedder as &dyn Embedder),
        observer: &reporter,
    };
    let source = Source::File(job.folder.uploaded(&job.request.documents));
    let done = execute(&source, plan, lent).map_err(Failure::Run);
    *job.step() = None;
    done
}

/// The plan's embedder, if it is one that is compiled in.
fn loaded(service: &Service, plan: &Plan) -> Result<Option<Shared>, Error> {
    match &plan.embedding.embedder {
        Embedding::Named(name) => service.embedders.get(name),
        Embedding::Server(..) | Embedding::Recorded => Ok(None),
    }
}

/// Writes down what a session has cost, and counts what it asked.
fn settle(service: &Service, job: &Job) {
    let manifest = job.folder.manifest();
    let usage = manifest.map(|manifest| manifest.usage).unwrap_or_default();
    let cost = usage.run.and_then(|run| run.cost);
    if service.jobs.ledger().settle(job.id, cost).is_err() {
        (service.log)(&format!("job {}: what it cost could not be written down", job.id));
    }
    service.metrics.asked(Questions {
        calls: usage.calls,
        tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
        unparsed: usage.unparsed,
        failed: usage.failed,
    });
}
