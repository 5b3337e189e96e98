//! What becomes of clusters in other samples of the documents: how well each comes back, and how sure a document's place is.

use rayon::prelude::*;

use super::kmeans::Clustering;
use super::product::{BLOCK, Nearest};
use super::sample::Sample;
use crate::seed::{drawn, generator};
use crate::vectors::{Embeddings, dot, inner_products};

/// Samples of the documents, and the share of the rows in each.
const RESAMPLES: usize = 10;
const RESAMPLE: f64 = 0.8;
/// The sharpest and the bluntest temperature, and how often the span between them is halved.
const SHARPEST: f64 = 0.01;
const BLUNTEST: f64 = 1.0;
const HALVINGS: usize = 16;
/// Rows whose places the temperature is fitted on, at most.
const FITTED_ON: usize = 2_000;

/// What ten samples of 80 % of the documents make of k clusters.
#[derive(Debug)]
pub(super) struct Resamples {
    /// Each sample's.
    found: Vec<Found>,
}

/// What one sample makes of k clusters.
#[derive(Debug)]
struct Found {
    /// For each of k clusters the one of this sample that is most like it.
    again: Vec<Again>,
    /// Rows that the sample left out, ascending, each with the cluster that is most like the one that it goes to.
    others: Vec<(usize, usize)>,
}

/// The cluster of a sample that is most like a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Again {
    /// How like: the weight of rows in both over that of rows in either.
    jaccard: f64,
    /// Its share of the rows.
    share: f64,
}

impl Resamples {
    /// Clusters parts of the sample anew and compares: `again` gives the centers that some of its
    /// rows, ascending, lead to, in the resample of this number.
    pub fn of(
        sample: &Sample,
        clustering: &Clustering,
        again: impl Fn(&[usize], usize) -> Embeddings + Sync,
    ) -> Resamples {
        let labels: Vec<usize> = sample.places.iter().map(|&row| clustering.nearest[row].label).collect();
        let found = |resample: usize| {
            let size = ((RESAMPLE * sample.len() as f64).ceil() as usize).max(clustering.len());
            let mut random = generator(0, "consensus, resample", &[resample as u64]);
            let among = drawn((0..sample.len()).collect(), size, &mut random);
            let centers = again(&among, resample);
            let placed = sample.placed(&centers);
            let shared = Shared::new(
                among.iter().map(|&row| (labels[row], placed[row], sample.weights[row])),
                clustering.len(),
                centers.len(),
            );
            let others = (0..sample.len()).filter(|row| among.binary_search(row).is_err());
            let most_like: Vec<usize> = (0..centers.len()).map(|other| shared.most_like(other)).collect();
            Found { again: shared.again(), others: others.map(|row| (row, most_like[placed[row]])).collect() }
        };
        Resamples { found: (0..RESAMPLES).into_par_iter().map(found).collect() }
    }

    /// For each cluster how like it the most similar cluster of another sample is, on average.
    pub fn stability(&self) -> Vec<f64> {
        self.each(|again| mean(again.iter().map(|again| again.jaccard)))
    }

    /// For each cluster the standard deviation of the share of the most similar cluster.
    pub fn deviation(&self) -> Vec<f64> {
        self.each(|again| {
            let mean = mean(again.iter().map(|again| again.share));
            let squares: f64 = again.iter().map(|again| (again.share - mean).powi(2)).sum();
            (squares / (again.len() - 1) as f64).sqrt()
        })
    }

    fn each(&self, of: impl Fn(&[Again]) -> f64) -> Vec<f64> {
        let clusters = self.found.first().map_or(0, |found| found.again.len());
        let cluster = |cluster: usize| self.found.iter().map(|found| found.again[cluster]).collect::<Vec<_>>();
        (0..clusters).map(|one| of(&cluster(one))).collect()
    }

