//! What each method and its steps say of how they went: parts of the manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lines::Share;

/// How clusters were selected by the integer program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectionRecord {
    /// `optimal`, `feasible` (a bound is known) or `heuristic`.
    pub status: String,
    /// Weighted cost of overlap, uncovered documents and clusters.
    pub objective: f64,
    /// Proven lower bound of the objective.
    pub bound: Option<f64>,
    /// (objective − bound) / objective.
    pub gap: Option<f64>,
}

/// How the number of clusters came about, for methods that choose it from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KChoice {
    /// The chosen number.
    pub k: usize,
    /// How it was chosen, in words.
    pub how: String,
    /// Every k that was tried, with its score.
    pub tried: Vec<(usize, f64)>,
    /// For every k that was tried, how far two halves of the documents agree on their clusters, where that was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stability: Vec<(usize, f64)>,
}

/// How documents were placed by their likeness to the entries of a codebook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LikenessRecord {
    /// What differences of likeness are divided by before they become confidences.
    pub temperature: f64,
    /// How well a document must fit; absent where texts are too few to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<f64>,
    /// Texts that fit less.
    pub uncovered: usize,
    /// With its own entry left out, the share of the texts that would be uncovered; absent where it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught: Option<f64>,
}

/// What some uncovered documents are about, by their words: a proposal, no cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProposalRecord {
    /// Keyphrases.
    pub label: String,
    /// Documents.
    pub size: usize,
    /// More keyphrases, the strongest first.
    pub keywords: Vec<String>,
    /// Ids of documents that show what it is about.
    pub exemplars: Vec<String>,
}

/// The codebook of a run, whose copy lies beside the manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CodebookRecord {
    /// The copy's name.
    pub file: String,
    /// Of its bytes.
    pub sha256: String,
    /// How many entries it has.
    pub entries: usize,
    /// How documents were placed by likeness, where no model was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likeness: Option<LikenessRecord>,
    /// What the uncovered documents are about, by wording: no entries, no clusters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<ProposalRecord>,
}

/// One round of propose, assign, select.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundRecord {
    /// 1-based.
    pub round: usize,
    /// Documents (distinct texts) that the propose questions drew from.
    pub pool: usize,
    /// Candidates that were new in this round.
    pub proposed: usize,
    /// Candidates dropped, by reason.
    pub dropped: BTreeMap<String, usize>,
    /// Candidates selected after this round.
    pub selected: usize,
    /// Documents uncovered after this round.
    pub uncovered: usize,
}

/// A share that was counted on a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Spread documents that were judged after all.
    pub asked: usize,
    /// Of these, how many the model put where the spread had put them.
    pub agreed: usize,
    /// agreed / asked with its 95 % Wilson interval.
    pub agreement: Share,
}

/// What `auto` asked and how the answers were spread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoreRecord {
    /// Questions of all stages at most.
    pub questions: usize,
    /// Questions asked, by stage.
    pub asked: BTreeMap<String, usize>,
    /// Documents with a usable answer.
    pub judged: usize,
    /// Random texts that these were chosen from and the spread was learned on; absent where that is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    /// New candidates of each sample that was proposed from.
    pub samples: Vec<usize>,
    /// Candidates proposed, without those that went.
    pub candidates: usize,
    /// Candidates that went: another one stood for them, or their documents were left to the others.
    pub merged: usize,
    /// Share of the core's medoids that at first no candidate held for: what was still unnamed.
    pub none: f64,
    /// What `--perspective` asked and learned.
    #[serde(default)]
    pub perspective: Option<PerspectiveRecord>,
    /// How the form of the questions was chosen; absent where the user chose it or questions were too few to compare forms.
    #[serde(default)]
    pub form: Option<FormRecord>,
    /// Of answers by letter, how much hangs on the document, 0 to 1: the mutual information of both over the letters' entropy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<f64>,
    /// Documents judged twice, in other words.
    pub asked_twice: usize,
    /// Of these, how many were judged alike.
    pub agreed: usize,
    /// Share of wrong answers that this means; absent where answers are too few for it to be used.
    pub error: Option<f64>,
    /// Whether answers were read as evidence only.
    pub denoised: bool,
    /// The classifier that spread the answers, or `sum`.
    pub spread: String,
    /// Every classifier's accuracy on documents held out.
    pub tried: BTreeMap<String, f64>,
    /// What each classifier weighs in what is used: shares of 1, where all spaces are used their means.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
    /// The feature space in which the answers were spread, or `all together`.
    #[serde(default)]
    pub space: String,
    /// Every feature space's accuracy on documents held out: by this it is chosen where answers are letters.
    #[serde(default)]
    pub spaces: BTreeMap<String, f64>,
    /// How probable every feature space made an answer on documents held out, as a geometric mean: by this it is chosen else.
    #[serde(default)]
    pub probable: BTreeMap<String, f64>,
    /// Expected calibration error of the confidences, on documents held out.
    pub calibration_error: f64,
    /// Random spread documents judged by the model.
    pub audit: Option<Audit>,
}

/// Some documents asked about one by one, with the list of candidates in both orders, and ten in a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormRecord {
    /// Documents with a usable answer in both orders.
    pub asked: usize,
    /// Of these, how many got the same candidate in both orders.
    pub alike: usize,
    /// How many got another candidate at the same place of the list.
    pub same_place: usize,
    /// How many got the same candidate in a question with nine others.
    pub together: usize,
    /// The form chosen: `many`, `batch`, `letter` or `pair`.
    pub form: String,
}

/// What triplets said, and whether a map of the vectors was learned from them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PerspectiveRecord {
    /// Triplets, each two questions.
    pub triplets: OpinionCounts,
    /// Share of the answered triplets that the vectors get right: as embedded, and by maps learned without them. Absent where
    /// there were too few to hold some out.
    pub held_out: Option<[f64; 2]>,
    /// Whether a map was learned and kept.
    pub adapted: bool,
}

/// What `classify` asked and what labels came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelsRecord {
    /// Questions of all stages at most; absent where there is no such cap.
    pub questions: Option<usize>,
    /// Questions asked, by stage.
    pub asked: BTreeMap<String, usize>,
    /// New labels of each batch that labels were asked for on.
    pub batches: Vec<usize>,
    /// Labels that another one stood for.
    pub merged: usize,
    /// Labels of the closed list.
    pub listed: usize,
    /// Documents with a legal answer.
    pub judged: usize,
}

/// What came of things that were each asked in two orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpinionCounts {
    /// The same answer in both orders.
    pub agreed: usize,
    /// Legal answers without a preference.
    pub undecided: usize,
    /// The answer hung on the order: no answer.
    pub torn: usize,
    /// An answer failed or was not legal.
    pub lost: usize,
}

/// What `clusterllm` asked and what the answers did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GuideRecord {
    /// Questions of all stages at most.
    pub questions: usize,
    /// How they were shared out: `perspective`, `pairs`, `describe`.
    pub planned: BTreeMap<String, usize>,
    /// Questions asked, by stage.
    pub asked: BTreeMap<String, usize>,
    /// What triplets said and what was learned from them.
    #[serde(flatten)]
    pub perspective: PerspectiveRecord,
    /// Clusters that were to be joined.
    pub small_clusters: usize,
    /// Pairs, each two questions.
    pub pairs: OpinionCounts,
    /// Where k lies in nine of ten resamplings of the answers, where it was chosen by them.
    pub interval: Option<[usize; 2]>,
    /// Joins that the model confirmed.
    pub confirmed: usize,
    /// Joins by the vectors alone.
    pub unconfirmed: usize,
    /// Clusters that the model described.
    pub described: usize,
}
