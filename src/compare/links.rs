//! Which cluster of the one run goes with which of the other.
//!
//! By members, a cluster goes into the one that holds more than half of its documents, and comes from the one that more than half
//! of its documents were in. Where both hold, the two are one cluster; where one holds, a part was split off or merged. A cluster
//! with hardly a document in both runs is known again by its id, which survives an update, or by its meaning.

use serde::Serialize;

use super::Side;
use super::level::Level;
use super::meaning::Meaning;
use crate::run::ClusterLine;

/// Documents in both runs from which a cluster is known by its members, if they are fewer than half of it.
const ENOUGH: usize = 30;

/// How it is known that two clusters belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Most documents of one are in the other.
    Members,
    /// They have the same id.
    Id,
    /// Their members lie nearer to each other than to those of any sibling; without vectors, they have the same label.
    Meaning,
}

/// A cluster of the other run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its place in its level.
    pub cluster: usize,
    /// How it is known.
    pub basis: Basis,
}

/// The links in both directions.
#[derive(Debug, PartialEq, Eq)]
pub struct Links {
    /// For each cluster of the first run the one that it went into.
    pub into: Vec<Option<Link>>,
    /// For each cluster of the second run the one that it came from.
    pub from: Vec<Option<Link>>,
}

/// Links the clusters of a level. `both` holds the documents that are in both runs.
pub fn links(sides: [&Side; 2], levels: &[Level; 2], both: &[(usize, usize)]) -> Links {
    let [before, after] = levels;
    let mut shared = vec![vec![0; after.clusters.len()]; before.clusters.len()];
    for &(old, new) in both {
        for &a in &before.held[old] {
            after.held[new].iter().for_each(|&b| shared[a][b] += 1);
        }
    }
    let sizes = [before.sizes(both.iter().map(|&(old, _)| old)), after.sizes(both.iter().map(|&(_, new)| new))];
    let turned: Vec<Vec<usize>> =
        (0..after.clusters.len()).map(|b| shared.iter().map(|row| row[b]).collect()).collect();
    let known = [0, 1].map(|side| known(&levels[side], &sizes[side]));
    let mut links = Links {
        into: majorities(&shared, &known[0], [&sizes[0], &sizes[1]]),
        from: majorities(&turned, &known[1], [&sizes[1], &sizes[0]]),
    };
    let is_same_id = |&(a, b): &(usize, usize)| before.clusters[a].id == after.clusters[b].id;
    let [old, new] = links.open(&known);
    links.add(every_pair(&old, &new).filter(is_same_id), Basis::Id);
    let [old, new] = links.open(&known);
    links.add(Meaning::of(sides, levels).nearest(&old, &new), Basis::Meaning);
    links
}

impl Links {
    /// The clusters of either run that are not linked and not known by their members.
    fn open(&self, known: &[Vec<bool>; 2]) -> [Vec<usize>; 2] {
        let of = |side: usize, own: &[Option<Link>], others: &[Option<Link>]| {
            let is_open = |&cluster: &usize| {
                let is_linked = own[cluster].is_some() || others.iter().flatten().any(|link| link.cluster == cluster);
                !is_linked && !known[side][cluster]
            };
            (0..own.len()).filter(is_open).collect()
        };
        [of(0, &self.into, &self.from), of(1, &self.from, &self.into)]
    }

    /// The pairs of clusters that are one: each goes with the other.
    pub fn mutual(&self) -> impl Iterator<Item = (usize, usize)> {
        let is_one = |&(old, new): &(usize, usize)| self.from[new].is_some_and(|link| link.cluster == old);
        let pairs = self.into.iter().enumerate().filter_map(|(old, link)| Some((old, (*link)?.cluster)));
        pairs.filter(is_one)
    }

    fn add(&mut self, pairs: impl IntoIterator<Item = (usize, usize)>, basis: Basis) {
        for (a, b) in pairs {
            self.into[a] = Some(Link { cluster: b, basis });
            self.from[b] = Some(Link { cluster: a, basis });
        }
    }
}

fn every_pair(old: &[usize], new: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    old.iter().flat_map(|&a| new.iter().map(move |&b| (a, b)))
}

/// For each cluster whether enough of its documents are in both runs, as `sizes` counts them: fewer say nothing of where it went.
fn known(level: &Level, sizes: &[usize]) -> Vec<bool> {
    let is_known = |(known, cluster): (&usize, &&ClusterLine)| *known >= ENOUGH || 2 * known >= cluster.size;
    sizes.iter().zip(&level.clusters).map(is_known).collect()
}

/// For each row that is known the column that holds more than half of it; of several the one most alike (Jaccard), the first of those.
fn majorities(shared: &[Vec<usize>], known: &[bool], [own, others]: [&[usize]; 2]) -> Vec<Option<Link>> {
    let of = |(row, shared): (usize, &Vec<usize>)| {
        if !known[row] {
            return None;
        }
        let jaccard = |column: usize| shared[column] as f64 / (own[row] + others[column] - shared[column]) as f64;
        let most = (0..shared.len()).filter(|&column| 2 * shared[column] > own[row]);
        let best = most.max_by(|&a, &b| jaccard(a).total_cmp(&jaccard(b)).then(b.cmp(&a)))?;
        Some(Link { cluster: best, basis: Basis::Members })
    };
    shared.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_documents_in_both_runs_say_nothing_of_where_a_cluster_went() {
        let all = |row: Option<Link>| row.map(|link| link.cluster);
        let rows = |known: [bool; 2]| {
            let shared = [vec![0, 3], vec![0, 40]];
            majorities(&shared, &known, [&[3, 40], &[0, 43]]).into_iter().map(all).collect::<Vec<_>>()
        };
        assert_eq!(rows([false, true]), [None, Some(1)]);
        assert_eq!(rows([true, true]), [Some(1), Some(1)]);
    }
}
