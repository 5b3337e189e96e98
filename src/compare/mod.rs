//! Two finished runs side by side: which clusters are the same, which came, went, split or merged, which shares changed by more
//! than their intervals allow, and which documents moved.
//!
//! In reading order:
//! - `both`: which documents are in both runs;
//! - `level`: the clusters of one level of a run with their members;
//! - `links`: which cluster of the one run goes with which of the other, by their members;
//! - `meaning`: the same for clusters that have hardly a document in both, by where their members lie;
//! - `change`: what became of each cluster, and of its share;
//! - `differences`: how the two runs were made differently;
//! - `drift`: later documents beside those of the run into whose clusters they were put;
//! - `tally`: what the lines of many documents say together;
//! - `likeness`: whether two samples of vectors come from one population.

mod both;
mod change;
mod differences;
mod drift;
mod level;
mod likeness;
mod links;
mod meaning;
mod tally;

use std::path::Path;

use serde::Serialize;

use crate::edits::{edited, edits_of};
use crate::error::Error;
use crate::metrics::evaluate;
use crate::run::{FinishedRun, read_run, recorded_embeddings};
use crate::vectors::Embeddings;
pub use change::{Change, Kind, Part, ShareChange};
pub use differences::Difference;
pub use drift::{Drift, Later, PartDrift, ThenNow};
use level::Level;
pub use likeness::Likeness;
pub use links::Basis;
pub use tally::Tally;

/// A run that is compared.
#[derive(Debug)]
pub struct Side {
    /// What it wrote.
    pub run: FinishedRun,
    /// n×d: the vectors of its documents with content, in input order; none where it kept none.
    pub vectors: Option<Embeddings>,
}

impl Side {
    /// Reads a run directory.
    ///
    /// # Errors
    /// When it is none, or its files are not what its run wrote.
    pub fn read(path: &Path) -> Result<Side, Error> {
        let run = read_run(path)?;
        let vectors = recorded_embeddings(path, &run.manifest)?;
        Ok(Side { run, vectors })
    }

    /// Whether the vectors that its run wrote are gone.
    pub fn lacks_vectors(&self) -> bool {
        self.vectors.is_none() && !self.run.manifest.embedder.vectors.is_empty()
    }

    /// Reads a run directory as the edits in it want it.
    ///
    /// # Errors
    /// Those of [`Side::read`], and when the edits cannot be followed.
    pub fn read_edited(path: &Path) -> Result<Side, Error> {
        let side = Side::read(path)?;
        Ok(match edits_of(path, None)? {
            Some(edits) => Side { run: edited(side.run, &edits)?.0, ..side },
            None => side,
        })
    }
}

/// How many documents there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// In the first run.
    pub before: usize,
    /// In the second run.
    pub after: usize,
    /// In both.
    pub both: usize,
}

/// A document that is in both runs and in clusters that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Its id in the second run.
    pub document: String,
    /// The id of the cluster that it was in; none where it was in none.
    pub from: Option<String>,
    /// The id of the cluster that it is in now.
    pub to: Option<String>,
}

/// What differs between two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Documents: rows that are not skipped.
    pub documents: Counts,
    /// Adjusted Rand index of the two runs' top clusters over the documents in both, those in no cluster as one more group; none
    /// where no document is in both.
    pub agreement: Option<f64>,
    /// How the runs were made differently.
    pub made: Vec<Difference>,
    /// What became of each cluster, what is new or gone first.
    pub changes: Vec<Change>,
    /// Documents that moved between top clusters that do not go together, in the order of the second run.
    pub moved: Vec<Move>,
}

/// Compares two runs. Clusters are compared with clusters of the same level: with those of the top, or with parts of clusters.
pub fn compare(before: &Side, after: &Side) -> Comparison {
    let both = both::pairs(&before.run, &after.run);
    let count = |side: &Side| side.run.documents.len();
    let is_same_corpus = [before, after].iter().all(|side| count(side) == both.len());
    let is_of_samples = |side: &Side| side.run.manifest.procedure().is_some_and(|known| known.intervals.of_samples);
    let sizes = [before, after].map(|side| (!is_same_corpus && !is_of_samples(side)).then(|| count(side)));
    let (mut changes, mut agreement, mut moved) = (Vec::new(), None, Vec::new());
    for is_part in [false, true] {
        let levels = [before, after].map(|side| Level::of(&side.run, is_part));
        if is_part && levels.iter().any(|level| level.clusters.is_empty()) {
            continue;
        }
        let links = links::links([before, after], &levels, &both);
        let of_level = change::changes(&levels, &links, usize::from(is_part) + 1, sizes);
        if !is_part {
            agreement = (!both.is_empty()).then(|| agreed(&levels, &both));
            moved = moves(&after.run, &levels, &both, &of_level);
        }
        changes.extend(of_level);
    }
    changes.sort_by_key(|change| (change.level, change.kind));
    Comparison {
        documents: Counts { before: count(before), after: count(after), both: both.len() },
        agreement,
        made: differences::differences(&before.run.manifest, &after.run.manifest),
        changes,
        moved,
    }
}

/// For each cluster of the second run that is one of the first, its id and the id of that one: most of either's documents in both
/// runs are in the other, or they lie in one place.
pub fn counterparts(before: &Side, after: &Side) -> Vec<(String, String)> {
    let both = both::pairs(&before.run, &after.run);
    let mut found = Vec::new();
    for is_part in [false, true] {
        let levels = [before, after].map(|side| Level::of(&side.run, is_part));
        let links = links::links([before, after], &levels, &both);
        let id = |level: &Level, cluster: usize| level.clusters[cluster].id.clone();
        found.extend(links.mutual().map(|(old, new)| (id(&levels[1], new), id(&levels[0], old))));
    }
    found
}

/// The adjusted Rand index over the documents in both.
fn agreed([before, after]: &[Level; 2], both: &[(usize, usize)]) -> f64 {
    let predicted: Vec<Option<usize>> = both.iter().map(|&(_, document)| after.primary[document]).collect();
    let none = before.clusters.len();
    let gold: Vec<usize> = both.iter().map(|&(document, _)| before.primary[document].unwrap_or(none)).collect();
    evaluate(&predicted, &gold).ari
}

/// The documents whose clusters are in no change together.
fn moves(after: &FinishedRun, levels: &[Level; 2], both: &[(usize, usize)], changes: &[Change]) -> Vec<Move> {
    let [former, latter] = levels;
    let go_together = |from: usize, to: usize| {
        let (from, to) = (&former.clusters[from].id, &latter.clusters[to].id);
        let holds = |parts: &[Part], id: &str| parts.iter().any(|part| part.id == id);
        changes.iter().any(|change| holds(&change.before, from) && holds(&change.after, to))
    };
    let together: Vec<Vec<bool>> = (0..former.clusters.len())
        .map(|from| (0..latter.clusters.len()).map(|to| go_together(from, to)).collect())
        .collect();
    let id = |level: &Level, cluster: Option<usize>| cluster.map(|cluster| level.clusters[cluster].id.clone());
    let moved = |&(old, new): &(usize, usize)| {
        let (from, to) = (former.primary[old], latter.primary[new]);
        let stays = match (from, to) {
            (Some(from), Some(to)) => together[from][to],
            (from, to) => from == to,
        };
        let document = || after.documents[new].id.clone();
        (!stays).then(|| Move { document: document(), from: id(former, from), to: id(latter, to) })
    };
    both.iter().filter_map(moved).collect()
}
