//! What several methods say of how they went: parts of the manifest.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cluster::NO_CLEAR_GROUPS;
use crate::error::Error;
use crate::message::Message;

/// What one method says of how it went: every method has a type of its own for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(Value);

impl Record {
    /// From the method's own type.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a bug.
    pub fn of(record: &impl Serialize) -> Result<Record, Error> {
        serde_json::to_value(record).map(Record).map_err(|problem| Error::Bug(problem.to_string()))
    }

    /// As the method's own type; none where another method has written it, or nobody.
    pub fn read<R: DeserializeOwned>(&self) -> Option<R> {
        R::deserialize(&self.0).ok()
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_null()
    }
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
    pub how: Message,
    /// Every k that was tried, with its score.
    pub tried: Vec<(usize, f64)>,
    /// For every k that was tried, how far two halves of the documents agree on their clusters, where that was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stability: Vec<(usize, f64)>,
}

impl KChoice {
    /// How far the clusterings of two samples agree at best. Two clusters of nearly anything are found again: they count where
    /// they are all that was tried.
    pub fn agreement(&self) -> Option<f64> {
        let first = self.stability.iter().position(|(k, _)| *k > 2).unwrap_or(0);
        self.stability[first..].iter().map(|(_, stability)| *stability).reduce(f64::max)
    }

    /// The same where it is so little that the documents have no clear groups.
    pub fn doubt(&self) -> Option<f64> {
        self.agreement().filter(|best| *best < NO_CLEAR_GROUPS)
    }
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
