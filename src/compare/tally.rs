//! What the lines of many documents say together, counted line by line.

use std::collections::BTreeMap;

use crate::decision::By;
use crate::run::{AssignmentLine, DocumentCounts, Flag};

/// Bins of a distribution of confidences.
pub(super) const BINS: usize = 10;

/// Counts of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows by status.
    pub documents: DocumentCounts,
    /// Documents that are flagged as unsure.
    pub unsure: usize,
    /// Documents in each cluster that has any.
    pub(super) clusters: BTreeMap<String, usize>,
    /// Documents that neither a model nor a person judged, by the confidence of their place: tenths, the lowest first.
    pub(super) confidence: [usize; BINS],
}

impl Tally {
    /// Of some lines.
    pub fn of(lines: &[AssignmentLine]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.add(line));
        tally
    }

    /// Counts one more.
    pub fn add(&mut self, line: &AssignmentLine) {
        self.documents.add(line.status);
        self.unsure += usize::from(line.flags.contains(&Flag::Unsure));
        for place in &line.clusters {
            match self.clusters.get_mut(&place.id) {
                Some(count) => *count += 1,
                None => _ = self.clusters.insert(place.id.clone(), 1),
            }
        }
        if let Some(place) = line.clusters.first().filter(|place| !matches!(place.by, By::Model | By::Person)) {
            let bin = (place.confidence.clamp(0.0, 1.0) * BINS as f64) as usize;
            self.confidence[bin.min(BINS - 1)] += 1;
        }
    }

    /// Documents in a cluster.
    pub(super) fn in_cluster(&self, id: &str) -> usize {
        self.clusters.get(id).copied().unwrap_or(0)
    }

    /// Documents that were placed: in a cluster, or in none.
    pub(super) fn placed(&self) -> usize {
        self.documents.assigned + self.documents.uncovered
    }
}
