//! Verified merging: small clusters are joined where the model says that their medoids belong together.

use crate::model::StageName;
use std::collections::{BTreeMap, BTreeSet};

use super::Guide;
use crate::cluster::{Clustering, Groups};
use crate::error::Error;
use crate::stages::orders::Opinion;
use crate::vectors::dot;

/// Pairs asked about at once: the answers decide which come next.
const BATCH: usize = 16;
/// Share of the answers that hang on the order of what is asked about, above which a single one decides nothing.
const NOISY: f64 = 0.1;

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

    /// What was said between each two of the groups, the lower number first, between which anything was said.
    fn between(&self, groups: &[usize]) -> BTreeMap<(usize, usize), Said> {
        let mut between: BTreeMap<(usize, usize), Said> = BTreeMap::new();
        for (&(one, other), opinion) in self.said.iter().filter(|(pair, _)| groups[pair.0] != groups[pair.1]) {
            let pair = (groups[one].min(groups[other]), groups[one].max(groups[other]));
            let said = between.entry(pair).or_default();
            said.times += 1;
            said.balance += match opinion {
                Opinion::Agreed(true) => 1,
                Opinion::Agreed(false) => -1,
                _ => 0,
            };
        }
        between
    }

    /// Pairs that were said to be one in both orders, not to be one in both, and one thing in each order.
    pub fn counts(&self) -> [usize; 3] {
        let count = |opinion: Opinion| self.said.values().filter(|&&said| said == opinion).count();
        [Opinion::Agreed(true), Opinion::Agreed(false), Opinion::Torn].map(count)
    }

    fn was_asked(&self, one: usize, other: usize) -> bool {
        self.said.contains_key(&(one.min(other), one.max(other)))
    }
}

/// What was said of two groups.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// Pairs of documents that were asked about.
    times: i32,
    /// How many more of them belong together than do not.
    balance: i32,
}

impl Said {
    /// Whether no more is to be asked, where `needed` answers more on one side decide.
    fn is_enough(self, needed: i32) -> bool {
        self.balance.abs() >= needed || self.times >= 2 * needed - 1
    }
}

impl Guide<'_> {
    /// Joins small clusters until k groups are left: the cheapest joins are asked about as far as the questions reach, the
    /// rest follows the vectors, and joins that were denied come last. Returns the group of each small cluster.
    pub(super) fn merge(&mut self, small: &Clustering, k: usize) -> Result<Vec<usize>, Error> {
        let weights = self.weights_of(&small.members());
        let mut groups = Groups::new(&small.centroids, &weights);
        let medoids = small.medoids();
        loop {
            self.confirm(&mut groups, k);
            let wanted = groups.present().len().saturating_sub(k).min(BATCH).min(self.pairs_left(self.shares.describe));
            let pairs = self.next(&groups, small, wanted);
            if pairs.is_empty() {
                break;
            }
            let opinions = self.ask_pairs(&medoids, &pairs, StageName::Verify)?;
            if opinions.iter().all(|&opinion| opinion == Opinion::NotAsked) {
                break;
            }
        }
        self.complete(&mut groups, k);
        Ok(groups.of_leaves())
    }

    /// Answers more on one side than on the other that decide whether two groups are one. Where many answers hang on the order of
    /// what is asked about, two that agree may both be wrong, and one wrong join is one of all that follow.
    pub(super) fn needed(&self) -> i32 {
        let [pairs, triplets] = [self.record.pairs, self.record.perspective.triplets];
        let (torn, agreed) = (pairs.torn + triplets.torn, pairs.agreed + triplets.agreed);
        if torn as f64 > NOISY * (torn + agreed) as f64 { 2 } else { 1 }
    }

    /// Joins groups that are said to be one, the surest first, unless that leaves fewer than k.
    fn confirm(&mut self, groups: &mut Groups, k: usize) {
        while groups.present().len() > k {
            let between = self.relations.between(&groups.of_leaves());
            let surest = between.into_iter().rev().max_by_key(|(_, said)| said.balance);
            let Some(((one, other), _)) = surest.filter(|(_, said)| said.balance >= self.needed()) else { return };
            groups.join(one, other);
            self.record.confirmed += 1;
        }
    }

    /// The cheapest joins of which not enough was said, each group in one of them at most: of each the two small clusters that are
    /// most alike of those not asked about.
    fn next(&self, groups: &Groups, small: &Clustering, count: usize) -> Vec<(usize, usize)> {
        let (said, needed) = (self.relations.between(&groups.of_leaves()), self.needed());
        let is_open = |pair: &(usize, usize)| said.get(pair).is_none_or(|said| !said.is_enough(needed));
        let mut free: BTreeSet<usize> = groups.present().into_iter().collect();
        let mut pairs = Vec::new();
        for (one, other) in groups.by_cost().into_iter().filter(is_open) {
            if pairs.len() == count {
                break;
            }
            if !free.contains(&one) || !free.contains(&other) {
                continue;
            }
            if let Some(pair) = self.most_alike(small, groups.members(one), groups.members(other)) {
                free.remove(&one);
                free.remove(&other);
                pairs.push(pair);
            }
        }
        pairs
    }

    /// Joins by the vectors alone what is still too many.
    fn complete(&mut self, groups: &mut Groups, k: usize) {
        while groups.present().len() > k {
            let said = self.relations.between(&groups.of_leaves());
            let is_denied = |pair: &&(usize, usize)| said.get(pair).is_some_and(|said| said.balance < 0);
            let joins = groups.by_cost();
            let Some(&(one, other)) = joins.iter().find(|pair| !is_denied(pair)).or(joins.first()) else {
                return;
            };
            groups.join(one, other);
            self.record.unconfirmed += 1;
        }
    }

    /// Of two lists of small clusters the two, not asked about yet, whose centroids are nearest, the first of equal ones.
    fn most_alike(&self, small: &Clustering, ones: &[usize], others: &[usize]) -> Option<(usize, usize)> {
        let cosine = |one: usize, other: usize| dot(small.centroids.row(one), small.centroids.row(other));
        let all = ones.iter().flat_map(|&one| others.iter().map(move |&other| (one, other)));
        let fresh = all.filter(|&(one, other)| !self.relations.was_asked(one, other));
        let alike = fresh.map(|(one, other)| (cosine(one, other), one, other));
        let nearer = |best: (f32, usize, usize), next: (f32, usize, usize)| if next.0 > best.0 { next } else { best };
        alike.reduce(nearer).map(|(_, one, other)| (one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_small_clusters_is_said_of_their_groups() {
        let mut relations = Relations::default();
        relations.note((3, 0), Opinion::Agreed(true));
        relations.note((1, 2), Opinion::Agreed(true));
        relations.note((0, 2), Opinion::Agreed(false));
        relations.note((0, 1), Opinion::Agreed(true));
        relations.note((1, 3), Opinion::NotAsked);
        let between = relations.between(&[0, 0, 2, 2]);
        assert_eq!(between.len(), 1);
        assert_eq!((between[&(0, 2)].times, between[&(0, 2)].balance), (3, 1));
        assert!(relations.was_asked(0, 3) && !relations.was_asked(3, 1));
    }

    #[test]
    fn where_answers_are_often_wrong_one_alone_decides_nothing() {
        let said = |times, balance| Said { times, balance };
        assert!(said(1, 1).is_enough(1) && said(1, 0).is_enough(1) && !said(0, 0).is_enough(1));
        assert!(!said(1, 1).is_enough(2) && !said(2, 0).is_enough(2));
        assert!(said(2, -2).is_enough(2) && said(3, 1).is_enough(2));
    }
}
