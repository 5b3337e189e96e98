//! Latent semantic analysis: documents in the directions in which weighted counts vary most.
//!
//! A randomised range finder with power steps (Halko, Martinsson and Tropp, 2011). The rows are those of a truncated singular
//! value decomposition up to a rotation, which changes no angle between them.

use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use rayon::prelude::*;

use super::grams::{Counts, Grams, Weights};
use crate::seed::generator;
use crate::vectors::{Embeddings, normalise, view};

/// Power steps: each sharpens the found directions.
const STEPS: usize = 4;
/// A direction shorter than this share of its former length was already there.
const NOTHING: f32 = 1e-4;

/// Directions learned from some texts, for any.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    weights: Weights,
    /// columns×d.
    basis: Array2<f32>,
}

impl Decomposition {
    /// At most `dimensions` directions; none where no column is shared by two texts.
    pub fn learn(grams: Grams, texts: &[&str], dimensions: usize, seed: u64) -> Option<Decomposition> {
        let weights = Weights::learn(grams, texts);
        let columns = weights.columns;
        let dimensions = dimensions.min(texts.len()).min(columns);
        if dimensions == 0 {
            return None;
        }
        let counts = weights.counts(texts);
        let mut random = generator(seed, "decompose", &[columns as u64]);
        let mut basis = Array2::from_shape_fn((columns, dimensions), |_| 2.0 * random.random::<f32>() - 1.0);
        for _ in 0..STEPS {
            let rows = orthonormal(&onto(&counts, basis.view()));
            basis = orthonormal(&back(&counts, rows.view(), columns));
        }
        Some(Decomposition { weights, basis })
    }

    /// From the weights of columns and the directions (columns×d); none where they do not fit
    /// together.
    pub fn from_parts(weights: Weights, basis: &Embeddings) -> Option<Decomposition> {
        (weights.columns == basis.len()).then(|| Decomposition { weights, basis: view(basis).to_owned() })
    }

    /// The weights of columns.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// d.
    pub fn dimensions(&self) -> usize {
        self.basis.ncols()
    }

    /// The directions (columns×d).
    pub fn basis(&self) -> Embeddings {
        Embeddings::new(self.basis.iter().copied().collect(), self.basis.ncols())
    }

    /// Unit rows of some texts (n×d); zero where a text has none of the columns.
    pub fn rows(&self, texts: &[&str]) -> Embeddings {
        let mut values = onto(&self.weights.counts(texts), self.basis.view()).into_raw_vec_and_offset().0;
        values.chunks_mut(self.basis.ncols()).for_each(normalise);
        Embeddings::new(values, self.basis.ncols())
    }
}

/// Counts (n×columns) times a basis (columns×d): n×d.
fn onto(counts: &Counts, basis: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut result = Array2::zeros((counts.len(), basis.ncols()));
    let rows: Vec<_> = result.axis_iter_mut(Axis(0)).zip(counts).collect();
    rows.into_par_iter().for_each(|(mut row, counts)| {
        counts.iter().for_each(|&(column, weight)| row.scaled_add(weight, &basis.row(column as usize)));
    });
    result
}

/// Counts transposed (columns×n) times rows (n×d): columns×d.
fn back(counts: &Counts, rows: ArrayView2<'_, f32>, columns: usize) -> Array2<f32> {
    let mut result = Array2::zeros((columns, rows.ncols()));
    for (counts, row) in counts.iter().zip(rows.rows()) {
        counts.iter().for_each(|&(column, weight)| result.row_mut(column as usize).scaled_add(weight, &row));
    }
    result
}

/// The columns made orthogonal and of unit length, one after the other; zero where one adds nothing.
fn orthonormal(columns: &Array2<f32>) -> Array2<f32> {
    let mut done = columns.t().as_standard_layout().into_owned();
    for index in 0..done.nrows() {
        let (before, mut rest) = done.view_mut().split_at(Axis(0), index);
        let mut own = rest.row_mut(0);
        let whole = own.dot(&own).sqrt();
        // Twice, because the first pass leaves what rounding took.
        for _ in 0..2 {
            for other in before.rows() {
                let shared = own.dot(&other);
                own.scaled_add(-shared, &other);
            }
        }
        let length = own.dot(&own).sqrt();
        let scale = if length > NOTHING * whole { 1.0 / length } else { 0.0 };
        own.mapv_inplace(|value| value * scale);
    }
    done.t().as_standard_layout().into_owned()
}
