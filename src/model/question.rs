//! What a stage asks, and what it gets: the only types of the model's side that stages know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::seed::sha256_hex;

/// One request to the model, whatever it carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Who asks, as the journal has it.
    pub stage: StageName,
    /// Name and version of its prompt, such as `assign-1`.
    pub prompt: String,
    /// The rendered conversation.
    pub messages: Vec<Message>,
    /// What counts as an answer.
    pub legal: LegalAnswer,
    /// Tokens that the longest legal answer needs.
    pub max_tokens: u32,
    /// Whom it is for.
    pub respondent: Respondent,
}

/// Who asks, by the name that the journal, the manifest and the mock have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageName {
    /// Names groups from a sample.
    Propose,
    /// Finds groups that mean the same.
    Merge,
    /// Judges a document by predicates.
    Assign,
    /// Labels a selected predicate.
    Explain,
    /// Judges the first documents of `auto`.
    Core,
    /// Judges a document a second time, in other words.
    Again,
    /// Judges documents on which the spread is unsure.
    Escalate,
    /// Judges random documents that were only inferred.
    Audit,
    /// Compares a document with two others.
    Perspective,
    /// Asks whether two documents belong together, to learn how fine the groups are.
    Granularity,
    /// Asks the same about groups that are to be joined.
    Verify,
    /// Describes a group that no predicate formed.
    Describe,
    /// Judges a held-out document by one predicate.
    Test,
    /// Finds a better predicate for a group.
    Rename,
    /// Finds out what a server is.
    Probe,
    /// Examines a server or a judge.
    Doctor,
    /// A request that only the mock counts.
    Mock,
}

impl StageName {
    /// Whether its answers only test what is there already: they place no document and name none that had no name.
    pub fn tests(self) -> bool {
        matches!(self, StageName::Test | StageName::Rename)
    }

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            StageName::Propose => "propose",
            StageName::Merge => "merge",
            StageName::Assign => "assign",
            StageName::Explain => "explain",
            StageName::Core => "core",
            StageName::Again => "again",
            StageName::Escalate => "escalate",
            StageName::Audit => "audit",
            StageName::Perspective => "perspective",
            StageName::Granularity => "granularity",
            StageName::Verify => "verify",
            StageName::Describe => "describe",
            StageName::Test => "test",
            StageName::Rename => "rename",
            StageName::Probe => "probe",
            StageName::Doctor => "doctor",
            StageName::Mock => "mock",
        }
    }
}

/// Whom a question is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Respondent {
    /// The model that proposes, names and, unless there is a judge, says which candidates hold.
    #[default]
    Model,
    /// Who says which candidates hold.
    Judge,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The program's standing instructions.
    System,
    /// The question itself.
    User,
}

/// What counts as an answer. Anything else is unparsed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegalAnswer {
    /// One word, Yes or No; read from log-probabilities where the server gives them.
    YesNo,
    /// A JSON object whose one field `items` is a list of objects with exactly these string fields.
    Items {
        /// Names of the fields of an item.
        fields: Vec<String>,
        /// Items at most, where that matters.
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<usize>,
    },
    /// A JSON object whose one field `groups` lists numbers of a closed list, the best first; empty where none of them fits.
    Choice {
        /// How long the list is: its numbers begin at 1.
        count: usize,
    },
    /// One letter of a list, as [`letter`] gives it; the one after the last entry's means none of them. Read from
    /// log-probabilities where the server gives them.
    Letter {
        /// How long the list is.
        count: usize,
    },
    /// A JSON object whose one field `documents` has every document once: its `number`, from 1, and its `groups`, as in
    /// [`LegalAnswer::Choice`].
    Choices {
        /// How many documents there are.
        documents: usize,
        /// How long the list is.
        count: usize,
    },
    /// Probabilities from a decision model: of each entry that it is the one that fits best, and of none of them; where
    /// `several` may hold, of each entry that it holds.
    Decision {
        /// What is chosen from, in the order shown.
        entries: Vec<Entry>,
        /// Whether each entry is judged by itself.
        several: bool,
    },
}

/// One entry of a list that a decision model chooses from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its short name; empty where each entry is judged by itself, by its sentence alone.
    pub label: String,
    /// The sentence that says what belongs to it.
    pub predicate: String,
}

/// The longest list whose entries, and none of them, have a letter each.
pub const LONGEST_LETTERED: usize = 25;

