//! Select: which candidates become clusters, so that each document is in one of them as nearly as can be.
//!
//! An integer program, after GoalEx (Wang, Shang & Zhong 2023, arXiv 2305.13749). With A (n×m) the verdicts and w the documents'
//! weights, choose s ∈ {0,1}^m that minimises Σᵢ wᵢ zᵢ (+ λ Σⱼ sⱼ), where yᵢ = Σⱼ Aᵢⱼ sⱼ counts the clusters of a document and
//! zᵢ = max(α (yᵢ − 1), β (1 − yᵢ), 0) is what overlap and being uncovered cost; Σⱼ sⱼ = K if K is given.
//!
//! Three steps: `patterns` collapses documents with the same verdicts into one row; `heuristic` finds a good cover in counted
//! work; `exact` improves it or proves how good it is, by branch and bound over a `node`'s `relaxation`, a bound far above the
//! linear program's. All are deterministic, and none depends on the order of the documents.
//!
//! [`Constraints`] go beyond that form: candidates to keep, pairs that exclude each other, a bound on
//! overlap. Then `constrained` searches for a cover that meets them, and `statement` states the program in
//! good_lp and has microlp improve it or prove it (`within`). Constraints that only rule candidates
//! out leave the plain form, on fewer candidates.
//!
//! Why a prover of its own for the plain form: among 30 candidates on 10,000 documents it proves the
//! best cover in 0.25 s, where microlp, started from a local search's cover, did not end three runs
//! in 71 (`evals -- select --table 10000`, evals/SPEED.md); on small programs a test asks both.

mod constrained;
mod constraints;
mod exact;
mod heuristic;
mod node;
mod patterns;
mod relaxation;
mod remaining;
mod square;
mod statement;
#[cfg(test)]
mod tests;
mod within;

use serde::Serialize;

use crate::error::Error;
pub use constraints::Constraints;
use exact::Proof;
use patterns::{Program, Selection};

/// The verdicts of n documents on m candidates. Unchecked until [`Instance::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// n rows: the candidates that hold for a document, strictly ascending, each below m.
    pub rows: Vec<Vec<usize>>,
    /// n weights, finite and not negative: how many documents a row stands for.
    pub weights: Vec<f64>,
    /// m.
    pub candidates: usize,
}

/// How many candidates to select.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// This many (`-k`).
    Exactly(usize),
    /// As many as pay for themselves, when each costs λ ≥ 0.
    Penalty(f64),
}

/// What a cover costs and how long to look for it. Unchecked until [`Parameters::check`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// How many candidates to select.
    pub size: Size,
    /// α: the cost of each cluster a document is in beyond the first (0.5 in the paper).
    pub overlap: f64,
    /// β: the cost of a document in no cluster (1.0 in the paper).
    pub uncovered: f64,
    /// Of the local search's perturbations.
    pub seed: u64,
    /// Exchanges that the local search weighs at most, for every 200 columns; 0 leaves it out. A very large instance may stop
    /// it earlier, by work that is counted too.
    pub moves: usize,
    /// Nodes that branch and bound looks at after the root, at most; 0 leaves the exact step out, with the root. Large instances
    /// may stop it earlier, by work that is counted too.
    pub nodes: u64,
}

/// What is known of a cover's quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverStatus {
    /// No cover costs less; where costs have no common divisor to tell them apart by, none by more than rounding.
    Optimal,
    /// A bound is proven, but not reached.
    Feasible,
    /// Nothing is proven: the program was too large, or a proof was not asked for.
    Heuristic,
}

impl CoverStatus {
    /// The word for the manifest and the report: `optimal`, `feasible` or `heuristic`.
    pub fn name(self) -> &'static str {
        match self {
            CoverStatus::Optimal => "optimal",
            CoverStatus::Feasible => "feasible",
            CoverStatus::Heuristic => "heuristic",
        }
    }
}

/// The selected candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// Indices of the candidates, ascending.
    pub selected: Vec<usize>,
    /// What is known of the quality.
    pub status: CoverStatus,
    /// The cost of `selected`, computed from it.
    pub objective: f64,
    /// A proven lower bound of any cover's cost; never above `objective`.
    pub bound: Option<f64>,
    /// (objective − bound) / objective; 0 where they are equal.
    pub gap: Option<f64>,
}

/// Selects candidates. Of covers that cost the same, the one with the fewest clusters and then the lowest indices is
/// preferred among those the search has met; of identical candidates always the one with the lowest index.
///
/// # Errors
/// [`Error::Usage`] if more candidates are asked for than there are or a cost is negative or not finite; [`Error::Bug`] for a
/// malformed instance.
pub fn select(instance: &Instance, parameters: &Parameters) -> Result<Cover, Error> {
    instance.check()?;
    parameters.check(instance.candidates)?;
    let program = Program::new(instance, parameters);
    let found = heuristic::search(&program, parameters.seed, parameters.moves);
    if program.is_settled(&found) {
        return Ok(optimal(&program, found));
    }
    if parameters.nodes == 0 || exact::is_too_large(&program) {
        return Ok(unproven(&program, found));
    }
    Ok(conclude(&program, exact::prove(&program, found, parameters.nodes)))
}

/// Selects candidates within constraints. Where they only rule candidates out, that is [`select`]
/// among the others; where they do more, [`select_by_solver`].
///
/// # Errors
/// Those of [`select`]; [`Error::Usage`] naming the constraints that contradict one another;
/// [`Error::Capped`] where the search ended before anything that meets them was found.
pub fn select_within(instance: &Instance, parameters: &Parameters, constraints: &Constraints) -> Result<Cover, Error> {
    within_allowed(instance, parameters, constraints, |among, constraints, names| match constraints.is_plain() {
        true => select(among, parameters),
        false => within::cover(among, parameters, constraints, names),
    })
}

