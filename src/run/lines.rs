//! One line of each file of a run directory, as format 1 has them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::{By, CriterionTest, NamedBy};
use crate::seed::sha256_hex;
use crate::spread::Share;

/// What became of an input row. Exactly one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In at least one cluster.
    Assigned,
    /// A document that no cluster's predicate holds for.
    Uncovered,
    /// Not a document: empty, invalid, or beyond `--limit`.
    Skipped,
    /// A verdict that would have decided it is missing.
    Failed,
}

/// A document's place in one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// The cluster's id.
    pub id: String,
    /// Who says so.
    pub by: By,
    /// Between 0 and 1: the probability that it belongs, as far as it could be measured; for [`By::Similarity`] the cosine to the
    /// centroid.
    pub confidence: f64,
}

/// A remark on a document that does not change its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// Longer than the embedder's window: the vector stands for its beginning.
    Truncated,
    /// Another document has the same text.
    Duplicate,
    /// Holds text that looks like an instruction to a model.
    Suspicious,
    /// Something in its row had to be put right to read it.
    Mended,
    /// The embedder knows nearly nothing of it: where no model judged it, its place and confidence say nothing.
    Unreadable,
    /// A document that came after the run, whose place was inferred from answers about others with a confidence below [`SURE`].
    Unsure,
}

/// The confidence from which a later document's place is not called unsure.
pub const SURE: f64 = 0.8;

/// Why an answer such as "don't know" is in no group.
pub const NO_CONTENT: &str = "no content";

/// One line of `assignments.jsonl`: one for every input row, in input order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssignmentLine {
    /// 1-based line of the input file.
    pub line: u64,
    /// The row's id, or its line number as a string.
    pub id: String,
    /// What became of the row.
    pub status: Status,
    /// Every cluster it is in, the primary one first.
    pub clusters: Vec<Membership>,
    /// Id of the cluster it fits best.
    pub primary: Option<String>,
    /// Why it is not assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Remarks.
    pub flags: Vec<Flag>,
    /// The own fields of a row that was skipped, as far as it could be read; those of a document
    /// stand in `documents.jsonl`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl AssignmentLine {
    /// Whether its place was inferred from answers about others with a low confidence. Where no model answered, confidences are
    /// no probabilities of being right.
    pub fn is_unsure(&self) -> bool {
        self.clusters.first().is_some_and(|place| place.by == By::Spread && place.confidence < SURE)
    }

    /// Whether it is an answer such as "don't know".
    pub fn says_nothing(&self) -> bool {
        self.status == Status::Uncovered && self.reason.as_deref() == Some(NO_CONTENT)
    }
}

/// Four decimals: more would pretend to be known.
pub fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// A share as it is written.
pub fn rounded_share(share: Share) -> Share {
    Share { estimate: rounded(share.estimate), low: rounded(share.low), high: rounded(share.high) }
}

/// The id of a cluster: a hash of method, parent (its id, or nothing) and of what it was born from, with a suffix where another has it.
pub fn cluster_id(method: &str, parent: &str, born: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let hash = sha256_hex(format!("{method}\n{parent}\n{born}"));
    let id = format!("c-{}", &hash[..8]);
    let others = (2_u64..).map(|times| format!("{id}-{times}"));
    std::iter::once(id.clone()).chain(others).find(|id| !is_taken(id)).unwrap_or(id)
}

/// Whether a cluster could be given what a cluster needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterStatus {
    /// Labelled and explained.
    Ok,
    /// No label could be found.
    Unlabelled,
    /// The question for its label failed.
    Failed,
    /// Labelled and explained, and none of the documents that came last is in it.
    Absent,
}

/// A verbatim span of a document: `text[start..end] == quote`, in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The document's id.
    pub document: String,
    /// The span itself.
    pub quote: String,
    /// Byte offset of its beginning.
    pub start: usize,
    /// Byte offset after its end.
    pub end: usize,
}

/// One line of `clusters.jsonl`, largest cluster first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterLine {
    /// A hash of method, parent and the predicate at birth.
    pub id: String,
    /// Short and unique among its siblings.
    pub label: String,
    /// The sentence that says which documents belong; for keyphrases, a sentence built from them.
    pub predicate: String,
    /// Who named it.
    pub by: NamedBy,
    /// The cluster it is part of.
    pub parent: Option<String>,
    /// Number of documents in it.
    pub size: usize,
    /// Its share of all documents: `size` over their number, or corrected by how often answers and spread were found to be wrong. The
    /// interval holds these errors too.
    pub share: Share,
    /// How well it comes back in samples of 80 % of the documents (mean Jaccard similarity to the most alike cluster), where that
    /// was measured: at most 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stability: Option<f64>,
    /// Number of documents in it and in no other cluster of its level.
    pub exclusive: usize,
    /// Keyphrases of its members, strongest first.
    pub keywords: Vec<String>,
    /// Ids of documents that show what it is about, the most central first.
    pub exemplars: Vec<String>,
    /// Verbatim spans of its members.
    pub evidence: Vec<Evidence>,
    /// Ids of the nearest documents that do not belong.
    pub near_misses: Vec<String>,
    /// Precision and recall of the predicate on members and near non-members, where it was tested.
    pub test: Option<CriterionTest>,
    /// Whether it could be labelled.
    pub status: ClusterStatus,
}

/// One line of `documents.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentLine {
    /// The document's id.
    pub id: String,
    /// Its text; absent after `--no-texts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The row's other fields.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}
