//! Which documents no entry of a codebook is like: a threshold that leaving entries out decides, without a label.
//!
//! How well a document fits is its largest likeness to any entry's words, in standard deviations over the documents, averaged over
//! the document and its nearest others: what an entry is missing for is mostly missing for its neighbors too. The same with the
//! document's own entry left out shows how documents fit whose entry is missing.

use crate::cluster::Neighborhoods;
use crate::methods::steps::likeness::Likeness;

/// One document in so many is taken to have no entry, before anything is known of it: the larger the number, the fewer uncovered.
const MISSING: f64 = 5.0;
/// Texts from which a threshold is chosen.
const LEAST: usize = 20;

/// How n texts fit, and what is too little.
pub struct Fit {
    /// n.
    pub of: Vec<f64>,
    /// n: the largest likeness of each to any entry's words, in standard deviations.
    pub best: Vec<f32>,
    /// Documents that fit less are uncovered.
    pub least: f64,
    /// With its own entry left out, the share of the documents that would be uncovered; none where there is one entry only.
    pub caught: Option<f64>,
}

/// The best likeness of one document, its entry, and the best of the others.
#[derive(Clone, Copy)]
struct Best {
    entry: usize,
    first: f32,
    second: f32,
}

impl Best {
    fn of(standing: &[f32]) -> Best {
        let mut best = Best { entry: 0, first: f32::NEG_INFINITY, second: f32::NEG_INFINITY };
        for (entry, &value) in standing.iter().enumerate() {
            if value > best.first {
                best = Best { entry, first: value, second: best.first };
            } else if value > best.second {
                best.second = value;
            }
        }
        best
    }

    fn without(self, entry: usize) -> f32 {
        if self.entry == entry { self.second } else { self.first }
    }
}

impl Fit {
    /// Measures all texts.
    pub fn new(likeness: &Likeness<'_>, near: &Neighborhoods, entries: usize) -> Fit {
        let best = likeness.standing(Best::of);
        let mean = |text: usize, of: &dyn Fn(Best) -> f32| {
            let others = near.of[text].iter().map(|other| best[other.index]);
            let values: Vec<f64> = std::iter::once(best[text]).chain(others).map(|one| f64::from(of(one))).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let of: Vec<f64> = (0..best.len()).map(|text| mean(text, &|one| one.first)).collect();
        let firsts: Vec<f32> = best.iter().map(|one| one.first).collect();
        if best.len() < LEAST {
            return Fit { of, best: firsts, least: f64::NEG_INFINITY, caught: None };
        }
        if entries == 1 {
            let least = split(&of);
            return Fit { of, best: firsts, least, caught: None };
        }
        let foreign: Vec<f64> =
            (0..best.len()).map(|text| mean(text, &|one| one.without(likeness.nearest[text]))).collect();
        let least = fewest_errors(&of, &foreign);
        let caught = foreign.iter().filter(|fit| **fit < least).count() as f64 / foreign.len() as f64;
        Fit { of, best: firsts, least, caught: Some(caught) }
    }
}

/// The threshold with the fewest errors where one document in so many is foreign; the lowest of equal ones.
fn fewest_errors(own: &[f64], foreign: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (own, foreign) = (sorted(own), sorted(foreign));
    let missing = 1.0 / MISSING;
    let errors = |&threshold: &f64| {
        let below = |values: &[f64]| values.partition_point(|value| *value < threshold) as f64 / values.len() as f64;
        (1.0 - missing) * below(&own) + missing * (1.0 - below(&foreign))
    };
    own.iter().copied().min_by(|a, b| errors(a).total_cmp(&errors(b)).then(a.total_cmp(b))).unwrap_or(f64::NEG_INFINITY)
}

/// The value that divides values into two kinds which differ little within (Otsu 1979): for a single entry, where nothing else shows
/// what its documents are not like.
fn split(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (n, whole) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    let (mut best, mut below) = ((0.0, f64::NEG_INFINITY), 0.0);
    for place in 1..sorted.len() {
        below += sorted[place - 1];
        let (left, right) = (place as f64, n - place as f64);
        let between = left * right * (below / left - (whole - below) / right).powi(2);
        if between > best.0 && sorted[place] > sorted[place - 1] {
            best = (between, sorted[place]);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_where_documents_whose_entry_is_left_out_begin_to_outweigh_the_others() {
        let own: Vec<f64> = (0..100).map(|n| 1.0 + f64::from(n) * 0.01).collect();
        let apart: Vec<f64> = own.iter().map(|fit| fit - 2.0).collect();
        assert_eq!(
            fewest_errors(&own, &apart),
            1.0,
            "nothing is uncovered where all fit better than any without entry"
        );
        let some: Vec<f64> = own.iter().enumerate().map(|(n, fit)| if n < 5 { -1.5 } else { *fit }).collect();
        assert_eq!(fewest_errors(&some, &apart), 1.05, "what fits as if its entry were missing is uncovered");
    }

    #[test]
    fn values_of_two_kinds_are_divided_between_them() {
        let values = [0.1, 0.2, 0.15, 2.0, 2.1];
        assert_eq!(split(&values), 2.0);
        assert_eq!(split(&[1.0; 5]), f64::NEG_INFINITY);
    }

    #[test]
    fn a_document_fits_as_its_best_entry_and_without_it_as_the_next() {
        let best = Best::of(&[0.1, 0.9, 0.5]);
        assert_eq!((best.first, best.without(1), best.without(2)), (0.9, 0.5, 0.9));
    }
}
