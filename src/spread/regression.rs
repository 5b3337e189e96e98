//! Multinomial logistic regression on soft answers.

use ndarray::{Array2, ArrayView2, Axis};

use super::Core;
use super::lbfgs::minimise;
use crate::vectors::Embeddings;
use crate::vectors::{log_softmax, product, view};

/// What the answers weigh against the penalty on the coefficients (C in scikit-learn).
const ANSWERS: f64 = 30.0;
/// Answers that it learns from at most: each step costs what they cost, in every fold of every space.
const MOST: usize = 4_000;
/// Steps at most.
const STEPS: usize = 80;
/// The largest slope that counts as flat.
const FLAT: f32 = 2e-3;

/// Coefficients and intercepts that fit a core's answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    found: Vec<f32>,
    classes: usize,
}

impl Regression {
    /// Learns from the core's rows among `embeddings`.
    pub fn learn(embeddings: &Embeddings, core: &Core) -> Regression {
        let (d, classes, core) = (embeddings.dimensions(), core.classes(), core.thinned(MOST));
        let rows = embeddings.select(&core.documents);
        let rows = view(&rows);
        let found = minimise(vec![0.0; classes * (d + 1)], STEPS, FLAT, |at| loss(rows, &core.answers, at));
        Regression { found, classes }
    }

    /// From coefficients (m×d) and intercepts (1×m).
    pub fn from_arrays(coefficients: &Embeddings, intercepts: &Embeddings) -> Regression {
        Regression { found: [coefficients.values(), intercepts.values()].concat(), classes: coefficients.len() }
    }

    /// Coefficients (m×d) and intercepts (1×m).
    pub fn arrays(&self) -> [Embeddings; 2] {
        let d = (self.found.len() / self.classes).saturating_sub(1);
        let (coefficients, intercepts) = self.found.split_at(self.classes * d);
        [Embeddings::new(coefficients.to_vec(), d), Embeddings::new(intercepts.to_vec(), self.classes)]
    }

    /// Log-odds of n rows for every class (n×m).
    pub fn scores(&self, rows: &Embeddings) -> Array2<f32> {
        let (coefficients, intercepts) = parts(&self.found, rows.dimensions(), self.classes);
        product(view(rows), coefficients) + intercepts.row(0)
    }
}

/// Coefficients (m×d) and intercepts (1×m) of one long vector.
fn parts(at: &[f32], d: usize, m: usize) -> (ArrayView2<'_, f32>, ArrayView2<'_, f32>) {
    let shape = "the vector holds both; this is a bug";
    let coefficients = ArrayView2::from_shape((m, d), &at[..m * d]).expect(shape);
    (coefficients, ArrayView2::from_shape((1, m), &at[m * d..]).expect(shape))
}

/// Cross entropy with the answers, times C, and half the squared coefficients; and the gradient of both.
fn loss(rows: ArrayView2<'_, f32>, answers: &Array2<f32>, at: &[f32]) -> (f64, Vec<f32>) {
    let (d, m) = (rows.ncols(), answers.ncols());
    let (coefficients, intercepts) = parts(at, d, m);
    let mut logs = rows.dot(&coefficients.t()) + intercepts.row(0);
    log_softmax(&mut logs, 1.0);
    let fit: f64 = -logs.iter().zip(answers).map(|(log, share)| f64::from(log * share)).sum::<f64>();
    let penalty: f64 = coefficients.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / 2.0;
    let error = (logs.mapv(f32::exp) - answers) * ANSWERS as f32;
    let slopes = error.t().dot(&rows) + coefficients;
    let mut gradient: Vec<f32> = slopes.iter().copied().collect();
    gradient.extend(error.sum_axis(Axis(0)));
    (ANSWERS * fit + penalty, gradient)
}
