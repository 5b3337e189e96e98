//! Groups that do not depend on a seed: bagged clustering (Leisch, 1999).
//!
//! k-means ends in one of many places, by the rows that it starts from, and another sample of documents ends in another one.
//! So many quick k-means are run, each on a bag of some of the rows; all of their means are joined by Ward's criterion until
//! k groups are left, and k-means over all rows goes on from there. What the bags agree on stays; what one of them found alone
//! is outvoted. Rows are first moved towards their nearest neighbors, which a bag finds easier to divide.
//!
//! All randomness is fixed: the same rows give the same groups, whatever the run's seed. Work is O(n·k·d) for the last steps;
//! the rest is done on a sample of fixed size. Figures: evals/STABILITY.md.

use rayon::prelude::*;

use super::kmeans::{Clustering, KMeans, by_weight, kmeans};
use super::lloyd::{Rows, State};
use super::neighbors::{Neighbor, neighbor_index};
use super::product::nearest_centroids;
use super::ward::ward;
use crate::error::Error;
use crate::seed::{drawn, generator};
use crate::vectors::{Embeddings, normalise};

/// Rows that bags are drawn from, at most, where clusters are few; more make it slower, not better.
const SAMPLE: usize = 4_000;
/// Rows of the sample for each cluster, at least.
const SAMPLE_EACH: usize = 40;
/// Bags, and the means of all bags together, at most.
const BAGS: usize = 30;
const MEANS: usize = 2_400;
/// Share of the sample that a bag holds.
const BAG: f64 = 0.6;
/// Lloyd steps in a bag: what the bags agree on is there long before they converge.
const BAG_STEPS: usize = 8;
/// Nearest neighbors that a row is moved towards, by half of the way.
const NEIGHBORS: usize = 10;
/// Clusters above which means are too many to be joined two by two: there, plain k-means.
const MOST: usize = 256;
/// Samples of the documents that stability is measured on, the share of the rows in each, and its bags.
const RESAMPLES: usize = 10;
const RESAMPLE: f64 = 0.8;
const RESAMPLE_BAGS: usize = 8;

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
}

/// Clusters n weighted unit rows into k, the same for every seed.
///
/// # Errors
/// When k is 0 or more than n.
pub fn consensus(embeddings: &Embeddings, weights: &[f64], k: usize) -> Result<Consensus, Error> {
    let rows = Rows { embeddings, weights };
    if !(2..=MOST).contains(&k) || k >= embeddings.len() {
        let clustering = kmeans(embeddings, weights, KMeans::new(k, 0))?;
        return Ok(Consensus { clustering, stability: Vec::new(), deviation: Vec::new() });
    }
    let parameters = KMeans { starts: 1, ..KMeans::new(k, 0) }.check(embeddings.len())?;
    let sample = Sample::new(rows, SAMPLE.max(SAMPLE_EACH * k));
    let everything: Vec<usize> = (0..sample.len()).collect();
    let centers = sample.centers(&everything, k, BAGS, "bags");
    let state = State::at(rows, centers).refined(rows, parameters.iterations, true);
    let clustering = by_weight(state, rows);
    let again = sample.found_again(&clustering);
    let of = |cluster: usize| again.iter().map(move |clusters| clusters[cluster]);
    let samples = RESAMPLES as f64;
    let stability = (0..clustering.len()).map(|cluster| of(cluster).map(|again| again.jaccard).sum::<f64>() / samples);
    let deviation = |cluster: usize| {
        let mean = of(cluster).map(|again| again.share).sum::<f64>() / samples;
        (of(cluster).map(|again| (again.share - mean).powi(2)).sum::<f64>() / (samples - 1.0)).sqrt()
    };
    let (stability, deviation) = (stability.collect(), (0..clustering.len()).map(deviation).collect());
    Ok(Consensus { clustering, stability, deviation })
}

/// Rows that stand for all.
pub(super) struct Sample {
    /// Their places among all rows, ascending.
    places: Vec<usize>,
    /// As they are (m×d).
    plain: Embeddings,
    /// Moved towards their neighbors (m×d).
    smooth: Embeddings,
    weights: Vec<f64>,
}

impl Sample {
    /// `most` of the rows at most, drawn at random.
    pub fn new(rows: Rows<'_>, most: usize) -> Sample {
        let mut places: Vec<usize> = (0..rows.embeddings.len()).collect();
        if places.len() > most {
            places = drawn(places, most, &mut generator(0, "consensus, sample", &[]));
        }
        let plain = rows.embeddings.select(&places);
        let weights = places.iter().map(|&row| rows.weights[row]).collect();
        Sample { smooth: towards_neighbors(&plain), places, plain, weights }
    }

    /// m.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// k unit vectors that bags of some of the sample's rows agree on.
    pub fn centers(&self, among: &[usize], k: usize, bags: usize, purpose: &str) -> Embeddings {
        let bags = bags.min(MEANS / k.max(1)).max(2);
        let size = ((BAG * among.len() as f64) as usize).max(2 * k).min(among.len());
        let of_bags: Vec<(Vec<f32>, Vec<f64>)> = (0..bags)
            .into_par_iter()
            .map(|bag| {
                let mut random = generator(0, purpose, &[k as u64, bag as u64]);
                let bag = drawn(among.to_vec(), size, &mut random);
                let embeddings = self.smooth.select(&bag);
                let weights: Vec<f64> = bag.iter().map(|&row| self.weights[row]).collect();
                let rows = Rows { embeddings: &embeddings, weights: &weights };
                let state = State::seeded(rows, k, &mut random).converged(rows, BAG_STEPS);
                weighted_means(rows, &state.members())
            })
            .collect();
        let weights: Vec<f64> = of_bags.iter().flat_map(|(_, weights)| weights.iter().copied()).collect();
        let values = of_bags.into_iter().flat_map(|(means, _)| means).collect();
        let means = Embeddings::new(values, self.plain.dimensions());
        let groups = ward(&means, &weights, k);
        let mut members = vec![Vec::new(); groups.iter().max().map_or(0, |most| most + 1)];
        groups.iter().enumerate().for_each(|(mean, &group)| members[group].push(mean));
        let (mut values, _) = weighted_means(Rows { embeddings: &means, weights: &weights }, &members);
        values.chunks_mut(self.plain.dimensions()).for_each(normalise);
        Embeddings::new(values, self.plain.dimensions())
    }

