//! Spherical k-means: Lloyd's algorithm on the unit sphere, the best of several starts.

use rayon::prelude::*;

use super::product::{Nearest, nearest_centroids};
use super::seeding::greedy_plus_plus;
use crate::embed::{Embeddings, normalise};
use crate::error::Error;
use crate::seed::generator;

/// Parameters of k-means. Unchecked until [`kmeans`] runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KMeans {
    /// Clusters wanted; at least 1.
    pub k: usize,
    /// Starts; the one with the lowest inertia wins. At least 1.
    pub starts: usize,
    /// Lloyd steps of one start at most.
    pub iterations: usize,
    /// Of all randomness.
    pub seed: u64,
}

impl KMeans {
    /// The defaults for k clusters: ten starts (worth up to four points of accuracy and most of the stability), 50 steps.
    pub fn new(k: usize, seed: u64) -> KMeans {
        KMeans { k, starts: 10, iterations: 50, seed }
    }

    fn check(self, rows: usize) -> Result<KMeans, Error> {
        if self.k == 0 || self.starts == 0 {
            return Err(Error::Usage("-k must be at least 1".into()));
        }
        if self.k > rows {
            return Err(Error::Usage(format!("-k {} is more than the {rows} different texts there are", self.k)));
        }
        Ok(self)
    }
}

/// A clustering of n rows into at most k clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// Unit vectors (k×d), the heaviest cluster first.
    pub centroids: Embeddings,
    /// For each of n rows its centroid and the similarities to it and to the next.
    pub nearest: Vec<Nearest>,
    /// Weighted sum of squared distances to the centroids.
    pub inertia: f64,
    /// Lloyd steps of the winning start.
    pub iterations: usize,
}

impl Clustering {
    /// k.
    pub fn len(&self) -> usize {
        self.centroids.len()
    }

    /// Never true: k is at least 1.
    pub fn is_empty(&self) -> bool {
        self.centroids.is_empty()
    }

    /// Rows of each cluster, in row order (k lists).
    pub fn members(&self) -> Vec<Vec<usize>> {
        members(&self.nearest, self.len())
    }
}

/// Clusters n weighted unit rows.
///
/// # Errors
/// When k is 0 or more than n.
pub fn kmeans(embeddings: &Embeddings, weights: &[f64], parameters: KMeans) -> Result<Clustering, Error> {
    let parameters = parameters.check(embeddings.len())?;
    let runs = (0..parameters.starts).map(|start| one_start(embeddings, weights, parameters, start));
    let best = runs.min_by(|a, b| a.inertia.total_cmp(&b.inertia)).expect("at least one start; this is a bug");
    Ok(by_weight(best, weights))
}

fn one_start(embeddings: &Embeddings, weights: &[f64], parameters: KMeans, start: usize) -> Clustering {
    let mut random = generator(parameters.seed, "k-means", &[parameters.k as u64, start as u64]);
    let seeds = greedy_plus_plus(embeddings, weights, parameters.k, &mut random);
    let mut centroids = embeddings.select(&seeds);
    let mut nearest = nearest_centroids(embeddings, &centroids);
    let mut iterations = 0;
    while iterations < parameters.iterations {
        iterations += 1;
        centroids = means(embeddings, weights, &nearest, centroids.len());
        let moved = nearest_centroids(embeddings, &centroids);
        let changed = moved.iter().zip(&nearest).any(|(new, old)| new.label != old.label);
        nearest = moved;
        if !changed {
            break;
        }
    }
    let inertia =
        nearest.iter().zip(weights).map(|(row, weight)| weight * (2.0 - 2.0 * f64::from(row.similarity))).sum();
    Clustering { centroids, nearest, inertia, iterations }
}

/// The members' weighted means scaled to unit length; an empty cluster is given the row that is farthest from its centroid.
fn means(embeddings: &Embeddings, weights: &[f64], nearest: &[Nearest], k: usize) -> Embeddings {
    let members = members(nearest, k);
    let mut far: Vec<usize> = (0..nearest.len()).collect();
    if members.iter().any(Vec::is_empty) {
        far.sort_by(|&a, &b| nearest[a].similarity.total_cmp(&nearest[b].similarity).then(a.cmp(&b)));
    }
    let empties: Vec<usize> = (0..k).filter(|&label| members[label].is_empty()).collect();
    let rows: Vec<Vec<f32>> = (0..k)
        .into_par_iter()
        .map(|label| match empties.iter().position(|&empty| empty == label) {
            Some(place) => embeddings.row(far[place]).to_vec(),
            None => mean(embeddings, weights, &members[label]),
        })
        .collect();
    Embeddings::new(rows.concat(), embeddings.dimensions())
}

