//! `calls.jsonl` and `vectors.jsonl`: cache, recording and resume in one. Appended and flushed a line at a time, before a reply
//! is used. Only keys and places in the file are held in memory: some 80 bytes a question.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::excess::Excess;
use super::failure::Parameter;
use super::mending::{Damage, lines_aside, set_aside, unlinked};
use super::protocol::Protocol;
use super::question::{Message, Respondent};
use super::seal::{Seal, sealed};
use super::usage::{CallUsage, Spent};
use crate::error::Error;
use crate::message::Argument;
use crate::seed::{hex, sha256_bytes};
use crate::text::open_regular;

/// Bytes of a damaged line for each token that its request is taken to have had: four is usual for English.
const BYTES_A_TOKEN: u64 = 4;

/// What came back for one question: the model's raw text, or the error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded {
    /// A completion.
    Completion {
        /// The model's raw text.
        content: String,
        /// Likeliest first tokens with their natural log-probabilities. Where one is not a number, as in journals of older
        /// versions, they are dropped: what JSON cannot say is neither written nor missed.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            serialize_with = "write_finite",
            deserialize_with = "read_finite"
        )]
        logprobs: Option<Vec<(String, f64)>>,
    },
    /// No completion.
    Failed {
        /// Why.
        error: String,
        /// The kind of failure, as the manifest counts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
    },
}

fn write_finite<S: Serializer>(logprobs: &Option<Vec<(String, f64)>>, to: S) -> Result<S::Ok, S::Error> {
    logprobs.as_ref().filter(|listed| listed.iter().all(|(_, logprob)| logprob.is_finite())).serialize(to)
}

fn read_finite<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<(String, f64)>>, D::Error> {
    let listed: Option<Vec<(String, Option<f64>)>> = Option::deserialize(from)?;
    let finite = |(token, logprob): (String, Option<f64>)| logprob.map(|logprob| (token, logprob));
    Ok(listed.and_then(|listed| listed.into_iter().map(finite).collect()))
}

impl Recorded {
    /// The model's raw text; empty where there is none.
    pub fn content(&self) -> &str {
        match self {
            Recorded::Completion { content, .. } => content,
            Recorded::Failed { .. } => "",
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// sha256 of the logical question, in hexadecimal digits.
    pub key: String,
    /// The stage that asked.
    pub stage: String,
    /// Name and version of the prompt.
    pub prompt: String,
    /// The rendered conversation; absent after `--no-texts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Vec<Message>>,
    /// What came back.
    pub reply: Recorded,
    /// The server's word on why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Prompt and completion tokens as the server counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<CallUsage>,
    /// Wall time of all attempts.
    pub milliseconds: u64,
    /// Which request it is the outcome of; none in journals of older versions, which name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<u64>,
}

/// What a journal holds a line of: an outcome under a key.
pub trait Entry: Serialize + DeserializeOwned + Send + 'static {
    /// sha256 of what was asked, in hexadecimal digits.
    fn key(&self) -> &str;
    /// Whether it is asked again when the run is resumed.
    fn is_failed(&self) -> bool;
    /// The same, without the texts that were sent.
    fn without_texts(self) -> Self;
    /// What the request cost that it is the outcome of, as far as it tells.
    fn spent(&self) -> Spent;
    /// Which request it is the outcome of, if it says so.
    fn settles(&self) -> Option<u64> {
        None
    }
    /// Whether it is what was written, as far as can be told.
    fn is_sound(&self) -> bool {
        true
    }
}

impl Entry for Call {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_failed(&self) -> bool {
        matches!(self.reply, Recorded::Failed { .. })
    }

    fn without_texts(self) -> Call {
        Call { request: None, ..self }
    }

    fn spent(&self) -> Spent {
        Spent { calls: 1, tokens: self.usage.unwrap_or_default() }
    }

