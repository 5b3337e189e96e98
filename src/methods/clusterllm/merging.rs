//! Verified merging: small clusters are joined where the model says that their medoids belong together.

use std::collections::{BTreeMap, BTreeSet};

use super::Guide;
use crate::cluster::{Clustering, Groups};
use crate::embed::dot;
use crate::error::Error;
use crate::stages::orders::Opinion;

/// Pairs asked about at once: the answers decide which come next.
const BATCH: usize = 16;

/// What was said of two small clusters, the lower number first.
#[derive(Debug, Default)]
pub struct Relations {
    said: BTreeMap<(usize, usize), Opinion>,
}

impl Relations {
    /// Notes what was said; what was not asked is not said.
    pub fn note(&mut self, (one, other): (usize, usize), opinion: Opinion) {
        if opinion != Opinion::NotAsked {
            self.said.insert((one.min(other), one.max(other)), opinion);
        }
    }

    /// Pairs that are one group.
    fn same(&self) -> impl Iterator<Item = (usize, usize)> {
        self.said.iter().filter(|(_, opinion)| **opinion == Opinion::Agreed(true)).map(|(&pair, _)| pair)
    }

    /// Pairs of groups, the lower number first, between which something was said that is in `wanted`.
    fn between(&self, groups: &[usize], wanted: impl Fn(Opinion) -> bool) -> BTreeSet<(usize, usize)> {
        let said = self.said.iter().filter(|(_, opinion)| wanted(**opinion));
        said.map(|(&(one, other), _)| (groups[one].min(groups[other]), groups[one].max(groups[other]))).collect()
    }
}

impl Guide<'_> {
    /// Joins small clusters until k groups are left: the cheapest joins are asked about as far as the questions reach, the
    /// rest follows the vectors, and joins that were denied come last. Returns the group of each small cluster.
    pub(super) fn merge(&mut self, small: &Clustering, k: usize) -> Result<Vec<usize>, Error> {
        let weights = self.weights_of(&small.members());
        let mut groups = Groups::new(&small.centroids, &weights);
        let known: Vec<_> = self.relations.same().collect();
        known.into_iter().for_each(|pair| self.confirm(&mut groups, pair, k));
        let medoids = small.medoids();
        loop {
            let wanted = groups.present().len().saturating_sub(k).min(BATCH).min(self.pairs_left(self.shares.describe));
            let pairs = self.next(&groups, small, wanted);
            if pairs.is_empty() {
                break;
            }
            let opinions = self.ask_pairs(&medoids, &pairs, "verify")?;
            if opinions.iter().all(|&opinion| opinion == Opinion::NotAsked) {
                break;
            }
            for (pair, opinion) in pairs.into_iter().zip(opinions) {
                if opinion == Opinion::Agreed(true) {
                    self.confirm(&mut groups, pair, k);
                }
            }
        }
        self.complete(&mut groups, k);
        Ok(groups.of_leaves())
    }

    /// Joins the groups of two small clusters that are said to be one, unless that leaves fewer than k.
    fn confirm(&mut self, groups: &mut Groups, (one, other): (usize, usize), k: usize) {
        let of = groups.of_leaves();
        if of[one] != of[other] && groups.present().len() > k {
            groups.join(of[one], of[other]);
            self.record.confirmed += 1;
        }
    }

    /// The cheapest joins of which nothing was said, each group in one of them at most: of each the two small clusters that are
    /// most alike.
    fn next(&self, groups: &Groups, small: &Clustering, count: usize) -> Vec<(usize, usize)> {
        let said = self.relations.between(&groups.of_leaves(), |_| true);
        let mut free: BTreeSet<usize> = groups.present().into_iter().collect();
        let mut pairs = Vec::new();
        for (one, other) in groups.by_cost().into_iter().filter(|pair| !said.contains(pair)) {
            if pairs.len() == count {
                break;
            }
            if free.contains(&one) && free.contains(&other) {
                free.remove(&one);
                free.remove(&other);
                pairs.push(most_alike(small, groups.members(one), groups.members(other)));
            }
        }
        pairs
    }

    /// Joins by the vectors alone what is still too many.
    fn complete(&mut self, groups: &mut Groups, k: usize) {
        while groups.present().len() > k {
            let denied = self.relations.between(&groups.of_leaves(), |said| said == Opinion::Agreed(false));
            let joins = groups.by_cost();
            let Some(&(one, other)) = joins.iter().find(|pair| !denied.contains(pair)).or(joins.first()) else {
                return;
            };
            groups.join(one, other);
            self.record.unconfirmed += 1;
        }
    }
}

/// Of two lists of small clusters the two whose centroids are nearest, the first of equal ones.
fn most_alike(small: &Clustering, ones: &[usize], others: &[usize]) -> (usize, usize) {
    let cosine = |one: usize, other: usize| dot(small.centroids.row(one), small.centroids.row(other));
    let all = ones.iter().flat_map(|&one| others.iter().map(move |&other| (one, other)));
    let nearer = |best: (f32, usize, usize), (one, other)| {
        let cosine = cosine(one, other);
        if cosine > best.0 { (cosine, one, other) } else { best }
    };
    let (_, one, other) = all.fold((f32::NEG_INFINITY, 0, 0), nearer);
    (one, other)
}
