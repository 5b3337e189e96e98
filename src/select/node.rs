//! A node of branch and bound: what is left of the program once some columns are selected and others ruled out.

use super::patterns::{Program, Sparse};
use super::relaxation::{Outcome, Relaxation, Schedule};
use super::remaining::Remaining;

/// Columns that are selected, and the program that remains.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The columns selected on the way here, of the whole program.
    pub chosen: Vec<usize>,
    /// What is left to decide.
    pub remaining: Remaining,
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
        let remaining = Remaining {
            free: (0..columns).collect(),
            left,
            fixed: program.floor - program.overlap * program.weights.iter().sum::<f64>(),
            prices: (0..columns).map(price).collect(),
            rows: program.rows.clone(),
            stakes: program.weights.iter().map(stake).collect(),
            lost: 0.0,
            most: program.scale() / columns.max(1) as f64,
        };
        let mut node = Node { chosen: Vec::new(), remaining, relaxation: Relaxation::new(columns, left) };
        node.start();
        node
    }

    /// Starts the bound from the model that is best by what is known of the picks.
    fn start(&mut self) {
        self.relaxation.start(&self.remaining);
    }

    /// The root for another number of columns, which starts from all that is known of this one.
    pub fn with_number(mut self, left: usize) -> Node {
        self.remaining.left = left;
        if left <= 1 {
            self.start();
        }
        self
    }

    /// Selects the columns at `taken` and rules out those at `gone`, and the later copies of these: what could be had with a
    /// copy can be had with the first.
    pub fn child(&self, program: &Program, taken: &[usize], gone: &[usize]) -> Node {
        let fates = self.fates(program, taken, gone);
        let kept: Vec<usize> = (0..fates.len()).filter(|column| matches!(fates[*column], Fate::Free(_))).collect();
        let (rows, stakes, lost) = self.uncovered(&fates);
        let before = &self.remaining;
        let chosen = taken.iter().map(|column| before.free[*column]);
        let remaining = Remaining {
            free: kept.iter().map(|column| before.free[*column]).collect(),
            left: before.left - taken.len(),
            fixed: before.fixed + taken.iter().map(|column| before.prices[*column]).sum::<f64>(),
            prices: kept.iter().map(|column| before.prices[*column]).collect(),
            rows,
            stakes,
            lost: before.lost + lost,
            most: before.most,
        };
        let mut node = Node {
            chosen: self.chosen.iter().copied().chain(chosen).collect(),
            remaining,
            relaxation: self.relaxation.restricted(taken, &kept),
        };
        if node.remaining.left <= 1 {
            node.start();
        }
        node
    }

    /// Improves the bound.
    pub fn relax(&mut self, limit: f64, target: f64, schedule: &Schedule) -> Outcome {
        self.relaxation.improve(&self.remaining, limit, target, schedule)
    }

    /// f: what becomes of each free column.
    fn fates(&self, program: &Program, taken: &[usize], gone: &[usize]) -> Vec<Fate> {
        let mut fates = vec![Fate::Free(0); self.remaining.free.len()];
        taken.iter().for_each(|column| fates[*column] = Fate::Taken);
        gone.iter().for_each(|column| fates[*column] = Fate::Gone);
        let mut next = 0;
        for column in 0..fates.len() {
            let twin = program.twins[self.remaining.free[column]]
                .and_then(|twin| self.remaining.free.binary_search(&twin).ok());
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
    fn uncovered(&self, fates: &[Fate]) -> (Sparse, Vec<f64>, f64) {
        let mut lost = 0.0;
        let (mut entries, mut places) = (Vec::new(), Vec::new());
        for (row, stake) in self.remaining.patterns() {
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
