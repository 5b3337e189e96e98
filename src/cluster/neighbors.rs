//! The nearest of many vectors, behind a small trait; exact search.

use rayon::prelude::*;

use crate::embed::{Embeddings, dot};

/// One found vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its row.
    pub index: usize,
    /// Inner product with the query: the cosine, for unit vectors.
    pub similarity: f32,
}

/// Finds the rows nearest to a query.
pub trait NeighborIndex: Sync {
    /// The `count` nearest rows, nearest first, ties by row; fewer when there are fewer rows.
    fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbor>;
}

/// Compares the query with every row.
#[derive(Debug, Clone, Copy)]
pub struct ExactIndex<'a> {
    embeddings: &'a Embeddings,
}

impl<'a> ExactIndex<'a> {
    /// Over n×d rows.
    pub fn new(embeddings: &'a Embeddings) -> ExactIndex<'a> {
        ExactIndex { embeddings }
    }
}

impl NeighborIndex for ExactIndex<'_> {
    fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbor> {
        let score = |index: usize| Neighbor { index, similarity: dot(query, self.embeddings.row(index)) };
        let mut all: Vec<Neighbor> = (0..self.embeddings.len()).into_par_iter().map(score).collect();
        let nearer = |a: &Neighbor, b: &Neighbor| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index));
        if count < all.len() && count > 0 {
            all.select_nth_unstable_by(count - 1, nearer);
        }
        all.truncate(count);
        all.sort_by(nearer);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_ties_go_to_the_lowest_row() {
        let rows = Embeddings::new(vec![0.0, 1.0, 1.0, 0.0, 0.6, 0.8, 1.0, 0.0], 2);
        let found: Vec<usize> =
            ExactIndex::new(&rows).nearest(&[1.0, 0.0], 3).iter().map(|neighbor| neighbor.index).collect();
        assert_eq!(found, [1, 3, 2]);
        assert_eq!(ExactIndex::new(&rows).nearest(&[1.0, 0.0], 9).len(), 4);
    }
}
