//! A node of branch and bound: what is left of the program once some columns are selected and others ruled out.

use super::patterns::{Program, Sparse};
use super::relaxation::{Outcome, Relaxation, Schedule};

/// The program on f free columns, numbered from 0 in the order they had.
///
/// With W the weight of all patterns a column holds for, the objective is floor − α Σ w + Σⱼ sⱼ (α Wⱼ + λ) + (α + β) times the
/// weight of what is uncovered.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The columns selected on the way here, of the whole program.
    pub chosen: Vec<usize>,
    /// f: the columns of the whole program that are not decided, ascending.
    pub free: Vec<usize>,
    /// How many of them are to be selected, at most f.
    pub left: usize,
    /// What the columns selected so far cost, but for what is uncovered.
    pub fixed: f64,
    /// f: α Wⱼ + λ.
    pub prices: Vec<f64>,
    /// The free columns of each pattern that is uncovered so far, at least one; distinct.
    rows: Sparse,
    /// For each of them (α + β) times its weight.
    stakes: Vec<f64>,
    /// The same for all patterns that have no free column left.
    pub lost: f64,
    /// The highest price that one column of a pair may pay to the other, lest rounding weigh more than all costs.
    pub most: f64,
    /// Where its bound stands.
    pub relaxation: Relaxation,
}

/// What becomes of a free column.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Taken,
    Gone,
    Free(u32),
}

impl Node {
    /// Nothing decided, `left` columns to select.
    pub fn root(program: &Program, left: usize) -> Node {
        let columns = program.columns.len();
        let price = |column| program.overlap * program.weight_of(column) + program.penalty();
        let stake = |weight: &f64| (program.overlap + program.uncovered) * weight;
        let mut node = Node {
            chosen: Vec::new(),
            free: (0..columns).collect(),
            left,
            fixed: program.floor - program.overlap * program.weights.iter().sum::<f64>(),
            prices: (0..columns).map(price).collect(),
            rows: program.rows.clone(),
            stakes: program.weights.iter().map(stake).collect(),
            lost: 0.0,
            most: program.scale() / columns.max(1) as f64,
            relaxation: Relaxation::new(columns, left),
        };
        Relaxation::start(&mut node);
        node
    }

    /// The root for another number of columns, which starts from all that is known of this one.
    pub fn with_number(mut self, left: usize) -> Node {
        self.left = left;
        if left <= 1 {
            Relaxation::start(&mut self);
        }
        self
    }

    /// Selects the columns at `taken` and rules out those at `gone`, and the later copies of these: what could be had with a
    /// copy can be had with the first.
    pub fn child(&self, program: &Program, taken: &[usize], gone: &[usize]) -> Node {
        let fates = self.fates(program, taken, gone);
        let kept: Vec<usize> = (0..fates.len()).filter(|column| matches!(fates[*column], Fate::Free(_))).collect();
        let (rows, stakes, lost) = self.remaining(&fates);
        let chosen = taken.iter().map(|column| self.free[*column]);
        let mut node = Node {
            chosen: self.chosen.iter().copied().chain(chosen).collect(),
            free: kept.iter().map(|column| self.free[*column]).collect(),
            left: self.left - taken.len(),
            fixed: self.fixed + taken.iter().map(|column| self.prices[*column]).sum::<f64>(),
            prices: kept.iter().map(|column| self.prices[*column]).collect(),
            rows,
            stakes,
            lost: self.lost + lost,
            most: self.most,
            relaxation: self.relaxation.restricted(taken, &kept),
        };
        if node.left <= 1 {
            Relaxation::start(&mut node);
        }
        node
    }

    /// Improves the bound.
    pub fn relax(&mut self, limit: f64, target: f64, schedule: &Schedule) -> Outcome {
        let mut relaxation = std::mem::replace(&mut self.relaxation, Relaxation::new(0, 0));
        let outcome = relaxation.improve(self, limit, target, schedule);
        self.relaxation = relaxation;
        outcome
    }

    /// The uncovered patterns: their free columns and their stakes.
    pub fn patterns(&self) -> impl Iterator<Item = (&[u32], f64)> {
        self.stakes.iter().enumerate().map(|(row, stake)| (self.rows.get(row), *stake))
    }

    /// About how many numbers one step of improvement looks at.
    pub fn effort(&self) -> u64 {
        let trees: usize = (0..self.rows.len()).map(|row| self.rows.get(row).len().pow(2)).sum();
        (trees + 4 * self.free.len().pow(2)) as u64
    }

    /// f: what becomes of each free column.
    fn fates(&self, program: &Program, taken: &[usize], gone: &[usize]) -> Vec<Fate> {
        let mut fates = vec![Fate::Free(0); self.free.len()];
        taken.iter().for_each(|column| fates[*column] = Fate::Taken);
        gone.iter().for_each(|column| fates[*column] = Fate::Gone);
        let mut next = 0;
        for column in 0..fates.len() {
            let twin = program.twins[self.free[column]].and_then(|twin| self.free.binary_search(&twin).ok());
            if fates[column] == Fate::Free(0) && twin.is_some_and(|twin| fates[twin] == Fate::Gone) {
                fates[column] = Fate::Gone;
            }
            if let Fate::Free(place) = &mut fates[column] {
                *place = next;
                next += 1;
            }
        }
        fates
    }

    /// The patterns that stay uncovered but for the free columns, those that become the same as one; and the stakes of those
    /// that have none left.
    fn remaining(&self, fates: &[Fate]) -> (Sparse, Vec<f64>, f64) {
        let mut lost = 0.0;
        let (mut entries, mut places) = (Vec::new(), Vec::new());
        for (row, stake) in self.patterns() {
            let start = entries.len();
            let mut covered = false;
            for column in row {
                match fates[*column as usize] {
                    Fate::Free(place) => entries.push(place),
                    Fate::Taken => covered = true,
                    Fate::Gone => (),
                }
            }
            if covered {
                entries.truncate(start);
            } else if entries.len() == start {
                lost += stake;
            } else {
                places.push((start, entries.len(), stake));
            }
        }
        let row = |place: &(usize, usize, f64)| &entries[place.0..place.1];
        places.sort_by(|left, right| row(left).cmp(row(right)));
        let groups = || places.chunk_by(|left, right| row(left) == row(right));
        let rows = Sparse::new(groups().map(|group| row(&group[0]).iter().copied()));
        let stakes = groups().map(|group| group.iter().map(|place| place.2).sum()).collect();
        (rows, stakes, lost)
    }
}
