//! The graph of nearest neighbors, and labels spread along it (Zhou and others, 2004).

use ndarray::Array2;

use super::Core;
use crate::cluster::{CellIndex, Neighbor, NeighborIndex};
use crate::vectors::Embeddings;
use crate::vectors::each_row;

/// Neighbors of a document.
const NEIGHBORS: usize = 15;
/// Steps of the spreading.
const STEPS: usize = 30;
/// What a document takes from its neighbors in a step.
const FROM_NEIGHBORS: f32 = 0.8;
/// Added to every class before the logarithm: what no label has reached is unknown, not impossible.
const UNREACHED: f32 = 1e-3;

/// Each document's neighbors, either of which has the other among its nearest, with symmetrically normalised weights.
#[derive(Debug)]
pub struct Graph {
    /// n lists, ascending.
    rows: Vec<Vec<(u32, f32)>>,
    /// n: the weights of a document's neighbors together, before they were normalised.
    degrees: Vec<f32>,
}

impl Graph {
    /// The graph of n indexed rows, n below 2^32.
    pub fn new(index: &dyn NeighborIndex) -> Graph {
        let nearest = index.neighborhoods(NEIGHBORS).of;
        let mut rows: Vec<Vec<(u32, f32)>> = nearest.iter().map(|near| near.iter().map(weighted).collect()).collect();
        for (row, near) in nearest.into_iter().enumerate() {
            near.into_iter().for_each(|near| rows[near.index].push((row as u32, weighted(&near).1)));
        }
        for row in &mut rows {
            row.sort_unstable_by_key(|&(other, _)| other);
            row.dedup_by_key(|&mut (other, _)| other);
        }
        let degrees: Vec<f32> = rows.iter().map(|row| row.iter().map(|&(_, weight)| weight).sum()).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            let share = |other: u32| (degrees[index] * degrees[other as usize]).sqrt().max(1e-9);
            row.iter_mut().for_each(|(other, weight)| *weight /= share(*other));
        }
        Graph { rows, degrees }
    }

    /// How much of each label reaches each document (n×m).
    pub fn spread(&self, core: &Core) -> Array2<f32> {
        let mut source = Array2::<f32>::zeros((self.rows.len(), core.classes()));
        for (member, &document) in core.documents.iter().enumerate() {
            source.row_mut(document).assign(&core.answers.row(member));
        }
        let mut labels = source.clone();
        for _ in 0..STEPS {
            let mut next = &source * (1.0 - FROM_NEIGHBORS);
            each_row(&mut next, |index, mut row| {
                self.rows[index]
                    .iter()
                    .for_each(|&(other, weight)| row.scaled_add(FROM_NEIGHBORS * weight, &labels.row(other as usize)));
            });
            labels = next;
        }
        labels
    }

    /// n: the weights of each document's neighbors together.
    pub fn degrees(&self) -> &[f32] {
        &self.degrees
    }
}

/// How much of each of the spread `labels` (n×m) would reach other rows by their neighbors among
/// the n indexed ones (r×m), up to a factor of each row: as in a last step of the spreading.
pub fn reach(labels: &Array2<f32>, degrees: &[f32], index: &CellIndex<'_>, rows: &Embeddings) -> Array2<f32> {
    let nearest = index.nearest_of(rows, NEIGHBORS);
    let mut reached = Array2::zeros((rows.len(), labels.ncols()));
    each_row(&mut reached, |place, mut row| {
        for (other, weight) in nearest[place].iter().map(weighted) {
            row.scaled_add(weight / degrees[other as usize].sqrt().max(1e-9), &labels.row(other as usize));
        }
    });
    reached
}

/// Log shares of the labels that reach each document.
pub fn log_shares(mut labels: Array2<f32>) -> Array2<f32> {
    each_row(&mut labels, |_, mut row| {
        let sum = row.sum().max(1e-9);
        row.iter_mut().for_each(|value| *value = (*value / sum + UNREACHED).ln());
    });
    labels
}

/// A neighbor with a weight that falls with the distance.
fn weighted(near: &Neighbor) -> (u32, f32) {
    (near.index as u32, (4.0 * (near.similarity - 1.0)).exp())
}