    fn settles(&self) -> Option<u64> {
        self.settles
    }
}

/// A line that is not an outcome: what the server was found to be, or what was spent on requests that no outcome tells of, such as
/// those that were repeated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Remark {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probe: Option<Probe>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judge: Option<Probe>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent: Option<Spent>,
    /// A request that is about to be sent, with an upper bound of its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<Spent>,
    /// Requests that nobody took: they count as not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned: Option<u64>,
    /// The number of the request that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    /// The number of the request that the line tells the end of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settles: Option<u64>,
}

/// Requests that were sent and never settled, as by a process that was killed: whatever became of them may have cost something.
#[derive(Debug, Clone, Default)]
struct UnderWay {
    /// Those with a number, and the tokens of each at most.
    open: BTreeMap<u64, CallUsage>,
    /// The number of the next.
    next: u64,
    /// Those of journals of older versions, which number none: how many were sent and settled, and the tokens of one at most.
    sent: u64,
    settled: u64,
    largest: CallUsage,
}

impl UnderWay {
    fn send(&mut self, one: Spent, number: Option<u64>) {
        match number {
            Some(number) => {
                self.open.insert(number, one.tokens);
                self.next = self.next.max(number.saturating_add(1));
            }
            None => {
                self.sent = self.sent.saturating_add(one.calls);
                self.largest = self.largest.or(one.tokens);
            }
        }
    }

    /// Lines of earlier versions, which told of no request before it was answered, settle nothing.
    fn settle(&mut self, calls: u64, number: Option<u64>) {
        match number {
            Some(number) => drop(self.open.remove(&number)),
            None => self.settled = self.settled.saturating_add(calls).min(self.sent),
        }
    }

    fn bound(&self) -> Spent {
        let calls = self.sent - self.settled;
        let numbered = self.open.values().fold(CallUsage::default(), |sum, one| sum + *one);
        Spent { calls: calls.saturating_add(self.open.len() as u64), tokens: self.largest.times(calls) + numbered }
    }
}

/// What the first contact found out, and what was adapted to since.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The model's name.
    pub model: String,
    /// How its address is asked.
    #[serde(default, skip_serializing_if = "Protocol::is_chat")]
    pub protocol: Protocol,
    /// Tokens that one question and its answer may have together, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Parameters that the server refused: they are left out since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Parameter>,
    /// By how much it was found to count more tokens than requests seem to need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Excess>,
    /// The file that it was loaded from, if it answers in this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ModelFile>,
    /// What its vectors are, if it embeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorsProbe>,
}

/// A file of weights whose model answered in the process itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Its name, without its folders.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// What computed with it.
    pub engine: String,
}

/// A journal that several respondents' answers go to.
pub type SharedJournal<C = Call> = Arc<Mutex<Journal<C>>>;

/// What the first contact with an embedding server found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorsProbe {
    /// d.
    pub dimensions: usize,
    /// What tells its vectors from another model's.
    pub sha256: String,
}

/// The journal of a run, or a recording opened for reading.
#[derive(Debug)]
pub struct Journal<C = Call> {
    path: PathBuf,
    file: File,
    writes: bool,
    with_requests: bool,
    /// Bytes of whole lines.
    end: u64,
    /// Where each key's last outcome stands.
    places: HashMap<[u8; 32], u64>,
    probe: Option<Probe>,
    judge: Option<Probe>,
    spent: Spent,
    under_way: UnderWay,
    damage: Damage,
    lacks_end: bool,
    /// Whether any line had a checksum.
    is_sealed: bool,
    line: PhantomData<C>,
}

impl<C: Entry> Journal<C> {
    /// The journal file of a run, made if there is none. What it holds already is not asked again, except failures. A torn
    /// last line, left by a killed process, and lines that are damaged are set aside. `with_requests` is false after
    /// `--no-texts`.
    ///
    /// # Errors
    /// When the file cannot be made, read or mended.
    pub fn open(path: &Path, with_requests: bool) -> Result<Journal<C>, Error> {
        let mut journal = Journal::opened(path, with_requests)?;
        let damaged = journal.read()?;
        if !damaged.is_empty() {
            let damage = std::mem::take(&mut journal.damage);
            // Some systems rename no file that is open.
            drop(journal);
            let aside = set_aside(path, &damaged).map_err(|problem| Error::write(path, problem))?;
            journal = Journal::opened(path, with_requests)?;
            journal.read()?;
            journal.damage = Damage { aside: Some(aside), ..damage };
        }
        journal.end_line()?;
        journal.count_lost()?;
        Ok(journal)
    }

