//! Documents of a kind that was not there before.
//!
//! Two samples of one population are mixed: among the nearest neighbors of a document of the later one, as many are later as of all.
//! Where nearly all of them are later, more than chance would have it (a test by nearest neighbors, as Schilling's of 1986), the
//! document is novel. Novel documents of one community of the graph of all neighbors are a group: several kinds that are new at once are told
//! apart as the kinds of a run are. It needs no threshold on cosines, which differ
//! between embedders and corpora, and it finds nothing where the later documents are like the earlier ones, whatever they are about.

use std::collections::BTreeMap;

use super::explain::means;
use crate::cluster::{neighbor_communities, neighbor_index};
use crate::seed::{drawn, generator};
use crate::spread::Share;
use crate::vectors::{Embeddings, dot};

/// Nearest neighbors that are looked at.
const NEIGHBORS: usize = 10;
/// How rare so many later neighbors must be by chance.
const RARE: f64 = 0.05;
/// Texts of a group at least.
const LEAST: usize = 5;
/// Of these at least so many that can join it.
const JOINING: usize = 3;
/// Texts of either kind that are compared, at most.
const COMPARED: usize = 20_000;
/// Part of a group's texts that lies beyond its border.
const BEYOND: f64 = 0.05;
/// Groups at most: what a person reads at once.
const MOST: usize = 5;

/// Texts, earlier and later ones.
pub struct Mixed<'a> {
    /// n×d, without what all have in common.
    pub vectors: &'a Embeddings,
    /// n: whether it came later and is in no group that is known.
    pub is_later: &'a [bool],
    /// n: whether it may join a new group.
    pub may_join: &'a [bool],
    /// n: the cosine to the cluster that it is in; -1 where it is in none.
    pub own: &'a [f32],
}

/// A group of a kind that was not there before.
#[derive(Debug, Clone, PartialEq)]
pub struct Novel {
    /// d: its direction.
    pub center: Vec<f32>,
    /// The cosine below which a text is not of it.
    pub least: f32,
}

impl Mixed<'_> {
    /// The new groups, the largest first.
    pub fn novel(&self, seed: u64) -> Vec<Novel> {
        let mut is_taken = vec![false; self.vectors.len()];
        let mut found = Vec::new();
        for group in self.groups(seed) {
            let Some(novel) = self.grown(&group, &is_taken).filter(|_| found.len() < MOST) else { continue };
            let texts = 0..self.vectors.len();
            texts.filter(|&text| self.is_of(&novel, text)).for_each(|text| is_taken[text] = true);
            found.push(novel);
        }
        found
    }

    /// Novel texts that are neighbors, the largest group first, of equal ones that with the first text.
    fn groups(&self, seed: u64) -> Vec<Vec<usize>> {
        let (earlier, later) = self.compared(seed);
        let all: Vec<usize> = earlier.iter().chain(&later).copied().collect();
        let count = NEIGHBORS.min(all.len().saturating_sub(1));
        let Some(wanted) = rare_count(count, later.len() as f64 / all.len().max(1) as f64) else {
            return Vec::new();
        };
        let rows = self.vectors.select(&all);
        let near = neighbor_index(&rows).neighborhoods(count).of;
        let is_later = |place: usize| place >= earlier.len();
        let is_novel = |&place: &usize| near[place].iter().filter(|one| is_later(one.index)).count() >= wanted;
        let communities = neighbor_communities(&near);
        let mut novel: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in (earlier.len()..all.len()).filter(is_novel) {
            novel.entry(communities[place]).or_default().push(all[place]);
        }
        let mut groups: Vec<Vec<usize>> = novel.into_values().filter(|group| group.len() >= LEAST).collect();
        groups.sort_by_key(|group: &Vec<usize>| (std::cmp::Reverse(group.len()), group[0]));
        groups
    }

    /// Which texts are compared: earlier ones, and not more later ones, among which chance would find later neighbors anyway.
    fn compared(&self, seed: u64) -> (Vec<usize>, Vec<usize>) {
        let of = |is_later: bool| (0..self.is_later.len()).filter(|&text| self.is_later[text] == is_later).collect();
        let (earlier, later): (Vec<usize>, Vec<usize>) = (of(false), of(true));
        let earlier = drawn(earlier, COMPARED, &mut generator(seed, "novel, earlier", &[]));
        let later = drawn(later, earlier.len(), &mut generator(seed, "novel, later", &[]));
        (earlier, later)
    }

    /// The group with all texts that are near enough, if there are more of them among the later ones than chance allows.
    fn grown(&self, group: &[usize], is_taken: &[bool]) -> Option<Novel> {
        let mut novel = self.around(group);
        let held = |novel: &Novel, is_later: bool| -> Vec<usize> {
            let texts = (0..self.vectors.len()).filter(|&text| self.is_later[text] == is_later && !is_taken[text]);
            texts.filter(|&text| self.is_of(novel, text)).collect()
        };
        let members = held(&novel, true);
        if !members.is_empty() {
            novel = self.around(&members);
        }
        let (members, earlier) = (held(&novel, true), held(&novel, false));
        let later = self.is_later.iter().filter(|&&is_later| is_later).count();
        let [now, then] = [(members.len(), later), (earlier.len(), self.is_later.len() - later)]
            .map(|(count, all)| Share::wilson(count, all));
        let joining = members.iter().chain(&earlier).filter(|&&text| self.may_join[text]).count();
        (members.len() >= LEAST && joining >= JOINING && now.low > then.high).then_some(novel)
    }

    /// The direction of some texts, and how far they reach.
    fn around(&self, members: &[usize]) -> Novel {
        let center = means(self.vectors, &[members.to_vec()]).row(0).to_vec();
        let mut cosines: Vec<f32> = members.iter().map(|&text| dot(&center, self.vectors.row(text))).collect();
        cosines.sort_by(f32::total_cmp);
        let least = cosines.get((BEYOND * cosines.len() as f64) as usize).copied().unwrap_or(1.0);
        Novel { center, least }
    }

    fn is_of(&self, novel: &Novel, text: usize) -> bool {
        let cosine = dot(&novel.center, self.vectors.row(text));
        cosine >= novel.least && cosine > self.own[text]
    }
}

