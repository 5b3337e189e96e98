//! How many clusters, when nobody says: a coarse number and a fine one.
//!
//! Granularity is a choice, and no rule finds the number that a person has in mind. Two numbers can be read from the texts: at
//! the *fine* level, how many communities the graph of nearest neighbors falls into, which are then the clusters themselves
//! (`by_communities`); at the *coarse* level, the largest number up to these at which two halves of the documents, each clustered
//! by itself, agree nearly as well as at any, if they agree well. Figures: evals/STABILITY.md.

use rayon::prelude::*;

use super::by_communities::Communities;
use super::choose::{edges, modularity};
use super::consensus::Consensus;
use super::kmeans::{Clustering, numbered};
use super::lloyd::{Rows, State};
use super::product::Nearest;
use super::sample::{Bags, Sample};
use crate::metrics::evaluate;
use crate::seed::{generator, shuffle};
use crate::vectors::{Embeddings, dot};

/// Rows that halves are made of: more make it slower, not better.
const LOOKED_AT: usize = 2_000;
/// Bags of a clustering that is looked at, and of one of its halves.
const BAGS: Bags = Bags { count: 12, steps: 8, is_greedy: true };
const HALF_BAGS: Bags = Bags { count: 8, steps: 8, is_greedy: true };
/// Pairs of halves.
const HALVES: u64 = 3;
/// Rows below which halves are too small to be compared: then two samples of four fifths are.
const FEW: usize = 100;
/// A number this nearly as stable as the best is as good.
const AS_STABLE: f64 = 0.95;
/// Share of its cluster's weight, and weight, that a part has at least.
const SLIVER: f64 = 0.01;
const LEAST_PART: f64 = 3.0;
/// Halves must agree so well on a coarse level: below it clusterings count as doubtful (Hennig, 2007, of clusters).
const WELL: f64 = 0.75;
/// Halves that agree less than this at every number have no groups in common (adjusted Rand index).
pub const NO_CLEAR_GROUPS: f64 = 0.5;

/// A number of clusters that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// Clusters.
    pub k: usize,
    /// Newman and Girvan's modularity (2004) on the graph of nearest neighbors: at most 1.
    pub modularity: f64,
    /// Adjusted Rand index between the clusterings that two halves of the rows lead to, mean of three pairs: at most 1.
    pub stability: f64,
}

/// The numbers of clusters that the rows themselves suggest.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The largest of the numbers that are stable, and nearly as stable as the best, where it is below the fine one.
    pub coarse: Option<usize>,
    /// Communities of the graph of nearest neighbors.
    pub fine: usize,
    /// Whether halves of the rows agree on hardly anything, at any number.
    pub is_loose: bool,
    /// Every number that was tried, ascending.
    pub tried: Vec<Tried>,
    /// The communities themselves.
    pub communities: Communities,
}

/// Looks at 2 and more clusters of n weighted unit rows, up to as many as there are communities, 100 at most. `sample` is one of
/// these rows.
pub fn levels(embeddings: &Embeddings, weights: &[f64], sample: &Sample) -> Levels {
    let found = Communities::of(sample);
    if embeddings.len() < 4 {
        return Levels { coarse: None, fine: 1, is_loose: true, tried: Vec::new(), communities: found };
    }
    let ladder = ladder(found.count());
    if sample.len() <= LOOKED_AT {
        return read(looked_at(sample, &found.edges, ladder), found);
    }
    let sample = Sample::of(embeddings, weights, LOOKED_AT);
    let edges = edges(&sample.near);
    read(looked_at(&sample, &edges, ladder), found)
}

/// How well each number of clusters divides a sample, whose graph of neighbors has these edges.
fn looked_at(sample: &Sample, edges: &[(usize, usize)], ladder: Vec<usize>) -> Vec<Tried> {
    let everything: Vec<usize> = (0..sample.len()).collect();
    let look = |k: usize| {
        let labels = sample.placed(&sample.learned(&everything, k, BAGS, "levels"));
        Tried { k, modularity: modularity(edges, &labels, k), stability: stability(sample, k) }
    };
    ladder.into_iter().map(look).collect()
}

