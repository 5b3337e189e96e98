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
    /// recovery: G. Y. Zou and A. Donner, 2008, after R. G. Newcombe, 1998).
    pub fn between(before: Share, after: Share) -> ShareChange {
        let estimate = after.estimate - before.estimate;
        let down = (after.estimate - after.low).hypot(before.high - before.estimate);
        let up = (after.high - after.estimate).hypot(before.estimate - before.low);
        ShareChange { estimate, low: (estimate - down).max(-1.0), high: (estimate + up).min(1.0) }
    }

    /// Whether it is more than chance, if it is one of so many changes that are looked at: in 5 % of comparisons chance alone makes
    /// one of them so large (Bonferroni).
    pub fn is_beyond_chance(&self, among: usize) -> bool {
        let wider = deviations(0.05 / among.max(1) as f64) / deviations(0.05);
        let (low, high) = (self.estimate - self.low, self.high - self.estimate);
        self.estimate - wider * low > 0.0 || self.estimate + wider * high < 0.0
    }
}

/// The standard deviations beyond which a normal variable lies with some small probability, on both sides together; to 0.0005
/// (M. Abramowitz and I. A. Stegun, 1964, 26.2.23).
fn deviations(probability: f64) -> f64 {
    let t = (-2.0 * (probability / 2.0).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
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
    /// Whether that is more than chance, of all such changes of the level.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub beyond_chance: bool,
}

/// What became of each cluster of a level; a cluster can be merged into one and be split off another. `sizes` are the numbers of
/// documents of either run by which its shares would vary between samples, where that is to be added to their intervals.
pub fn changes([before, after]: &[Level; 2], links: &Links, level: usize, sizes: [Option<usize>; 2]) -> Vec<Change> {
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
        beyond_chance: false,
    };
    let mut changes = Vec::new();
    for (b, link) in from.iter().enumerate() {
        if is_merged(b) {
            changes.push(make(Kind::Merged, sources(b).collect(), vec![b], Some(Basis::Members)));
        } else if link.is_none() {
            changes.push(make(Kind::New, vec![], vec![b], None));
        }
    }
    for (a, link) in into.iter().enumerate() {
        if is_split(a) {
            changes.push(make(Kind::Split, vec![a], parts(a).collect(), Some(Basis::Members)));
        } else if link.is_none() {
            changes.push(make(Kind::Gone, vec![a], vec![], None));
        }
        let one = link.filter(|link| is_one(a, link.cluster) && !is_split(a) && !is_merged(link.cluster));
        if let Some(Link { cluster: b, basis }) = one {
            let (old, new) = (before.clusters[a], after.clusters[b]);
            let kind = if folded(&old.label) == folded(&new.label) { Kind::Same } else { Kind::Renamed };
            let share = Some(ShareChange::between(sampled(old, sizes[0]), sampled(new, sizes[1])));
            changes.push(Change { share, ..make(kind, vec![a], vec![b], Some(basis)) });
        }
    }
    let among = changes.iter().filter(|change| change.share.is_some()).count();
    for change in &mut changes {
        change.beyond_chance = change.share.is_some_and(|share| share.is_beyond_chance(among));
    }
    changes
}

/// The share of a cluster, with an interval that holds too how far it would vary between samples of so many documents.
fn sampled(cluster: &ClusterLine, documents: Option<usize>) -> Share {
    let Some(documents) = documents else { return cluster.share };
    let (share, sample) = (cluster.share, Share::wilson(cluster.size, documents));
    let down = (share.estimate - share.low).hypot(sample.estimate - sample.low);
    let up = (share.high - share.estimate).hypot(sample.high - sample.estimate);
    Share { low: (share.estimate - down).max(0.0), high: (share.estimate + up).min(1.0), ..share }
}

fn part(cluster: &ClusterLine) -> Part {
    Part { id: cluster.id.clone(), label: cluster.label.clone(), size: cluster.size, share: cluster.share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_difference_is_that_of_newcombe() {
        // 56 of 70 and 48 of 80 (Newcombe 1998, example a): 0.2 with 0.0524 to 0.3339.
        let change = ShareChange::between(Share::wilson(48, 80), Share::wilson(56, 70));
        let shown = [change.estimate, change.low, change.high].map(|value| (value * 1e4).round() / 1e4);
        assert_eq!(shown, [0.2, 0.0524, 0.3339]);
    }

    #[test]
    fn of_many_changes_one_must_be_larger_to_be_beyond_chance() {
        let change = ShareChange::between(Share::wilson(48, 80), Share::wilson(56, 70));
        assert!(change.is_beyond_chance(1) && change.is_beyond_chance(2) && !change.is_beyond_chance(20));
        assert!((deviations(0.05) - 1.96).abs() < 1e-3 && (deviations(0.005) - 2.807).abs() < 1e-3);
    }
}
