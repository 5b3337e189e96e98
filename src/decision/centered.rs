//! Rows less a mean, compared with directions.

use rayon::prelude::*;

use crate::vectors::{Embeddings, dot, normalise};

/// n unit rows less a mean, scaled to unit length again, without a copy of them.
#[derive(Debug)]
pub struct Centered<'a> {
    embeddings: &'a Embeddings,
    /// d: what is taken away.
    pub mean: Vec<f32>,
    /// n: length of each row less the mean.
    lengths: Vec<f32>,
}

impl<'a> Centered<'a> {
    /// Rows (n×d) less their own weighted mean.
    pub fn weighted(embeddings: &'a Embeddings, weights: &[f64]) -> Centered<'a> {
        let mut sum = vec![0.0_f64; embeddings.dimensions()];
        for (row, weight) in weights.iter().enumerate() {
            sum.iter_mut().zip(embeddings.row(row)).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        let whole: f64 = weights.iter().sum::<f64>().max(1.0);
        Centered::less(embeddings, sum.into_iter().map(|sum| (sum / whole) as f32).collect())
    }

    /// Rows (n×d) less a mean that is known (d).
    pub fn less(embeddings: &'a Embeddings, mean: Vec<f32>) -> Centered<'a> {
        let square = dot(&mean, &mean);
        let length = |row: usize| {
            let row = embeddings.row(row);
            (dot(row, row) - 2.0 * dot(row, &mean) + square).max(0.0).sqrt().max(1e-6)
        };
        Centered { lengths: (0..embeddings.len()).map(length).collect(), embeddings, mean }
    }

    /// The cosine of a centered row to each of m unit directions, of which `offsets` are the products with the mean.
    pub fn cosines(&self, row: usize, directions: &Embeddings, offsets: &[f32]) -> Vec<f32> {
        let own = self.embeddings.row(row);
        let cosine = |(one, offset): (usize, &f32)| (dot(own, directions.row(one)) - offset) / self.lengths[row];
        offsets.iter().enumerate().map(cosine).collect()
    }

    /// The products of m directions with the mean.
    pub fn offsets(&self, directions: &Embeddings) -> Vec<f32> {
        (0..directions.len()).map(|one| dot(&self.mean, directions.row(one))).collect()
    }

    /// For each of n rows what `of` makes of its cosines to the directions.
    pub fn each<T: Send>(&self, directions: &Embeddings, of: impl Fn(usize, Vec<f32>) -> T + Sync) -> Vec<T> {
        let offsets = self.offsets(directions);
        (0..self.lengths.len()).into_par_iter().map(|row| of(row, self.cosines(row, directions, &offsets))).collect()
    }

    /// The weighted mean of some centered rows, of unit length; zero where there are none.
    pub fn mean_of(&self, rows: &[usize], weights: &[f64]) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.mean.len()];
        for &row in rows {
            let weight = weights[row] as f32 / self.lengths[row];
            let centered = self.embeddings.row(row).iter().zip(&self.mean).map(|(value, mean)| value - mean);
            sum.iter_mut().zip(centered).for_each(|(sum, value)| *sum += weight * value);
        }
        normalise(&mut sum);
        sum
    }
}

/// The place of the largest value, of equal ones the first.
pub fn largest(values: &[f32]) -> usize {
    let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)));
    best.unwrap_or(0)
}

/// The largest value.
pub fn largest_value(values: &[f32]) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Shares that sum to one, in proportion to the exponents of cosines over the temperature.
pub fn shares(cosines: &[f32], temperature: f64) -> Vec<f32> {
    let most = largest_value(cosines);
    let odds: Vec<f64> = cosines.iter().map(|cosine| (f64::from(cosine - most) / temperature).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.into_iter().map(|odds| (odds / sum) as f32).collect()
}
