//! What is known of a text before any answer, by its vector alone, beside what was learned from
//! answers.

use ndarray::{Array2, ArrayViewMut1};

use super::centered::{Centered, shares};
use crate::vectors::{Embeddings, dot};

/// How much sharper than their cosines texts belong to groups.
const SHARPNESS: f32 = 15.0;
/// The weight of what was known before beside what was learned since, where nothing measures it.
pub const HALF: f32 = 0.5;

/// What was known before, and its weight beside what was learned since.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// 0 to 1.
    pub weight: f32,
    /// What was known.
    pub known: Known,
}

/// What is known of K classes before any answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Unit means (d) of the groups that classes are named after, each with its class.
    Groups(Vec<(usize, Vec<f32>)>),
    /// How alike a text is to the entries of a codebook.
    Entries {
        /// How alike.
        alike: Alike,
        /// For each of K classes its entry, if it is one.
        entries: Vec<Option<usize>>,
    },
}

/// Texts beside the e entries of a codebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// d: what is taken away from a text's vector.
    pub mean: Vec<f32>,
    /// e×d: the means of the documents that are like them.
    pub means: Embeddings,
    /// What differences of likeness are divided by before they become shares.
    pub temperature: f64,
}

impl Alike {
    /// How probable each entry is for each of n texts with these vectors (n×d).
    pub fn shares(&self, rows: &Embeddings) -> Vec<Vec<f32>> {
        let centered = Centered::less(rows, self.mean.clone());
        centered.each(&self.means, |_, cosines| shares(&cosines, self.temperature))
    }
}

impl Prior {
    /// Joins log posteriors of n texts (n×(K + 1)) with what was known before by their vectors
    /// (n×d), as two opinions.
    pub fn join(&self, logs: &mut Array2<f32>, rows: &Embeddings) {
        if self.weight <= 0.0 {
            return;
        }
        let classes = logs.ncols().saturating_sub(1);
        let alike = match &self.known {
            Known::Entries { alike, .. } => alike.shares(rows),
            Known::Groups(_) => Vec::new(),
        };
        for (text, row) in logs.rows_mut().into_iter().enumerate() {
            let before = match &self.known {
                Known::Entries { entries, .. } => of_entries(&alike[text], entries),
                Known::Groups(groups) => {
                    of_groups(groups.iter().map(|(class, mean)| (*class, mean.as_slice())), rows.row(text), classes)
                }
            };
            join_logs(row, &before, self.weight);
        }
    }
}

/// The probabilities of `classes` classes by the groups that a text of this vector (d) is near:
/// each its class and its unit mean (d).
pub fn of_groups<'a>(groups: impl Iterator<Item = (usize, &'a [f32])>, row: &[f32], classes: usize) -> Vec<f32> {
    let known: Vec<(usize, f32)> = groups.map(|(class, mean)| (class, dot(mean, row))).collect();
    let most = known.iter().map(|(_, cosine)| *cosine).fold(f32::NEG_INFINITY, f32::max);
    let mut shares = vec![0.0; classes];
    known.iter().for_each(|(class, cosine)| shares[*class] += (SHARPNESS * (cosine - most)).exp());
    with_equal(shares)
}

/// The probabilities of classes by those of a codebook's entries; of each class is said which entry
/// it is.
pub fn of_entries(alike: &[f32], entries: &[Option<usize>]) -> Vec<f32> {
    let share = |entry: &Option<usize>| entry.and_then(|entry| alike.get(entry)).copied().unwrap_or(0.0);
    with_equal(entries.iter().map(share).collect())
}

/// Shares that sum to one: those that are known as they are to each other, and an equal one for
/// each of the others.
fn with_equal(shares: Vec<f32>) -> Vec<f32> {
    let (whole, known): (f32, usize) = (shares.iter().sum(), shares.iter().filter(|&&share| share > 0.0).count());
    let equal = 1.0 / shares.len().max(1) as f32;
    let rest = equal * known as f32;
    shares.iter().map(|share| if *share > 0.0 { rest * share / whole } else { equal }).collect()
}

/// Joins what was known `before` (K) to a text's log posteriors (K + 1): as another opinion on the
/// same document, of this weight.
pub fn join_logs(mut logs: ArrayViewMut1<'_, f32>, before: &[f32], weight: f32) {
    logs.mapv_inplace(f32::exp);
    join_shares(logs.view_mut(), before, |share, before| match weight {
        HALF => (share * before).sqrt(),
        weight => share.powf(1.0 - weight) * before.powf(weight),
    });
    logs.mapv_inplace(|share| share.max(f32::MIN_POSITIVE).ln());
}

/// Joins what was known `before` (K) to a text's shares; what stands behind the first K, for none
/// of these, stays as it is. So do all shares where the two exclude each other so far that no number
/// can hold what is left.
pub fn join_shares(mut shares: ArrayViewMut1<'_, f32>, before: &[f32], both: impl Fn(f32, f32) -> f32) {
    let classes = before.len();
    let listed: f32 = shares.iter().take(classes).sum();
    let joined: Vec<f32> = shares.iter().zip(before).map(|(share, before)| both(*share, *before)).collect();
    let whole: f32 = joined.iter().sum();
    if whole >= f32::MIN_POSITIVE {
        shares.iter_mut().zip(joined).for_each(|(share, joined)| *share = joined * (listed / whole));
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn an_answer_that_what_was_known_before_excludes_keeps_its_shares() {
        for before in [[1.0, 1e-40], [1.0, 0.0]] {
            let mut shares = array![0.0_f32, 0.75, 0.25];
            join_shares(shares.view_mut(), &before, |share, before| share * before);
            assert_eq!(shares, array![0.0, 0.75, 0.25], "{before:?}");
        }
    }
}
