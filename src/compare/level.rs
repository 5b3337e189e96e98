//! The clusters of one level of a run, and which of its documents they hold.

use std::collections::HashMap;

use crate::run::{ClusterLine, FinishedRun, Status};

/// The top clusters of a run, or the parts of them.
pub struct Level<'r> {
    /// m.
    pub clusters: Vec<&'r ClusterLine>,
    /// n: for each document the clusters of this level that hold it.
    pub held: Vec<Vec<usize>>,
    /// n: the one that it fits best.
    pub primary: Vec<Option<usize>>,
}

impl<'r> Level<'r> {
    /// The clusters that are parts of others, or those that are not.
    pub fn of(run: &'r FinishedRun, is_part: bool) -> Level<'r> {
        let clusters: Vec<&ClusterLine> =
            run.clusters.iter().filter(|cluster| cluster.parent.is_some() == is_part).collect();
        let place: HashMap<&str, usize> =
            clusters.iter().enumerate().map(|(place, cluster)| (cluster.id.as_str(), place)).collect();
        let documents = run.assignments.iter().filter(|line| line.status != Status::Skipped);
        let of = |id: &String| place.get(id.as_str()).copied();
        let held: Vec<Vec<usize>> = documents
            .clone()
            .map(|line| line.clusters.iter().filter_map(|membership| of(&membership.id)).collect())
            .collect();
        // The one that is said to be primary may be of the other level; the first of this one fits best here.
        let primary = documents
            .zip(&held)
            .map(|(line, held)| line.primary.as_ref().and_then(of).or_else(|| held.first().copied()))
            .collect();
        Level { clusters, held, primary }
    }

    /// m: how many documents each cluster holds, of those for which `counts` holds.
    pub fn sizes(&self, documents: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut sizes = vec![0; self.clusters.len()];
        for document in documents {
            self.held[document].iter().for_each(|&cluster| sizes[cluster] += 1);
        }
        sizes
    }
}
