//! Branch and bound, started from the heuristic's selection: a better one, a bound, or a proof.
//!
//! A node's bound is its `relaxation`'s. Columns that no better selection can contain, or do without, are decided by it too;
//! then the column that was picked about half of the time is tried, selected first and ruled out after. All is sequential and
//! ends by counted work. Where the number of columns is not given, each number has a root of its own.

use super::Size;
use super::node::Node;
use super::patterns::{Program, Selection};
use super::relaxation::{Outcome, Schedule};

/// Columns above which there is no exact step: a root takes some hundred bytes for every two of them.
const MOST_COLUMNS: usize = 1_000;

/// Columns above which no branches are tried: they would only take time.
const MOST_BRANCHED: usize = 80;

/// Numbers looked at by the roots together; about a second.
const ROOT_WORK: u64 = 300_000_000;

/// Numbers looked at by roots and branches together; some ten seconds.
const MOST_WORK: u64 = 2_000_000_000;

/// How far between the roots' bound and the best selection the bounds lie that are proven in turn.
const CLIMB: [f64; 3] = [0.5, 0.8, 1.0];

/// For a root.
const FIRST: Schedule = Schedule { steps: 600, stride: 0.1, mixing: 0.05, newest: 0.02, patience: 10 };

/// For all nodes after it.
const LATER: Schedule = Schedule { steps: 12, stride: 0.2, mixing: 0.2, newest: 0.05, patience: 5 };

/// What was found out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof {
    /// The best selection that is known.
    pub selection: Selection,
    /// No selection costs less.
    pub bound: f64,
    /// Whether no selection costs less than that one.
    pub complete: bool,
}

/// Whether even a root would take too much memory.
pub(super) fn is_too_large(program: &Program) -> bool {
    program.columns.len() > MOST_COLUMNS
}

/// Looks at no more than `nodes` nodes after the roots, fewer where they are large.
pub(super) fn prove(program: &Program, start: Selection, nodes: u64) -> Proof {
    let mut search = Search {
        error: error(program),
        quantum: quantum(program),
        program,
        best: start,
        target: f64::INFINITY,
        proven: f64::NEG_INFINITY,
        open: f64::INFINITY,
        nodes,
        work: 0,
    };
    search.run();
    let complete = search.open == f64::INFINITY;
    Proof { selection: search.best, bound: search.proven - search.error, complete }
}

struct Search<'a> {
    program: &'a Program,
    best: Selection,
    /// The bound that is being proven.
    target: f64,
    /// The highest one that was.
    proven: f64,
    /// The least bound of all nodes that had to be left.
    open: f64,
    /// Nodes that may still be looked at.
    nodes: u64,
    /// Numbers looked at.
    work: u64,
    /// More than rounding can make of a bound.
    error: f64,
    /// All costs differ by multiples of this; 0 if nothing of the kind is known.
    quantum: f64,
}

