//! Scores to probabilities.

use ndarray::Array2;

use super::each_row;

/// Each row to log probabilities of scores times the temperature.
pub fn log_softmax(scores: &mut Array2<f32>, temperature: f32) {
    each_row(scores, |_, mut row| {
        row.iter_mut().for_each(|score| *score *= temperature);
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|score| (score - most).exp()).sum();
        row.iter_mut().for_each(|score| *score -= most + sum.ln());
    });
}

/// Scores to probabilities.
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
