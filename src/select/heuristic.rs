//! A good cover in counted work: greedy, then exchanges of one column for another, then the same again from a perturbed cover.
//!
//! On every instance measured where an optimum was proven, this found it. The cost of adding column j is
//! α Wⱼ − (α + β) Uⱼ (+ λ), where Wⱼ is the weight of all patterns it holds for and Uⱼ of those still uncovered; the walk keeps
//! U up to date, so that a move costs about as much as one column has entries.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Size;
use super::patterns::{Program, Selection};

/// Entries of the matrix that a search may touch: some seven seconds. Only a very large instance comes here before it runs out of
/// moves.
const MOST_ENTRIES: usize = 800_000_000;

/// Columns of which a search weighs the exchanges it is allowed; among more columns it is allowed as many again.
const COLUMNS: usize = 200;

/// The best selection that was met in `moves` weighed exchanges for every 200 columns.
pub(super) fn search(program: &Program, seed: u64, moves: usize) -> Selection {
    let mut walk = Walk::new(program, moves.saturating_mul(program.columns.len().div_ceil(COLUMNS)));
    walk.grow();
    let mut best = walk.selection();
    if matches!(program.size, Size::Exactly(_)) && program.is_settled(&best) {
        return best;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    loop {
        walk.descend();
        let found = walk.selection();
        if program.prefers(&found, &best) {
            best = found;
        }
        if walk.is_spent() || program.columns.len() < 2 {
            return best;
        }
        walk.go_to(&best);
        walk.perturb(&mut random);
    }
}

/// A place in the space of selections, with what is needed to weigh the moves away from it.
struct Walk<'a> {
    program: &'a Program,
    /// q: whether a column is selected.
    chosen: Vec<bool>,
    /// How many are.
    size: usize,
    /// p: how many selected columns hold for a pattern.
    counts: Vec<u32>,
    /// q: Wⱼ.
    totals: Vec<f64>,
    /// q: Uⱼ.
    uncovered: Vec<f64>,
    /// q: what Uⱼ would gain from the drop that is being weighed; zeros between moves.
    freed: Vec<f64>,
    /// Moves left.
    moves: usize,
    /// Entries touched.
    entries: usize,
}

