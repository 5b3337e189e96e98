//! Every row against every centroid, as a blocked matrix product with the maximum taken block by block.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::embed::Embeddings;

/// Rows of one block: its scores against 1,000 centroids stay in the second-level cache.
const BLOCK: usize = 512;

/// A row's best centroid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Index of the centroid.
    pub label: usize,
    /// Cosine to it.
    pub similarity: f32,
    /// Cosine to the second best; -1 where there is only one.
    pub second: f32,
}

/// For each of n rows, the nearest of k centroids by inner product.
pub fn nearest_centroids(embeddings: &Embeddings, centroids: &Embeddings) -> Vec<Nearest> {
    let dimensions = embeddings.dimensions();
    let transposed = view(centroids.values(), dimensions).reversed_axes();
    embeddings
        .values()
        .par_chunks(BLOCK * dimensions)
        .flat_map_iter(|block| {
            let scores: Array2<f32> = view(block, dimensions).dot(&transposed);
            scores.rows().into_iter().map(|row| best(row.as_slice().unwrap_or(&[]))).collect::<Vec<_>>()
        })
        .collect()
}

fn view(values: &[f32], dimensions: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((values.len() / dimensions, dimensions), values).expect("whole rows; this is a bug")
}

fn best(scores: &[f32]) -> Nearest {
    let mut nearest = Nearest { label: 0, similarity: f32::NEG_INFINITY, second: -1.0 };
    for (label, &similarity) in scores.iter().enumerate() {
        if similarity > nearest.similarity {
            let second = nearest.similarity.max(-1.0);
            nearest = Nearest { label, similarity, second };
        } else if similarity > nearest.second {
            nearest.second = similarity;
        }
    }
    nearest
}
