//! What a method found.

use serde::{Deserialize, Serialize};

use super::steps::criterion::CriterionTest;
use super::steps::information::Trust;
use super::steps::record::{KChoice, Record, RoundRecord, SelectionRecord};
use super::steps::watch::StageRecord;
use crate::decision::{Decision, Placement};
use crate::message::Message;
use crate::spread::Share;
use crate::vectors::Embeddings;
use crate::wording::Span;

/// What is said of a document that no question asked about; why not is known to whoever asks for the run.
pub const NOT_ASKED: &str = "not asked";
/// Why a document is in no cluster that a person has taken out of all.
pub const NOWHERE: &str = "put in no cluster by a person";

/// What a method found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Clusters, the largest first, those that have parts before the parts.
    pub clusters: Vec<Cluster>,
    /// For each of n distinct texts its place.
    pub placements: Vec<Placement>,
    /// How k was found, where it was chosen from the data.
    pub k_choice: Option<KChoice>,
    /// The integer program's outcome.
    pub selection: Option<SelectionRecord>,
    /// What the method says of how it went.
    pub record: Record,
    /// What was learned, where other documents can be placed by it.
    pub decision: Option<Decision>,
    /// The learned map of the vectors (d×d), where there is one.
    pub adapter: Option<Embeddings>,
    /// Whether the answers carry information about the documents, where that could be measured.
    pub trust: Option<Trust>,
    /// Questions that their number left unasked, where the method needs their answers.
    pub beyond: usize,
    /// Round by round.
    pub rounds: Vec<RoundRecord>,
    /// Wall time by stage.
    pub stages: Vec<StageRecord>,
    /// What the user should know.
    pub warnings: Vec<Message>,
}

/// Who named a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedBy {
    /// The language model proposed its predicate.
    Model,
    /// Keyphrases of its members: no model was asked.
    Keyphrases,
    /// An entry of the user's codebook.
    Codebook,
    /// A person.
    Person,
}

/// A cluster in terms of distinct texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Short and unique; empty when none could be found.
    pub label: String,
    /// The sentence that says which documents belong.
    pub predicate: String,
    /// Who named it.
    pub by: NamedBy,
    /// Keyphrases of its members.
    pub keywords: Vec<String>,
    /// Texts that show what it is about.
    pub exemplars: Vec<usize>,
    /// Verbatim spans: text and bytes.
    pub evidence: Vec<(usize, Span)>,
    /// Nearest texts that do not belong.
    pub near_misses: Vec<usize>,
    /// Its share of all documents, where more is known of it than the members show.
    pub share: Option<Share>,
    /// The cluster that it is a part of.
    pub parent: Option<usize>,
    /// How well it comes back in samples of the documents, where that was measured: at most 1.
    pub stability: Option<f64>,
    /// The predicate that it had at first, where it was named anew.
    pub former: Option<String>,
    /// How well the predicate alone tells its documents, where that was tested.
    pub test: Option<CriterionTest>,
}
