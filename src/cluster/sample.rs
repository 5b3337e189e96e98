//! Rows that stand for all, and centers that bags of them agree on.

use rayon::prelude::*;

use super::lloyd::{Rows, State};
use super::neighbors::{Neighbor, neighbor_index};
use super::product::nearest_centroids;
use super::ward::ward;
use crate::seed::{drawn, generator};
use crate::vectors::{Embeddings, normalise};

/// Clusters above which means are too many to be joined two by two: there, plain k-means.
pub(super) const MOST: usize = 256;
/// Rows of a sample, at most, where clusters are few; more make it slower, not better.
const ROWS: usize = 4_000;
/// Rows of a sample for each cluster, at least.
const ROWS_EACH: usize = 40;
/// Means of all bags together, at most.
const MEANS: usize = 2_400;
/// Share of the rows that a bag holds.
const BAG: f64 = 0.6;
/// Nearest neighbors that a row is moved towards, by half of the way.
const NEIGHBORS: usize = 10;
/// Nearest neighbors that a row has in the graph whose communities are counted: as many as is usual for such graphs (UMAP, scanpy).
const JOINED: usize = 15;

/// How bags are clustered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bags {
    /// How many there are, at most.
    pub count: usize,
    /// Lloyd steps in each: what bags agree on is there long before they converge.
    pub steps: usize,
    /// Whether seeds are the best of a few drawn ones.
    pub is_greedy: bool,
}

/// Rows that stand for all, drawn once for every number of clusters that is looked at.
pub struct Sample {
    /// Their places among all rows, ascending.
    pub(super) places: Vec<usize>,
    /// As they are (m×d).
    pub(super) plain: Embeddings,
    /// m lists of nearest others, nearest first.
    pub(super) near: Vec<Vec<Neighbor>>,
    pub(super) weights: Vec<f64>,
    /// Moved towards their neighbors (m×d).
    smooth: Embeddings,
}

impl Sample {
    /// A sample of n weighted unit rows, enough for up to k clusters; none where these are too many for a consensus.
    pub fn new(embeddings: &Embeddings, weights: &[f64], k: usize) -> Sample {
        Sample::of(embeddings, weights, if k > MOST { 0 } else { ROWS.max(ROWS_EACH * k) })
    }

    /// A sample of `most` rows at most.
    pub(super) fn of(embeddings: &Embeddings, weights: &[f64], most: usize) -> Sample {
        let mut places: Vec<usize> = (0..embeddings.len()).collect();
        if places.len() > most {
            places = drawn(places, most, &mut generator(0, "consensus, sample", &[]));
        }
        let plain = embeddings.select(&places);
        let weights = places.iter().map(|&row| weights[row]).collect();
        let near = neighbors(&plain);
        Sample { smooth: towards_neighbors(&plain, &near), places, plain, near, weights }
    }

    /// m.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether m is 0.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// k unit vectors that bags of some of the sample's rows agree on.
    pub(super) fn centers(&self, among: &[usize], k: usize, bags: Bags, purpose: &str) -> Embeddings {
        let count = bags.count.min(MEANS / k.max(1)).max(2);
        let size = ((BAG * among.len() as f64) as usize).max(2 * k).min(among.len());
        let of_bags: Vec<(Vec<f32>, Vec<f64>)> = (0..count)
            .into_par_iter()
            .map(|bag| {
                let mut random = generator(0, purpose, &[k as u64, bag as u64]);
                let bag = drawn(among.to_vec(), size, &mut random);
                let embeddings = self.smooth.select(&bag);
                let weights: Vec<f64> = bag.iter().map(|&row| self.weights[row]).collect();
                let rows = Rows { embeddings: &embeddings, weights: &weights };
                let seeded = if bags.is_greedy { State::seeded } else { State::seeded_quickly };
                let state = seeded(rows, k, &mut random).converged(rows, bags.steps);
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
    pub(super) fn placed(&self, centers: &Embeddings) -> Vec<usize> {
        nearest_centroids(&self.plain, centers).into_iter().map(|nearest| nearest.label).collect()
    }

    /// The centers that some of the rows lead to, as those of all rows are found.
    pub(super) fn learned(&self, among: &[usize], k: usize, bags: Bags, purpose: &str) -> Embeddings {
        let centers = self.centers(among, k, bags, purpose);
        let embeddings = self.plain.select(among);
        let weights: Vec<f64> = among.iter().map(|&row| self.weights[row]).collect();
        let rows = Rows { embeddings: &embeddings, weights: &weights };
        State::at(rows, centers).converged(rows, bags.steps).centroids
    }
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

/// The nearest others of each row: of a few rows each one is near to most of the others, so that fewer are taken.
fn neighbors(rows: &Embeddings) -> Vec<Vec<Neighbor>> {
    match rows.is_empty() {
        true => Vec::new(),
        false => neighbor_index(rows).neighborhoods((rows.len() / 5).clamp(2, JOINED)).of,
    }
}

/// Rows half-way between themselves and the mean of their nearest neighbors, of unit length (n×d).
fn towards_neighbors(rows: &Embeddings, near: &[Vec<Neighbor>]) -> Embeddings {
    let count = NEIGHBORS.min(rows.len() / 5);
    if count == 0 {
        return rows.clone();
    }
    let moved = |(row, near): (usize, &Vec<Neighbor>)| {
        let mut mean = vec![0.0; rows.dimensions()];
        for neighbor in &near[..count.min(near.len())] {
            mean.iter_mut().zip(rows.row(neighbor.index)).for_each(|(sum, value)| *sum += value);
        }
        normalise(&mut mean);
        mean.iter_mut().zip(rows.row(row)).for_each(|(mean, own)| *mean += own);
        normalise(&mut mean);
        mean
    };
    let moved: Vec<Vec<f32>> = near.par_iter().enumerate().map(moved).collect();
    Embeddings::new(moved.concat(), rows.dimensions())
}