    /// The temperature at which a softmax of the cosines to the centroids best foretells the places of the rows that samples left
    /// out. There the cosine that the softmax expects is, on average, that of the cluster that a row went to.
    pub fn temperature(&self, sample: &Sample, centroids: &Embeddings) -> f64 {
        let step = sample.len().div_ceil(FITTED_ON).max(1);
        let mut went = vec![Vec::new(); sample.len()];
        let others = self.found.iter().flat_map(|found| &found.others);
        others.filter(|(row, _)| row % step == 0).for_each(|&(row, cluster)| went[row].push(cluster));
        let rows: Vec<usize> = (0..sample.len()).filter(|&row| !went[row].is_empty()).collect();
        let cosines: Vec<Vec<f32>> = rows
            .par_iter()
            .map(|&row| {
                (0..centroids.len()).map(|cluster| dot(sample.plain.row(row), centroids.row(cluster))).collect()
            })
            .collect();
        let is_too_sharp = |temperature: f64| {
            let excess = |(&row, cosines): (&usize, &Vec<f32>)| {
                let expected: f64 =
                    shares(cosines, temperature).zip(cosines).map(|(share, cosine)| share * f64::from(*cosine)).sum();
                let seen: f64 = went[row].iter().map(|&cluster| f64::from(cosines[cluster])).sum();
                sample.weights[row] * (went[row].len() as f64 * expected - seen)
            };
            rows.par_iter().zip(&cosines).map(excess).collect::<Vec<f64>>().into_iter().sum::<f64>() > 0.0
        };
        let (mut sharp, mut blunt) = (SHARPEST.ln(), BLUNTEST.ln());
        for _ in 0..HALVINGS {
            let middle = (sharp + blunt) / 2.0;
            *(if is_too_sharp(middle.exp()) { &mut sharp } else { &mut blunt }) = middle;
        }
        blunt.exp()
    }
}

/// For each of n rows (n×d) how probable it is that it would be with the same one of k centroids (k×d), were these learned from
/// another sample of the documents: its share in a softmax of the cosines to all of them. `nearest` says which one it is with.
pub fn confidences(rows: &Embeddings, centroids: &Embeddings, nearest: &[Nearest], temperature: f64) -> Vec<f64> {
    let dimensions = rows.dimensions();
    let blocks = rows.values().par_chunks(BLOCK * dimensions).zip(nearest.par_chunks(BLOCK));
    let found = blocks.flat_map_iter(|(rows, nearest)| {
        let cosines = inner_products(rows, centroids.values(), dimensions);
        let share = |(cosines, label): (ndarray::ArrayView1<'_, f32>, usize)| {
            shares(cosines.as_slice().unwrap_or(&[]), temperature).nth(label).unwrap_or(0.0)
        };
        cosines.rows().into_iter().zip(nearest).map(|(row, nearest)| share((row, nearest.label))).collect::<Vec<_>>()
    });
    found.collect()
}

/// Shares that sum to one.
fn shares(cosines: &[f32], temperature: f64) -> impl Iterator<Item = f64> {
    let most = cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let odds = move |cosine: &f32| (f64::from(cosine - most) / temperature).exp();
    let sum: f64 = cosines.iter().map(odds).sum();
    cosines.iter().map(move |cosine| odds(cosine) / sum)
}

