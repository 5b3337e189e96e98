//! The straight lines: one file a method, over the same stages and plain functions.

mod auto;
mod classify;
mod clusterllm;
mod confidence;
mod described;
mod estimate;
mod explain;
mod goalex;
mod information;
mod likeness;
mod perspective;
mod prompts;
mod proposals;
mod purse;
mod record;
mod rounds;
mod taught;
mod topics;
mod trust;
mod watch;
#[cfg(test)]
mod whole_runs;

pub use crate::decision::{By, Placement};
pub use auto::{Audit, CoreRecord, FormRecord, auto, leaves_a_core};
pub use classify::{LabelsRecord, classify};
pub use clusterllm::{GuideRecord, clusterllm};
pub use estimate::{Estimate, Range, StageEstimate, estimate};
pub use goalex::goalex;
pub use information::{Measure, Trust};
pub use likeness::{LikenessRecord, ProposalRecord, Reach, likeness};
pub use perspective::{OpinionCounts, PerspectiveRecord};
pub use prompts::prompts_used;
pub use record::{KChoice, SelectionRecord};
pub use rounds::RoundRecord;
pub use topics::topics;
pub use watch::{StageRecord, Watch};

use std::collections::HashSet;

use crate::cluster::{Neighbor, choose_k};
use crate::codebook::Entry;
use crate::corpus::Corpus;
use crate::decision::Decision;
use crate::embed::Embedder;
use crate::error::Error;
use crate::observer::Observer;
use crate::plan::Plan;
use crate::spread::Share;
use crate::stages::propose::Candidate;
use crate::text::plain;
use crate::vectors::Embeddings;
use crate::wording::{Span, best_sentences, exemplars};
use serde::{Deserialize, Serialize};

/// What is said of a document that no question asked about; why not is known to whoever asks for the run.
pub const NOT_ASKED: &str = "not asked";
/// Quotes of a cluster.
const QUOTES: usize = 3;
/// Exemplars of a cluster.
const EXEMPLARS: usize = 5;
/// Texts of a cluster that a quote may be from: more than are quoted, as some say the same.
const QUOTABLE: usize = 12;
/// Near misses of a cluster.
const NEAR_MISSES: usize = 3;

/// What a method works on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Documents, with n distinct texts.
    pub corpus: &'a Corpus,
    /// n×d.
    pub embeddings: &'a Embeddings,
    /// Made the embeddings; embeds phrases and sentences.
    pub embedder: &'a dyn Embedder,
    /// Checked parameters.
    pub plan: &'a Plan,
    /// Hears of progress.
    pub observer: &'a dyn Observer,
}

impl Setting<'_> {
    /// The candidates that are known beforehand: the entries of the codebook, in its order.
    fn given(&self) -> Vec<Candidate> {
        let candidate = |entry: &Entry| Candidate { label: entry.label.clone(), predicate: entry.predicate.clone() };
        self.plan.codebook.iter().flat_map(|codebook| &codebook.entries).map(candidate).collect()
    }

    /// The clusters wanted, or a first guess from the vectors.
    fn guess(&self) -> Result<usize, Error> {
        match self.plan.k {
            Some(k) => Ok(k),
            None => Ok(choose_k(self.embeddings, self.plan.seed)?.k),
        }
    }
}

/// What a method found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Clusters, the largest first, those that have parts before the parts.
    pub clusters: Vec<Cluster>,
    /// For each of n distinct texts its place.
    pub placements: Vec<Placement>,
    /// How k was found, where it was chosen from the data.
    pub k_choice: Option<KChoice>,
    /// How documents were placed by their likeness to a codebook, where no model was asked.
    pub likeness: Option<LikenessRecord>,
    /// What documents in no cluster are about, by their words.
    pub proposals: Vec<ProposalRecord>,
    /// The integer program's outcome.
    pub selection: Option<SelectionRecord>,
    /// What was asked of a core and how it was spread, by `auto`.
    pub core: Option<CoreRecord>,
    /// What was asked for labels and by them, by `classify`.
    pub labels: Option<LabelsRecord>,
    /// What was asked of triplets and pairs, by `clusterllm`.
    pub guide: Option<GuideRecord>,
    /// What was learned, where other documents can be placed by it.
    pub decision: Option<Decision>,
    /// The learned map of the vectors (d×d), where there is one.
    pub adapter: Option<Embeddings>,
    /// Whether the answers carry information about the documents, where that could be measured.
    pub trust: Option<Trust>,
    /// Questions that `--questions` left unasked, where the method needs their answers.
    pub beyond: usize,
    /// Round by round.
    pub rounds: Vec<RoundRecord>,
    /// Wall time by stage.
    pub stages: Vec<StageRecord>,
    /// What the user should know.
    pub warnings: Vec<String>,
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
}

/// Indices of weights, the heaviest first, of equal ones the first; what weighs nothing is left out.
fn heaviest_first(weights: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).filter(|&index| weights[index] > 0.0).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    order
}

/// What shows a cluster: texts, and verbatim spans of some of them.
struct Illustration {
    exemplars: Vec<usize>,
    evidence: Vec<(usize, Span)>,
}

/// Chooses exemplars and quotes of clusters: each is given by its members, best first, and a direction (d) that its quotes are
/// to be near.
fn illustrate(setting: Setting<'_>, clusters: &[(Vec<Neighbor>, &[f32])]) -> Result<Vec<Illustration>, Error> {
    let directions: Vec<&[f32]> = clusters.iter().map(|(_, direction)| *direction).collect();
    let candidates = clusters.iter().map(|(ranked, _)| exemplars(setting.embeddings, ranked, QUOTABLE));
    let mut shown: Vec<Vec<usize>> = candidates.collect();
    let evidence = quotes(setting, &shown, &directions)?;
    shown.iter_mut().for_each(|texts| texts.truncate(EXEMPLARS));
    let illustrations = shown.into_iter().zip(evidence);
    Ok(illustrations.map(|(exemplars, evidence)| Illustration { exemplars, evidence }).collect())
}

/// For each cluster a quote from each of its first texts, [`QUOTES`] at most; a text whose quote another text has already said makes
/// room for the next one. The sentences of all clusters are embedded in one call, and again only where quotes are missing.
fn quotes(setting: Setting<'_>, texts: &[Vec<usize>], directions: &[&[f32]]) -> Result<Vec<Vec<(usize, Span)>>, Error> {
    let mut quotes: Vec<Vec<(usize, Span)>> = vec![Vec::new(); texts.len()];
    let mut said: Vec<HashSet<String>> = vec![HashSet::new(); texts.len()];
    let mut next = vec![0; texts.len()];
    loop {
        let mut asked: Vec<(usize, usize)> = Vec::new();
        for (cluster, texts) in texts.iter().enumerate() {
            let wanted = texts[next[cluster]..].iter().take(QUOTES - quotes[cluster].len());
            asked.extend(wanted.clone().map(|&text| (cluster, text)));
            next[cluster] += wanted.len();
        }
        if asked.is_empty() {
            return Ok(quotes);
        }
        let target = |&(cluster, text): &(usize, usize)| (setting.corpus.text(text), directions[cluster]);
        let targets: Vec<(&str, &[f32])> = asked.iter().map(target).collect();
        for (&(cluster, text), span) in asked.iter().zip(best_sentences(&targets, setting.embedder)?) {
            let Some(span) = span else { continue };
            let words = plain(&setting.corpus.text(text)[span.start..span.end]);
            if said[cluster].insert(words) {
                quotes[cluster].push((text, span));
            }
        }
    }
}
