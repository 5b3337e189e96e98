//! Lloyd's algorithm on the unit sphere, step by step: means of the members, then the nearest mean of each row.
//!
//! Where clusters are many, a start has more seeds than clusters, and those that are missed least are taken away after the
//! first steps: a place that was seeded twice loses one of its seeds, and hardly any place was left without.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::batches;
use super::closure::Closures;
use super::product::{Nearest, nearest_centroids};
use super::seeding::greedy_plus_plus;
use crate::vectors::{Embeddings, normalise};

/// Share of the inertia that an accelerated step must gain for another one to follow.
const LEAST_GAIN: f64 = 1e-4;
/// Accelerated steps for which the closures found once are used: centroids move little, and finding them costs k² products.
const KEPT: usize = 4;

/// Seeds to begin with for each cluster wanted.
const SEEDS: f64 = 1.5;
/// Accelerated steps before seeds are taken away.
const UNPRUNED: usize = 2;

/// What is clustered.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// n unit rows (n×d).
    pub embeddings: &'a Embeddings,
    /// Their n weights.
    pub weights: &'a [f64],
}

/// Where one start stands.
pub(super) struct State {
    /// Unit vectors (k×d).
    pub centroids: Embeddings,
    /// For each of n rows the centroid it is with.
    pub nearest: Vec<Nearest>,
    /// Steps taken.
    pub iterations: usize,
    /// Inner products computed, seeding included.
    pub products: usize,
}

impl State {
    /// At seeds chosen by greedy k-means++.
    pub fn seeded(rows: Rows<'_>, k: usize, random: &mut ChaCha8Rng) -> State {
        let (seeds, products) = greedy_plus_plus(rows.embeddings, rows.weights, k, random);
        let state = State::at(rows, rows.embeddings.select(&seeds));
        State { products: products + state.products, ..state }
    }

    /// At seeds drawn by k-means++ in batches: they cost one step, and are good enough for one of many clusterings.
    pub fn seeded_quickly(rows: Rows<'_>, k: usize, random: &mut ChaCha8Rng) -> State {
        let seeded = batches::plus_plus(rows.embeddings, rows.weights, k, random);
        let centroids = rows.embeddings.select(&seeded.seeds);
        let products = rows.weights.len() * centroids.len();
        State { centroids, nearest: seeded.nearest, iterations: 0, products }
    }

    /// At centroids that are known (k×d).
    pub fn at(rows: Rows<'_>, centroids: Embeddings) -> State {
        let nearest = nearest_centroids(rows.embeddings, &centroids);
        let products = nearest.len() * centroids.len();
        State { centroids, nearest, iterations: 0, products }
    }

    /// At the k best of more seeds, drawn by k-means++ in batches.
    pub fn seeded_in_batches(rows: Rows<'_>, k: usize, random: &mut ChaCha8Rng) -> State {
        let seeds = ((SEEDS * k as f64) as usize).min(rows.weights.len());
        let mut state = State::seeded_quickly(rows, seeds, random);
        let mut closures = None;
        for _ in 0..UNPRUNED {
            state.step_within(rows, &mut closures);
        }
        while state.centroids.len() > k {
            state.prune(rows, k);
        }
        State { iterations: 0, ..state }
    }

    /// Takes away centroids, as far as k of them: those whose rows lose least by going to their second best; but none that is
    /// to take in the rows of another one, as its loss is no longer known. So it may take more than one call.
    fn prune(&mut self, rows: Rows<'_>, k: usize) {
        let closures = Closures::new(&self.centroids);
        let mut losses = vec![0.0; self.centroids.len()];
        for (row, weight) in self.nearest.iter().zip(rows.weights) {
            losses[row.label] += weight * f64::from(row.similarity - row.second);
        }
        let mut order: Vec<usize> = (0..losses.len()).collect();
        order.sort_by(|&a, &b| losses[a].total_cmp(&losses[b]).then(a.cmp(&b)));
        let mut is_heir = vec![false; losses.len()];
        let mut is_kept = vec![true; losses.len()];
        for &label in &order[..losses.len() - k] {
            let heir = closures.heir(&self.centroids, label);
            if !is_heir[label] && is_kept[heir] {
                is_kept[label] = false;
                is_heir[heir] = true;
            }
        }
        let kept: Vec<usize> = (0..is_kept.len()).filter(|&label| is_kept[label]).collect();
        let members = self.members();
        self.centroids = self.centroids.select(&kept);
        let left = closures.among(&kept);
        self.nearest = left.nearest(rows.embeddings, &self.centroids, &members);
        self.products += losses.len().pow(2) + left.products(&members);
    }

    /// Weighted sum of squared distances to the centroids.
    pub fn inertia(&self, rows: Rows<'_>) -> f64 {
        let weighed = self.nearest.iter().zip(rows.weights);
        weighed.map(|(row, weight)| weight * (2.0 - 2.0 * f64::from(row.similarity))).sum()
    }

    /// Rows of each cluster, in row order (k lists).
    pub fn members(&self) -> Vec<Vec<usize>> {
        members(&self.nearest, self.centroids.len())
    }