    /// Counts what requests may have cost of which only damaged lines told. Each request has two lines: before it is sent, and of its
    /// end. If one of them is whole, it tells of the request.
    fn count_lost(&mut self) -> Result<(), Error> {
        let (lines, bytes) = lines_aside(&self.path).map_err(|problem| self.problem(problem))?;
        let calls = lines / 2;
        if calls > 0 {
            let tokens = CallUsage { prompt_tokens: bytes / BYTES_A_TOKEN, ..CallUsage::default() };
            self.spent = self.spent + Spent { calls, tokens };
        }
        Ok(())
    }

    /// Whether a file holds a line of a journal; a file without a byte may become one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_one(path: &Path) -> Result<bool, Error> {
        let journal = Journal::<C>::open_recording(path)?;
        Ok(journal.end == 0 || journal.is_sealed || !journal.places.is_empty())
    }

    /// A whole last line of which only the line break is missing gets it.
    fn end_line(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.lacks_end) {
            self.file.write_all(b"\n").map_err(|problem| self.problem(problem))?;
            self.end += 1;
        }
        Ok(())
    }

    fn opened(path: &Path, with_requests: bool) -> Result<Journal<C>, Error> {
        unlinked(path).map_err(|problem| Error::write(path, problem))?;
        // Opening a pipe or a device would wait for whoever writes to it.
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(Error::write(path, "is not a file: take it out of the run's folder"));
        }
        let file = OpenOptions::new().create(true).read(true).append(true).open(path);
        Ok(Journal::new(path, file.map_err(|problem| Error::write(path, problem))?, true, with_requests))
    }

    /// A recording: each key's last outcome, failures included; nothing is appended, and damaged lines are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_recording(path: &Path) -> Result<Journal<C>, Error> {
        let file = open_regular(path).map_err(|problem| Error::file(path, problem))?;
        let mut journal = Journal::new(path, file, false, true);
        journal.read()?;
        Ok(journal)
    }

    fn new(path: &Path, file: File, writes: bool, with_requests: bool) -> Journal<C> {
        Journal {
            path: path.to_owned(),
            file,
            writes,
            with_requests,
            end: 0,
            places: HashMap::new(),
            probe: None,
            judge: None,
            spent: Spent::default(),
            under_way: UnderWay::default(),
            damage: Damage::default(),
            lacks_end: false,
            is_sealed: false,
            line: PhantomData,
        }
    }

    /// Reads the whole file; returns the bytes that are not lines of a journal.
    fn read(&mut self) -> Result<Vec<Range<u64>>, Error> {
        let file = File::open(&self.path).map_err(|problem| Error::file(&self.path, problem))?;
        let mut reader = BufReader::new(file);
        let (mut line, mut damaged) = (Vec::new(), Vec::new());
        for number in 1.. {
            line.clear();
            let bytes = reader.read_until(b'\n', &mut line).map_err(|problem| Error::file(&self.path, problem))?;
            if bytes == 0 {
                break;
            }
            let (start, is_ended) = (self.end, line.last() == Some(&b'\n'));
            self.end += bytes as u64;
            if self.read_line(&line, start).is_some() {
                self.lacks_end = !is_ended;
                continue;
            }
            match is_ended {
                true => self.damage.lines.push(number),
                false => self.damage.is_torn = true,
            }
            damaged.push(start..self.end);
        }
        Ok(damaged)
    }

    /// Takes in the line at `place`; none where it is damaged. What a power cut leaves, NUL bytes, may stand around a whole line.
    fn read_line(&mut self, line: &[u8], place: u64) -> Option<()> {
        let (skipped, line) = content(line);
        if line.is_empty() {
            return (skipped == 0).then_some(());
        }
        match Seal::of(line) {
            Seal::Whole => self.is_sealed = true,
            // Below a line that has a checksum, one without was written by somebody else.
            Seal::Missing if !self.is_sealed => {}
            Seal::Broken | Seal::Missing => return None,
        }
        let remark: Remark = serde_json::from_slice(line).unwrap_or_default();
        // An outcome says which request it settles, too.
        if (Remark { settles: None, ..remark.clone() }) != Remark::default() {
            let spent = remark.spent.unwrap_or_default();
            self.spent = self.spent + spent;
            remark.sent.into_iter().for_each(|one| self.under_way.send(one, remark.number));
            let settled = spent.calls.saturating_add(remark.returned.unwrap_or(0));
            self.under_way.settle(settled, remark.settles);
            self.probe = remark.probe.or(self.probe.take());
            self.judge = remark.judge.or(self.judge.take());
            return Some(());
        }
        let call: C = serde_json::from_slice(line).ok().filter(C::is_sound)?;
        let key = sha256_bytes(call.key())?;
        self.spent = self.spent + call.spent();
        self.under_way.settle(call.spent().calls, call.settles());
        self.note(key, call.is_failed(), place + skipped as u64);
        Some(())
    }

    /// A journal that is resumed asks failures again, a recording repeats them.
    fn note(&mut self, key: [u8; 32], is_failed: bool, place: u64) {
        if self.writes && is_failed {
            self.places.remove(&key)
        } else {
            self.places.insert(key, place)
        };
    }

    /// What was found in it besides whole lines, in words.
    pub fn damage(&self) -> Vec<String> {
        self.damage.told(&self.path)
    }

    /// Whether it holds no outcome.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The keys of all outcomes, in no order.
    pub fn keys(&self) -> Vec<String> {
        self.places.keys().map(|key| hex(key.as_slice())).collect()
    }

    /// Whether it holds a question's outcome.
    pub fn has(&self, key: &str) -> bool {
        sha256_bytes(key).is_some_and(|key| self.places.contains_key(&key))
    }

    /// The places of the keys that it does not hold, each key once, in order.
    pub fn missing<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Vec<usize> {
        let mut seen = HashSet::new();
        keys.enumerate().filter(|(_, key)| !self.has(key) && seen.insert(*key)).map(|(place, _)| place).collect()
    }

    /// The last outcome of a question.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn outcome(&mut self, key: &str) -> Result<Option<C>, Error> {
        let Some(&place) = sha256_bytes(key).and_then(|key| self.places.get(&key)) else { return Ok(None) };
        let mut line = Vec::new();
        self.file.seek(SeekFrom::Start(place)).map_err(|problem| self.problem(problem))?;
        BufReader::new(&self.file).read_until(b'\n', &mut line).map_err(|problem| self.problem(problem))?;
        serde_json::from_slice(content(&line).1).map(Some).map_err(|problem| self.problem(problem))
    }

    /// What is known of the server whose answers it holds.
    pub fn probe(&self, respondent: Respondent) -> Option<&Probe> {
        match respondent {
            Respondent::Model => self.probe.as_ref(),
            Respondent::Judge => self.judge.as_ref(),
        }
    }

    /// Notes what the server was found to be, if that is new.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn probed(&mut self, respondent: Respondent, probe: Probe) -> Result<(), Error> {
        if self.probe(respondent) == Some(&probe) {
            return Ok(());
        }
        let said = Some(probe);
        match respondent {
            Respondent::Model => {
                self.append(&Remark { probe: said.clone(), ..Remark::default() })?;
                self.probe = said;
            }
            Respondent::Judge => {
                self.append(&Remark { judge: said.clone(), ..Remark::default() })?;
                self.judge = said;
            }
        }
        Ok(())
    }

    /// The same, for several respondents.
    pub fn shared(self) -> SharedJournal<C> {
        Arc::new(Mutex::new(self))
    }

    /// What the requests cost that it tells of, those of earlier sessions included; those that it does not tell the end of at most.
    pub fn spent(&self) -> Spent {
        self.spent + self.under_way.bound()
    }

    /// Notes a request that is about to be sent, with an upper bound of its tokens: should the process be killed, it still counts.
    /// Returns its number, by which its end is noted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn send(&mut self, tokens: CallUsage) -> Result<u64, Error> {
        let (one, number) = (Spent { calls: 1, tokens }, self.under_way.next);
        self.under_way.send(one, Some(number));
        self.append(&Remark { sent: Some(one), number: Some(number), ..Remark::default() })?;
        Ok(number)
    }

    /// Notes that nobody took a request.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn give_back(&mut self, number: u64) -> Result<(), Error> {
        self.under_way.settle(1, Some(number));
        self.append(&Remark { returned: Some(1), settles: Some(number), ..Remark::default() })
    }

    /// Notes what was spent on a request that no outcome tells of; a line without calls settles none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn spend(&mut self, spent: Spent, number: u64) -> Result<(), Error> {
        if spent == Spent::default() {
            return Ok(());
        }
        self.spent = self.spent + spent;
        let settles = (spent.calls > 0).then_some(number);
        settles.iter().for_each(|number| self.under_way.settle(spent.calls, Some(*number)));
        self.append(&Remark { spent: Some(spent), settles, ..Remark::default() })
    }

    /// Appends one call and remembers where.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&mut self, call: C) -> Result<(), Error> {
        let call = if self.with_requests { call } else { call.without_texts() };
        let key = sha256_bytes(call.key()).ok_or_else(|| Error::Bug("a key is not a sha256".into()))?;
        let place = self.end;
        self.append(&call)?;
        self.spent = self.spent + call.spent();
        self.under_way.settle(call.spent().calls, call.settles());
        // Within the run a failure stands: it is asked again only when the run is resumed.
        self.places.insert(key, place);
        Ok(())
    }

    /// Appends a whole line or nothing: what a full disk left of it is cut off.
    fn append(&mut self, line: &impl Serialize) -> Result<(), Error> {
        if !self.writes {
            return Err(Error::Bug("a recording was to be written".into()));
        }
        let mut bytes = sealed(serde_json::to_vec(line).map_err(|problem| Error::Bug(problem.to_string()))?);
        bytes.push(b'\n');
        match self.file.write_all(&bytes).and_then(|()| self.file.flush()) {
            Ok(()) => {
                self.end += bytes.len() as u64;
                Ok(())
            }
            Err(problem) => {
                // Should this fail too, the torn line is cut off when the run is resumed.
                let _ = self.file.set_len(self.end);
                Err(self.problem(problem))
            }
        }
    }

    fn problem(&self, problem: impl Argument) -> Error {
        Error::write(&self.path, problem)
    }
}

