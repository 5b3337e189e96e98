//! What the methods share: each file is a step, or something that a step needs.

pub mod added;
pub mod budget;
pub mod confidence;
pub mod criterion;
pub mod described;
pub mod estimate;
pub mod explain;
pub mod illustrate;
pub mod information;
pub mod likeness;
pub mod novel;
pub mod perspective;
pub mod proposals;
pub mod record;
pub mod taught;
pub mod telling;
pub mod themes;
pub mod trust;
pub mod watch;

/// Indices of weights, the heaviest first, of equal ones the first; what weighs nothing is left out.
pub fn heaviest_first(weights: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).filter(|&index| weights[index] > 0.0).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    order
}
