//! What is left of the program at a node of branch and bound.

use super::patterns::Sparse;

/// The program on f free columns, numbered from 0 in the order they had.
///
/// With W the weight of all patterns a column holds for, the objective is floor − α Σ w + Σⱼ sⱼ (α Wⱼ + λ) + (α + β) times the
/// weight of what is uncovered.
#[derive(Debug, Clone)]
pub(super) struct Remaining {
    /// f: the columns of the whole program that are not decided, ascending.
    pub free: Vec<usize>,
    /// How many of them are to be selected, at most f.
    pub left: usize,
    /// What the columns selected so far cost, but for what is uncovered.
    pub fixed: f64,
    /// f: α Wⱼ + λ.
    pub prices: Vec<f64>,
    /// The free columns of each pattern that is uncovered so far, at least one; distinct.
    pub rows: Sparse,
    /// For each of them (α + β) times its weight.
    pub stakes: Vec<f64>,
    /// The same for all patterns that have no free column left.
    pub lost: f64,
    /// The highest price that one column of a pair may pay to the other, lest rounding weigh more than all costs.
    pub most: f64,
}

impl Remaining {
    /// The uncovered patterns: their free columns and their stakes.
    pub fn patterns(&self) -> impl Iterator<Item = (&[u32], f64)> {
        self.stakes.iter().enumerate().map(|(row, stake)| (self.rows.get(row), *stake))
    }

    /// About how many numbers one step of improvement looks at.
    pub fn effort(&self) -> u64 {
        let trees: usize = (0..self.rows.len()).map(|row| self.rows.get(row).len().pow(2)).sum();
        (trees + 4 * self.free.len().pow(2)) as u64
    }
}