/// What stands in a line between NUL bytes, and the bytes before it; none of them where nothing stands in it.
fn content(line: &[u8]) -> (usize, &[u8]) {
    let is_void = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    match (line.iter().position(|byte| !is_void(byte)), line.iter().rposition(|byte| !is_void(byte))) {
        (Some(first), Some(last)) => (first, &line[first..=last]),
        _ => (line.iter().filter(|byte| **byte == 0).count(), &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mending::aside_of;
    use crate::seed::sha256_hex;
    use proptest::prelude::*;

    fn call(question: &str, reply: Recorded) -> Call {
        Call {
            key: sha256_hex(question),
            stage: "assign".into(),
            prompt: "assign-1".into(),
            request: Some(Vec::new()),
            reply,
            finish_reason: None,
            usage: None,
            milliseconds: 1,
            settles: None,
        }
    }

    fn said(content: &str) -> Recorded {
        Recorded::Completion { content: content.into(), logprobs: None }
    }

    fn failed() -> Recorded {
        Recorded::Failed { error: "reset".into(), fault: Some("broken-connection".into()) }
    }

    #[test]
    fn an_answer_that_was_changed_by_hand_is_asked_again_and_one_of_an_earlier_version_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let said = |content: &str| Recorded::Completion { content: content.into(), logprobs: None };
        let mut journal: Journal = Journal::open(&path, true).unwrap();
        ["one", "two"].iter().for_each(|question| journal.record(call(question, said("Yes"))).unwrap());
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        let (first, second) = text.split_once('\n').unwrap();
        let [older, added] = ["three", "four"].map(|one| serde_json::to_string(&call(one, said("Yes"))).unwrap());
        let changed = first.replace("Yes", "No");
        // In a file that has checksums, a line without one that comes later was written by somebody else.
        std::fs::write(&path, format!("{older}\n{changed}\n{second}{added}\n")).unwrap();
        let journal: Journal = Journal::open(&path, true).unwrap();
        let has = |question: &str| journal.has(&sha256_hex(question));
        assert_eq!(["three", "one", "two", "four"].map(has), [true, false, true, false]);
        assert!(journal.damage()[0].contains("lines 2, 4 are damaged"), "{:?}", journal.damage());
    }

    #[test]
    fn what_is_recorded_is_read_back_and_failures_are_asked_again_on_resume_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let mut journal = Journal::open(&path, false).unwrap();
        journal.probed(Respondent::Model, Probe { model: "m".into(), ..Probe::default() }).unwrap();
        for (question, reply) in [("a", said("Yes")), ("b", failed()), ("c", said("No"))] {
            journal.record(call(question, reply)).unwrap();
        }
        assert_eq!(journal.outcome(&sha256_hex("a")).unwrap().unwrap().reply, said("Yes"));
        assert!(journal.has(&sha256_hex("b")));
        drop(journal);
        let mut resumed = Journal::open(&path, true).unwrap();
        assert!(!resumed.has(&sha256_hex("b")) && resumed.has(&sha256_hex("c")) && resumed.damage().is_empty());
        resumed.record(call("b", said("Yes"))).unwrap();
        let mut recording = Journal::<Call>::open_recording(&path).unwrap();
        assert_eq!(recording.outcome(&sha256_hex("b")).unwrap().unwrap().reply, said("Yes"));
        assert_eq!(recording.outcome(&sha256_hex("c")).unwrap().unwrap().request, None);
        assert_eq!(recording.probe(Respondent::Model).map(|probe| probe.model.as_str()), Some("m"));
    }

    #[test]
    fn what_was_spent_is_told_when_the_run_is_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let usage = CallUsage { prompt_tokens: 7, completion_tokens: 2, ..CallUsage::default() };
        let mut journal = Journal::open(&path, true).unwrap();
        journal.record(Call { usage: Some(usage), ..call("a", said("Yes")) }).unwrap();
        journal.record(call("b", failed())).unwrap();
        journal.spend(Spent { calls: 3, tokens: usage }, 0).unwrap();
        let expected = Spent { calls: 5, tokens: usage + usage };
        assert_eq!((journal.spent(), Journal::<Call>::open(&path, true).unwrap().spent()), (expected, expected));
    }

    #[test]
    fn what_only_damaged_lines_tell_of_counts_as_spent_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let held = CallUsage { prompt_tokens: 70, completion_tokens: 20, ..CallUsage::default() };
        let mut journal = Journal::open(&path, true).unwrap();
        for question in ["a", "b", "c"] {
            let number = journal.send(held).unwrap();
            journal.record(Call { usage: Some(held), settles: Some(number), ..call(question, said("Yes")) }).unwrap();
        }
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"prompt_tokens\":", "\"prompt_tokens\":1")).unwrap();
        for _ in 0..2 {
            let spent = Journal::<Call>::open(&path, true).unwrap().spent();
            assert_eq!(spent.calls, 3);
            assert!(spent.tokens.total() > 100, "{spent:?}");
        }
        // Of a request with one whole line, that tells.
        std::fs::remove_file(aside_of(&path)).unwrap();
        std::fs::write(&path, text.replacen("\"reply\"", "\"replx\"", 1)).unwrap();
        assert_eq!(Journal::<Call>::open(&path, true).unwrap().spent().calls, 3);
    }

    #[test]
    fn any_other_file_is_no_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        for (text, is_one) in [("", true), ("my notes\n", false), ("{\"id\":\"a\",\"text\":\"b\"}\n", false)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Journal::<Call>::is_one(&path).unwrap(), is_one, "{text}");
        }
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        std::fs::write(&path, "{}\n").unwrap();
        assert!(!Journal::<Call>::is_one(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        assert!(Journal::<Call>::is_one(&path).unwrap());
    }

    #[test]
    fn what_was_under_way_when_a_process_was_killed_counts_as_spent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let held = CallUsage { prompt_tokens: 70, completion_tokens: 20, ..CallUsage::default() };
        let used = CallUsage { prompt_tokens: 7, completion_tokens: 2, ..CallUsage::default() };
        let mut journal = Journal::open(&path, true).unwrap();
        let large = CallUsage { prompt_tokens: 5000, ..held };
        let numbers: Vec<u64> = [held, large, held, held].map(|bound| journal.send(bound).unwrap()).to_vec();
        // The large one is answered: what it might have cost says nothing of the others.
        journal.record(Call { usage: Some(used), settles: Some(numbers[1]), ..call("a", said("Yes")) }).unwrap();
        journal.give_back(numbers[3]).unwrap();
        let expected = Spent { calls: 3, tokens: used + held + held };
        assert_eq!((journal.spent(), Journal::<Call>::open(&path, true).unwrap().spent()), (expected, expected));
        // What came before the first such line was settled by itself.
        std::fs::write(&path, "").unwrap();
        let mut journal = Journal::open(&path, true).unwrap();
        journal.record(Call { usage: Some(used), ..call("a", said("Yes")) }).unwrap();
        journal.send(held).unwrap();
        assert_eq!(journal.spent(), Spent { calls: 2, tokens: used + held });
    }

    #[cfg(unix)]
    #[test]
    fn a_backup_made_of_links_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        let before = std::fs::read(&path).unwrap();
        let backup = folder.path().join("backup");
        for is_hard in [true, false] {
            let _ = std::fs::remove_file(&backup);
            if is_hard {
                std::fs::hard_link(&path, &backup).unwrap();
            } else {
                std::fs::rename(&path, &backup).unwrap();
                std::os::unix::fs::symlink(&backup, &path).unwrap();
            }
            Journal::open(&path, true).unwrap().record(call("b", said("No"))).unwrap();
            assert!(std::fs::read(&backup).unwrap().len() < std::fs::read(&path).unwrap().len());
            assert!(std::fs::read(&backup).unwrap().starts_with(&before));
            assert!(!path.is_symlink());
        }
    }

    proptest! {
        #[test]
        fn whatever_is_journalled_reads_back(
            content in ".{0,60}",
            logprobs in proptest::option::of(proptest::collection::vec((".{0,6}", any::<f64>()), 0..5)),
            error in proptest::option::of(".{0,40}"),
            tokens in proptest::option::of(any::<(u64, u64)>()),
        ) {
            let reply = match error {
                Some(error) => Recorded::Failed { error, fault: Some(content.clone()) },
                None => Recorded::Completion { content, logprobs },
            };
            let usage = tokens.map(|(prompt_tokens, completion_tokens)| CallUsage {
                prompt_tokens, completion_tokens, ..CallUsage::default()
            });
            let written = Call { usage, ..call("a", reply) };
            let line = serde_json::to_string(&written).unwrap();
            let read: Call = serde_json::from_str(&line).unwrap();
            prop_assert_eq!((&read.usage, read.reply.content()), (&written.usage, written.reply.content()));
            let tokens = |reply: &Recorded| match reply {
                Recorded::Completion { logprobs: Some(listed), .. } if listed.iter().all(|(_, logprob)| logprob.is_finite()) => {
                    Some(listed.iter().map(|(token, _)| token.clone()).collect::<Vec<_>>())
                }
                _ => None,
            };
            prop_assert_eq!(tokens(&read.reply), tokens(&written.reply));
        }

        #[test]
        fn any_line_is_one_of_a_journal_or_a_problem(line in prop_oneof![
            ".{0,60}", "[\\[\\]{}\":,a-z0-9 \\-.]{0,60}", r#"\{"(probe|spent|reply)":(null|\{\}|\[\]|-1|1e99)\}"#,
        ]) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("calls.jsonl");
            std::fs::write(&path, format!("{line}\n")).unwrap();
            let _ = Journal::<Call>::open_recording(&path);
        }
    }

    #[test]
    fn log_probabilities_of_a_damaged_journal_are_dropped_and_the_answer_stays() {
        let line = r#"{"content":"Yes","logprobs":[["Yes",null],["No",-1.0]]}"#;
        assert_eq!(serde_json::from_str::<Recorded>(line).unwrap(), said("Yes"));
        let odd =
            Recorded::Completion { content: "Yes".into(), logprobs: Some(vec![("Yes".into(), f64::NEG_INFINITY)]) };
        assert_eq!(serde_json::from_str::<Recorded>(&serde_json::to_string(&odd).unwrap()).unwrap(), said("Yes"));
    }

    #[test]
    fn a_torn_last_line_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..whole.len() - 9]].concat()).unwrap();
        assert!(Journal::<Call>::open_recording(&path).unwrap().has(&sha256_hex("a")));
        let told = Journal::<Call>::open(&path, true).unwrap().damage();
        assert!(told[0].contains("the last line was torn"), "{told:?}");
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        let aside = std::fs::read(folder.path().join("calls.jsonl.damaged")).unwrap();
        assert_eq!(aside, [&whole[..whole.len() - 9], b"\n"].concat());
        assert!(Journal::<Call>::open(&path, true).unwrap().damage().is_empty());
    }

    #[test]
    fn a_damaged_line_is_set_aside_and_what_stands_around_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let mut journal = Journal::open(&path, true).unwrap();
        ["a", "b", "c"].into_iter().for_each(|question| journal.record(call(question, said("Yes"))).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let cut = &lines[1][..lines[1].len() / 2];
        let damages: [&[u8]; 7] =
            [cut.as_bytes(), b"{}", b"\xff\xfe", &[0; 512], b"\"key\"", b"[[[[", b"{\"probe\": 1}"];
        for (damage, end) in damages.into_iter().flat_map(|damage| [(damage, "\n"), (damage, "")]) {
            let bytes = [lines[0].as_bytes(), b"\n", damage, b"\n", lines[2].as_bytes(), end.as_bytes()].concat();
            std::fs::write(&path, bytes).unwrap();
            let recording = Journal::<Call>::open_recording(&path).unwrap();
            assert!(recording.damage()[0].contains("calls.jsonl: line 2 is damaged: it is left out"));
            let mut mended = Journal::<Call>::open(&path, true).unwrap();
            assert!(mended.damage()[0].contains("line 2 is damaged: it is set aside in"), "{damage:?}");
            assert!(mended.has(&sha256_hex("a")) && !mended.has(&sha256_hex("b")) && mended.has(&sha256_hex("c")));
            assert_eq!(mended.outcome(&sha256_hex("c")).unwrap().unwrap().reply, said("Yes"));
            mended.record(call("b", said("No"))).unwrap();
            let again = Journal::<Call>::open(&path, true).unwrap();
            assert!(again.damage().is_empty() && again.has(&sha256_hex("b")));
        }
    }

    #[test]
    fn a_whole_last_line_without_its_line_break_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        let line = std::fs::read(&path).unwrap();
        std::fs::write(&path, &line[..line.len() - 1]).unwrap();
        let mut journal = Journal::open(&path, true).unwrap();
        assert!(journal.has(&sha256_hex("a")) && journal.damage().is_empty());
        journal.record(call("b", said("No"))).unwrap();
        assert_eq!(journal.outcome(&sha256_hex("b")).unwrap().unwrap().reply, said("No"));
    }

    #[test]
    fn a_whole_line_among_nul_bytes_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        Journal::open(&path, true).unwrap().record(call("a", said("Yes"))).unwrap();
        let line = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&[0; 100], &line[..line.len() - 1], &[0, 0, b'\n']].concat()).unwrap();
        let mut journal = Journal::<Call>::open(&path, true).unwrap();
        assert_eq!(journal.outcome(&sha256_hex("a")).unwrap().unwrap().reply, said("Yes"));
    }
}