impl<'a> Walk<'a> {
    /// At the empty selection.
    fn new(program: &'a Program, moves: usize) -> Walk<'a> {
        let columns = 0..program.columns.len();
        let totals: Vec<f64> = columns.map(|column| program.weight_of(column)).collect();
        Walk {
            program,
            chosen: vec![false; totals.len()],
            size: 0,
            counts: vec![0; program.rows.len()],
            uncovered: totals.clone(),
            freed: vec![0.0; totals.len()],
            totals,
            moves,
            entries: 0,
        }
    }

    /// Greedy: adds the cheapest column until the number is reached, or none pays for itself.
    fn grow(&mut self) {
        while let Some((column, change)) = self.cheapest() {
            let wanted = match self.program.size {
                Size::Exactly(size) => self.size < size,
                Size::Penalty(_) => change < -self.program.tolerance,
            };
            if !wanted {
                return;
            }
            self.toggle(column);
        }
    }

    /// Improves until no single move does.
    fn descend(&mut self) {
        let mut improved = true;
        while improved && !self.is_spent() {
            improved = matches!(self.program.size, Size::Penalty(_)) && self.add();
            for column in self.selected() {
                improved |= self.improve(column);
            }
        }
    }

    /// Adds the cheapest column if that pays for itself.
    fn add(&mut self) -> bool {
        self.moves = self.moves.saturating_sub(1);
        match self.cheapest() {
            Some((column, change)) if change < -self.program.tolerance => {
                self.toggle(column);
                true
            }
            _ => false,
        }
    }

    /// Drops a selected column, alone (under a penalty) or for the best other one, if that is cheaper; or as cheap and fewer
    /// or of a lower index.
    fn improve(&mut self, column: usize) -> bool {
        if self.is_spent() {
            return false;
        }
        self.moves -= 1;
        let tolerance = self.program.tolerance;
        let drop = self.free(column);
        let swap = self.cheapest().map(|(other, change)| (other, drop + change));
        self.freed.fill(0.0);
        let may_drop = matches!(self.program.size, Size::Penalty(_)) && drop <= tolerance;
        match swap {
            _ if may_drop && swap.is_none_or(|(_, change)| drop <= change + tolerance) => {
                self.toggle(column);
                true
            }
            Some((other, change)) if change < -tolerance || (change <= tolerance && other < column) => {
                self.toggle(column);
                self.toggle(other);
                true
            }
            _ => false,
        }
    }

    /// The column outside the selection that is the cheapest to add, and the change of the objective; of equal ones the first.
    fn cheapest(&self) -> Option<(usize, f64)> {
        let (overlap, uncovered) = (self.program.overlap, self.program.uncovered);
        let mut best: Option<(usize, f64)> = None;
        for column in (0..self.chosen.len()).filter(|column| !self.chosen[*column]) {
            let gained = self.uncovered[column] + self.freed[column];
            let change = overlap * self.totals[column] - (overlap + uncovered) * gained + self.program.penalty();
            if best.is_none_or(|(_, least)| change < least - self.program.tolerance) {
                best = Some((column, change));
            }
        }
        best
    }

    /// Fills `freed` as if `column` were dropped, and returns the change of the objective.
    fn free(&mut self, column: usize) -> f64 {
        let (overlap, uncovered) = (self.program.overlap, self.program.uncovered);
        let patterns = self.program.columns.get(column);
        let lone = |pattern: &usize| self.counts[*pattern] == 1;
        let indices = patterns.iter().map(|pattern| *pattern as usize);
        for pattern in indices.filter(lone) {
            let row = self.program.rows.get(pattern);
            for other in row {
                self.freed[*other as usize] += self.program.weights[pattern];
            }
            self.entries += row.len();
        }
        self.entries += patterns.len() + self.chosen.len();
        (overlap + uncovered) * self.freed[column] - overlap * self.totals[column] - self.program.penalty()
    }

    /// Selects a column, or drops it if it is selected.
    fn toggle(&mut self, column: usize) {
        let (before, after, sign) = if self.chosen[column] { (1, 0, 1.0) } else { (0, 1, -1.0) };
        self.chosen[column] = after == 1;
        self.size = self.size + after - before;
        for pattern in self.program.columns.get(column) {
            let pattern = *pattern as usize;
            let count = self.counts[pattern] as usize;
            self.counts[pattern] = (count + after - before) as u32;
            if count == before {
                let row = self.program.rows.get(pattern);
                for other in row {
                    self.uncovered[*other as usize] += sign * self.program.weights[pattern];
                }
                self.entries += row.len();
            }
        }
        self.entries += self.program.columns.get(column).len();
    }

    /// A few random changes, now and then many: exchanges where the number is given, else drops and additions.
    fn perturb(&mut self, random: &mut ChaCha8Rng) {
        let columns = self.chosen.len();
        let mut strength = 1;
        while strength < columns && random.random_bool(0.6) {
            strength += 1;
        }
        for _ in 0..strength {
            match self.program.size {
                Size::Exactly(_) => {
                    let (inside, outside) = (self.selected(), self.unselected());
                    if inside.is_empty() || outside.is_empty() {
                        break; // there is nothing to exchange
                    }
                    self.toggle(inside[random.random_range(0..inside.len())]);
                    self.toggle(outside[random.random_range(0..outside.len())]);
                }
                Size::Penalty(_) if columns == 0 => break,
                Size::Penalty(_) => self.toggle(random.random_range(0..columns)),
            }
        }
        self.entries += columns + self.counts.len();
    }

    /// Moves to a selection.
    fn go_to(&mut self, selection: &Selection) {
        for column in 0..self.chosen.len() {
            if self.chosen[column] != selection.columns.binary_search(&column).is_ok() {
                self.toggle(column);
            }
        }
    }

    /// Whether the search has to end.
    fn is_spent(&self) -> bool {
        self.moves == 0 || self.entries >= MOST_ENTRIES
    }

    /// Where the walk is.
    fn selection(&self) -> Selection {
        self.program.selection(&self.chosen)
    }

    /// The columns inside the selection, ascending.
    fn selected(&self) -> Vec<usize> {
        (0..self.chosen.len()).filter(|column| self.chosen[*column]).collect()
    }

    /// The columns outside the selection, ascending.
    fn unselected(&self) -> Vec<usize> {
        (0..self.chosen.len()).filter(|column| !self.chosen[*column]).collect()
    }
}
