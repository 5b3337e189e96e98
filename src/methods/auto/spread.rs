//! What the spread of the selected candidates is.

use ndarray::Array2;

use super::learn::Learned;
use crate::select::Cover;

/// The spread of the selected candidates: K classes and a last one for none of them.
pub(super) struct Spread {
    pub selected: Vec<usize>,
    pub cover: Cover,
    /// n×(K + 1) log posteriors.
    pub logs: Array2<f32>,
    pub learned: Learned,
    /// How many documents each judged one stands for.
    pub weights: Vec<f64>,
}
