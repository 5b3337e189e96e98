//! A good cover within constraints in counted work: greedy, then exchanges, then the same again from
//! a perturbed cover.
//!
//! A selection that violates a constraint is worse than any that violates none, and the worse the
//! further it is from meeting them: so the walk may start, and pass, where constraints are violated,
//! and is drawn to where they are not. What it finds is where the solver starts from.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Size;
use super::constraints::Constraints;
use super::patterns::{Program, Selection};

/// Entries of the matrix that a search may touch: about a second.
const MOST_ENTRIES: usize = 200_000_000;

/// The best selection within the constraints (on columns) that was met in some `moves` weighed
/// exchanges; none where all of them violate one.
pub(super) fn search(program: &Program, constraints: &Constraints, seed: u64, moves: usize) -> Option<Selection> {
    let mut walk = Walk::new(program, constraints, moves);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    walk.grow();
    let mut best = (walk.standing(), walk.chosen.clone());
    loop {
        walk.descend();
        if walk.standing().is_better(best.0, program.tolerance) {
            best = (walk.standing(), walk.chosen.clone());
        }
        if walk.is_spent() || program.columns.len() < 2 {
            break;
        }
        walk.go_to(&best.1);
        walk.perturb(&mut random);
    }
    let found = program.selection(&best.1);
    is_within(program, constraints, &found).then_some(found)
}

/// Whether a selection has the size that was asked for and meets the constraints (on columns).
pub(super) fn is_within(program: &Program, constraints: &Constraints, found: &Selection) -> bool {
    let mut walk = Walk::new(program, constraints, 0);
    found.columns.iter().filter(|column| !constraints.kept.contains(column)).for_each(|column| {
        walk.toggle(*column);
    });
    let has_kept = constraints.kept.iter().all(|column| found.columns.contains(column));
    let has_size = match program.size {
        Size::Exactly(size) => found.columns.len() == size,
        Size::Penalty(_) => true,
    };
    has_kept && has_size && walk.standing().violation <= 0.0
}

/// How good a selection is.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// How far the constraints are from being met; 0 where they are.
    violation: f64,
    /// The objective.
    cost: f64,
}

impl Standing {
    /// Whether this one is to be preferred by more than rounding.
    fn is_better(self, other: Standing, tolerance: f64) -> bool {
        let difference = self.violation - other.violation;
        if difference.abs() > tolerance { difference < 0.0 } else { self.cost < other.cost - tolerance }
    }
}

/// A place in the space of selections.
struct Walk<'a> {
    program: &'a Program,
    constraints: &'a Constraints,
    /// q: the columns that exclude a column.
    excluded: Vec<Vec<usize>>,
    /// q: whether a column is selected.
    chosen: Vec<bool>,
    /// p: how many selected columns hold for a pattern.
    counts: Vec<u32>,
    /// The objective.
    cost: f64,
    /// The documents' overlap.
    overlap: f64,
    /// Selected pairs that exclude each other.
    clashes: usize,
    /// More than all documents weigh: what a clash counts, in documents of overlap.
    weight: f64,
    /// Moves left.
    moves: usize,
    /// Entries touched.
    entries: usize,
}

