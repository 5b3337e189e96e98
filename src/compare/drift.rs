//! Later documents beside those of the run whose clusters they were put into: what they look like, and where they go.

use serde::Serialize;

use super::change::ShareChange;
use super::likeness::{Likeness, likeness};
use super::tally::{BINS, Tally};
use crate::methods::ProposalRecord;
use crate::run::{ClusterLine, DocumentCounts, FinishedRun};
use crate::spread::Share;
use crate::vectors::Embeddings;

/// A value then, in the run, and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ThenNow<T> {
    /// Of the run's documents.
    pub then: T,
    /// Of the later documents.
    pub now: T,
}

/// A part of the documents, then and now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartDrift {
    /// The cluster's id; none for the documents in no cluster.
    pub id: Option<String>,
    /// Its label.
    pub label: Option<String>,
    /// Documents of the run and later ones in it.
    pub documents: ThenNow<usize>,
    /// Their shares of all documents that were placed, with 95 % intervals for samples of that size. Both are as the documents were
    /// placed, so that what the run's answers and their spread do wrong is in both.
    pub share: ThenNow<Share>,
    /// The difference with its 95 % interval.
    pub change: ShareChange,
    /// Whether it is more than chance, of all clusters' changes together.
    pub beyond_chance: bool,
}

/// What is said of later documents beside those of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Rows by status.
    pub documents: ThenNow<DocumentCounts>,
    /// Later documents that are flagged as unsure.
    pub unsure: usize,
    /// The clusters in the order of the run.
    pub clusters: Vec<PartDrift>,
    /// The documents in no cluster.
    pub uncovered: PartDrift,
    /// Documents that no model judged, by the confidence of their place: tenths, the lowest first.
    pub confidence: ThenNow<[usize; BINS]>,
    /// Whether the later documents look like those of the run; none where there are too few, or no vectors of the run.
    pub likeness: Option<Likeness>,
    /// What the later documents in no cluster are about, by their words.
    pub themes: Vec<ProposalRecord>,
}

/// What later documents are measured by.
pub struct Later<'a> {
    /// What their lines say together.
    pub tally: &'a Tally,
    /// Vectors of a sample of them.
    pub vectors: &'a Embeddings,
    /// What those in no cluster are about.
    pub themes: Vec<ProposalRecord>,
}

impl Drift {
    /// Compares. `vectors` are those of the run's documents.
    pub fn between(run: &FinishedRun, vectors: Option<&Embeddings>, later: Later<'_>) -> Drift {
        let then = Tally::of(&run.assignments);
        let tallies = ThenNow { then: &then, now: later.tally };
        let among = run.clusters.len() + 1;
        let of = |cluster: &ClusterLine| {
            part(Some(cluster), each(tallies, |tally| (tally.in_cluster(&cluster.id), tally.placed())), among)
        };
        let sample = |vectors| likeness(vectors, later.vectors, run.manifest.seed);
        Drift {
            documents: each(tallies, |tally| tally.documents),
            unsure: later.tally.unsure,
            clusters: run.clusters.iter().map(of).collect(),
            uncovered: part(None, each(tallies, |tally| (tally.documents.uncovered, tally.placed())), among),
            confidence: each(tallies, |tally| tally.confidence),
            likeness: vectors.and_then(sample),
            themes: later.themes,
        }
    }

    /// The parts whose shares changed by more than chance.
    pub fn beyond_chance(&self) -> impl Iterator<Item = &PartDrift> {
        self.clusters.iter().chain([&self.uncovered]).filter(|part| part.beyond_chance)
    }
}

fn each<T>(tallies: ThenNow<&Tally>, of: impl Fn(&Tally) -> T) -> ThenNow<T> {
    ThenNow { then: of(tallies.then), now: of(tallies.now) }
}

/// A part by how many documents are in it, of all that were placed.
fn part(cluster: Option<&ClusterLine>, counts: ThenNow<(usize, usize)>, among: usize) -> PartDrift {
    let ThenNow { then: (then, all_then), now: (now, all_now) } = counts;
    let share = ThenNow { then: Share::wilson(then, all_then), now: Share::wilson(now, all_now) };
    let change = ShareChange::between(share.then, share.now);
    let is_known = all_then > 0 && all_now > 0;
    PartDrift {
        id: cluster.map(|cluster| cluster.id.clone()),
        label: cluster.map(|cluster| cluster.label.clone()),
        documents: ThenNow { then, now },
        share,
        change,
        beyond_chance: is_known && change.is_beyond_chance(among),
    }
}
