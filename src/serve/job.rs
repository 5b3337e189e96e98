//! A job's folder: what was asked for, what was uploaded, the run, and how it ended. A job's status is read off it.
//!
//! ```text
//! jobs/<uuidv7>/
//!   nobodys          it is not accepted yet, or about to be erased: with this mark and without a request it is removed
//!   request.json     written last of what is accepted
//!   upload/NAME      the documents
//!   codebook.toml    the codebook, or codebook.csv, if there is one
//!   run/             the run directory
//!   events.jsonl     what the job's observers are told
//!   cancelled        the client has cancelled it
//!   ended.json       how it ended, and what the run was not able to write down itself
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::clock;
use super::problem::Problem;
use crate::run::{DocumentCounts, Manifest, RunStatus, read_manifest};
use crate::writing::WholeFile;

const NOBODYS: &str = "nobodys";
const REQUEST: &str = "request.json";
const UPLOAD: &str = "upload";
const RUN: &str = "run";
const EVENTS: &str = "events.jsonl";
const CANCELLED: &str = "cancelled";
const ENDED: &str = "ended.json";

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits.
    Queued,
    /// It runs.
    Running,
    /// Everything that was to be done was done.
    Complete,
    /// A cap was reached or some answers failed: there are results.
    Partial,
    /// There are no results.
    Failed,
    /// The client has cancelled it.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 6] =
        [Status::Queued, Status::Running, Status::Complete, Status::Partial, Status::Failed, Status::Cancelled];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Running => "running",
            Status::Complete => "complete",
            Status::Partial => "partial",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_ended(self) -> bool {
        !matches!(self, Status::Queued | Status::Running)
    }
}

/// What was asked for, as it was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The client's sentence.
    pub goal: String,
    /// The client's plan.
    pub plan: Map<String, Value>,
    /// Name of the file of documents in `upload/`.
    pub documents: String,
    /// Name of the codebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codebook: Option<String>,
    /// Rows of the documents.
    pub rows: usize,
    /// Name of the token that it was sent with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The key by which the client sends the same request once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    /// When it was accepted, in seconds since 1970.
    pub accepted: u64,
}

/// By what a request is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// sha256 of the client's key.
    pub key: String,
    /// sha256 of what it asked for.
    pub body: String,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Its status from now on.
    pub status: Status,
    /// Why it is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What went wrong, where there are no results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// What the results are, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<Results>,
}

/// What a job's results are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Results {
    /// Clusters.
    pub clusters: usize,
    /// Documents in at least one of them.
    pub assigned: usize,
    /// Documents in none.
    pub uncovered: usize,
    /// Rows that are not documents.
    pub skipped: usize,
    /// Documents without a verdict that would decide.
    pub failed: usize,
    /// Requests to the model in all sessions.
    pub calls: u64,
    /// Tokens in all sessions.
    pub tokens: u64,
    /// What they cost, where the backend has prices.
    pub cost: Option<f64>,
}

impl Results {
    /// As a manifest has them.
    pub fn of(manifest: &Manifest) -> Results {
        let DocumentCounts { assigned, uncovered, skipped, failed } = manifest.documents;
        let used = manifest.usage.run.unwrap_or_default();
        Results {
            clusters: manifest.clusters,
            assigned,
            uncovered,
            skipped,
            failed,
            calls: used.spent.calls,
            tokens: used.spent.tokens.total(),
            cost: used.cost,
        }
    }
}

impl Ended {
    /// As the manifest of a finished run says it.
    pub fn of(manifest: &Manifest, at: u64) -> Ended {
        let status = match manifest.status {
            RunStatus::Complete => Status::Complete,
            RunStatus::Partial => Status::Partial,
            RunStatus::Cancelled => Status::Cancelled,
            RunStatus::Failed | RunStatus::Running => Status::Failed,
        };
        let results = manifest.has_results().then(|| Results::of(manifest));
        Ended { status, reason: manifest.reason.clone(), problem: None, at, results }
    }

    /// Without results.
    pub fn failed(problem: Problem, at: u64) -> Ended {
        Ended { status: Status::Failed, reason: None, problem: Some(problem), at, results: None }
    }

    /// By the client.
    pub fn cancelled(manifest: Option<&Manifest>, at: u64) -> Ended {
        let results = manifest.filter(|manifest| manifest.has_results()).map(Results::of);
        Ended { status: Status::Cancelled, reason: None, problem: None, at, results }
    }
}

