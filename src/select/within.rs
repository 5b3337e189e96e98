//! Selection within constraints: a start from the local search, the solver from there, and of a
//! program without a solution the constraints that contradict one another.

use super::constrained::{is_within, search};
use super::constraints::Constraints;
use super::patterns::{Program, Selection};
use super::statement::solve;
use super::{Cover, Instance, Parameters, Size};
use crate::error::Error;

/// Entries of the matrix, times nodes, that the solver looks at after the root at most: half a minute or
/// so on 10,000 documents. Chosen without a measured table.
const MOST_WORK: u64 = 5_000_000;

/// Entries of the matrix above which the solver is left out: its root alone would take minutes.
const MOST_ENTRIES: usize = 1_000_000;

/// Nodes for the question whether some constraints contradict one another.
const DOUBTED: u64 = 1_000;

/// Constraints up to which each is left out in turn to find those that contradict one another.
const MOST_BLAMED: usize = 60;

/// The best cover within the constraints, which are checked ones on the instance's m candidates; an
/// error calls these by their `names` (m).
pub(super) fn cover(
    instance: &Instance,
    parameters: &Parameters,
    constraints: &Constraints,
    names: &[usize],
) -> Result<Cover, Error> {
    let program = Program::with_all_columns(instance, parameters);
    let start = search(&program, constraints, parameters.seed, parameters.moves);
    let entries: usize = (0..program.rows.len()).map(|row| program.rows.get(row).len()).sum();
    if parameters.nodes == 0 || entries > MOST_ENTRIES {
        return start.map(|start| super::unproven(&program, start)).ok_or_else(not_found);
    }
    let nodes = parameters.nodes.min(MOST_WORK / (1 + entries as u64));
    let solved = solve(&program, constraints, start.as_ref(), nodes);
    let known = solved.selection.filter(|found| is_within(&program, constraints, found));
    let is_lost = solved.complete && known.is_none();
    let Some(best) = better(&program, start, known) else {
        return Err(match is_lost {
            true => contradiction(instance, parameters, constraints, names),
            false => not_found(),
        });
    };
    if solved.complete && !is_lost {
        return Ok(super::optimal(&program, best));
    }
    Ok(super::bounded(&program, best, solved.bound))
}

/// The one to be preferred.
fn better(program: &Program, left: Option<Selection>, right: Option<Selection>) -> Option<Selection> {
    match (left, right) {
        (Some(left), Some(right)) if program.prefers(&right, &left) => Some(right),
        (left, right) => left.or(right),
    }
}

/// The search is over, and nothing is known.
fn not_found() -> Error {
    Error::capped(
        "no selection that meets all constraints was found within the limit of the search, and it is \
         not proven that there is none: loosen one of them, or allow more work"
            .to_owned(),
    )
}

/// One constraint that a selection may break.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Demand {
    Number(usize),
    Kept(usize),
    Exclusive(usize, usize),
    Overlap(f64),
}

impl Demand {
    /// In words, with the candidates' `names` (m).
    fn described(self, names: &[usize]) -> String {
        match self {
            Demand::Number(size) => format!("exactly {size} clusters"),
            Demand::Kept(candidate) => format!("candidate {} kept", names[candidate]),
            Demand::Exclusive(left, right) => {
                format!("not both of candidates {} and {}", names[left], names[right])
            }
            Demand::Overlap(most) => format!("an overlap of at most {most} documents"),
        }
    }
}

/// The error that names the constraints which contradict one another: leaving out any one of them
/// would do.
fn contradiction(instance: &Instance, parameters: &Parameters, constraints: &Constraints, names: &[usize]) -> Error {
    let mut blamed = demands(parameters, constraints);
    if blamed.len() <= MOST_BLAMED {
        let mut place = 0;
        while place < blamed.len() {
            let left: Vec<Demand> = [&blamed[..place], &blamed[place + 1..]].concat();
            match is_contradictory(instance, parameters, &left) {
                true => blamed = left,
                false => place += 1,
            }
        }
    }
    let blamed: Vec<String> = blamed.iter().map(|demand| demand.described(names)).collect();
    Error::usage(format!("no selection meets these constraints together: {}", blamed.join("; ")))
}

/// Whether it is certain that no selection meets these demands.
fn is_contradictory(instance: &Instance, parameters: &Parameters, demands: &[Demand]) -> bool {
    let (size, constraints) = demanded(demands);
    let parameters = Parameters { size, ..*parameters };
    let program = Program::with_all_columns(instance, &parameters);
    if search(&program, &constraints, parameters.seed, DOUBTED as usize).is_some() {
        return false;
    }
    let solved = solve(&program, &constraints, None, DOUBTED);
    solved.complete && solved.selection.is_none()
}

/// All that is demanded, one by one.
fn demands(parameters: &Parameters, constraints: &Constraints) -> Vec<Demand> {
    let number = match parameters.size {
        Size::Exactly(size) => Some(Demand::Number(size)),
        Size::Penalty(_) => None,
    };
    let kept = constraints.kept.iter().map(|candidate| Demand::Kept(*candidate));
    let exclusive = constraints.exclusive.iter().map(|(left, right)| Demand::Exclusive(*left, *right));
    let overlap = constraints.overlap.map(Demand::Overlap);
    kept.chain(exclusive).chain(overlap).chain(number).collect()
}

/// The size and the constraints that are these demands.
fn demanded(demands: &[Demand]) -> (Size, Constraints) {
    let mut size = Size::Penalty(0.0);
    let mut constraints = Constraints::default();
    for demand in demands {
        match *demand {
            Demand::Number(number) => size = Size::Exactly(number),
            Demand::Kept(candidate) => constraints.kept.push(candidate),
            Demand::Exclusive(left, right) => constraints.exclusive.push((left, right)),
            Demand::Overlap(most) => constraints.overlap = Some(most),
        }
    }
    (size, constraints)
}
