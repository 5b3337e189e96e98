//! What became of each cluster, and of its share.

use serde::Serialize;

use super::level::Level;
use super::links::{Basis, Link, Links};
use crate::run::ClusterLine;
use crate::spread::Share;
use crate::text::folded;

/// What became of clusters, in the order in which a reader wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It has no counterpart in the first run.
    New,
    /// It has no counterpart in the second run.
    Gone,
    /// One became several, or gave most of another.
    Split,
    /// Several became one, or one went into another.
    Merged,
    /// The same with another label.
    Renamed,
    /// The same.
    Same,
}

/// A cluster of either run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Its documents.
    pub size: usize,
    /// Its share of its run's documents.
    pub share: Share,
}

/// By how much a share changed, in parts of 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShareChange {
    /// After, less before.
    pub estimate: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl ShareChange {
    /// The difference of two shares that are known with intervals, taken for independent (the method of variance estimates
    /// recovery: G. Y. Zou and A. Donner, 2008, after R. G. Newcombe, 1998). For two runs over the same documents it is too wide
    /// rather than too narrow.
    pub fn between(before: Share, after: Share) -> ShareChange {
        let estimate = after.estimate - before.estimate;
        let down = (after.estimate - after.low).hypot(before.high - before.estimate);
        let up = (after.high - after.estimate).hypot(before.estimate - before.low);
        ShareChange { estimate, low: (estimate - down).max(-1.0), high: (estimate + up).min(1.0) }
    }

    /// Whether it is more than the intervals allow.
    pub fn is_beyond_chance(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// What became of one cluster or of several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What.
    pub kind: Kind,
    /// 1: of top clusters; 2: of their parts.
    pub level: usize,
    /// The clusters of the first run, the largest first.
    pub before: Vec<Part>,
    /// The clusters of the second run, the largest first.
    pub after: Vec<Part>,
    /// How it is known that they belong together; none where there is nothing to belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// How its share changed, where one became one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareChange>,
}

/// What became of each cluster of a level; a cluster can be merged into one and be split off another.
pub fn changes([before, after]: &[Level; 2], links: &Links, level: usize) -> Vec<Change> {
    let Links { into, from } = links;
    let goes = |links: &[Option<Link>], a: usize, b: usize| links[a].is_some_and(|link| link.cluster == b);
    let is_one = |a: usize, b: usize| goes(into, a, b) && goes(from, b, a);
    let sources = |b: usize| (0..into.len()).filter(move |&a| goes(into, a, b));
    let parts = |a: usize| (0..from.len()).filter(move |&b| goes(from, b, a));
    let is_merged = |b: usize| sources(b).any(|a| !is_one(a, b));
    let is_split = |a: usize| parts(a).any(|b| !is_one(a, b));
    let make = |kind, old: Vec<usize>, new: Vec<usize>, basis| Change {
        kind,
        level,
        before: old.into_iter().map(|a| part(before.clusters[a])).collect(),
        after: new.into_iter().map(|b| part(after.clusters[b])).collect(),
        basis,
        share: None,
    };
    let mut changes = Vec::new();
    for b in 0..from.len() {
        if is_merged(b) {
            changes.push(make(Kind::Merged, sources(b).collect(), vec![b], Some(Basis::Members)));
        } else if from[b].is_none() {
            changes.push(make(Kind::New, vec![], vec![b], None));
        }
    }
    for a in 0..into.len() {
        if is_split(a) {
            changes.push(make(Kind::Split, vec![a], parts(a).collect(), Some(Basis::Members)));
        } else if into[a].is_none() {
            changes.push(make(Kind::Gone, vec![a], vec![], None));
        }
        let one = into[a].filter(|link| is_one(a, link.cluster) && !is_split(a) && !is_merged(link.cluster));
        if let Some(Link { cluster: b, basis }) = one {
            let (old, new) = (before.clusters[a], after.clusters[b]);
            let kind = if folded(&old.label) == folded(&new.label) { Kind::Same } else { Kind::Renamed };
            let share = Some(ShareChange::between(old.share, new.share));
            changes.push(Change { share, ..make(kind, vec![a], vec![b], Some(basis)) });
        }
    }
    changes
}

fn part(cluster: &ClusterLine) -> Part {
    Part { id: cluster.id.clone(), label: cluster.label.clone(), size: cluster.size, share: cluster.share }
}