/// Reads the curve, whose last number is the fine one.
fn read(tried: Vec<Tried>, communities: Communities) -> Levels {
    let fine = tried.last().map_or(1, |last| last.k);
    // Two halves of nearly anything are found again; it says something only where two is also the finest division.
    let first = tried.iter().position(|tried| tried.k > 2).unwrap_or(0);
    let stablest = tried[first..].iter().map(|tried| tried.stability).fold(0.0, f64::max);
    let least = WELL.max(AS_STABLE * stablest);
    let coarse = tried[first..].iter().rfind(|tried| tried.stability >= least);
    let coarse = coarse.map(|tried| tried.k).filter(|k| *k < fine);
    Levels { coarse, fine, is_loose: stablest < NO_CLEAR_GROUPS, tried, communities }
}

/// The numbers tried, of which `fine` is the last: each one up to 8, then each about a sixth more than the one before.
fn ladder(fine: usize) -> Vec<usize> {
    let next = |last: &usize| Some(if *last < 8 { last + 1 } else { last + 1 + last / 6 });
    let below = std::iter::successors(Some(2), next).take_while(|k| *k < fine);
    below.chain([fine]).collect()
}

/// How far the clusterings of two parts of the rows agree on all of them.
fn stability(sample: &Sample, k: usize) -> f64 {
    let agreement = |pair: u64| {
        let mut order: Vec<usize> = (0..sample.len()).collect();
        shuffle(&mut order, &mut generator(0, "levels, halves", &[k as u64, pair]));
        let part = if order.len() < FEW { order.len() * 4 / 5 } else { order.len() / 2 };
        let placed = |rows: &[usize], half: &str| {
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            sample.placed(&sample.learned(&rows, k, HALF_BAGS, &format!("levels, {pair} {half}")))
        };
        let one: Vec<Option<usize>> = placed(&order[..part], "one").into_iter().map(Some).collect();
        evaluate(&one, &placed(&order[order.len() - part..], "other")).ari
    };
    (0..HALVES).map(agreement).sum::<f64>() / HALVES as f64
}

/// A finer clustering within a coarse one.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// n rows in the parts.
    pub clustering: Clustering,
    /// For each part the cluster that it belongs to.
    pub parents: Vec<usize>,
    /// For each part the stability of the fine cluster that it comes from.
    pub stability: Vec<f64>,
}

/// Divides coarse clusters along a fine clustering of the same rows: a fine cluster belongs to the coarse one that most of its
/// weight is in, and each row goes to the nearest of those in its own coarse cluster. So parts sum to their cluster. A coarse
/// cluster to which no fine one belongs is a part by itself, and a part of next to no texts is none.
pub fn parts(embeddings: &Embeddings, weights: &[f64], coarse: &Clustering, fine: &Consensus) -> Parts {
    let rows = Rows { embeddings, weights };
    let parents = parents(weights, coarse, &fine.clustering);
    let orphans = (0..coarse.len()).filter(|cluster| !parents.contains(cluster));
    let of_fine = (0..fine.clustering.len()).map(|part| (parents[part], fine.clustering.centroids.row(part), part));
    let of_coarse = orphans.map(|cluster| (cluster, coarse.centroids.row(cluster), usize::MAX));
    let places: Vec<(usize, &[f32], usize)> = of_fine.chain(of_coarse).collect();
    let values = places.iter().flat_map(|(_, centroid, _)| centroid.iter().copied()).collect();
    let centroids = Embeddings::new(values, embeddings.dimensions());
    let mut within: Vec<Vec<usize>> = (0..coarse.len())
        .map(|cluster| (0..places.len()).filter(|&place| places[place].0 == cluster).collect())
        .collect();
    let mut nearest = nearest_within(embeddings, coarse, &centroids, &within);
    if without_slivers(weights, &nearest, &mut within) {
        nearest = nearest_within(embeddings, coarse, &centroids, &within);
    }
    let (clustering, order) = numbered(State { centroids, nearest, iterations: 0, products: 0 }, rows);
    let stability = |&place: &usize| fine.stability.get(places[place].2).copied().unwrap_or(1.0);
    Parts {
        clustering,
        parents: order.iter().map(|&place| places[place].0).collect(),
        stability: order.iter().map(stability).collect(),
    }
}