impl Search<'_> {
    /// All numbers of columns that are allowed, the likeliest first; roots before branches.
    fn run(&mut self) {
        let columns = self.program.columns.len();
        let likely = self.best.columns.len();
        let mut numbers: Vec<usize> = match self.program.size {
            Size::Exactly(size) => vec![size],
            Size::Penalty(_) => (0..=columns).collect(),
        };
        numbers.sort_by_key(|number| number.abs_diff(likely));
        let mut left = Vec::new();
        let mut root = Node::root(self.program, likely);
        for (place, number) in numbers.iter().enumerate() {
            root = root.with_number(*number);
            let budget = ROOT_WORK.saturating_sub(self.work) / (numbers.len() - place) as u64;
            let steps = FIRST.steps.min((budget / root.remaining.effort().max(1)) as usize).max(1);
            let outcome = self.relax(&mut root, &Schedule { steps, ..FIRST });
            if outcome.bound < self.limit() {
                left.push((root.clone(), outcome));
            }
        }
        self.climb(&left);
    }

    /// Proves one bound after the other, each by a search of its own: all nodes below it have to be closed. A low bound takes
    /// few nodes, and is worth having where the search for the highest has to be broken off.
    fn climb(&mut self, roots: &[(Node, Outcome)]) {
        let least = roots.iter().map(|(_, outcome)| outcome.bound).fold(f64::INFINITY, f64::min);
        self.proven = least.min(self.best.objective);
        if roots.is_empty() {
            return;
        }
        for part in CLIMB {
            let target = self.proven.max(least + part * (self.best.objective - least));
            self.target = if part < 1.0 { target } else { f64::INFINITY };
            for (node, outcome) in roots {
                self.branch(node.clone(), outcome, outcome.bound);
            }
            if self.open < f64::INFINITY {
                self.proven = self.proven.max(self.open);
                return;
            }
            self.proven = self.target.min(self.best.objective);
        }
    }

    /// A bound from which on a node need not be looked at.
    fn limit(&self) -> f64 {
        let best = self.best.objective;
        let improved = if self.quantum > 8.0 * self.error { self.quantum - 2.0 * self.error } else { self.error };
        self.target.min(best - improved)
    }

    /// Improves a node's bound, and looks whether what it picks is a better selection.
    fn relax(&mut self, node: &mut Node, schedule: &Schedule) -> Outcome {
        let outcome = node.relax(self.limit(), self.best.objective, schedule);
        self.work += outcome.work;
        let mut chosen = vec![false; self.program.columns.len()];
        let picked = outcome.picked.iter().map(|column| node.remaining.free[*column]);
        picked.chain(node.chosen.iter().copied()).for_each(|column| chosen[column] = true);
        let found = self.program.selection(&chosen);
        if self.program.prefers(&found, &self.best) {
            self.best = found;
        }
        outcome
    }

    /// Closes a node that no selection below the `known` bound is in, by deciding columns, one after the other where nothing
    /// else does.
    fn branch(&mut self, node: Node, outcome: &Outcome, known: f64) {
        if known >= self.limit() || node.remaining.left == 0 {
            return;
        }
        let (taken, gone) = decided(&node, outcome, self.limit());
        if !taken.is_empty() || !gone.is_empty() {
            return self.visit(node.child(self.program, &taken, &gone), known);
        }
        if node.remaining.free.len() > MOST_BRANCHED {
            self.open = self.open.min(known);
            return;
        }
        let column = undecided(&node);
        self.visit(node.child(self.program, &[column], &[]), known);
        self.visit(node.child(self.program, &[], &[column]), known);
    }

    /// Looks at a node of which only its parent's bound is known.
    fn visit(&mut self, mut node: Node, known: f64) {
        if known >= self.limit() || node.remaining.left > node.remaining.free.len() {
            return;
        }
        if self.nodes == 0 || self.work >= MOST_WORK {
            self.open = self.open.min(known);
            return;
        }
        self.nodes -= 1;
        let outcome = self.relax(&mut node, &LATER);
        self.branch(node, &outcome, outcome.bound.max(known));
    }
}

/// The columns without which, and those with which, a node's bound would reach the limit.
fn decided(node: &Node, outcome: &Outcome, limit: f64) -> (Vec<usize>, Vec<usize>) {
    let mut is_picked = vec![false; node.remaining.free.len()];
    outcome.picked.iter().for_each(|column| is_picked[*column] = true);
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..node.remaining.free.len()).partition(|column| is_picked[*column]);
    let values = |columns: &[usize]| columns.iter().map(|column| outcome.values[*column]).collect::<Vec<f64>>();
    let dearest = values(&inside).into_iter().fold(f64::NEG_INFINITY, f64::max);
    let cheapest = values(&outside).into_iter().fold(f64::INFINITY, f64::min);
    let without = |column: &usize| outcome.bound - outcome.values[*column] + cheapest;
    let with = |column: &usize| outcome.bound - dearest + outcome.values[*column];
    let taken = inside.into_iter().filter(|column| without(column) >= limit).collect();
    let gone = outside.into_iter().filter(|column| with(column) >= limit).collect();
    (taken, gone)
}

/// The column that was picked about half of the time; of equal ones the first.
fn undecided(node: &Node) -> usize {
    let distance = |column: &usize| (node.relaxation.share[*column] - 0.5).abs();
    let nearest = (0..node.remaining.free.len()).min_by(|left, right| distance(left).total_cmp(&distance(right)));
    nearest.expect("a node without free columns has an exact bound; this is a bug")
}

/// More than rounding can make of a bound. Each number in it comes from as many additions as there are patterns, pairs of columns,
/// and steps of improvement; costs sum up to the scale of the program at most, and the prices of a column's pairs, each no higher
/// than the q-th part of it, for all q columns to q times as much.
fn error(program: &Program) -> f64 {
    let columns = program.columns.len();
    let additions = (program.rows.len() + columns * columns + 10_000) as f64;
    4.0 * f64::EPSILON * additions * (1 + columns) as f64 * program.scale()
}

/// The largest power of two from 1 down to 2⁻²⁰ that all costs are multiples of.
fn quantum(program: &Program) -> f64 {
    let weights = || program.weights.iter();
    let overlaps = weights().map(|weight| program.overlap * weight);
    let uncovered = weights().map(|weight| program.uncovered * weight);
    let costs: Vec<f64> = overlaps.chain(uncovered).chain([program.penalty()]).collect();
    let powers = (0..=20).map(|power| 0.5_f64.powi(power));
    let divides = |quantum: &f64| costs.iter().all(|cost| (cost / quantum).fract() == 0.0);
    powers.into_iter().find(divides).unwrap_or(0.0)
}
