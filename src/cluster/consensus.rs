//! Groups that do not depend on a seed: bagged clustering (Leisch, 1999).
//!
//! k-means ends in one of many places, by the rows that it starts from, and another sample of documents ends in another one.
//! So many quick k-means are run, each on a bag of some of the rows; all of their means are joined by Ward's criterion until
//! k groups are left, and k-means over all rows goes on from there. What the bags agree on stays; what one of them found alone
//! is outvoted. Rows are first moved towards their nearest neighbors, which a bag finds easier to divide.
//!
//! All randomness is fixed: the same rows give the same groups, whatever the run's seed. Work is O(n·k·d) for the last steps;
//! the rest is done on a sample of fixed size. Figures: evals/STABILITY.md.

use super::kmeans::{Clustering, KMeans, by_weight, kmeans};
use super::lloyd::{Rows, State};
use super::resamples::Resamples;
use super::sample::{Bags, MOST, Sample};
use crate::error::Error;
use crate::vectors::Embeddings;

/// Bags of the clustering that is shown.
const BAGS: Bags = Bags { count: 30, steps: 8, is_greedy: true };
/// Bags of the clusterings of other samples, which say how well each cluster comes back.
const RESAMPLE_BAGS: Bags = Bags { count: 5, steps: 5, is_greedy: true };
/// The temperature of confidences where no samples are compared.
const UNMEASURED: f64 = 0.1;

/// Clusters and how well each comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// n rows in k clusters.
    pub clustering: Clustering,
    /// For each cluster the mean, over ten samples of 80 % of the rows, of the Jaccard similarity to the cluster of that sample
    /// that is most like it (Hennig, 2007): 1 where it always comes back. Empty where there is one cluster, or too many of them.
    pub stability: Vec<f64>,
    /// For each cluster the standard deviation, over those samples, of the share of rows in the cluster most like it.
    pub deviation: Vec<f64>,
    /// What differences of cosines are divided by before they become confidences: fitted on those samples.
    pub temperature: f64,
}

/// Clusters n weighted unit rows into k, the same for every seed; `sample` is one of these rows, for k clusters or more.
///
/// # Errors
/// When k is 0 or more than n.
pub fn consensus(embeddings: &Embeddings, weights: &[f64], sample: &Sample, k: usize) -> Result<Consensus, Error> {
    let rows = Rows { embeddings, weights };
    if !(2..=MOST).contains(&k) || k >= embeddings.len() {
        let clustering = kmeans(embeddings, weights, KMeans::new(k, 0))?;
        return Ok(Consensus { clustering, stability: Vec::new(), deviation: Vec::new(), temperature: UNMEASURED });
    }
    let parameters = KMeans { starts: 1, ..KMeans::new(k, 0) }.check(embeddings.len())?;
    let everything: Vec<usize> = (0..sample.len()).collect();
    let centers = sample.centers(&everything, k, BAGS, "bags");
    let clustering = by_weight(State::at(rows, centers).refined(rows, parameters.iterations, true), rows);
    let again = |among: &[usize], resample: usize| {
        sample.learned(among, clustering.len(), RESAMPLE_BAGS, &format!("resample {resample}"))
    };
    let resamples = Resamples::of(sample, &clustering, again);
    Ok(Consensus::of(clustering, &resamples, sample))
}

impl Consensus {
    /// Clusters, and what other samples make of them.
    pub(super) fn of(clustering: Clustering, resamples: &Resamples, sample: &Sample) -> Consensus {
        Consensus {
            stability: resamples.stability(),
            deviation: resamples.deviation(),
            temperature: resamples.temperature(sample, &clustering.centroids),
            clustering,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::generator;
    use crate::vectors::normalise;
    use rand::RngExt;

    fn consensus(rows: &Embeddings, weights: &[f64], k: usize) -> Result<Consensus, Error> {
        super::consensus(rows, weights, &Sample::new(rows, weights, k), k)
    }

    /// `count` rows around each of `bundles` axes, in turn.
    fn bundles(bundles: usize, count: usize, noise: f32) -> Embeddings {
        let mut random = generator(5, "test", &[]);
        let mut values = Vec::new();
        for row in 0..bundles * count {
            let mut vector: Vec<f32> = (0..16).map(|_| noise * (random.random::<f32>() - 0.5)).collect();
            vector[row % bundles] += 1.0;
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 16)
    }

    #[test]
    fn bundles_are_found_and_come_back() {
        let rows = bundles(4, 40, 0.3);
        let found = consensus(&rows, &[1.0; 160], 4).unwrap();
        let labels: Vec<usize> = found.clustering.nearest.iter().map(|nearest| nearest.label).collect();
        assert!((0..160).all(|row| labels[row] == labels[row % 4]), "{labels:?}");
        assert!(found.stability.iter().all(|stability| *stability > 0.99), "{:?}", found.stability);
    }

    #[test]
    fn a_division_of_what_is_one_bundle_does_not_come_back() {
        let found = consensus(&bundles(1, 160, 2.0), &[1.0; 160], 5).unwrap();
        let mean = found.stability.iter().sum::<f64>() / 5.0;
        assert!(mean < 0.7, "{:?}", found.stability);
    }

    #[test]
    fn threads_change_nothing() {
        let rows = bundles(6, 30, 1.5);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| consensus(&rows, &[1.0; 180], 7).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn few_rows_equal_rows_and_more_clusters_than_rows_are_answered() {
        let rows = bundles(2, 3, 0.1);
        assert_eq!(consensus(&rows, &[1.0; 6], 2).unwrap().clustering.len(), 2);
        assert_eq!(consensus(&rows, &[1.0; 6], 6).unwrap().clustering.len(), 6);
        assert!(consensus(&rows, &[1.0; 6], 7).is_err() && consensus(&rows, &[1.0; 6], 0).is_err());
        let equal = Embeddings::new([1.0, 0.0].repeat(9), 2);
        assert!(consensus(&equal, &[1.0; 9], 3).unwrap().clustering.len() <= 3);
    }
}