/// The longest list that decision models take in one choice, without the option for none of its entries.
pub const LONGEST_DECIDED: usize = 254;
/// Questions about one text that decision models take in one request.
pub const MOST_DECIDED: usize = 400;

/// The letter of a place in a list: `A` is the first.
pub fn letter(place: usize) -> char {
    char::from(b'A' + (place % 26) as u8)
}

impl LegalAnswer {
    /// Documents that one answer is about.
    pub fn documents(&self) -> usize {
        match self {
            LegalAnswer::Choices { documents, .. } => *documents,
            _ => 1,
        }
    }

    /// Whether one token is an answer, so that all there is to know are the probabilities of its spellings.
    pub fn is_one_token(&self) -> bool {
        matches!(self, LegalAnswer::YesNo | LegalAnswer::Letter { .. })
    }

    /// Whether a decision model answers it.
    pub fn is_decision(&self) -> bool {
        matches!(self, LegalAnswer::Decision { .. })
    }

    /// Bytes of each text that stands beside the messages.
    fn beside(&self) -> impl Iterator<Item = usize> + '_ {
        let entries = match self {
            LegalAnswer::Decision { entries, .. } => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(|entry| entry.label.len() + entry.predicate.len())
    }
}

impl Question {
    /// The hash of the logical question: what is asked of which model, not how a server wants it put.
    pub fn key(&self, model: &str) -> String {
        let logical = serde_json::json!({
            "model": model,
            "prompt": self.prompt,
            "messages": self.messages,
            "legal": self.legal,
            "sampling": { "temperature": 0, "max_tokens": self.max_tokens },
        });
        sha256_hex(logical.to_string())
    }

    /// A rough count of the prompt's tokens, for estimates before any server has counted: a token is some 3.6 bytes.
    pub fn estimated_prompt_tokens(&self) -> u64 {
        (self.bytes(16) as f64 / 3.6).ceil() as u64
    }

    /// Messages, and what stands beside them.
    pub fn parts(&self) -> usize {
        self.messages.len() + self.legal.beside().count()
    }

    /// Bytes of all texts that are sent, with so many more around each.
    pub fn bytes(&self, around: usize) -> usize {
        let messages = self.messages.iter().map(|message| message.content.len());
        messages.chain(self.legal.beside()).map(|bytes| bytes + around).sum()
    }
}

/// What became of a question: never silently a default.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A legal answer.
    Answered(Reply),
    /// The model replied, but not with a legal answer; the reply's beginning.
    Unparsed(String),
    /// The request failed for good; why.
    Failed(crate::message::Message),
    /// A budget was reached first.
    NotAsked,
}

/// A legal answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To [`LegalAnswer::YesNo`].
    Verdict {
        /// The word itself.
        yes: bool,
        /// ln P(Yes) − ln P(No), where the server gave log-probabilities.
        log_odds: Option<f64>,
    },
    /// To [`LegalAnswer::Items`].
    Items(Vec<BTreeMap<String, String>>),
    /// To [`LegalAnswer::Choice`]: places in the list from 0, none twice.
    Choice(Vec<usize>),
    /// To [`LegalAnswer::Letter`], and to [`LegalAnswer::Decision`] where one entry fits best: the share of each entry of the
    /// list, and of none of them last; they sum to one.
    Shares(Vec<f64>),
    /// To [`LegalAnswer::Decision`] where several may hold: the probability of each entry that it holds; none where the model
    /// declined to say.
    Probabilities(Vec<Option<f64>>),
    /// To [`LegalAnswer::Choices`]: the places of each document, in their order.
    Choices(Vec<Vec<usize>>),
}

/// Gets questions answered, for a method that is synchronous and knows nothing of tokio.
pub trait Answerer {
    /// One answer a question, in the order asked.
    ///
    /// # Errors
    /// Only when going on is pointless: the server cannot be reached or refuses, a replay lacks an answer, the journal
    /// cannot be written.
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error>;

    /// Tokens that the server reads at most, prompt and completion together, where it says so.
    fn context(&self) -> Option<u64> {
        None
    }

    /// Whether an answer of one token has come with the probabilities of others.
    fn weighs(&self) -> bool {
        false
    }

    /// Keeps as much of the budget as `requests` questions like this one may need, for a stage to come; replaces what was kept
    /// before.
    fn keep(&self, _requests: u64, _like: &Question) {}
}
