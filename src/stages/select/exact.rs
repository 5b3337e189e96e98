//! Branch and bound with microlp, started from the heuristic's selection: a better one, a bound, or a proof.
//!
//! Only s is integer; y = As is substituted, and z too, as z = α (y − 1) + (α + β) u with u ≥ 1 − y, u ≥ 0: one row a pattern
//! where the plain form has two, the same relaxation, and half the time. So the overlap of a pattern is a cost of its columns,
//! α Wⱼ each, and only being uncovered needs a row. The relaxation is weak (a fractional s covers everything), so that a proof
//! is to be had for some dozens of candidates and not for hundreds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, TerminationReason, Variable};

use super::Size;
use super::patterns::{Program, Selection};

/// Entries of the collapsed matrix (verdicts that hold, over all patterns) above which the solver is not asked. Measured: the
/// root alone takes 1.3 CPU-seconds at 13,000 entries and over 5 at 45,000, and where patterns are that many the gap stays open.
const MOST_ENTRIES: usize = 30_000;

/// Entries × nodes that a search may cost: a node takes about 7–10 µs an entry, so this is some ten seconds at most.
const MOST_WORK: u64 = 1_000_000;

/// What the solver found out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof {
    /// The best selection it knows, with the true cost.
    pub selection: Option<Selection>,
    /// The lower bound as it claims it.
    pub bound: f64,
    /// Whether it claims that the selection is optimal.
    pub complete: bool,
}

/// Solves at most `nodes` nodes after the root, fewer where they are large. `None` if the program is too large or the solver
/// failed in any way.
pub(super) fn prove(program: &Program, start: &Selection, nodes: u64) -> Option<Proof> {
    if nodes == 0 || program.rows.entries() > MOST_ENTRIES {
        return None;
    }
    let affordable = MOST_WORK / program.rows.entries().max(1) as u64;
    guarded(|| solve(program, start, nodes.min(affordable)))
}

/// A panic in the solver is a failure like any other: it must not cost the answer that is already there.
fn guarded<T>(attempt: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(attempt)).ok().flatten()
}

fn solve(program: &Program, start: &Selection, nodes: u64) -> Option<Proof> {
    let (problem, columns) = formulate(program);
    let mut options = SolveOptions::default();
    options.node_limit = Some(nodes);
    options.warm_start = Some(hint(&columns, start));
    let outcome = problem.solve_with(options).ok()?;
    let chosen = outcome.solution().map(|solution| {
        let value = |column: &Variable| solution.var_value(*column) > 0.5;
        columns.iter().map(value).collect::<Vec<bool>>()
    });
    let selection = chosen.map(|chosen| program.selection(&chosen));
    Some(Proof {
        selection: selection.filter(|selection| is_allowed(program, selection)),
        bound: outcome.stats().best_bound? + constant(program),
        complete: outcome.termination_reason() == TerminationReason::ProvenOptimal,
    })
}

/// What the formulation leaves out because it does not depend on s: the floor, and −α for every pattern.
fn constant(program: &Program) -> f64 {
    program.floor - program.overlap * program.weights.iter().sum::<f64>()
}

/// The integer program but for its constant, and the variables of its q columns.
fn formulate(program: &Program) -> (Problem, Vec<Variable>) {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let cost = |column| program.overlap * program.weight_of(column) + program.penalty();
    let columns: Vec<Variable> =
        (0..program.columns.len()).map(|column| problem.add_binary_var(cost(column))).collect();
    for (pattern, weight) in program.weights.iter().enumerate() {
        let cost = (program.overlap + program.uncovered) * weight;
        let uncovered = problem.add_var(cost, (0.0, f64::INFINITY));
        let holding = program.rows.get(pattern).iter();
        let terms = holding.map(|column| (columns[*column as usize], 1.0));
        problem.add_constraint(terms.chain([(uncovered, 1.0)]), ComparisonOp::Ge, 1.0);
    }
    for (column, twin) in program.twins.iter().enumerate() {
        if let Some(twin) = twin {
            let order = [(columns[*twin], 1.0), (columns[column], -1.0)];
            problem.add_constraint(order, ComparisonOp::Ge, 0.0);
        }
    }
    if let Size::Exactly(size) = program.size {
        let all = columns.iter().map(|column| (*column, 1.0));
        problem.add_constraint(all, ComparisonOp::Eq, size as f64);
    }
    (problem, columns)
}

/// The heuristic's selection as the solver wants it.
fn hint(columns: &[Variable], start: &Selection) -> Vec<(Variable, f64)> {
    let value = |column: usize| f64::from(u8::from(start.columns.binary_search(&column).is_ok()));
    let variables = columns.iter().enumerate();
    variables.map(|(column, variable)| (*variable, value(column))).collect()
}

/// Whether a selection has the number of clusters that was asked for.
fn is_allowed(program: &Program, selection: &Selection) -> bool {
    match program.size {
        Size::Exactly(size) => selection.columns.len() == size,
        Size::Penalty(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_is_no_answer() {
        assert_eq!(guarded(|| Some(1)), Some(1));
        assert_eq!(guarded::<u8>(|| panic!("the solver divided by zero")), None);
    }
}
