//! What `clusterllm` says of how it went: a part of the manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::methods::{OpinionCounts, PerspectiveRecord};

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