/// Selects candidates by good_lp and microlp whatever the constraints are, from the cover of a local
/// search: also where [`select`] would do, to compare the two.
///
/// # Errors
/// Those of [`select_within`].
pub fn select_by_solver(
    instance: &Instance,
    parameters: &Parameters,
    constraints: &Constraints,
) -> Result<Cover, Error> {
    within_allowed(instance, parameters, constraints, |among, constraints, names| {
        within::cover(among, parameters, constraints, names)
    })
}

/// The cover found among the candidates that may be selected by themselves, in their own numbers.
fn within_allowed(
    instance: &Instance,
    parameters: &Parameters,
    constraints: &Constraints,
    select: impl FnOnce(&Instance, &Constraints, &[usize]) -> Result<Cover, Error>,
) -> Result<Cover, Error> {
    instance.check()?;
    parameters.check(instance.candidates)?;
    constraints.check(instance, parameters.size)?;
    let allowed = constraints.allowed(instance);
    let mut cover = select(&instance.among(&allowed), &constraints.among(&allowed), &allowed)?;
    cover.selected.iter_mut().for_each(|candidate| *candidate = allowed[*candidate]);
    Ok(cover)
}

impl Instance {
    /// The same documents, on the `allowed` candidates (ascending) alone, numbered by their places there.
    fn among(&self, allowed: &[usize]) -> Instance {
        let place = |candidate: &usize| allowed.binary_search(candidate).ok();
        Instance {
            rows: self.rows.iter().map(|row| row.iter().filter_map(place).collect()).collect(),
            weights: self.weights.clone(),
            candidates: allowed.len(),
        }
    }

    /// Whether rows, weights and candidates fit together.
    ///
    /// # Errors
    /// [`Error::Bug`]: an instance comes from the program itself.
    pub fn check(&self) -> Result<(), Error> {
        if self.rows.len() != self.weights.len() {
            let (rows, weights) = (self.rows.len(), self.weights.len());
            return Err(Error::Bug(format!("select: {rows} rows but {weights} weights")));
        }
        let ascending = |row: &Vec<usize>| row.windows(2).all(|pair| pair[0] < pair[1]);
        let within = |row: &Vec<usize>| row.last().is_none_or(|last| *last < self.candidates);
        if let Some(row) = (self.rows.iter()).position(|row| !ascending(row) || !within(row)) {
            let problem = "is not ascending or names a candidate that does not exist";
            return Err(Error::Bug(format!("select: row {row} {problem}")));
        }
        if let Some(row) = (self.weights.iter()).position(|weight| !is_cost(*weight)) {
            return Err(Error::Bug(format!("select: the weight of row {row} is {}", self.weights[row])));
        }
        Ok(())
    }
}

impl Parameters {
    /// GoalEx's costs, and as much searching as takes some seconds on the largest instances.
    pub fn new(size: Size, seed: u64) -> Parameters {
        Parameters { size, overlap: 0.5, uncovered: 1.0, seed, moves: 20_000, nodes: 1_000_000 }
    }

    /// Whether these parameters can be met with m candidates.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the parameter.
    pub fn check(&self, candidates: usize) -> Result<(), Error> {
        let penalty = match self.size {
            Size::Exactly(size) if size > candidates => {
                return Err(Error::usage(format!(
                    "{size} clusters were asked for, but there are only {candidates} candidates to select from: \
                     ask for at most {candidates}, or propose more candidates"
                )));
            }
            Size::Exactly(_) => 0.0,
            Size::Penalty(penalty) => penalty,
        };
        let costs = [("overlap", self.overlap), ("an uncovered document", self.uncovered), ("a cluster", penalty)];
        match costs.iter().find(|(_, cost)| !is_cost(*cost)) {
            Some((name, cost)) => {
                Err(Error::usage(format!("the cost of {name} is {cost}: it must be a number, 0 or more")))
            }
            None => Ok(()),
        }
    }
}

/// Finite and not negative.
fn is_cost(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

/// The selection with what is proven of it.
fn conclude(program: &Program, proof: Proof) -> Cover {
    if proof.complete {
        return optimal(program, proof.selection);
    }
    bounded(program, proof.selection, Some(proof.bound))
}

/// A cover and a bound, which may come to a proof.
fn bounded(program: &Program, best: Selection, bound: Option<f64>) -> Cover {
    let Some(bound) = bound else { return unproven(program, best) };
    let bound = bound.max(program.floor).min(best.objective);
    let distance = best.objective - bound;
    if distance <= program.tolerance {
        return optimal(program, best);
    }
    Cover {
        bound: Some(bound),
        gap: Some(distance / best.objective),
        status: CoverStatus::Feasible,
        ..unproven(program, best)
    }
}

/// A cover that is proven.
fn optimal(program: &Program, selection: Selection) -> Cover {
    Cover {
        bound: Some(selection.objective),
        gap: Some(0.0),
        status: CoverStatus::Optimal,
        ..unproven(program, selection)
    }
}

/// A cover of which nothing is known but its cost.
fn unproven(program: &Program, selection: Selection) -> Cover {
    Cover {
        selected: program.candidates_of(&selection),
        status: CoverStatus::Heuristic,
        objective: selection.objective,
        bound: None,
        gap: None,
    }
}
