//! The nearest of many vectors, behind a small trait: exact search, and search in cells where rows are many.

mod cells;
mod exact;
#[cfg(feature = "hnsw")]
mod hnsw;
#[cfg(test)]
mod tests;

pub use cells::CellIndex;
pub use exact::ExactIndex;
#[cfg(feature = "hnsw")]
pub use hnsw::HnswIndex;

use crate::vectors::Embeddings;

/// Rows up to which every row is compared: below, nothing is gained by comparing fewer.
pub const FEW: usize = 20_000;

/// One found vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its row.
    pub index: usize,
    /// Inner product with the query: the cosine, for unit vectors.
    pub similarity: f32,
}

/// The nearest others of every row.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighborhoods {
    /// n lists, nearest first, ties by row.
    pub of: Vec<Vec<Neighbor>>,
    /// Inner products that were computed to find them.
    pub products: u64,
}

/// Finds the rows nearest to a query among n indexed unit rows.
pub trait NeighborIndex: Sync {
    /// The `count` nearest rows, nearest first, ties by row; fewer only when there are fewer rows.
    fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbor>;

    /// The `count` nearest others of every indexed row: what as many queries find, for less.
    fn neighborhoods(&self, count: usize) -> Neighborhoods;
}

/// The index that fits the number of rows (n×d): exact up to 20,000, cells above.
pub fn neighbor_index<'a>(embeddings: &'a Embeddings) -> Box<dyn NeighborIndex + 'a> {
    match embeddings.len() {
        ..=FEW => Box::new(ExactIndex::new(embeddings)),
        _ => Box::new(CellIndex::new(embeddings)),
    }
}

/// The best few of the rows that are offered, in whatever order.
#[derive(Debug, Clone)]
pub struct Best {
    count: usize,
    kept: Vec<Neighbor>,
    /// A row below this is none of the best.
    floor: f32,
}

impl Best {
    /// Nothing offered yet.
    pub fn new(count: usize) -> Best {
        Best { count, kept: Vec::new(), floor: f32::NEG_INFINITY }
    }

    /// Takes a row if it may be one of the best.
    pub fn offer(&mut self, neighbor: Neighbor) {
        if self.count == 0 || neighbor.similarity < self.floor {
            return;
        }
        self.kept.push(neighbor);
        if self.kept.len() > self.count.saturating_mul(2) {
            self.cut();
        }
    }

    /// Takes what another one has kept.
    pub fn take_in(&mut self, other: Best) {
        other.kept.into_iter().for_each(|neighbor| self.offer(neighbor));
    }

    fn cut(&mut self) {
        if self.kept.len() > self.count {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.count - 1, nearer);
            self.floor = last.similarity;
            self.kept.truncate(self.count);
        }
    }

    /// The best, nearest first, ties by row.
    pub fn sorted(mut self) -> Vec<Neighbor> {
        self.cut();
        self.kept.sort_unstable_by(nearer);
        self.kept.shrink_to_fit();
        self.kept
    }
}

fn nearer(a: &Neighbor, b: &Neighbor) -> std::cmp::Ordering {
    b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index))
}
