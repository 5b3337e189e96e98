//! Clusters that the rows fall into by themselves: the communities of the graph of nearest
//! neighbors.
//!
//! A graph follows groups of any shape and size, but says nothing of a row that it does not hold.
//! So each community becomes one vector, and every row is with the one that it has the highest
//! inner product with: not with the mean of the members, but with what tells them from all others.
//! That is the regression of membership on the rows, by least squares with a penalty (Hoerl and
//! Kennard, 1970): the members' sum times the inverse of the rows' covariance. The covariance is
//! drawn half of the way towards one that is even in all directions (Friedman, 1989): some thousand
//! rows do not know the whole of it.
//!
//! Work is O(n·k·d) for placing all rows; the rest is done on a sample of fixed size. Nothing here
//! is drawn by the run's seed. Figures: evals/STABILITY.md.

use ndarray::{Array2, ArrayView1};

use super::choose::edges;
use super::communities::communities;
use super::consensus::{Consensus, consensus};
use super::kmeans::by_weight;
use super::lloyd::{Rows, State};
use super::resamples::Resamples;
use super::sample::{Sample, weighted_means};
use crate::error::Error;
use crate::vectors::{Embeddings, cholesky, product, solve, view};

/// Communities at most: more of them are no clusters that anybody reads.
const LARGEST: usize = 100;

/// The communities that the graph of a sample's nearest neighbors falls into.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Communities {
    /// Pairs of neighbors, each once.
    pub(super) edges: Vec<(usize, usize)>,
    /// The community of each of the sample's rows, numbered from 0.
    labels: Vec<usize>,
}

impl Communities {
    /// Finds them.
    pub fn of(sample: &Sample) -> Communities {
        let edges = edges(&sample.near);
        let labels = communities(&edges, sample.len());
        Communities { edges, labels }
    }

    /// How many clusters they make: 1 at least, 100 at most.
    pub fn count(&self) -> usize {
        counted(&self.labels).clamp(1, LARGEST)
    }
}

/// Clusters n weighted unit rows along the communities of `sample`, which is one of these rows.
/// Where there are more than 100 of them, or one alone, it is the consensus of k-means with as many
/// clusters, 100 at most.
///
/// # Errors
/// Those of the consensus.
pub fn by_communities(
    embeddings: &Embeddings,
    weights: &[f64],
    sample: &Sample,
    found: &Communities,
) -> Result<Consensus, Error> {
    let Communities { edges, labels } = found;
    if !(2..=LARGEST).contains(&counted(labels)) {
        return consensus(embeddings, weights, sample, found.count());
    }
    let rows = Rows { embeddings, weights };
    let discriminant = Discriminant::learn(sample);
    let everything: Vec<usize> = (0..sample.len()).collect();
    let centers = discriminant.centers(sample, &everything, labels);
    let clustering = by_weight(State::at(rows, centers), rows);
    let again = |among: &[usize], _: usize| {
        discriminant.centers(sample, among, &communities(&within(edges, among), among.len()))
    };
    let resamples = Resamples::of(sample, &clustering, again);
    Ok(Consensus::of(clustering, &resamples, sample))
}

/// How many labels there are, numbered from 0.
fn counted(labels: &[usize]) -> usize {
    labels.iter().max().map_or(0, |last| last + 1)
}

/// The edges between some of the nodes, ascending, which are numbered anew.
fn within(edges: &[(usize, usize)], among: &[usize]) -> Vec<(usize, usize)> {
    let place = |node: usize| among.binary_search(&node).ok();
    edges.iter().filter_map(|&(a, b)| Some((place(a)?, place(b)?))).collect()
}

/// What makes of sums what tells them apart.
struct Discriminant {
    /// The lower triangle of the covariance (d×d).
    lower: Array2<f64>,
}

impl Discriminant {
    /// From the sample's rows, which are centered: the same for all divisions of them.
    fn learn(sample: &Sample) -> Discriminant {
        let rows = view(&sample.plain);
        let all: f64 = sample.weights.iter().sum();
        let mut weighed = rows.to_owned();
        weighed.rows_mut().into_iter().zip(&sample.weights).for_each(|(mut row, weight)| row *= (weight / all) as f32);
        let mut covariance = product(weighed.t(), rows.t()).mapv(f64::from);
        let even = covariance.diag().sum() / covariance.nrows() as f64;
        covariance.diag_mut().iter_mut().for_each(|value| *value += even);
        cholesky(&mut covariance);
        Discriminant { lower: covariance }
    }

