//! The integer program on weighted patterns: documents with the same verdicts are one row, and where no second copy can be
//! needed, candidates with the same verdicts are one column. p and q are the numbers of patterns and columns that remain.

use std::collections::BTreeMap;

use super::{Instance, Parameters, Size};

/// The checked, collapsed program.
#[derive(Debug)]
pub(super) struct Program {
    /// p rows: the columns that hold for a pattern, ascending, at least one. In lexicographic order.
    pub rows: Sparse,
    /// q rows: the patterns that a column holds for, ascending.
    pub columns: Sparse,
    /// p: the summed weight of a pattern's documents, above 0.
    pub weights: Vec<f64>,
    /// q: the nearest column before this one that holds for the same patterns.
    pub twins: Vec<Option<usize>>,
    /// What is to be selected.
    pub size: Size,
    /// α.
    pub overlap: f64,
    /// β.
    pub uncovered: f64,
    /// What no selection can avoid: the cost of the documents for which no candidate holds.
    pub floor: f64,
    /// Objectives that differ by no more than this are equal; far below any real difference, above rounding.
    pub tolerance: f64,
    /// q: the candidate behind a column, ascending.
    candidates: Vec<usize>,
}

/// Selected columns and their true cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    /// Ascending; of twins the first ones.
    pub columns: Vec<usize>,
    /// Computed from `columns`.
    pub objective: f64,
}

impl Program {
    /// Collapses a checked instance. Its order of rows does not matter, not even to the last bit of a weight.
    pub fn new(instance: &Instance, parameters: &Parameters) -> Program {
        let mut program = Program::collapsed(instance, parameters, |columns| kept(columns, parameters.size));
        program.twins = twins(&program.columns);
        program
    }

    /// The same with every candidate a column of its own: constraints may tell equal candidates apart.
    pub fn with_all_columns(instance: &Instance, parameters: &Parameters) -> Program {
        Program::collapsed(instance, parameters, |columns| (0..columns.len()).collect())
    }

    /// The rows collapsed, on the columns that are `kept` of all; none of them a twin yet.
    fn collapsed(instance: &Instance, parameters: &Parameters, kept: impl Fn(&Sparse) -> Vec<usize>) -> Program {
        let mut patterns = collapse(instance);
        let unreachable = patterns.pop_if_empty();
        let distinct = patterns.rows.iter();
        let all = Sparse::new(distinct.map(|row| row.iter().copied().map(index)));
        let kept = kept(&all.transposed(instance.candidates));
        let rows = Sparse::new((0..all.len()).map(|row| renumbered(all.get(row), &kept)));
        let columns = rows.transposed(kept.len());
        let weight: f64 = patterns.weights.iter().sum();
        Program {
            twins: vec![None; columns.len()],
            weights: patterns.weights,
            size: parameters.size,
            overlap: parameters.overlap,
            uncovered: parameters.uncovered,
            floor: parameters.uncovered * unreachable,
            tolerance: 1e-12 * (1.0 + weight * (parameters.overlap + parameters.uncovered)),
            candidates: kept,
            rows,
            columns,
        }
    }

    /// λ, or 0 where the number of clusters is given.
    pub fn penalty(&self) -> f64 {
        match self.size {
            Size::Exactly(_) => 0.0,
            Size::Penalty(penalty) => penalty,
        }
    }

    /// More than anything a selection can cost: every pattern uncovered, every verdict an overlap, every column a penalty.
    pub fn scale(&self) -> f64 {
        let verdicts = |pattern: usize| (1 + self.rows.get(pattern).len()) as f64;
        let weighted: f64 = self.weights.iter().enumerate().map(|(pattern, weight)| weight * verdicts(pattern)).sum();
        self.floor + (self.overlap + self.uncovered) * weighted + self.penalty() * self.columns.len() as f64
    }

    /// Wⱼ: the weight of all patterns that a column holds for.
    pub fn weight_of(&self, column: usize) -> f64 {
        let patterns = self.columns.get(column).iter();
        patterns.map(|pattern| self.weights[*pattern as usize]).sum()
    }

    /// The objective of `selected` columns that give each of the p patterns `counts` clusters.
    fn objective(&self, counts: &[u32], selected: usize) -> f64 {
        let costs = counts.iter().zip(&self.weights);
        let patterns: f64 = costs.map(|(count, weight)| weight * self.cost(*count)).sum();
        self.floor + patterns + self.penalty() * selected as f64
    }

    /// What a document in `count` clusters costs.
    pub fn cost(&self, count: u32) -> f64 {
        match count {
            0 => self.uncovered,
            _ => self.overlap * f64::from(count - 1),
        }
    }

    /// The selection of the `chosen` columns (q), with twins moved to the front and the objective computed anew.
    pub fn selection(&self, chosen: &[bool]) -> Selection {
        let columns = self.foremost(chosen);
        let mut counts = vec![0; self.rows.len()];
        for pattern in columns.iter().flat_map(|column| self.columns.get(*column)) {
            counts[*pattern as usize] += 1;
        }
        let objective = self.objective(&counts, columns.len());
        Selection { columns, objective }
    }

