//! Where a layout begins: the first two principal components.

use rayon::prelude::*;

use super::Point;
use crate::vectors::{Embeddings, Mean};

/// Rows whose sums are added up on one thread.
const BLOCK: usize = 1_024;
/// Steps of the power iteration for a component: more than enough for a start.
const STEPS: usize = 40;
/// Standard deviation of the first component: small, so that the repulsion begins as if all points were at one place.
const SPREAD: f64 = 1e-4;

/// n×d rows on their first two principal components (n×2), the first with a standard deviation of [`SPREAD`].
pub(super) fn start(embeddings: &Embeddings) -> Vec<Point> {
    let mean = Mean::of(embeddings);
    let first = component(embeddings, mean.values(), &[]);
    let second = component(embeddings, mean.values(), std::slice::from_ref(&first));
    let axes = [first, second];
    let project = |row: usize| axes.each_ref().map(|axis| scalar(embeddings.row(row), mean.values(), axis));
    let points: Vec<Point> = (0..embeddings.len()).into_par_iter().map(project).collect();
    let variance = points.iter().map(|point| point[0] * point[0]).sum::<f64>() / points.len().max(1) as f64;
    let scale = if variance > 0.0 { SPREAD / variance.sqrt() } else { 0.0 };
    points.into_iter().map(|point| point.map(|value| value * scale)).collect()
}

/// The direction (d, of length 1) in which rows less their mean vary most, orthogonal to those `before` it. Its largest entry is
/// positive: a direction and its opposite are one.
fn component(embeddings: &Embeddings, mean: &[f32], before: &[Vec<f64>]) -> Vec<f64> {
    // Any direction that is not orthogonal to the one that is sought will do.
    let mut axis: Vec<f64> = (0..embeddings.dimensions()).map(|place| 1.0 / (1.0 + place as f64)).collect();
    for _ in 0..STEPS {
        axis = orthonormal(axis, before);
        axis = multiplied(embeddings, mean, &axis);
    }
    let axis = orthonormal(axis, before);
    let largest =
        axis.iter().fold(0.0_f64, |largest, value| if value.abs() > largest.abs() { *value } else { largest });
    if largest < 0.0 { axis.into_iter().map(|value| -value).collect() } else { axis }
}

/// The covariance of the rows times a direction (d), up to a factor. Blocks are added up in their order.
fn multiplied(embeddings: &Embeddings, mean: &[f32], axis: &[f64]) -> Vec<f64> {
    let rows: Vec<usize> = (0..embeddings.len()).collect();
    let of_block = |block: &[usize]| {
        let mut sum = vec![0.0; axis.len()];
        for &row in block {
            let along = scalar(embeddings.row(row), mean, axis);
            for ((sum, value), mean) in sum.iter_mut().zip(embeddings.row(row)).zip(mean) {
                *sum += along * f64::from(value - mean);
            }
        }
        sum
    };
    let sums: Vec<Vec<f64>> = rows.par_chunks(BLOCK).map(of_block).collect();
    let mut all = vec![0.0; axis.len()];
    sums.iter().for_each(|sums| all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum));
    all
}

/// How far a row less the mean goes along a direction.
fn scalar(row: &[f32], mean: &[f32], axis: &[f64]) -> f64 {
    row.iter().zip(mean).zip(axis).map(|((value, mean), axis)| f64::from(value - mean) * axis).sum()
}

/// Orthogonal to those `before` it, of length 1; zero where nothing is left.
fn orthonormal(mut axis: Vec<f64>, before: &[Vec<f64>]) -> Vec<f64> {
    for other in before {
        let along: f64 = axis.iter().zip(other).map(|(a, b)| a * b).sum();
        axis.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
    }
    let length = axis.iter().map(|value| value * value).sum::<f64>().sqrt();
    let factor = if length > f64::MIN_POSITIVE { 1.0 / length } else { 0.0 };
    axis.into_iter().map(|value| value * factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_component_is_where_rows_vary_most() {
        let rows: Vec<f32> = [-3.0, -1.0, 1.0, 3.0].iter().flat_map(|far| [0.1 * far * far, 5.0, *far]).collect();
        let points = start(&Embeddings::new(rows, 3));
        let along: Vec<f64> = points.iter().map(|point| (point[0] / SPREAD * 5.0_f64.sqrt()).round()).collect();
        assert_eq!(along, [-3.0, -1.0, 1.0, 3.0], "the largest entry of the direction is positive");
        assert!(points.iter().all(|point| point[1].abs() < SPREAD));
    }

    #[test]
    fn rows_that_are_all_alike_begin_at_one_point() {
        assert_eq!(start(&Embeddings::new(vec![0.6, 0.8, 0.6, 0.8], 2)), [[0.0, 0.0]; 2]);
    }
}
