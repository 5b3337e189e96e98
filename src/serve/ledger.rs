//! What jobs have cost, day by day: an append-only file, so that no restart forgets what was spent.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::{DAY, now};

/// What sums of costs may differ by.
const ROUNDING: f64 = 1e-9;

/// One line: what a session of a job has cost.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Days since 1970-01-01, in UTC.
    day: u64,
    job: Uuid,
    cost: f64,
}

/// What was spent.
#[derive(Debug)]
pub struct Ledger {
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    file: File,
    /// By day.
    days: HashMap<u64, f64>,
    /// By job, over all its sessions.
    jobs: HashMap<Uuid, f64>,
    /// What running jobs may still spend.
    granted: HashMap<Uuid, f64>,
}

impl Ledger {
    /// In a file, which may be there already, and how many of its lines cannot be read. A line that a killed process left in the middle
    /// is closed.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> io::Result<(Ledger, usize)> {
        let text = match fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => String::new(),
            Err(problem) => return Err(problem),
        };
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let mut book = Book { file, days: HashMap::new(), jobs: HashMap::new(), granted: HashMap::new() };
        let mut illegible = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Line>(line) {
                Ok(line) if line.cost >= 0.0 => book.note(&line),
                _ => illegible += 1,
            }
        }
        Ok((Ledger { book: Mutex::new(book) }, illegible))
    }

    /// Writes down what a job has cost over all its sessions where that is more than was written down, for the day on which it ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn make_up(&self, job: Uuid, total: f64, day: u64) -> io::Result<()> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).write(job, total, day)
    }

    /// What a job may cost over all its sessions if the day's costs stay within `cap`; none where nothing is left. It is granted until
    /// the job is settled.
    pub fn grant(&self, job: Uuid, cap: f64) -> Option<f64> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let left = cap - book.today() - book.granted.values().sum::<f64>();
        if left <= 0.0 {
            return None;
        }
        book.granted.insert(job, left);
        Some(left + book.jobs.get(&job).copied().unwrap_or(0.0))
    }

    /// Writes down what a job has cost by now over all its sessions, as far as that is known.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn settle(&self, job: Uuid, total: Option<f64>) -> io::Result<()> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.granted.remove(&job);
        book.write(job, total.unwrap_or(0.0), now() / DAY)
    }

    /// What was spent today.
    pub fn today(&self) -> f64 {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).today()
    }
}

impl Book {
    /// Writes down what a job has cost more than was written down.
    fn write(&mut self, job: Uuid, total: f64, day: u64) -> io::Result<()> {
        let cost = total - self.jobs.get(&job).copied().unwrap_or(0.0);
        if cost <= ROUNDING {
            return Ok(());
        }
        let line = Line { day, job, cost };
        self.note(&line);
        let text = format!("{}\n", serde_json::to_string(&line)?);
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }

    fn note(&mut self, line: &Line) {
        *self.days.entry(line.day).or_default() += line.cost;
        *self.jobs.entry(line.job).or_default() += line.cost;
    }

    fn today(&self) -> f64 {
        self.days.get(&(now() / DAY)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_remembered_and_what_is_granted_is_not_granted_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spent.jsonl");
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let (ledger, _) = Ledger::open(&path).unwrap();
        assert_eq!(ledger.grant(one, 5.0), Some(5.0));
        assert_eq!(ledger.grant(other, 5.0), None);
        ledger.settle(one, Some(2.0)).unwrap();
        let (again, _) = Ledger::open(&path).unwrap();
        assert_eq!(again.today(), 2.0);
        assert_eq!(again.grant(one, 5.0), Some(5.0), "3 are left, and 2 of this job's are spent");
        again.settle(one, Some(5.0)).unwrap();
        assert_eq!((again.today(), again.grant(other, 5.0)), (5.0, None));
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted_and_made_up_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spent.jsonl");
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let (ledger, _) = Ledger::open(&path).unwrap();
        ledger.settle(one, Some(2.0)).unwrap();
        ledger.settle(other, Some(1.0)).unwrap();
        drop(ledger);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, [b"\xff\n", &text.as_bytes()[..text.len() - 9]].concat()).unwrap();
        let (ledger, illegible) = Ledger::open(&path).unwrap();
        assert_eq!((ledger.today(), illegible), (2.0, 2));
        ledger.make_up(one, 2.0, now() / DAY).unwrap();
        ledger.make_up(other, 1.0, now() / DAY).unwrap();
        assert_eq!(Ledger::open(&path).unwrap().0.today(), 3.0);
    }
}
