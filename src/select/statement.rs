//! The program stated once, declaratively, in good_lp, and solved by microlp.
//!
//! With uᵢ ≥ 1 − yᵢ, uᵢ ≥ 0 for *document i is uncovered*, its cost is zᵢ = α (yᵢ − 1) + (α + β) uᵢ:
//! for whole numbers of clusters the max(α (yᵢ − 1), β (1 − yᵢ), 0) of the module's page, with the
//! same linear relaxation, in one row for two. Only s is whole; u comes out whole by itself. Where
//! one candidate alone holds for a document, u = 1 − s needs no variable; where a kept one holds for
//! it, u is 0.
//!
//! good_lp states the program, and microlp's own options solve it: a starting selection and a limit
//! that counts nodes, which good_lp does not pass on, so that the same program always gives the same
//! selection.

use good_lp::{
    Constraint, Expression, IntoAffineExpression, ProblemVariables, SolverModel, Variable, constraint, variable,
};
use microlp::{OptimizationDirection, Problem, SolveOptions};

use super::Size;
use super::constraints::Constraints;
use super::patterns::{Program, Selection};

/// What the solver found out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Solved {
    /// The best selection that it met, if any.
    pub selection: Option<Selection>,
    /// No selection costs less, where that is known.
    pub bound: Option<f64>,
    /// Whether it came to its end: the selection is the best there is, and none means that none
    /// meets the constraints.
    pub complete: bool,
}

/// The program in variables.
struct Statement {
    /// q of the columns and after them those of the documents.
    variables: ProblemVariables,
    /// q: sⱼ.
    selected: Vec<Variable>,
    /// The objective, with its constant.
    cost: Expression,
    /// Σ wᵢ (yᵢ − 1 + uᵢ): how much the documents overlap.
    overlap: Expression,
    /// What has to hold.
    rows: Vec<Constraint>,
}

impl Statement {
    /// States the program and its constraints (on columns).
    fn new(program: &Program, constraints: &Constraints) -> Statement {
        let mut variables = ProblemVariables::new();
        let least = |column: &usize| if constraints.kept.contains(column) { 1 } else { 0 };
        let columns = 0..program.columns.len();
        let selected = columns.map(|column| variables.add(variable().integer().clamp(least(&column), 1)));
        let selected = selected.collect();
        let mut statement = Statement {
            variables,
            selected,
            cost: Expression::from(program.floor),
            overlap: Expression::from(0.0),
            rows: Vec::new(),
        };
        statement.state_columns(program);
        statement.state_patterns(program, constraints);
        statement.state_constraints(program, constraints);
        statement
    }

    /// What a selected column costs, and what it adds to the documents' overlap.
    fn state_columns(&mut self, program: &Program) {
        for (column, selected) in self.selected.iter().enumerate() {
            let weight = program.weight_of(column);
            self.cost.add_mul(program.overlap * weight + program.penalty(), selected);
            self.overlap.add_mul(weight, selected);
        }
    }

    /// What an uncovered pattern costs, and what makes it one.
    fn state_patterns(&mut self, program: &Program, constraints: &Constraints) {
        for (pattern, weight) in program.weights.iter().enumerate() {
            self.cost += -program.overlap * weight;
            self.overlap += -*weight;
            let row = program.rows.get(pattern);
            let held: Vec<usize> = row.iter().map(|column| *column as usize).collect();
            if held.iter().any(|column| constraints.kept.contains(column)) {
                continue;
            }
            let uncovered = match held[..] {
                [only] => 1.0 - self.selected[only],
                _ => self.uncovered(&held),
            };
            self.cost += (program.overlap + program.uncovered) * *weight * uncovered.clone();
            self.overlap += *weight * uncovered;
        }
    }

    /// A new uᵢ for documents that these columns hold for.
    fn uncovered(&mut self, held: &[usize]) -> Expression {
        let uncovered = self.variables.add(variable().clamp(0, 1));
        let clusters: Expression = held.iter().map(|column| self.selected[*column]).sum();
        self.rows.push(constraint!(uncovered >= 1 - clusters));
        uncovered.into()
    }

    /// The number of clusters, the pairs that exclude each other, and the bound on overlap.
    fn state_constraints(&mut self, program: &Program, constraints: &Constraints) {
        if let Size::Exactly(size) = program.size {
            let clusters: Expression = self.selected.iter().sum();
            self.rows.push(constraint!(clusters == size as f64));
        }
        for (left, right) in &constraints.exclusive {
            self.rows.push(constraint!(self.selected[*left] + self.selected[*right] <= 1));
        }
        if let Some(most) = constraints.overlap {
            self.rows.push(constraint!(self.overlap.clone() <= most));
        }
    }
}

/// States the program with its constraints (on columns) and solves it, in some `nodes` of branch and
/// bound after the root, from a selection that meets them where one is known.
///
/// The selection was counted anew, on the program: of the solver's own numbers only the bound is used.
pub(super) fn solve(program: &Program, constraints: &Constraints, start: Option<&Selection>, nodes: u64) -> Solved {
    let statement = Statement::new(program, constraints);
    let constant = statement.cost.constant();
    let columns = columns(program);
    let problem = statement.variables.minimise(statement.cost).using(good_lp::microlp);
    let problem = problem.with_all(statement.rows);
    let mut options = SolveOptions::default();
    options.node_limit = Some(nodes);
    options.warm_start = start.map(|start| {
        let value = |column: usize| if start.columns.contains(&column) { 1.0 } else { 0.0 };
        columns.iter().enumerate().map(|(column, handle)| (*handle, value(column))).collect()
    });
    match problem.as_inner().solve_with(options) {
        Ok(outcome) => Solved {
            selection: outcome.solution().map(|solution| {
                let is_chosen = |handle: &microlp::Variable| solution.var_value(*handle) > 0.5;
                program.selection(&columns.iter().map(is_chosen).collect::<Vec<_>>())
            }),
            bound: outcome.stats().best_bound.map(|bound| bound + constant),
            complete: outcome.is_optimal(),
        },
        Err(problem) => Solved { selection: None, bound: None, complete: problem == microlp::Error::Infeasible },
    }
}

/// q: the columns' variables as microlp knows them. It numbers variables in the order in which they are
/// added, and hands out no number but by adding one.
fn columns(program: &Program) -> Vec<microlp::Variable> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    (0..program.columns.len()).map(|_| problem.add_binary_var(0.0)).collect()
}
