//! Later documents beside those of the run whose clusters they were put into: what they look like, and where they go.

use serde::Serialize;

use super::change::ShareChange;
use super::likeness::{Likeness, likeness};
use crate::decision::By;
use crate::methods::ProposalRecord;
use crate::run::{AssignmentLine, ClusterLine, DocumentCounts, FinishedRun, Flag, Status};
use crate::spread::Share;
use crate::vectors::Embeddings;

/// Bins of a distribution of confidences.
const BINS: usize = 10;

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
    /// Their lines.
    pub lines: &'a [AssignmentLine],
    /// Vectors of a sample of them.
    pub vectors: &'a Embeddings,
    /// What those in no cluster are about.
    pub themes: Vec<ProposalRecord>,
}

impl Drift {
    /// Compares. `vectors` are those of the run's documents.
    pub fn between(run: &FinishedRun, vectors: Option<&Embeddings>, later: Later<'_>) -> Drift {
        let lines = ThenNow { then: run.assignments.as_slice(), now: later.lines };
        let among = run.clusters.len() + 1;
        let of = |cluster: &ClusterLine| {
            let holds = |line: &AssignmentLine| line.clusters.iter().any(|held| held.id == cluster.id);
            part(Some(cluster), lines, holds, among)
        };
        let sample = |vectors| likeness(vectors, later.vectors, run.manifest.seed);
        Drift {
            documents: each(lines, DocumentCounts::of),
            unsure: later.lines.iter().filter(|line| line.flags.contains(&Flag::Unsure)).count(),
            clusters: run.clusters.iter().map(of).collect(),
            uncovered: part(None, lines, |line| line.status == Status::Uncovered, among),
            confidence: each(lines, confidences),
            likeness: vectors.and_then(sample),
            themes: later.themes,
        }
    }

    /// The parts whose shares changed by more than chance.
    pub fn beyond_chance(&self) -> impl Iterator<Item = &PartDrift> {
        self.clusters.iter().chain([&self.uncovered]).filter(|part| part.beyond_chance)
    }
}

fn each<T>(lines: ThenNow<&[AssignmentLine]>, of: impl Fn(&[AssignmentLine]) -> T) -> ThenNow<T> {
    ThenNow { then: of(lines.then), now: of(lines.now) }
}

fn part(
    cluster: Option<&ClusterLine>,
    lines: ThenNow<&[AssignmentLine]>,
    holds: impl Fn(&AssignmentLine) -> bool,
    among: usize,
) -> PartDrift {
    let is_placed = |line: &&AssignmentLine| matches!(line.status, Status::Assigned | Status::Uncovered);
    let documents = each(lines, |lines| lines.iter().filter(|line| holds(line)).count());
    let all = each(lines, |lines| lines.iter().filter(is_placed).count());
    let share = ThenNow { then: Share::wilson(documents.then, all.then), now: Share::wilson(documents.now, all.now) };
    let change = ShareChange::between(share.then, share.now);
    let is_known = all.then > 0 && all.now > 0;
    PartDrift {
        id: cluster.map(|cluster| cluster.id.clone()),
        label: cluster.map(|cluster| cluster.label.clone()),
        documents,
        share,
        change,
        beyond_chance: is_known && change.is_beyond_chance(among),
    }
}

/// How many documents that no model judged have a confidence in each tenth.
fn confidences(lines: &[AssignmentLine]) -> [usize; BINS] {
    let mut bins = [0; BINS];
    let places = lines.iter().filter_map(|line| line.clusters.first()).filter(|place| place.by != By::Model);
    for place in places {
        let bin = (place.confidence.clamp(0.0, 1.0) * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    bins
}