    /// After exact steps until no row changes its cluster, `most` at most.
    pub fn converged(mut self, rows: Rows<'_>, most: usize) -> State {
        while self.iterations < most && self.step(rows) {}
        self
    }

    /// After steps until one gains next to nothing, and a last, exact one: `most` altogether at most. All are exact if `exact`.
    pub fn refined(mut self, rows: Rows<'_>, most: usize, exact: bool) -> State {
        let mut closures = None;
        let mut inertia = self.inertia(rows);
        while self.iterations + 1 < most {
            if exact {
                self.step(rows);
            } else {
                self.step_within(rows, &mut closures);
            }
            let before = std::mem::replace(&mut inertia, self.inertia(rows));
            if before - inertia <= LEAST_GAIN * before {
                break;
            }
        }
        if self.iterations < most {
            self.step(rows);
        }
        self
    }

    /// From the rows that its centroids come from to more of them; then refined.
    pub fn carried_over(self, rows: Rows<'_>, most: usize, exact: bool) -> State {
        let refined = State::at(rows, self.centroids).refined(rows, most, exact);
        let (iterations, products) = (self.iterations + refined.iterations, self.products + refined.products);
        State { iterations, products, ..refined }
    }

    /// One exact step; whether any row changed its cluster.
    fn step(&mut self, rows: Rows<'_>) -> bool {
        self.iterations += 1;
        let members = self.members();
        let reseeds = self.reseeds(&members);
        self.centroids = means(rows, &members, &reseeds);
        let moved = nearest_centroids(rows.embeddings, &self.centroids);
        self.products += moved.len() * self.centroids.len();
        let before = std::mem::replace(&mut self.nearest, moved);
        self.nearest.iter().zip(&before).any(|(new, old)| new.label != old.label)
    }

    /// One accelerated step, by the `closures` at hand or, every few steps, by new ones.
    fn step_within(&mut self, rows: Rows<'_>, closures: &mut Option<Closures>) {
        let mut members = self.members();
        let reseeds = self.reseeds(&members);
        self.centroids = means(rows, &members, &reseeds);
        if !reseeds.is_empty() {
            reseeds.iter().for_each(|reseed| self.nearest[reseed.row].label = reseed.label);
            members = self.members();
        }
        let kept = closures.take().filter(|_| reseeds.is_empty() && !self.iterations.is_multiple_of(KEPT));
        self.products += if kept.is_none() { self.centroids.len().pow(2) } else { 0 };
        let current = closures.insert(kept.unwrap_or_else(|| Closures::new(&self.centroids)));
        self.nearest = current.nearest(rows.embeddings, &self.centroids, &members);
        self.products += current.products(&members);
        self.iterations += 1;
    }

    /// For each empty cluster, in order, another of the rows that are farthest from their centroids.
    fn reseeds(&self, members: &[Vec<usize>]) -> Vec<Reseed> {
        let empty: Vec<usize> = (0..members.len()).filter(|&label| members[label].is_empty()).collect();
        let mut far: Vec<usize> = if empty.is_empty() { Vec::new() } else { (0..self.nearest.len()).collect() };
        let similarity = |row: usize| self.nearest[row].similarity;
        far.sort_by(|&a, &b| similarity(a).total_cmp(&similarity(b)).then(a.cmp(&b)));
        empty.into_iter().zip(far).map(|(label, row)| Reseed { label, row }).collect()
    }
}

/// An empty cluster and the row that it starts from anew.
struct Reseed {
    label: usize,
    row: usize,
}

/// The members' weighted means scaled to unit length (k×d); an empty cluster is given its row.
fn means(rows: Rows<'_>, members: &[Vec<usize>], reseeds: &[Reseed]) -> Embeddings {
    let reseed = |label: usize| reseeds.binary_search_by_key(&label, |reseed| reseed.label).ok();
    let means: Vec<Vec<f32>> = (0..members.len())
        .into_par_iter()
        .map(|label| match reseed(label) {
            Some(place) => rows.embeddings.row(reseeds[place].row).to_vec(),
            None => mean(rows, &members[label]),
        })
        .collect();
    Embeddings::new(means.concat(), rows.embeddings.dimensions())
}

/// The unit vector along the weighted sum of some rows, summed in row order.
fn mean(rows: Rows<'_>, members: &[usize]) -> Vec<f32> {
    let mut sum = vec![0.0_f64; rows.embeddings.dimensions()];
    for &member in members {
        let weight = rows.weights[member];
        let values = rows.embeddings.row(member).iter();
        sum.iter_mut().zip(values).for_each(|(total, value)| *total += weight * f64::from(*value));
    }
    let mut mean: Vec<f32> = sum.into_iter().map(|value| value as f32).collect();
    normalise(&mut mean);
    mean
}

/// Rows by label, in row order (k lists).
pub(super) fn members(nearest: &[Nearest], k: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); k];
    for (row, nearest) in nearest.iter().enumerate() {
        members[nearest.label].push(row);
    }
    members
}
