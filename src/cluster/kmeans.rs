//! Spherical k-means: Lloyd's algorithm on the unit sphere, the best of several starts.

use super::lloyd::{Rows, State, members};
use super::product::Nearest;
use crate::error::Error;
use crate::message;
use crate::seed::{drawn, generator};
use crate::vectors::Embeddings;

/// Clusters above which the seeds are drawn in batches, the steps are accelerated and only the best seeded start goes on:
/// below, a step that is exact costs next to nothing, and greedy seeding is affordable.
const MANY: usize = 256;
/// Rows up to which, and rows a cluster up to which, starts are compared on all of them: more make the choice between starts
/// dearer, not better.
const COMPARED_ON: usize = 20_000;
const COMPARED_ON_EACH: usize = 40;

/// Parameters of k-means. Unchecked until [`kmeans`] runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KMeans {
    /// Clusters wanted; at least 1.
    pub k: usize,
    /// Starts; the one with the lowest inertia wins. At least 1.
    pub starts: usize,
    /// Lloyd steps of one start at most.
    pub iterations: usize,
    /// Seed of the random number generator.
    pub seed: u64,
    /// Whether every row is compared with every centroid at every step, also where there are many.
    pub exact: bool,
}

impl KMeans {
    /// The defaults for k clusters: ten starts (worth up to four points of accuracy and most of the stability), 50 steps.
    pub fn new(k: usize, seed: u64) -> KMeans {
        KMeans { k, starts: 10, iterations: 50, seed, exact: false }
    }

    pub(super) fn check(self, rows: usize) -> Result<KMeans, Error> {
        if self.k == 0 || self.starts == 0 {
            return Err(Error::Usage(message!("{@k} must be at least 1")));
        }
        if self.k > rows {
            return Err(Error::too_many_clusters(self.k, rows));
        }
        Ok(self)
    }
}

/// A clustering of n rows into at most k clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// Vectors (k×d), the heaviest cluster first: of unit length, or of different ones for communities.
    pub centroids: Embeddings,
    /// For each of n rows its centroid and the similarities to it and to the next.
    pub nearest: Vec<Nearest>,
    /// Weighted sum of squared distances to the centroids.
    pub inertia: f64,
    /// Lloyd steps of the winning start, those on a part of the rows among them.
    pub iterations: usize,
    /// Inner products that the winning start computed, its seeding included.
    pub products: usize,
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

    /// The row nearest to the centroid of each cluster (k).
    pub fn medoids(&self) -> Vec<usize> {
        let similarity = |row: usize| self.nearest[row].similarity;
        let nearest = |members: &Vec<usize>| {
            members.iter().copied().max_by(|&a, &b| similarity(a).total_cmp(&similarity(b)).then(b.cmp(&a)))
        };
        self.members().iter().filter_map(nearest).collect()
    }
}

/// Clusters n weighted unit rows.
///
/// Up to 256 clusters, every start is seeded by greedy k-means++ and every step is exact. Above, half as many seeds again as
/// clusters are drawn in batches, and after two steps, which count as seeding, those least missed are taken away; only the start
/// with the lowest inertia then goes on. Its steps compare a row with the 64 centroids nearest to its own one and end when they
/// gain next to nothing. A last step is exact, so that every row has its nearest centroid.
///
/// Above 20,000 rows, and 40 a cluster, all of this is done on as many of them, drawn at random; then steps over all rows follow
/// until they gain next to nothing, the last one exact.
///
/// # Errors
/// When k is 0 or more than n.
pub fn kmeans(embeddings: &Embeddings, weights: &[f64], parameters: KMeans) -> Result<Clustering, Error> {
    let parameters = parameters.check(embeddings.len())?;
    let rows = Rows { embeddings, weights };
    let best = match part(embeddings.len(), parameters) {
        None => best_start(rows, parameters),
        Some(part) => {
            let weights: Vec<f64> = part.iter().map(|&row| weights[row]).collect();
            let best = best_start(Rows { embeddings: &embeddings.select(&part), weights: &weights }, parameters);
            best.map(|state| state.carried_over(rows, parameters.iterations, parameters.exact || parameters.k <= MANY))
        }
    };
    best.map(|state| by_weight(state, rows)).ok_or_else(|| Error::Bug("k-means without a start".into()))
}

/// The rows that starts are compared on, ascending; none where that is all of them.
fn part(rows: usize, parameters: KMeans) -> Option<Vec<usize>> {
    let enough = COMPARED_ON.max(COMPARED_ON_EACH * parameters.k);
    if rows <= enough {
        return None;
    }
    let mut random = generator(parameters.seed, "k-means, part", &[parameters.k as u64]);
    Some(drawn((0..rows).collect(), enough, &mut random))
}

/// The best of all starts.
fn best_start(rows: Rows<'_>, parameters: KMeans) -> Option<State> {
    let starts = 0..parameters.starts;
    let random = |start: usize| generator(parameters.seed, "k-means", &[parameters.k as u64, start as u64]);
    if parameters.k > MANY {
        let seeded = starts.map(|start| State::seeded_in_batches(rows, parameters.k, &mut random(start)));
        lowest(rows, seeded).map(|state| state.refined(rows, parameters.iterations, parameters.exact))
    } else {
        let seeded = starts.map(|start| State::seeded(rows, parameters.k, &mut random(start)));
        lowest(rows, seeded.map(|state| state.converged(rows, parameters.iterations)))
    }
}

/// The state with the lowest inertia, the first of equal ones.
fn lowest(rows: Rows<'_>, states: impl Iterator<Item = State>) -> Option<State> {
    let measured = states.map(|state| (state.inertia(rows), state));
    measured.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, state)| state)
}

/// Numbers the clusters: heaviest first, then by their first row; clusters that stayed empty are left out.
pub(super) fn by_weight(state: State, rows: Rows<'_>) -> Clustering {
    numbered(state, rows).0
}

/// The same, and for each cluster the number that it had before.
pub(super) fn numbered(state: State, rows: Rows<'_>) -> (Clustering, Vec<usize>) {
    let members = state.members();
    let weight = |label: usize| members[label].iter().map(|&row| rows.weights[row]).sum::<f64>();
    let weights: Vec<f64> = (0..members.len()).map(weight).collect();
    let mut order: Vec<usize> = (0..members.len()).filter(|&label| !members[label].is_empty()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(members[a][0].cmp(&members[b][0])));
    let mut renumbered = vec![0; members.len()];
    order.iter().enumerate().for_each(|(new, &old)| renumbered[old] = new);
    let inertia = state.inertia(rows);
    let nearest = state.nearest.iter().map(|row| Nearest { label: renumbered[row.label], ..*row }).collect();
    let (iterations, products) = (state.iterations, state.products);
    (Clustering { centroids: state.centroids.select(&order), nearest, inertia, iterations, products }, order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::normalise;

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
        assert_eq!(problem.to_string(), "k=61 is more than the 60 different texts there are");
    }

    #[test]
    fn identical_rows_leave_fewer_clusters_and_no_empty_one() {
        let rows = Embeddings::new([1.0, 0.0].repeat(6), 2);
        let clustering = kmeans(&rows, &[1.0; 6], KMeans::new(3, 1)).unwrap();
        assert!(clustering.members().iter().all(|members| !members.is_empty()));
    }
}