    /// For each of the sample's rows the nearest of some centers.
    pub fn placed(&self, centers: &Embeddings) -> Vec<usize> {
        nearest_centroids(&self.plain, centers).into_iter().map(|nearest| nearest.label).collect()
    }

    /// The centers that some of the rows lead to, as those of all rows are found.
    pub fn learned(&self, among: &[usize], k: usize, bags: usize, purpose: &str) -> Embeddings {
        let centers = self.centers(among, k, bags, purpose);
        let embeddings = self.plain.select(among);
        let weights: Vec<f64> = among.iter().map(|&row| self.weights[row]).collect();
        let rows = Rows { embeddings: &embeddings, weights: &weights };
        State::at(rows, centers).converged(rows, BAG_STEPS).centroids
    }

    /// As they are (m×d).
    pub fn plain(&self) -> &Embeddings {
        &self.plain
    }

    /// What becomes of each cluster in samples of the sample.
    fn found_again(&self, clustering: &Clustering) -> Vec<Vec<Again>> {
        let labels: Vec<usize> = self.places.iter().map(|&row| clustering.nearest[row].label).collect();
        let in_sample = |resample: usize| {
            let size = ((RESAMPLE * self.len() as f64).ceil() as usize).max(clustering.len());
            let mut random = generator(0, "consensus, resample", &[resample as u64]);
            let among = drawn((0..self.len()).collect(), size, &mut random);
            let centers = self.learned(&among, clustering.len(), RESAMPLE_BAGS, &format!("resample {resample}"));
            let again = self.placed(&centers);
            let rows = among.iter().map(|&row| (labels[row], again[row], self.weights[row]));
            most_alike(rows, clustering.len(), centers.len())
        };
        (0..RESAMPLES).into_par_iter().map(in_sample).collect()
    }
}

/// The cluster of a sample that is most like a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Again {
    /// How like: the weight of rows in both over that of rows in either.
    jaccard: f64,
    /// Its share of the rows.
    share: f64,
}

/// For each of `clusters` the most alike one of `others`, from the label in either and the weight of each row.
fn most_alike(rows: impl Iterator<Item = (usize, usize, f64)>, clusters: usize, others: usize) -> Vec<Again> {
    let mut both = vec![0.0; clusters * others];
    let (mut ones, mut twos) = (vec![0.0; clusters], vec![0.0; others]);
    for (one, other, weight) in rows {
        both[one * others + other] += weight;
        ones[one] += weight;
        twos[other] += weight;
    }
    let all: f64 = ones.iter().sum();
    let again = |one: usize, other: usize| {
        let shared: f64 = both[one * others + other];
        let either = ones[one] + twos[other] - shared;
        Again { jaccard: if either > 0.0 { shared / either } else { 0.0 }, share: twos[other] / all.max(1.0) }
    };
    let better = |best: Again, next: Again| if next.jaccard > best.jaccard { next } else { best };
    (0..clusters).map(|one| (0..others).map(|other| again(one, other)).fold(Again::default(), better)).collect()
}

/// Means of members, not scaled (k·d), and their weights (k); a cluster without members is left out.
pub(super) fn weighted_means(rows: Rows<'_>, members: &[Vec<usize>]) -> (Vec<f32>, Vec<f64>) {
    let mut values = Vec::with_capacity(members.len() * rows.embeddings.dimensions());
    let mut weights = Vec::with_capacity(members.len());
    for members in members.iter().filter(|members| !members.is_empty()) {
        let weight: f64 = members.iter().map(|&row| rows.weights[row]).sum();
        let mut sum = vec![0.0_f64; rows.embeddings.dimensions()];
        for &row in members {
            let own = rows.weights[row] / weight;
            sum.iter_mut().zip(rows.embeddings.row(row)).for_each(|(sum, value)| *sum += own * f64::from(*value));
        }
        values.extend(sum.into_iter().map(|value| value as f32));
        weights.push(weight);
    }
    (values, weights)
}

/// Rows half-way between themselves and the mean of their nearest neighbors, of unit length (n×d).
fn towards_neighbors(rows: &Embeddings) -> Embeddings {
    let count = NEIGHBORS.min(rows.len() / 5);
    if count == 0 {
        return rows.clone();
    }
    let moved = |(row, near): (usize, Vec<Neighbor>)| {
        let mut mean = vec![0.0; rows.dimensions()];
        for neighbor in near {
            mean.iter_mut().zip(rows.row(neighbor.index)).for_each(|(sum, value)| *sum += value);
        }
        normalise(&mut mean);
        mean.iter_mut().zip(rows.row(row)).for_each(|(mean, own)| *mean += own);
        normalise(&mut mean);
        mean
    };
    let lists = neighbor_index(rows).neighborhoods(count).of;
    Embeddings::new(lists.into_iter().enumerate().flat_map(moved).collect(), rows.dimensions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

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
