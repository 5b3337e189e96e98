//! `calls.jsonl`: cache, recording and resume in one. Appended and flushed a line at a time, before a reply is used.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::question::Message;
use crate::error::Error;

/// What came back for one question: the model's raw text, or the error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recorded {
    /// A completion.
    Completion {
        /// The model's raw text.
        content: String,
        /// Likeliest first tokens with their natural log-probabilities.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logprobs: Option<Vec<(String, f64)>>,
    },
    /// No completion.
    Failed {
        /// Why.
        error: String,
    },
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Hash of the logical question.
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
    /// Wall time of the last attempt.
    pub milliseconds: u64,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUsage {
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the completion.
    pub completion_tokens: u64,
}

/// A line that says what the server was found to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ProbeLine {
    probe: Probe,
}

/// What the first contact found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The model's name.
    pub model: String,
}

/// The journal of a run, or a recording opened for reading.
#[derive(Debug)]
pub struct Journal {
    file: Option<(PathBuf, File)>,
    with_requests: bool,
    outcomes: HashMap<String, Call>,
    model: Option<String>,
}

impl Journal {
    /// The journal file of a run, made if there is none. What it holds already is not asked again, except failures. A torn
    /// last line, left by a killed process, is cut off. `with_requests` is false after `--no-texts`.
    ///
    /// # Errors
    /// When the file cannot be made or read.
    pub fn open(path: &Path, with_requests: bool) -> Result<Journal, Error> {
        let problem = |problem: std::io::Error| Error::file(path, problem);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(problem)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(problem)?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        file.set_len(whole as u64).map_err(problem)?;
        let mut journal = Journal::open_recording(path)?;
        journal.outcomes.retain(|_, call| matches!(call.reply, Recorded::Completion { .. }));
        Ok(Journal { file: Some((path.to_owned(), file)), with_requests, ..journal })
    }

    /// A recording: each key's last outcome, nothing is appended.
    ///
    /// # Errors
    /// When the file cannot be read or a line other than a torn last one is no journal line.
    pub fn open_recording(path: &Path) -> Result<Journal, Error> {
        let file = File::open(path).map_err(|problem| Error::file(path, problem))?;
        let mut journal = Journal { file: None, with_requests: true, outcomes: HashMap::new(), model: None };
        let lines = BufReader::new(file)
            .lines()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|problem| Error::file(path, problem))?;
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match journal.read_line(line) {
                Err(_) if number + 1 == lines.len() => {}
                outcome => outcome.map_err(|problem| Error::file(path, format!("line {}: {problem}", number + 1)))?,
            }
        }
        Ok(journal)
    }

    fn read_line(&mut self, line: &str) -> Result<(), serde_json::Error> {
        if let Ok(line) = serde_json::from_str::<ProbeLine>(line) {
            self.model = Some(line.probe.model);
            return Ok(());
        }
        let call: Call = serde_json::from_str(line)?;
        self.outcomes.insert(call.key.clone(), call);
        Ok(())
    }

    /// The last outcome of a question.
    pub fn outcome(&self, key: &str) -> Option<&Call> {
        self.outcomes.get(key)
    }

    /// The model whose answers it holds, once known.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Notes what the server was found to be.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn probed(&mut self, model: &str) -> Result<(), Error> {
        if self.model.as_deref() == Some(model) {
            return Ok(());
        }
        self.model = Some(model.to_owned());
        self.append(&ProbeLine { probe: Probe { model: model.to_owned() } })
    }

    /// Appends one call and remembers it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&mut self, mut call: Call) -> Result<(), Error> {
        if !self.with_requests {
            call.request = None;
        }
        self.append(&call)?;
        call.request = None;
        self.outcomes.insert(call.key.clone(), call);
        Ok(())
    }

    fn append(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let mut bytes = serde_json::to_vec(line).map_err(|problem| Error::Bug(problem.to_string()))?;
        bytes.push(b'\n');
        file.write_all(&bytes).and_then(|()| file.flush()).map_err(|problem| Error::file(path, problem))
    }
}
