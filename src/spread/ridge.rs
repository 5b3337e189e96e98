//! Kernel ridge regression onto the answers, with the kernel exp(3 (cos − 1)).

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::Core;
use super::matrix::{product, view};
use crate::embed::Embeddings;

/// How fast the kernel falls with the cosine.
const SHARPNESS: f32 = 3.0;
/// Ridge: what an answer is doubted.
const RIDGE: f64 = 0.1;

/// Answers that it learns from at most: its cost grows with their number cubed, and the others learn from all.
const MOST: usize = 1_000;
/// Rows of one block of the prediction: the kernel of all documents at once would be too large.
const BLOCK: usize = 512;

/// The answers' part in the share of each class.
#[derive(Debug)]
pub struct Ridge {
    /// a×d: the rows learned from.
    rows: Embeddings,
    /// a×m.
    coefficients: Array2<f32>,
}

impl Ridge {
    /// Learns from the core's rows among `embeddings`.
    pub fn learn(embeddings: &Embeddings, core: &Core) -> Ridge {
        let core = core.thinned(MOST);
        let rows = embeddings.select(&core.documents);
        let mut square = kernel(view(&rows), &rows).mapv(f64::from);
        square.diag_mut().iter_mut().for_each(|value| *value += RIDGE);
        cholesky(&mut square);
        let mean = 1.0 / core.classes() as f64;
        let answers = core.answers.mapv(|share| f64::from(share) - mean);
        let coefficients = solve(&square, answers).mapv(|value| value as f32);
        Ridge { rows, coefficients }
    }

    /// Fitted shares of n rows for every class (n×m).
    pub fn scores(&self, rows: &Embeddings) -> Array2<f32> {
        let mut shares = Array2::zeros((rows.len(), self.coefficients.ncols()));
        let all = view(rows);
        let blocks: Vec<_> =
            shares.axis_chunks_iter_mut(Axis(0), BLOCK).zip(all.axis_chunks_iter(Axis(0), BLOCK)).collect();
        let scores = |rows| kernel(rows, &self.rows).dot(&self.coefficients);
        blocks.into_par_iter().for_each(|(mut block, rows)| block.assign(&scores(rows)));
        shares
    }
}

/// The kernel of n×d and a×d rows: n×a.
fn kernel(from: ArrayView2<'_, f32>, rows: &Embeddings) -> Array2<f32> {
    product(from, view(rows)).mapv(|cosine| (SHARPNESS * (cosine - 1.0)).exp())
}

/// The first `count` values of a row.
fn before(a: &Array2<f64>, row: usize, count: usize) -> ArrayView1<'_, f64> {
    a.row(row).split_at(Axis(0), count).0
}

/// The lower triangle L with L Lᵀ = a, in place; a is positive definite.
pub(super) fn cholesky(a: &mut Array2<f64>) {
    let size = a.nrows();
    for column in 0..size {
        for row in column..size {
            let known = before(a, row, column).dot(&before(a, column, column));
            let left = a[(row, column)] - known;
            a[(row, column)] = if row == column { left.max(1e-12).sqrt() } else { left / a[(column, column)] };
        }
    }
}

/// Solves L Lᵀ x = b for each column of b.
pub(super) fn solve(lower: &Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    let size = lower.nrows();
    for row in 0..size {
        for before in 0..row {
            let (factor, known) = (lower[(row, before)], b.row(before).to_owned());
            b.row_mut(row).scaled_add(-factor, &known);
        }
        let pivot = lower[(row, row)];
        b.row_mut(row).mapv_inplace(|value| value / pivot);
    }
    for row in (0..size).rev() {
        for after in row + 1..size {
            let (factor, known) = (lower[(after, row)], b.row(after).to_owned());
            b.row_mut(row).scaled_add(-factor, &known);
        }
        let pivot = lower[(row, row)];
        b.row_mut(row).mapv_inplace(|value| value / pivot);
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_small_system_is_solved() {
        let a = array![[4.0, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]];
        let x = array![[1.0, -1.0], [2.0, 0.5], [-3.0, 4.0]];
        let mut lower = a.clone();
        cholesky(&mut lower);
        assert!((solve(&lower, a.dot(&x)) - x).iter().all(|error| error.abs() < 1e-9));
    }
}
