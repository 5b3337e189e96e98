//! `manifest.json`: what a run was, what it used and how it ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lines::Share;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Everything that was to be done was done.
    Complete,
    /// A budget was reached or some answers failed; `reason` says which.
    Partial,
    /// The model server could not be reached, refused, or was out of quota.
    Failed,
    /// Interrupted by the user.
    Cancelled,
    /// Still going on, or killed.
    Running,
}

/// One value of the plan and where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The value.
    pub value: Value,
    /// `flag`, `environment`, `config`, `recording` or `default`.
    pub origin: String,
}

/// The input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusRecord {
    /// Short name.
    pub name: String,
    /// Of the raw bytes.
    pub sha256: String,
    /// Lines that are not blank.
    pub rows: usize,
}

/// Rows by status; they sum to the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCounts {
    /// In at least one cluster.
    pub assigned: usize,
    /// In none.
    pub uncovered: usize,
    /// Not documents.
    pub skipped: usize,
    /// Without a verdict that would decide.
    pub failed: usize,
}

/// The embedder of the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbedderRecord {
    /// Its name, such as `builtin:all-MiniLM-L6-v2-w8`.
    pub id: String,
    /// Dimensions of a vector.
    pub dimensions: usize,
    /// sha256 of its weights, of weights and tokenizer, or of what could be learnt of a server.
    pub sha256: String,
    /// Tokens it reads of one text at most; 0 where it reads all, or a server does not say.
    pub window: usize,
    /// How many documents were longer.
    pub truncated: usize,
    /// What was sent to it, if it is a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<EmbeddingUsage>,
}

impl EmbedderRecord {
    /// Whether vectors of the other one can be compared with its own.
    pub fn is_like(&self, other: &EmbedderRecord) -> bool {
        (self.dimensions, &self.sha256) == (other.dimensions, &other.sha256)
    }
}

/// What was sent to a server that embeds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingUsage {
    /// Requests sent, retries included.
    pub calls: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub tokens: u64,
    /// Requests that were repeated after a failure that may pass.
    pub retries: u64,
    /// Failed requests by kind, those that a repetition mended included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
}

/// The language model of the run. Never an address or a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name as the server knows it.
    pub name: String,
    /// Whether answers came from a recording.
    pub replayed: bool,
    /// Whether verdicts were read from log-probabilities.
    pub logprobs: bool,
}

/// One prompt that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptRecord {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// sha256 of the file.
    pub sha256: String,
}

/// What was asked of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests sent, retries included.
    pub calls: u64,
    /// Questions answered from the journal or a recording.
    pub cached: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub prompt_tokens: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub completion_tokens: u64,
    /// In the currency of the prices, when prices are given.
    pub cost: Option<f64>,
    /// Answers that were not legal.
    pub unparsed: u64,
    /// Questions that got no answer.
    pub failed: u64,
    /// Questions a budget left unasked.
    pub not_asked: u64,
    /// Requests that were repeated after a failure that may pass, or put otherwise because the server wanted it so.
    pub retries: u64,
    /// Questions asked with shortened documents, because the prompt was too long for the model.
    #[serde(default)]
    pub shortened: u64,
    /// Failed requests by kind, those that a repetition mended included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
}

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

/// Wall time of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its name.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the run directory: 1.
    pub format: u32,
    /// Of the program.
    pub version: String,
    /// How the run ended.
    pub status: RunStatus,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// The user's sentence.
    pub goal: String,
    /// The method that ran: `topics`, `goalex`, `clusterllm`, `classify` or `auto`.
    pub method: String,
    /// Every parameter with its origin.
    pub plan: BTreeMap<String, Planned>,
    /// The input.
    pub corpus: CorpusRecord,
    /// Rows by status.
    pub documents: DocumentCounts,
    /// Number of clusters.
    pub clusters: usize,
    /// The embedder.
    pub embedder: EmbedderRecord,
    /// The language model, if one was asked.
    pub model: Option<ModelRecord>,
    /// The prompts used.
    pub prompts: Vec<PromptRecord>,
    /// Of all randomness.
    pub seed: u64,
    /// What was asked of the model.
    pub usage: Usage,
    /// The integer program's outcome.
    pub selection: Option<SelectionRecord>,
    /// How k was found.
    pub k_choice: Option<KChoice>,
    /// What `auto` asked and how it was spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<CoreRecord>,
    /// What `classify` asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelsRecord>,
    /// What `clusterllm` asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<GuideRecord>,
    /// Round by round.
    pub rounds: Vec<RoundRecord>,
    /// Wall time by stage.
    pub stages: Vec<StageRecord>,
    /// What the user should know.
    pub warnings: Vec<String>,
}
