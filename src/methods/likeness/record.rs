//! What `likeness` says of how it went: a part of the manifest.

use serde::{Deserialize, Serialize};

use crate::methods::steps::themes::Theme;

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
    /// What the uncovered documents are about, by their words: no entries, no clusters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposals: Vec<ProposalRecord>,
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

impl ProposalRecord {
    /// Of a theme, with the `id` of each text.
    pub fn of(theme: Theme, id: impl Fn(usize) -> String) -> ProposalRecord {
        let exemplars = theme.exemplars.into_iter().map(id).collect();
        ProposalRecord { label: theme.label, size: theme.size, keywords: theme.keywords, exemplars }
    }
}