/// A job's folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Of a job among the others.
    pub fn of(jobs: &Path, id: Uuid) -> Folder {
        Folder(jobs.join(id.to_string()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The run directory.
    pub fn run(&self) -> PathBuf {
        self.0.join(RUN)
    }

    /// What the job's observers are told.
    pub fn events(&self) -> PathBuf {
        self.0.join(EVENTS)
    }

    /// The codebook, by its name.
    pub fn codebook(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file that the client has uploaded, by its name there.
    pub fn uploaded(&self, name: &str) -> PathBuf {
        self.0.join(UPLOAD).join(name)
    }

    /// Makes the folder, for an upload.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> io::Result<()> {
        fs::create_dir_all(self.0.join(UPLOAD))?;
        File::create(self.0.join(NOBODYS)).map(drop)
    }

    /// Accepts the job: after this, no crash loses it. Everything that it needs is on the disk before.
    ///
    /// # Errors
    /// When a file cannot be written or synced.
    pub fn accept(&self, request: &Request) -> io::Result<()> {
        sync(&self.0.join(UPLOAD))?;
        self.write(REQUEST, request)?;
        fs::remove_file(self.0.join(NOBODYS))?;
        sync(&self.0)?;
        self.0.parent().map_or(Ok(()), sync)
    }

    /// Whether it was never accepted, or about to be erased: nobody was told, or wants to be told, of it.
    pub fn is_nobodys(&self) -> bool {
        self.0.join(NOBODYS).is_file() && !self.0.join(REQUEST).exists()
    }

    /// Whether it holds what was put there by somebody else: links that lead elsewhere.
    ///
    /// # Errors
    /// When it cannot be looked into.
    pub fn holds_links(&self) -> io::Result<bool> {
        let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        let run = self.run();
        if is_link(&self.0) || is_link(&run) {
            return Ok(true);
        }
        let mut files = fs::read_dir(run)?;
        files.try_fold(false, |any, file| Ok(any || is_link(&file?.path())))
    }

    /// What was asked for; none where it was never accepted.
    pub fn request(&self) -> Option<Request> {
        serde_json::from_slice(&fs::read(self.0.join(REQUEST)).ok()?).ok()
    }

    /// Marks it as cancelled.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub fn cancel(&self) -> io::Result<()> {
        self.write(CANCELLED, &true)
    }

    /// Takes back how it ended: it waits again.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn take_back(&self) -> io::Result<()> {
        // In this order a crash between leaves it as ended as it was.
        for name in [CANCELLED, ENDED] {
            match fs::remove_file(self.0.join(name)) {
                Err(problem) if problem.kind() != io::ErrorKind::NotFound => return Err(problem),
                _ => {}
            }
        }
        sync(&self.0)
    }

    /// Whether it is marked as cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.join(CANCELLED).exists()
    }

    /// Writes down how it ended.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn end(&self, ended: &Ended) -> io::Result<()> {
        self.write(ENDED, ended)
    }

    /// How it ended; none where it waits, or was killed while it ran.
    pub fn ended(&self) -> Option<Ended> {
        let said = fs::read(self.0.join(ENDED)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        said.or_else(|| {
            let manifest = self.manifest();
            let is_complete = manifest.as_ref().is_some_and(|manifest| manifest.status == RunStatus::Complete);
            match (self.is_cancelled(), &manifest) {
                (true, _) => Some(Ended::cancelled(manifest.as_ref(), changed(&self.0.join(CANCELLED)))),
                (false, Some(manifest)) if is_complete => Some(Ended::of(manifest, changed(&self.run()))),
                (false, _) => None,
            }
        })
    }

    /// The run's manifest, if it has one.
    pub fn manifest(&self) -> Option<Manifest> {
        read_manifest(&self.run()).ok()
    }

    /// Removes it with all that it holds.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn erase(&self) -> io::Result<()> {
        // Whatever happens next, it is nobody's.
        let _ = File::create(self.0.join(NOBODYS)).and_then(|_| fs::remove_file(self.0.join(REQUEST)));
        fs::remove_dir_all(&self.0)
    }

    /// Writes a file whole.
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut file = WholeFile::begin(&self.0.join(name))?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.finish()
    }
}

/// Puts a file or folder on the disk.
pub fn sync(path: &Path) -> io::Result<()> {
    // Windows opens no folders, and needs no syncing of them.
    if cfg!(unix) || path.is_file() { File::open(path)?.sync_all() } else { Ok(()) }
}

/// When a file was changed, in seconds since 1970.
fn changed(path: &Path) -> u64 {
    let changed = fs::metadata(path).and_then(|found| found.modified()).ok();
    changed.map_or(0, clock::seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_accepted_when_its_request_is_there_and_ended_when_that_is_written() {
        let jobs = tempfile::tempdir().unwrap();
        let folder = Folder::of(jobs.path(), Uuid::now_v7());
        folder.make().unwrap();
        assert_eq!(folder.request(), None);
        let request = Request {
            goal: "x".into(),
            plan: Map::new(),
            documents: "a.csv".into(),
            codebook: None,
            rows: 1,
            owner: None,
            idempotency: None,
            accepted: 1,
        };
        folder.accept(&request).unwrap();
        assert_eq!(folder.request(), Some(request));
        assert_eq!(folder.ended(), None);
        folder.cancel().unwrap();
        assert_eq!(folder.ended().unwrap().status, Status::Cancelled);
        assert!(!folder.is_nobodys());
        folder.erase().unwrap();
        assert!(!folder.path().exists());
        folder.make().unwrap();
        assert!(folder.is_nobodys());
    }
}