/// For each row the nearest of the places within its coarse cluster.
fn nearest_within(
    embeddings: &Embeddings,
    coarse: &Clustering,
    centroids: &Embeddings,
    within: &[Vec<usize>],
) -> Vec<Nearest> {
    let nearest = |row: usize| {
        let of = |&label: &usize| (label, dot(embeddings.row(row), centroids.row(label)));
        let mut found: Vec<(usize, f32)> = within[coarse.nearest[row].label].iter().map(of).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let second = found.get(1).map_or(-1.0, |second| second.1);
        Nearest { label: found[0].0, similarity: found[0].1, second }
    };
    (0..embeddings.len()).into_par_iter().map(nearest).collect()
}

/// Takes away the places that hold next to nothing of their cluster, such as a single text that most of its fine cluster is elsewhere
/// of; at least one place stays in each. Returns whether there were any.
fn without_slivers(weights: &[f64], nearest: &[Nearest], within: &mut [Vec<usize>]) -> bool {
    let mut sizes = vec![0.0; within.iter().flatten().max().map_or(0, |last| last + 1)];
    nearest.iter().zip(weights).for_each(|(nearest, weight)| sizes[nearest.label] += weight);
    let mut found = false;
    for places in within {
        let least = (SLIVER * places.iter().map(|&place| sizes[place]).sum::<f64>()).max(LEAST_PART);
        let is_part: Vec<usize> = places.iter().copied().filter(|&place| sizes[place] >= least).collect();
        if !is_part.is_empty() && is_part.len() < places.len() {
            (found, *places) = (true, is_part);
        }
    }
    found
}

