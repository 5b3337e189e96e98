//! Greedy k-means++: each new centroid is the best of a few drawn ones (Arthur and Vassilvitskii, 2007; greedy as in scikit-learn).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::vectors::{Embeddings, dot};

/// Indices of k rows to start from, and how many inner products that took. Fewer rows when fewer are distinct.
pub fn greedy_plus_plus(
    embeddings: &Embeddings,
    weights: &[f64],
    k: usize,
    random: &mut ChaCha8Rng,
) -> (Vec<usize>, usize) {
    let tries = 2 + (k as f64).ln() as usize;
    let first = draw(weights, random).unwrap_or(0);
    let mut chosen = vec![first];
    let mut distances = distances_to(embeddings, &[first]);
    let mut products = embeddings.len();
    while chosen.len() < k {
        let potential: Vec<f64> =
            distances.iter().zip(weights).map(|(&distance, weight)| f64::from(distance) * weight).collect();
        let drawn: Vec<usize> = (0..tries).filter_map(|_| draw(&potential, random)).collect();
        products += drawn.len() * embeddings.len();
        let Some((index, closer)) = best_of(embeddings, weights, &distances, &drawn) else { break };
        chosen.push(index);
        distances = closer;
    }
    (chosen, products)
}

/// The drawn row that leaves the least potential, with the distances it leaves.
fn best_of(embeddings: &Embeddings, weights: &[f64], distances: &[f32], drawn: &[usize]) -> Option<(usize, Vec<f32>)> {
    if drawn.is_empty() {
        return None;
    }
    let mut closer = distances_to(embeddings, drawn);
    let mut potentials = vec![0.0; drawn.len()];
    for ((row, &before), weight) in closer.chunks_mut(drawn.len()).zip(distances).zip(weights) {
        for (distance, potential) in row.iter_mut().zip(&mut potentials) {
            *distance = distance.min(before);
            *potential += f64::from(*distance) * weight;
        }
    }
    let tried = potentials.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    tried.map(|(place, _)| (drawn[place], closer.into_iter().skip(place).step_by(drawn.len()).collect()))
}

/// Squared distances of all n rows to some of them (n×t), for unit rows; rounding never makes them negative. One pass over the
/// rows serves all t.
fn distances_to(embeddings: &Embeddings, indices: &[usize]) -> Vec<f32> {
    let squared = |row: usize, index: usize| {
        if row == index { 0.0 } else { (2.0 - 2.0 * dot(embeddings.row(index), embeddings.row(row))).max(0.0) }
    };
    let mut distances = vec![0.0; embeddings.len() * indices.len()];
    distances.par_chunks_mut(indices.len()).enumerate().for_each(|(row, distances)| {
        distances.iter_mut().zip(indices).for_each(|(distance, &index)| *distance = squared(row, index));
    });
    distances
}

/// An index drawn with probability proportional to its mass; none when there is no mass.
fn draw(masses: &[f64], random: &mut ChaCha8Rng) -> Option<usize> {
    let total: f64 = masses.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let mut left = random.random::<f64>() * total;
    for (index, mass) in masses.iter().enumerate() {
        left -= mass;
        if left < 0.0 && *mass > 0.0 {
            return Some(index);
        }
    }
    masses.iter().rposition(|mass| *mass > 0.0)
}
