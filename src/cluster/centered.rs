//! Rows without what is common to many of them.

use rayon::prelude::*;

use super::lloyd::Rows;
use super::sample::weighted_means;
use crate::vectors::{Embeddings, normalise};

/// Weight of the mean of all rows in the mean of a kind: a kind of few rows has no mean of its own yet.
const SHRUNK: f64 = 20.0;

/// What is taken away from rows before they are compared: the mean of their kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Centering {
    /// A mean for each kind (kinds×d); none where rows are too few to have any.
    means: Option<Embeddings>,
}

impl Centering {
    /// Means of n weighted rows (n×d), whose kinds are numbered from 0. The means of small kinds are drawn towards the mean of all.
    /// Nothing is subtracted from fewer than three rows.
    pub fn learn(rows: &Embeddings, weights: &[f64], kinds: &[usize], count: usize) -> Centering {
        let means = (rows.len() >= 3).then(|| means(Rows { embeddings: rows, weights }, kinds, count));
        Centering { means: means.map(|means| Embeddings::new(means.concat(), rows.dimensions())) }
    }

    /// From its means, as [`Centering::means`] gives them.
    pub fn from_means(means: Option<Embeddings>) -> Centering {
        Centering { means }
    }

    /// A mean for each kind (kinds×d); none where nothing is taken away.
    pub fn means(&self) -> Option<&Embeddings> {
        self.means.as_ref()
    }

    /// Rows less the mean of their kind, of unit length (n×d).
    pub fn of(&self, rows: &Embeddings, kinds: &[usize]) -> Embeddings {
        let Some(means) = &self.means else { return rows.clone() };
        let mut values = rows.values().to_vec();
        values.par_chunks_mut(rows.dimensions()).zip(kinds).for_each(|(row, &kind)| {
            row.iter_mut().zip(means.row(kind)).for_each(|(value, mean)| *value -= mean);
            normalise(row);
        });
        Embeddings::new(values, rows.dimensions())
    }
}

/// Rows less the mean of their kind, of unit length (n×d): what a whole corpus shares says nothing of its parts, and hides them
/// where it is strong, as does the language that a text is written in. `kinds` numbers the kind of each row from 0; the means of
/// small kinds are drawn towards the mean of all. Fewer than three rows stay as they are.
pub fn centered(rows: &Embeddings, weights: &[f64], kinds: &[usize]) -> Embeddings {
    let count = kinds.iter().max().map_or(1, |most| most + 1);
    Centering::learn(rows, weights, kinds, count).of(rows, kinds)
}

/// The mean of each of `count` kinds.
fn means(rows: Rows<'_>, kinds: &[usize], count: usize) -> Vec<Vec<f32>> {
    let everything = [(0..kinds.len()).collect()];
    let all = weighted_means(rows, &everything).0;
    if count == 1 {
        return vec![all];
    }
    let mut members = vec![Vec::new(); count];
    kinds.iter().enumerate().for_each(|(row, &kind)| members[kind].push(row));
    let mean = |members: Vec<usize>| {
        let (own, weight) = weighted_means(rows, &[members]);
        let share = weight.first().map_or(0.0, |weight| weight / (weight + SHRUNK)) as f32;
        match own.is_empty() {
            true => all.clone(),
            false => own.iter().zip(&all).map(|(own, all)| all + share * (own - all)).collect(),
        }
    };
    members.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_rows_share_is_taken_away() {
        let rows = Embeddings::new(vec![0.8, 0.6, 0.0, 0.8, -0.6, 0.0, 0.8, 0.0, 0.6, 0.8, 0.0, -0.6], 3);
        let centered = centered(&rows, &[1.0; 4], &[0; 4]);
        assert!((centered.row(0)[1] - 1.0).abs() < 1e-5 && centered.row(0)[0].abs() < 1e-5);
    }

    #[test]
    fn what_a_kind_shares_is_taken_away_too() {
        let side = |row: usize| if row < 400 { 0.6 } else { -0.6 };
        let theme = |row: usize| if row.is_multiple_of(2) { 0.8 } else { -0.8 };
        let rows = Embeddings::new((0..800).flat_map(|row| [side(row), theme(row)]).collect(), 2);
        let kinds: Vec<usize> = (0..800).map(|row| usize::from(row >= 400)).collect();
        let centered = centered(&rows, &[1.0; 800], &kinds);
        assert!((0..800).all(|row| centered.row(row)[0].abs() < 0.1), "the theme alone is left");
    }

    #[test]
    fn two_rows_and_a_kind_of_none_are_answered() {
        let rows = Embeddings::new(vec![1.0, 0.0, 0.0, 1.0, 0.6, 0.8], 2);
        assert_eq!(centered(&rows.select(&[0, 1]), &[1.0; 2], &[0, 0]), rows.select(&[0, 1]));
        assert!(centered(&rows, &[1.0; 3], &[0, 2, 2]).values().iter().all(|value| value.is_finite()));
    }
}