/// The unit vector along the weighted sum of some rows, summed in row order.
fn mean(embeddings: &Embeddings, weights: &[f64], members: &[usize]) -> Vec<f32> {
    let mut sum = vec![0.0_f64; embeddings.dimensions()];
    for &member in members {
        sum.iter_mut()
            .zip(embeddings.row(member))
            .for_each(|(total, value)| *total += weights[member] * f64::from(*value));
    }
    let mut mean: Vec<f32> = sum.into_iter().map(|value| value as f32).collect();
    normalise(&mut mean);
    mean
}

fn members(nearest: &[Nearest], k: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); k];
    for (row, nearest) in nearest.iter().enumerate() {
        members[nearest.label].push(row);
    }
    members
}

/// Renumbers the clusters: heaviest first, then by their first row; clusters that stayed empty are left out.
fn by_weight(clustering: Clustering, weights: &[f64]) -> Clustering {
    let members = clustering.members();
    let weight = |label: usize| members[label].iter().map(|&row| weights[row]).sum::<f64>();
    let mut order: Vec<usize> = (0..clustering.len()).filter(|&label| !members[label].is_empty()).collect();
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(members[a][0].cmp(&members[b][0])));
    let mut renumbered = vec![0; clustering.len()];
    order.iter().enumerate().for_each(|(new, &old)| renumbered[old] = new);
    let nearest = clustering.nearest.iter().map(|row| Nearest { label: renumbered[row.label], ..*row }).collect();
    Clustering { centroids: clustering.centroids.select(&order), nearest, ..clustering }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bundles of unit vectors in four dimensions, the first the largest.
    fn bundles() -> Embeddings {
        let mut values = Vec::new();
        for (axis, count) in [(0, 30), (1, 20), (2, 10)] {
            for step in 0..count {
                let mut row = [0.0_f32; 4];
                row[axis] = 1.0;
                row[3] = 0.01 * step as f32;
                normalise(&mut row);
                values.extend(row);
            }
        }
        Embeddings::new(values, 4)
    }

    #[test]
    fn bundles_are_found_and_the_largest_comes_first() {
        let clustering = kmeans(&bundles(), &[1.0; 60], KMeans::new(3, 7)).unwrap();
        let sizes: Vec<usize> = clustering.members().iter().map(Vec::len).collect();
        assert_eq!(sizes, [30, 20, 10]);
        assert!(clustering.inertia < 1.0, "{}", clustering.inertia);
    }

    #[test]
    fn the_result_is_the_same_for_one_thread_and_many() {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| kmeans(&bundles(), &[1.0; 60], KMeans::new(5, 7)).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn a_weight_of_two_is_the_same_as_two_rows() {
        let rows = bundles();
        let doubled: Vec<usize> = (0..60).chain(0..10).collect();
        let mut weights = [1.0; 60];
        weights[..10].fill(2.0);
        let weighted = kmeans(&rows, &weights, KMeans::new(3, 1)).unwrap();
        let repeated = kmeans(&rows.select(&doubled), &[1.0; 70], KMeans::new(3, 1)).unwrap();
        assert!((weighted.inertia - repeated.inertia).abs() < 1e-3);
    }

    #[test]
    fn more_clusters_than_texts_is_refused() {
        let problem = kmeans(&bundles(), &[1.0; 60], KMeans::new(61, 1)).unwrap_err();
        assert_eq!(problem.to_string(), "-k 61 is more than the 60 different texts there are");
    }

    #[test]
    fn identical_rows_leave_fewer_clusters_and_no_empty_one() {
        let rows = Embeddings::new([1.0, 0.0].repeat(6), 2);
        let clustering = kmeans(&rows, &[1.0; 6], KMeans::new(3, 1)).unwrap();
        assert!(clustering.members().iter().all(|members| !members.is_empty()));
    }
}