/// The smallest number of later neighbors that is rare by chance, where a share of all is later; none where none is.
fn rare_count(neighbors: usize, share: f64) -> Option<usize> {
    let mut tail = 0.0;
    let mut rare = None;
    for count in (0..=neighbors).rev() {
        tail += probability(count, neighbors, share);
        if tail > RARE {
            break;
        }
        rare = Some(count);
    }
    rare
}

/// Of the binomial distribution.
fn probability(count: usize, of: usize, share: f64) -> f64 {
    let ways: f64 = (0..count).map(|one| (of - one) as f64 / (one + 1) as f64).product();
    ways * share.powi(count as i32) * (1.0 - share).powi((of - count) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::normalise;

    /// Rows around some directions, spread deterministically.
    fn rows(groups: &[(usize, usize)]) -> Embeddings {
        let d = 8;
        let mut values = Vec::new();
        for &(direction, count) in groups {
            for number in 0..count {
                let noise = |axis: usize| (((number * 31 + axis * 17 + direction * 7) % 23) as f32 / 23.0 - 0.5) * 0.9;
                let mut row: Vec<f32> =
                    (0..d).map(|axis| if axis == direction { 1.0 } else { noise(axis) * 0.6 }).collect();
                normalise(&mut row);
                values.extend(row);
            }
        }
        Embeddings::new(values, d)
    }

    fn novel(groups: &[(usize, usize)], is_later: &[bool]) -> Vec<Novel> {
        let vectors = rows(groups);
        let own = vec![0.1; vectors.len()];
        Mixed { vectors: &vectors, is_later, may_join: is_later, own: &own }.novel(7)
    }

    #[test]
    fn a_kind_that_was_not_there_is_found_and_others_are_not() {
        let mut is_later: Vec<bool> = (0..120).map(|row| row % 3 == 0).collect();
        assert_eq!(novel(&[(0, 60), (1, 60)], &is_later), []);
        is_later.extend([true; 12]);
        let found = novel(&[(0, 60), (1, 60), (2, 12)], &is_later);
        assert_eq!(found.len(), 1);
        assert!(found[0].center[2] > 0.9, "{found:?}");
    }

    #[test]
    fn kinds_that_are_new_at_once_are_told_apart() {
        let is_later: Vec<bool> = (0..144).map(|row| row >= 120 || row % 3 == 0).collect();
        let found = novel(&[(0, 60), (1, 60), (2, 12), (3, 12)], &is_later);
        assert_eq!(found.len(), 2, "{found:?}");
        let axes: Vec<bool> = found.iter().map(|one| one.center[2] > 0.9).collect();
        assert!(axes[0] != axes[1], "{found:?}");
    }

    #[test]
    fn few_documents_of_a_kind_are_none() {
        let mut is_later: Vec<bool> = (0..120).map(|row| row % 3 == 0).collect();
        is_later.extend([true; 4]);
        assert_eq!(novel(&[(0, 60), (1, 60), (2, 4)], &is_later), []);
        assert_eq!(novel(&[(0, 3)], &[true; 3]), [], "there is nothing to compare with");
        assert_eq!(novel(&[(0, 3)], &[false; 3]), []);
    }

    #[test]
    fn so_many_later_neighbors_are_rare() {
        assert_eq!(rare_count(10, 0.5), Some(9));
        assert_eq!(rare_count(10, 0.1), Some(4));
        assert_eq!(rare_count(3, 0.9), None);
        assert_eq!(rare_count(0, 0.5), None);
    }
}
