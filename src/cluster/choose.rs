//! How many clusters, when nobody says: the k whose clusters keep most neighbors together.

use super::kmeans::{KMeans, kmeans};
use super::neighbors::{Neighbor, neighbor_index};
use crate::error::Error;
use crate::vectors::Embeddings;

/// Neighbors of a text that should stay in its cluster.
const NEIGHBORS: usize = 10;
/// Texts that are looked at: more make it slower, not better.
const LOOKED_AT: usize = 4_000;
/// A finer clustering is taken when it is this nearly as good: two groups are merged by eye more easily than one is split.
const NEARLY: f64 = 0.95;
/// The largest k that is tried.
const LARGEST: usize = 100;

/// The k that was chosen and what was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenK {
    /// The chosen number of clusters.
    pub k: usize,
    /// Every k tried with its modularity, ascending.
    pub tried: Vec<(usize, f64)>,
}

impl ChosenK {
    /// How k was chosen, in words.
    pub fn how(&self) -> String {
        let (least, most) = (self.tried.first().map_or(1, |first| first.0), self.tried.last().map_or(1, |last| last.0));
        format!(
            "the largest of {} numbers from {least} to {most} whose clusters keep the texts' {NEIGHBORS} nearest neighbors together \
             (modularity) within 5 % of the best",
            self.tried.len()
        )
    }
}

/// Chooses k for n unit rows by the modularity (Newman and Girvan, 2004) of k-means' clusters on the graph of nearest
/// neighbors. Unlike the silhouette, which on text embeddings nearly always prefers two, it falls on both sides of a best k.
///
/// # Errors
/// Those of k-means.
pub fn choose_k(embeddings: &Embeddings, seed: u64) -> Result<ChosenK, Error> {
    let step = embeddings.len().div_ceil(LOOKED_AT).max(1);
    let looked_at = embeddings.select(&(0..embeddings.len()).step_by(step).collect::<Vec<_>>());
    let weights = vec![1.0; looked_at.len()];
    // Among a few rows each one is near to most of the others.
    let count = (looked_at.len() / 5).clamp(2, NEIGHBORS);
    let edges = edges(&neighbor_index(&looked_at).neighborhoods(count).of);
    let tried = ladder(looked_at.len())
        .into_iter()
        .map(|k| {
            let clustering =
                kmeans(&looked_at, &weights, KMeans { starts: 3, iterations: 20, ..KMeans::new(k, seed) })?;
            let labels: Vec<usize> = clustering.nearest.iter().map(|nearest| nearest.label).collect();
            Ok((k, modularity(&edges, &labels, clustering.len())))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let best = tried.iter().map(|(_, score)| *score).fold(0.0, f64::max);
    let k = tried.iter().rfind(|(_, score)| *score >= NEARLY * best).map_or(1, |(k, _)| *k);
    Ok(ChosenK { k, tried })
}

/// The numbers tried: each about a sixth more than the one before, up to the square root of n.
fn ladder(rows: usize) -> Vec<usize> {
    let most = ((rows as f64).sqrt() as usize).clamp(1, LARGEST);
    let mut ladder = vec![2.min(rows)];
    while let Some(&last) = ladder.last() {
        let next = last + 1 + last / 6;
        if next > most {
            break;
        }
        ladder.push(next);
    }
    ladder
}

/// Pairs of rows of which one is among the nearest of the other, each pair once and in order, from the nearest of each row.
pub(super) fn edges(near: &[Vec<Neighbor>]) -> Vec<(usize, usize)> {
    let of = |(row, near): (usize, &Vec<Neighbor>)| {
        near.iter().map(|near| (row.min(near.index), row.max(near.index))).collect::<Vec<_>>()
    };
    let mut edges: Vec<(usize, usize)> = near.iter().enumerate().flat_map(of).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Share of edges within clusters, less what their degrees would give by chance.
pub(super) fn modularity(edges: &[(usize, usize)], labels: &[usize], k: usize) -> f64 {
    let mut degrees = vec![0.0; k];
    let mut within = 0.0;
    for &(a, b) in edges {
        let (a, b) = (labels[a], labels[b]);
        degrees[a] += 1.0;
        degrees[b] += 1.0;
        within += if a == b { 1.0 } else { 0.0 };
    }
    let edges = (edges.len() as f64).max(1.0);
    within / edges - degrees.iter().map(|degree| (degree / (2.0 * edges)).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::seed::generator;
    use crate::vectors::normalise;

    #[test]
    fn separate_bundles_are_counted() {
        let mut random = generator(1, "test", &[]);
        let mut values = Vec::new();
        for row in 0..240 {
            let mut vector: Vec<f32> = (0..24).map(|_| 0.2 * (random.random::<f32>() - 0.5)).collect();
            vector[row % 6] += 1.0;
            normalise(&mut vector);
            values.extend(vector);
        }
        assert_eq!(choose_k(&Embeddings::new(values, 24), 1).unwrap().k, 6);
    }
}
