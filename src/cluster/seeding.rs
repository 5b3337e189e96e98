//! Greedy k-means++: each new centroid is the best of a few drawn ones (Arthur and Vassilvitskii, 2007; greedy as in scikit-learn).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::embed::{Embeddings, dot};

/// Indices of k rows to start from. Fewer when there are fewer distinct rows.
pub fn greedy_plus_plus(embeddings: &Embeddings, weights: &[f64], k: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let tries = 2 + (k as f64).ln() as usize;
    let first = draw(weights, random).unwrap_or(0);
    let mut chosen = vec![first];
    let mut distances = distances_to(embeddings, first);
    while chosen.len() < k {
        let potential: Vec<f64> =
            distances.iter().zip(weights).map(|(&distance, weight)| f64::from(distance) * weight).collect();
        let drawn: Vec<usize> = (0..tries).filter_map(|_| draw(&potential, random)).collect();
        let Some((index, closer)) = best_of(embeddings, weights, &distances, &drawn) else { break };
        chosen.push(index);
        distances = closer;
    }
    chosen
}

/// The drawn row that leaves the least potential, with the distances it leaves.
fn best_of(embeddings: &Embeddings, weights: &[f64], distances: &[f32], drawn: &[usize]) -> Option<(usize, Vec<f32>)> {
    let tried = drawn.iter().map(|&index| {
        let closer: Vec<f32> =
            distances_to(embeddings, index).iter().zip(distances).map(|(new, old)| new.min(*old)).collect();
        let potential: f64 = closer.iter().zip(weights).map(|(&distance, weight)| f64::from(distance) * weight).sum();
        (potential, index, closer)
    });
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, index, closer)| (index, closer))
}

/// Squared distances of all rows to one row, for unit rows; rounding never makes them negative.
fn distances_to(embeddings: &Embeddings, index: usize) -> Vec<f32> {
    let row = embeddings.row(index);
    let squared =
        |other: usize| if other == index { 0.0 } else { (2.0 - 2.0 * dot(row, embeddings.row(other))).max(0.0) };
    (0..embeddings.len()).into_par_iter().map(squared).collect()
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
