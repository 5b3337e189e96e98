//! What several methods say of how they went: parts of the manifest.

use serde::{Deserialize, Serialize};

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
