//! The graph of nearest neighbors, and labels spread along it (Zhou and others, 2004).

use ndarray::{Array2, ArrayView1, Axis, Slice};
use rayon::prelude::*;

use super::Core;
use super::matrix::{each_row, view};
use crate::embed::Embeddings;

/// Documents above which the exact graph, quadratic in their number, is left out.
pub const LARGEST: usize = 20_000;
/// Neighbors of a document.
const NEIGHBORS: usize = 15;
/// Rows of one block of the search.
const BLOCK: usize = 256;
/// Steps of the spreading.
const STEPS: usize = 30;
/// What a document takes from its neighbors in a step.
const FROM_NEIGHBORS: f32 = 0.8;
/// Added to every class before the logarithm: what no label has reached is unknown, not impossible.
const UNREACHED: f32 = 1e-3;

/// Each document's neighbors, either of which has the other among its nearest, with symmetrically normalised weights.
#[derive(Debug)]
pub struct Graph {
    rows: Vec<Vec<(usize, f32)>>,
}

impl Graph {
    /// The exact graph of n unit rows.
    pub fn new(embeddings: &Embeddings) -> Graph {
        let nearest = nearest(embeddings);
        let mut rows: Vec<Vec<(usize, f32)>> = nearest.clone();
        for (row, near) in nearest.iter().enumerate() {
            near.iter().for_each(|&(other, weight)| rows[other].push((row, weight)));
        }
        for row in &mut rows {
            row.sort_unstable_by_key(|&(other, _)| other);
            row.dedup_by_key(|&mut (other, _)| other);
        }
        let degrees: Vec<f32> = rows.iter().map(|row| row.iter().map(|&(_, weight)| weight).sum()).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            row.iter_mut().for_each(|(other, weight)| *weight /= (degrees[index] * degrees[*other]).sqrt().max(1e-9));
        }
        Graph { rows }
    }

    /// Log shares of the labels that reach each document (n×m).
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
                    .for_each(|&(other, weight)| row.scaled_add(FROM_NEIGHBORS * weight, &labels.row(other)));
            });
            labels = next;
        }
        each_row(&mut labels, |_, mut row| {
            let sum = row.sum().max(1e-9);
            row.iter_mut().for_each(|value| *value = (*value / sum + UNREACHED).ln());
        });
        labels
    }
}

/// The nearest others of each row with a weight that falls with the distance.
fn nearest(embeddings: &Embeddings) -> Vec<Vec<(usize, f32)>> {
    let all = view(embeddings);
    let starts: Vec<usize> = (0..embeddings.len()).step_by(BLOCK).collect();
    let block = |&from: &usize| {
        let to = (from + BLOCK).min(embeddings.len());
        let cosines = all.slice_axis(Axis(0), Slice::from(from..to)).dot(&all.t());
        (from..to).map(|row| best(cosines.row(row - from), row)).collect::<Vec<_>>()
    };
    starts.par_iter().flat_map_iter(block).collect()
}

fn best(cosines: ArrayView1<'_, f32>, own: usize) -> Vec<(usize, f32)> {
    let mut others: Vec<(usize, f32)> =
        cosines.iter().copied().enumerate().filter(|&(other, _)| other != own).collect();
    let nearer = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if others.len() > NEIGHBORS {
        others.select_nth_unstable_by(NEIGHBORS - 1, nearer);
        others.truncate(NEIGHBORS);
    }
    others.iter().map(|&(other, cosine)| (other, (4.0 * (cosine - 1.0)).exp())).collect()
}