/// For each fine cluster the coarse one that holds most of its weight, of equal ones the first.
fn parents(weights: &[f64], coarse: &Clustering, fine: &Clustering) -> Vec<usize> {
    let mut shared = vec![vec![0.0; coarse.len()]; fine.len()];
    for (row, weight) in weights.iter().enumerate() {
        shared[fine.nearest[row].label][coarse.nearest[row].label] += weight;
    }
    let heaviest = |shared: Vec<f64>| {
        let mut best = 0;
        (1..shared.len()).for_each(|cluster| {
            if shared[cluster] > shared[best] {
                best = cluster
            }
        });
        best
    };
    shared.into_iter().map(heaviest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::consensus;
    use crate::vectors::normalise;
    use rand::RngExt;

    fn levels(rows: &Embeddings, weights: &[f64]) -> Levels {
        super::levels(rows, weights, &Sample::new(rows, weights, 0))
    }

    fn bundles(centers: &[[f32; 3]], count: usize, noise: f32) -> Embeddings {
        let mut random = generator(5, "test", &[]);
        let mut values = Vec::new();
        for row in 0..centers.len() * count {
            let mut vector: Vec<f32> = (0..24).map(|_| noise * (random.random::<f32>() - 0.5)).collect();
            for (place, value) in centers[row % centers.len()].iter().enumerate() {
                vector[place] += value;
            }
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 24)
    }

    fn of_curve(tried: Vec<Tried>) -> Levels {
        read(tried, Communities::default())
    }

    fn tried(rows: &[(usize, f64, f64)]) -> Vec<Tried> {
        rows.iter().map(|&(k, modularity, stability)| Tried { k, modularity, stability }).collect()
    }

    #[test]
    fn separate_bundles_are_counted() {
        let six: Vec<[f32; 3]> = vec![
            [1.0, 0.0, 0.0],
            [-1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.0, 0.0, -1.0],
        ];
        let found = levels(&bundles(&six, 40, 0.2), &[1.0; 240]);
        assert_eq!((found.fine, found.is_loose), (6, false), "{found:?}");
    }

    #[test]
    fn twelve_texts_of_three_kinds_are_three() {
        let three = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let found = levels(&bundles(&three, 4, 0.3), &[1.0; 12]);
        assert_eq!((found.coarse, found.fine), (None, 3), "{found:?}");
    }

    #[test]
    fn the_largest_stable_number_is_coarse_and_the_last_is_fine() {
        let curve = [(2, 0.41, 0.94), (3, 0.53, 0.93), (4, 0.59, 0.90), (5, 0.59, 0.69), (8, 0.62, 0.68)];
        let read = of_curve(tried(&curve));
        assert_eq!((read.coarse, read.fine, read.is_loose), (Some(4), 8, false));
    }

    #[test]
    fn two_is_taken_only_where_nothing_finer_holds_together_better() {
        assert_eq!(of_curve(tried(&[(2, 0.5, 1.0)])).fine, 2);
        let read = of_curve(tried(&[(2, 0.3, 0.9), (3, 0.35, 0.3), (4, 0.4, 0.2)]));
        assert_eq!((read.coarse, read.fine, read.is_loose), (None, 4, true));
        assert_eq!(of_curve(tried(&[(2, 0.3, 0.9), (3, 0.35, 0.6), (4, 0.4, 0.4)])).coarse, None, "doubtful");
    }

    #[test]
    fn numbers_are_tried_up_to_the_fine_one() {
        assert_eq!([1, 2, 4, 9].map(ladder), [vec![1], vec![2], vec![2, 3, 4], vec![2, 3, 4, 5, 6, 7, 8, 9]]);
        assert_eq!(ladder(20), [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20]);
    }

    #[test]
    fn parts_sum_to_their_cluster() {
        let six: Vec<[f32; 3]> = vec![
            [1.0, 0.1, 0.0],
            [1.0, -0.1, 0.0],
            [0.0, 1.0, 0.3],
            [0.0, 1.0, -0.3],
            [0.0, 1.0, 0.9],
            [-1.0, 0.0, 0.0],
        ];
        let rows = bundles(&six, 30, 0.1);
        let sample = Sample::new(&rows, &[1.0; 180], 5);
        let [coarse, fine] = [3, 5].map(|k| consensus(&rows, &[1.0; 180], &sample, k).unwrap());
        let parts = parts(&rows, &[1.0; 180], &coarse.clustering, &fine);
        for (row, nearest) in parts.clustering.nearest.iter().enumerate() {
            assert_eq!(parts.parents[nearest.label], coarse.clustering.nearest[row].label);
        }
        assert!(parts.clustering.members().iter().all(|members| !members.is_empty()));
        assert!((0..3).all(|cluster| parts.parents.contains(&cluster)));
        assert_eq!(parts.parents.len(), parts.stability.len());
    }

    #[test]
    fn a_part_that_holds_next_to_nothing_is_none() {
        let at = |label| Nearest { label, similarity: 1.0, second: 0.0 };
        let nearest: Vec<Nearest> = (0..400).map(|row| at(usize::from(row == 7))).chain([at(2), at(3)]).collect();
        let mut within = [vec![0, 1], vec![2, 3]];
        assert!(without_slivers(&[1.0; 402], &nearest, &mut within));
        assert_eq!(within, [vec![0], vec![2, 3]], "a cluster of two texts keeps what it has");
    }

    #[test]
    fn a_few_texts_are_one_group() {
        assert_eq!(levels(&bundles(&[[1.0, 0.0, 0.0]], 3, 0.1), &[1.0; 3]).fine, 1);
    }
}
