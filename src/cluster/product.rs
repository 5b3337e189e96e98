//! Every row against every centroid, as a blocked matrix product with the maximum taken block by block.

use rayon::prelude::*;

use crate::vectors::{Embeddings, inner_products};

/// Rows of one block.
pub(super) const BLOCK: usize = 512;
/// Centroids of one tile: a block's scores against them stay in the cache until the maximum is taken.
const TILE: usize = 1024;

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

impl Nearest {
    /// Before any centroid was looked at.
    pub(super) const NONE: Nearest = Nearest { label: 0, similarity: f32::NEG_INFINITY, second: -1.0 };

    /// The better of this and the centroids `first`, `first` + 1, … with these similarities; of equal ones the first.
    fn compare(&mut self, first: usize, similarities: &[f32]) {
        for (place, &similarity) in similarities.iter().enumerate() {
            if similarity > self.similarity {
                let second = self.similarity.max(-1.0);
                *self = Nearest { label: first + place, similarity, second };
            } else if similarity > self.second {
                self.second = similarity;
            }
        }
    }
}

/// For each of n rows, the nearest of k centroids by inner product.
pub fn nearest_centroids(embeddings: &Embeddings, centroids: &Embeddings) -> Vec<Nearest> {
    let mut nearest = vec![Nearest::NONE; embeddings.len()];
    compare(embeddings, centroids, 0, &mut nearest);
    nearest
}

/// Takes more centroids into account: n rows, whose `nearest` of earlier ones is known, against centroids that are numbered
/// from `first`.
pub(super) fn compare(embeddings: &Embeddings, centroids: &Embeddings, first: usize, nearest: &mut [Nearest]) {
    let dimensions = embeddings.dimensions();
    for (tile, centroids) in centroids.values().chunks(TILE * dimensions).enumerate() {
        let blocks = embeddings.values().par_chunks(BLOCK * dimensions).zip(nearest.par_chunks_mut(BLOCK));
        blocks.for_each(|(rows, nearest)| compare_block(rows, centroids, dimensions, first + tile * TILE, nearest));
    }
}

/// The same for one block of rows and one tile of centroids, on the calling thread.
pub(super) fn compare_block(rows: &[f32], centroids: &[f32], dimensions: usize, first: usize, nearest: &mut [Nearest]) {
    let scores = inner_products(rows, centroids, dimensions);
    for (row, nearest) in scores.rows().into_iter().zip(nearest) {
        nearest.compare(first, row.as_slice().unwrap_or(&[]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are not unit vectors: the product does not mind.
    fn rows(count: usize) -> Embeddings {
        Embeddings::new((0..3 * count).map(|place| ((place * 7919) % 101) as f32 / 50.0 - 1.0).collect(), 3)
    }

    #[test]
    fn centroids_in_several_calls_give_what_one_call_gives() {
        let (embeddings, centroids) = (rows(1300), rows(37));
        let parts: Vec<Embeddings> = [0..20, 20..37].map(|part| centroids.select(&part.collect::<Vec<_>>())).into();
        let mut nearest = vec![Nearest::NONE; 1300];
        compare(&embeddings, &parts[0], 0, &mut nearest);
        compare(&embeddings, &parts[1], 20, &mut nearest);
        assert_eq!(nearest, nearest_centroids(&embeddings, &centroids));
    }

    #[test]
    fn more_centroids_than_a_tile_holds_are_all_looked_at() {
        let axis = |axis: usize| (0..4).map(move |place| if place == axis { 1.0 } else { 0.0 });
        let values = (0..TILE + 2).flat_map(|place| axis(if place <= TILE { 0 } else { 1 })).collect();
        let embeddings = Embeddings::new(axis(1).chain(axis(0)).collect(), 4);
        let nearest = nearest_centroids(&embeddings, &Embeddings::new(values, 4));
        assert_eq!(nearest[0], Nearest { label: TILE + 1, similarity: 1.0, second: 0.0 });
        assert_eq!(nearest[1], Nearest { label: 0, similarity: 1.0, second: 1.0 });
    }
}