    /// The `chosen` columns (q), ascending, each group of twins replaced by its first members.
    fn foremost(&self, chosen: &[bool]) -> Vec<usize> {
        let mut heads: Vec<usize> = (0..chosen.len()).collect();
        let mut wanted = vec![0_usize; chosen.len()];
        for column in 0..chosen.len() {
            heads[column] = self.twins[column].map_or(column, |twin| heads[twin]);
            wanted[heads[column]] += usize::from(chosen[column]);
        }
        let mut take = |column: &usize| {
            let left = &mut wanted[heads[*column]];
            let taken = *left > 0;
            *left -= usize::from(taken);
            taken
        };
        (0..chosen.len()).filter(|column| take(column)).collect()
    }

    /// Whether `left` is to be preferred: cheaper, else fewer clusters, else lower indices.
    pub fn prefers(&self, left: &Selection, right: &Selection) -> bool {
        let difference = left.objective - right.objective;
        if difference.abs() > self.tolerance {
            return difference < 0.0;
        }
        (left.columns.len(), &left.columns) < (right.columns.len(), &right.columns)
    }

    /// Whether a selection needs no proof: nothing can cost less, or there was nothing to choose.
    pub fn is_settled(&self, selection: &Selection) -> bool {
        let forced = match self.size {
            Size::Exactly(size) => size == 0 || size == self.columns.len(),
            Size::Penalty(_) => false,
        };
        forced || selection.objective <= self.floor
    }

    /// The candidates behind a selection's columns, ascending.
    pub fn candidates_of(&self, selection: &Selection) -> Vec<usize> {
        let candidate = |column: &usize| self.candidates[*column];
        selection.columns.iter().map(candidate).collect()
    }
}

/// Distinct rows of an instance (p) and their weights (p).
struct Patterns<'a> {
    rows: Vec<&'a [usize]>,
    weights: Vec<f64>,
}

impl Patterns<'_> {
    /// Takes away the row in which nothing holds, and returns its weight.
    fn pop_if_empty(&mut self) -> f64 {
        match self.rows.first() {
            Some([]) => {
                self.rows.remove(0);
                self.weights.remove(0)
            }
            _ => 0.0,
        }
    }
}

/// The distinct rows in lexicographic order, without those of no weight. Weights are summed in ascending order, so that the
/// sum is the same for any order of the documents.
fn collapse(instance: &Instance) -> Patterns<'_> {
    let rows = instance.rows.iter().map(Vec::as_slice);
    let mut weighted: Vec<(&[usize], f64)> = rows.zip(instance.weights.iter().copied()).collect();
    weighted.retain(|(_, weight)| *weight > 0.0);
    weighted.sort_by(|left, right| left.0.cmp(right.0).then(left.1.total_cmp(&right.1)));
    let groups = || weighted.chunk_by(|left, right| left.0 == right.0);
    Patterns {
        rows: groups().map(|group| group[0].0).collect(),
        weights: groups().map(|group| group.iter().map(|(_, weight)| weight).sum()).collect(),
    }
}

/// The columns worth keeping, ascending. A second copy of a candidate never pays for itself, but may be the cheapest way to
/// make up a given number.
fn kept(columns: &Sparse, size: Size) -> Vec<usize> {
    let twins = twins(columns);
    let unique = |column: &usize| matches!(size, Size::Exactly(_)) || twins[*column].is_none();
    (0..columns.len()).filter(unique).collect()
}

/// For each row of `columns` the nearest one before it that is equal.
fn twins(columns: &Sparse) -> Vec<Option<usize>> {
    let mut latest = BTreeMap::new();
    (0..columns.len()).map(|column| latest.insert(columns.get(column), column)).collect()
}

/// The positions in `kept` (ascending) of those entries of `row` that are in it.
fn renumbered(row: &[u32], kept: &[usize]) -> impl Iterator<Item = u32> {
    let position = |entry: &u32| kept.binary_search(&(*entry as usize)).ok();
    row.iter().filter_map(position).map(index)
}

/// An index in half the memory, which counts where millions are read.
fn index(value: usize) -> u32 {
    u32::try_from(value).expect("2^32 rows or columns do not fit into memory; this is a bug")
}

/// Rows of indices, one after the other in memory.
#[derive(Debug, Clone)]
pub(super) struct Sparse {
    starts: Vec<usize>,
    entries: Vec<u32>,
}

impl Sparse {
    /// From rows of ascending indices.
    pub fn new(rows: impl Iterator<Item = impl Iterator<Item = u32>>) -> Sparse {
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Sparse { starts, entries }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The indices of one row, ascending.
    pub fn get(&self, row: usize) -> &[u32] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    /// For each of `columns` indices the rows that hold it, ascending.
    fn transposed(&self, columns: usize) -> Sparse {
        let mut starts = vec![0; columns + 1];
        for entry in &self.entries {
            starts[*entry as usize + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let (mut next, mut entries) = (starts.clone(), vec![0; self.entries.len()]);
        for row in 0..self.len() {
            for entry in self.get(row) {
                let next = &mut next[*entry as usize];
                entries[*next] = index(row);
                *next += 1;
            }
        }
        Sparse { starts, entries }
    }
}