impl<'a> Walk<'a> {
    /// At the selection of what is kept.
    fn new(program: &'a Program, constraints: &'a Constraints, moves: usize) -> Walk<'a> {
        let columns = program.columns.len();
        let mut excluded = vec![Vec::new(); columns];
        for &(left, right) in &constraints.exclusive {
            excluded[left].push(right);
            excluded[right].push(left);
        }
        let uncovered: f64 = program.weights.iter().sum();
        let mut walk = Walk {
            program,
            constraints,
            excluded,
            chosen: vec![false; columns],
            counts: vec![0; program.rows.len()],
            cost: program.floor + program.uncovered * uncovered,
            overlap: 0.0,
            clashes: 0,
            weight: 1.0 + uncovered,
            moves,
            entries: 0,
        };
        constraints.kept.iter().for_each(|column| walk.toggle(*column));
        walk
    }

    /// How good the present selection is.
    fn standing(&self) -> Standing {
        let most = self.constraints.overlap.unwrap_or(f64::INFINITY);
        let beyond = (self.overlap - most - 1e-9 * self.weight).max(0.0);
        Standing { violation: beyond + self.weight * self.clashes as f64, cost: self.cost }
    }

    /// Selects a column, or drops it if it is selected.
    fn toggle(&mut self, column: usize) {
        let is_added = !self.chosen[column];
        let sign = if is_added { 1.0 } else { -1.0 };
        for pattern in self.program.columns.get(column) {
            let pattern = *pattern as usize;
            let (weight, before) = (self.program.weights[pattern], self.counts[pattern]);
            let after = if is_added { before + 1 } else { before - 1 };
            self.counts[pattern] = after;
            self.cost += weight * (self.program.cost(after) - self.program.cost(before));
            self.overlap += if before.max(after) > 1 { sign * weight } else { 0.0 };
        }
        self.cost += sign * self.program.penalty();
        let partners = self.excluded[column].iter().filter(|other| self.chosen[**other]).count();
        self.clashes = if is_added { self.clashes + partners } else { self.clashes - partners };
        self.chosen[column] = is_added;
        self.entries += self.program.columns.get(column).len() + 1;
    }

    /// Adds the best column until the number is reached, or none improves the selection.
    fn grow(&mut self) {
        loop {
            let before = self.standing();
            let mut best: Option<(Standing, usize)> = None;
            for column in self.members(false) {
                self.toggle(column);
                let standing = self.standing();
                self.toggle(column);
                if best.is_none_or(|(best, _)| standing.is_better(best, self.program.tolerance)) {
                    best = Some((standing, column));
                }
            }
            let is_wanted = |standing: Standing| match self.program.size {
                Size::Exactly(size) => self.members(true).len() < size,
                Size::Penalty(_) => standing.is_better(before, self.program.tolerance),
            };
            match best {
                Some((standing, column)) if is_wanted(standing) => self.toggle(column),
                _ => return,
            }
        }
    }

    /// Improves until no single move does.
    fn descend(&mut self) {
        let mut improved = true;
        while improved && !self.is_spent() {
            improved = false;
            if matches!(self.program.size, Size::Penalty(_)) {
                for column in self.free() {
                    improved |= self.try_out(&[column]);
                }
            }
            for inside in self.free() {
                improved |= self.chosen[inside] && self.exchange(inside);
            }
        }
    }

    /// Exchanges a selected column for the first that improves the selection.
    fn exchange(&mut self, inside: usize) -> bool {
        let outside = self.members(false);
        outside.iter().any(|outside| !self.is_spent() && self.try_out(&[inside, *outside]))
    }

    /// Toggles these columns where that improves the selection.
    fn try_out(&mut self, columns: &[usize]) -> bool {
        self.moves = self.moves.saturating_sub(1);
        let before = self.standing();
        columns.iter().for_each(|column| self.toggle(*column));
        let is_better = self.standing().is_better(before, self.program.tolerance);
        if !is_better {
            columns.iter().for_each(|column| self.toggle(*column));
        }
        is_better
    }

    /// A few random changes, now and then many: exchanges where the number is given.
    fn perturb(&mut self, random: &mut ChaCha8Rng) {
        let free = self.free();
        if free.is_empty() {
            self.moves = 0; // everything is kept
            return;
        }
        let mut strength = 1;
        while strength < free.len() && random.random_bool(0.6) {
            strength += 1;
        }
        for _ in 0..strength {
            let column = free[random.random_range(0..free.len())];
            self.toggle(column);
            if matches!(self.program.size, Size::Exactly(_)) {
                let others = free.iter().filter(|other| self.chosen[**other] == self.chosen[column]);
                let others: Vec<usize> = others.copied().filter(|other| *other != column).collect();
                if others.is_empty() {
                    self.toggle(column); // there is nothing to exchange it for
                    break;
                }
                self.toggle(others[random.random_range(0..others.len())]);
            }
        }
        self.moves = self.moves.saturating_sub(1);
    }

    /// Moves to a selection.
    fn go_to(&mut self, chosen: &[bool]) {
        for (column, is_chosen) in chosen.iter().enumerate() {
            if self.chosen[column] != *is_chosen {
                self.toggle(column);
            }
        }
    }

    /// Whether the search has to end.
    fn is_spent(&self) -> bool {
        self.moves == 0 || self.entries >= MOST_ENTRIES
    }

    /// The columns that may be selected or not, ascending.
    fn free(&self) -> Vec<usize> {
        (0..self.chosen.len()).filter(|column| !self.constraints.kept.contains(column)).collect()
    }

    /// The columns that are selected, or those that are not, ascending.
    fn members(&self, is_chosen: bool) -> Vec<usize> {
        (0..self.chosen.len()).filter(|column| self.chosen[*column] == is_chosen).collect()
    }
}
