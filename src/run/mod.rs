//! The run directory (format 1): written, read back. Nobody else knows its file names.

mod checksum;
mod directory;
#[cfg(test)]
pub(crate) mod fixture;
mod lines;
mod manifest;
mod map;
mod names;
mod place;
mod whole;

pub use directory::{
    RunDirectory, assignments_file, documents_file, edits_file, embeddings_file, index_file, is_read_with_run, is_run,
    journal_file, read_clusters, read_decision, read_lines, recorded_embeddings, report_file, vectors_file,
    vouched_clusters,
};

use crate::methods::{By, NamedBy};
pub use lines::{
    AssignmentLine, ClusterLine, ClusterStatus, DocumentLine, Evidence, Flag, Membership, NO_CONTENT, SURE, Status,
    cluster_id, rounded, rounded_share,
};
pub use manifest::{
    BaseRecord, CodebookRecord, CorpusRecord, DocumentCounts, EditsRecord, EmbedderRecord, Manifest, MethodRecord,
    ModelRecord, RunStatus, UpdateRecord, read_manifest,
};
pub use map::DocumentMap;
pub use whole::read_run;

/// A finished run, as read back from its directory: all that a report may show.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedRun {
    /// `manifest.json`.
    pub manifest: Manifest,
    /// `clusters.jsonl`.
    pub clusters: Vec<ClusterLine>,
    /// `assignments.jsonl`.
    pub assignments: Vec<AssignmentLine>,
    /// `documents.jsonl`.
    pub documents: Vec<DocumentLine>,
}

impl FinishedRun {
    /// For each document its row in `embeddings.npy`; an answer without content has none.
    pub fn vector_rows(&self) -> Vec<Option<usize>> {
        let documents = self.assignments.iter().filter(|line| line.status != Status::Skipped);
        let mut next = 0..;
        documents.map(|line| if line.says_nothing() { None } else { next.next() }).collect()
    }

    /// Whether a model had a part in these results: the clusters themselves say so, whatever became of a later attempt.
    pub fn is_by_model(&self) -> bool {
        let is_model = |membership: &Membership| matches!(membership.by, By::Model | By::Spread);
        self.manifest.model.is_some()
            || self.manifest.judge.is_some()
            || self.clusters.iter().any(|cluster| cluster.by == NamedBy::Model)
            || self.assignments.iter().flat_map(|line| &line.clusters).any(is_model)
    }
}
