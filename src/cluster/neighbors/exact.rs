//! Every row is compared.

use rayon::prelude::*;

use super::{Best, Neighbor, NeighborIndex, Neighborhoods};
use crate::vectors::{Embeddings, dot, inner_products};

/// Rows of one block of the product with all rows.
const BLOCK: usize = 256;
/// Rows that one thread compares with a query.
const CHUNK: usize = 4096;

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
        let dimensions = self.embeddings.dimensions();
        let chunks = self.embeddings.values().par_chunks(CHUNK * dimensions).enumerate();
        let found: Vec<Vec<Neighbor>> = chunks
            .map(|(chunk, rows)| {
                let mut best = Best::new(count);
                for (place, row) in rows.chunks(dimensions).enumerate() {
                    best.offer(Neighbor { index: chunk * CHUNK + place, similarity: dot(query, row) });
                }
                best.sorted()
            })
            .collect();
        let mut best = Best::new(count);
        found.into_iter().flatten().for_each(|neighbor| best.offer(neighbor));
        best.sorted()
    }

    fn neighborhoods(&self, count: usize) -> Neighborhoods {
        let (n, dimensions) = (self.embeddings.len(), self.embeddings.dimensions());
        let blocks = self.embeddings.values().par_chunks(BLOCK * dimensions).enumerate();
        let lists = blocks.flat_map_iter(|(block, rows)| {
            let cosines = inner_products(rows, self.embeddings.values(), dimensions);
            let lists = cosines.rows().into_iter().enumerate().map(|(place, cosines)| {
                let mut best = Best::new(count);
                let others = cosines.iter().enumerate().filter(|(other, _)| *other != block * BLOCK + place);
                others.for_each(|(index, &similarity)| best.offer(Neighbor { index, similarity }));
                best.sorted()
            });
            lists.collect::<Vec<_>>()
        });
        Neighborhoods { of: lists.collect(), products: (n as u64).pow(2) }
    }
}
