//! Kernel ridge regression onto the answers, with the kernel exp(3 (cos − 1)).

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::Core;
use crate::vectors::{Embeddings, cholesky, product, solve, view};

/// How fast the kernel falls with the cosine.
const SHARPNESS: f32 = 3.0;
/// Ridge: what an answer is doubted.
const RIDGE: f64 = 0.1;

/// Answers that it learns from at most: its cost grows with their number cubed, and the others learn from all.
const MOST: usize = 1_000;
/// Rows of one block of the prediction: the kernel of all documents at once would be too large.
const BLOCK: usize = 512;

/// The answers' part in the share of each class.
#[derive(Debug, Clone, PartialEq)]
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

    /// From a rows that it learned from (a×d) and their parts in the classes (a×m).
    pub fn from_arrays(rows: Embeddings, coefficients: Array2<f32>) -> Ridge {
        Ridge { rows, coefficients }
    }

    /// The rows that it learned from (a×d) and their parts in the classes (a×m).
    pub fn arrays(&self) -> (&Embeddings, &Array2<f32>) {
        (&self.rows, &self.coefficients)
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