    /// A vector for each of k labels (k×d) that some of the sample's rows have; the longest is of
    /// unit length.
    fn centers(&self, sample: &Sample, among: &[usize], labels: &[usize]) -> Embeddings {
        let embeddings = sample.plain.select(among);
        let weights: Vec<f64> = among.iter().map(|&row| sample.weights[row]).collect();
        let mut members = vec![Vec::new(); counted(labels)];
        labels.iter().enumerate().for_each(|(row, &label)| members[label].push(row));
        let (means, sizes) = weighted_means(Rows { embeddings: &embeddings, weights: &weights }, &members);
        let mut sums = view(&Embeddings::new(means, embeddings.dimensions())).mapv(f64::from);
        sums.rows_mut().into_iter().zip(sizes).for_each(|(mut sum, size)| sum *= size);
        let directions = solve(&self.lower, sums.reversed_axes());
        let length = |direction: ArrayView1<'_, f64>| direction.dot(&direction).sqrt();
        let longest = directions.columns().into_iter().map(length).fold(f64::MIN_POSITIVE, f64::max);
        let values = directions.t().iter().map(|value| (value / longest) as f32).collect();
        Embeddings::new(values, embeddings.dimensions())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::nearest_centroids;
    use crate::seed::generator;
    use crate::vectors::normalise;
    use rand::RngExt;

    fn found(rows: &Embeddings, weights: &[f64]) -> Consensus {
        let sample = Sample::new(rows, weights, 0);
        by_communities(rows, weights, &sample, &Communities::of(&sample)).unwrap()
    }

    /// `count` rows around each of `bundles` axes, in turn; all vary along the last dimension, by
    /// `along`.
    fn bundles(bundles: usize, count: usize, along: f32) -> Embeddings {
        let mut random = generator(5, "test", &[]);
        let mut values = Vec::new();
        for row in 0..bundles * count {
            let mut vector: Vec<f32> = (0..16).map(|_| 0.3 * (random.random::<f32>() - 0.5)).collect();
            vector[row % bundles] += 1.0;
            vector[15] += along * (random.random::<f32>() - 0.5);
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 16)
    }

    #[test]
    fn bundles_are_found_and_come_back() {
        let found = found(&bundles(4, 40, 0.0), &[1.0; 160]);
        let labels: Vec<usize> = found.clustering.nearest.iter().map(|nearest| nearest.label).collect();
        assert!((0..160).all(|row| labels[row] == labels[row % 4]), "{labels:?}");
        assert_eq!(found.clustering.len(), 4);
        assert!(found.stability.iter().all(|stability| *stability > 0.99), "{:?}", found.stability);
    }

    #[test]
    fn rows_are_with_the_nearest_centroid_and_threads_change_nothing() {
        let rows = bundles(6, 30, 1.5);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| found(&rows, &[1.0; 180]))
        };
        let once = run(1);
        assert_eq!(once, run(3));
        assert_eq!(once.clustering.nearest, nearest_centroids(&rows, &once.clustering.centroids));
    }

    #[test]
    fn what_varies_within_communities_tells_little() {
        // Groups differ along the first axis and vary along the second: means of few mistake it.
        let row = |row: usize| {
            let mut row = [if row.is_multiple_of(2) { 0.2 } else { -0.2 }, (row / 2) as f32 / 40.0 - 1.0];
            normalise(&mut row);
            row
        };
        let rows = Embeddings::new((0..160).flat_map(row).collect(), 2);
        let sample = Sample::new(&rows, &[1.0; 160], 0);
        let (among, labels): (Vec<usize>, Vec<usize>) = [(100, 0), (80, 0), (51, 1), (71, 1)].into_iter().unzip();
        let [plain, told] = [false, true].map(|is_told| {
            let centers = Discriminant::learn(&sample).centers(&sample, &among, &labels);
            let (mut means, _) = weighted_means(
                Rows { embeddings: &rows.select(&among), weights: &[1.0; 4] },
                &[vec![0, 1], vec![2, 3]],
            );
            means.chunks_mut(2).for_each(normalise);
            let centers = if is_told { centers } else { Embeddings::new(means, 2) };
            let nearest = nearest_centroids(&rows, &centers);
            nearest.iter().enumerate().filter(|(row, nearest)| nearest.label == row % 2).count()
        });
        assert!(told > plain, "{told} instead of {plain}");
    }

    #[test]
    fn few_rows_equal_rows_and_rows_of_zeros_are_answered() {
        for count in [1, 2, 3, 5, 9] {
            let rows = bundles(2, 5, 0.0).select(&(0..count).collect::<Vec<_>>());
            assert!(found(&rows, &vec![1.0; count]).clustering.len() <= count);
            assert!(found(&Embeddings::new(vec![0.0; 2 * count], 2), &vec![1.0; count]).clustering.len() <= count);
        }
        assert!(found(&Embeddings::new([1.0, 0.0].repeat(40), 2), &[1.0; 40]).clustering.len() <= 40);
    }

    #[test]
    fn edges_within_some_nodes_have_their_places() {
        assert_eq!(within(&[(0, 1), (1, 3), (2, 3), (3, 4)], &[1, 3, 4]), [(0, 1), (1, 2)]);
    }
}
