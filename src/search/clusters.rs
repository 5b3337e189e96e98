//! The clusters of a run, with the middles of their documents.

use super::FoundCluster;
use crate::error::Error;
use crate::message;
use crate::run::ClusterLine;
use crate::vectors::dot;

/// The clusters of a run.
#[derive(Debug)]
pub struct Clusters {
    /// Their lines.
    pub lines: Vec<ClusterLine>,
    /// The unit vector of each cluster's mean, in the order of the lines; none where no member has content.
    pub centers: Vec<Option<Vec<f32>>>,
}

impl Clusters {
    /// The nearest to a vector (d), `most` of them at most.
    pub fn nearest(&self, vector: &[f32], most: usize) -> Vec<FoundCluster> {
        let lines = self.lines.iter().zip(&self.centers);
        let found = |(line, center): (&ClusterLine, &Option<Vec<f32>>)| {
            let similarity = dot(center.as_ref()?, vector);
            Some(FoundCluster { id: line.id.clone(), label: line.label.clone(), size: line.size, similarity })
        };
        let mut found: Vec<FoundCluster> = lines.filter_map(found).collect();
        found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        found.truncate(most);
        found
    }

    /// The place of a cluster, by its id or by a label that only it has.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self, name: &str) -> Result<usize, Error> {
        let by_id = self.lines.iter().position(|cluster| cluster.id == name);
        let mut by_label = (0..self.lines.len()).filter(|&place| self.lines[place].label == name);
        let by_label = by_label.next().filter(|_| by_label.next().is_none());
        by_id.or(by_label).ok_or_else(|| {
            let there: Vec<String> = self.lines.iter().map(|one| format!("{} ({})", one.id, one.label)).collect();
            let name = format!("{name:?}");
            Error::Usage(message!(
                "{@cluster}: the run has no cluster {name}, but {there}",
                name,
                there = there.join(", ")
            ))
        })
    }

    /// The middle of a cluster (d).
    ///
    /// # Errors
    /// When it has no documents with content.
    pub fn center(&self, place: usize) -> Result<&[f32], Error> {
        let id = &self.lines[place].id;
        let none = || Error::usage(format!("the cluster {id} has no documents with content"));
        self.centers[place].as_deref().ok_or_else(none)
    }
}

/// There is no document with an id.
pub fn no_document(id: &str) -> Error {
    let whole = if id.starts_with('…') {
        ": the terminal shows the end of a long id; documents.jsonl has it whole"
    } else {
        ""
    };
    Error::Usage(message!("{@like}: the run has no document {id} with content{whole}", id = format!("{id:?}"), whole))
}