/// The weight that each of our clusters and each of a sample's have in common.
struct Shared {
    /// Row after row (ours×theirs).
    both: Vec<f64>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Shared {
    /// From the label in either and the weight of each row.
    fn new(rows: impl Iterator<Item = (usize, usize, f64)>, ours: usize, theirs: usize) -> Shared {
        let mut shared = Shared { both: vec![0.0; ours * theirs], ours: vec![0.0; ours], theirs: vec![0.0; theirs] };
        for (one, other, weight) in rows {
            shared.both[one * theirs + other] += weight;
            shared.ours[one] += weight;
            shared.theirs[other] += weight;
        }
        shared
    }

    fn jaccard(&self, one: usize, other: usize) -> f64 {
        let both = self.both[one * self.theirs.len() + other];
        let either = self.ours[one] + self.theirs[other] - both;
        if either > 0.0 { both / either } else { 0.0 }
    }

    /// For each of our clusters the most alike one of theirs.
    fn again(&self) -> Vec<Again> {
        let all: f64 = self.ours.iter().sum::<f64>().max(1.0);
        let again =
            |one: usize, other: usize| Again { jaccard: self.jaccard(one, other), share: self.theirs[other] / all };
        let better = |best: Again, next: Again| if next.jaccard > best.jaccard { next } else { best };
        let best = |one: usize| (0..self.theirs.len()).map(|other| again(one, other)).fold(Again::default(), better);
        (0..self.ours.len()).map(best).collect()
    }

    /// The cluster of ours that is most like one of theirs.
    fn most_like(&self, other: usize) -> usize {
        let better = |best: usize, next: usize| {
            if self.jaccard(next, other) > self.jaccard(best, other) { next } else { best }
        };
        (0..self.ours.len()).fold(0, better)
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{consensus, nearest_centroids};
    use crate::vectors::normalise;
    use rand::RngExt;

    /// `count` rows around each of four axes, in turn.
    fn rows(count: usize, noise: f32) -> Embeddings {
        let mut random = generator(7, "test", &[]);
        let mut values = Vec::new();
        for row in 0..4 * count {
            let mut vector: Vec<f32> = (0..16).map(|_| noise * (random.random::<f32>() - 0.5)).collect();
            vector[row % 4] += 1.0;
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 16)
    }

    #[test]
    fn a_document_between_two_clusters_is_less_sure_than_one_in_the_middle_of_its_own() {
        let rows = rows(60, 0.9);
        let sample = Sample::new(&rows, &[1.0; 240], 4);
        let found = consensus(&rows, &[1.0; 240], &sample, 4).unwrap();
        let centroids = &found.clustering.centroids;
        let mut between: Vec<f32> = centroids.row(0).iter().zip(centroids.row(1)).map(|(a, b)| 1.001 * a + b).collect();
        normalise(&mut between);
        let asked = Embeddings::new([centroids.row(0), &between].concat(), 16);
        let clustering = Clustering { nearest: nearest_centroids(&asked, centroids), ..found.clustering.clone() };
        let confidences = confidences(&asked, &clustering.centroids, &clustering.nearest, found.temperature);
        assert!(confidences[0] > 0.95 && (0.4..0.6).contains(&confidences[1]), "{confidences:?}");
    }

    #[test]
    fn confidences_are_as_high_as_documents_come_back_often() {
        // For each document: whether a clustering learned from other documents puts it with those that it is with now.
        let rows = rows(200, 1.6);
        let [one, other] = [0, 1].map(|half| (0..800).filter(|row| row / 4 % 2 == half).collect::<Vec<usize>>());
        let found = |among: &[usize]| {
            let rows = rows.select(among);
            let weights = vec![1.0; among.len()];
            consensus(&rows, &weights, &Sample::new(&rows, &weights, 4), 4).unwrap()
        };
        let (ours, theirs) = (found(&one), found(&other));
        let own: Vec<usize> = ours.clustering.nearest.iter().map(|nearest| nearest.label).collect();
        let again = nearest_centroids(&rows.select(&one), &theirs.clustering.centroids);
        let pairs = || own.iter().zip(&again).map(|(&own, again)| (own, again.label, 1.0));
        let shared = Shared::new(pairs(), 4, 4);
        let back = pairs().filter(|&(own, again, _)| shared.most_like(again) == own).count() as f64 / own.len() as f64;
        let confidences =
            confidences(&rows.select(&one), &ours.clustering.centroids, &ours.clustering.nearest, ours.temperature);
        let sure = confidences.iter().sum::<f64>() / confidences.len() as f64;
        assert!((sure - back).abs() < 0.08, "sure {sure}, back {back}");
    }
}
