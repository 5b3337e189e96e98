//! The program's own prover beside good_lp with microlp, on generated verdicts.

use std::fmt::Write as _;

use anyhow::Result;
use colligate::select::{Constraints, Instance, Parameters, Size};

use super::Solver;
use crate::generated::verdicts;
use crate::usage::Meter;

/// Candidates, and how many of them are selected.
const SIZES: [(usize, usize); 4] = [(12, 4), (20, 6), (30, 10), (50, 15)];
/// Runs of which the median is shown.
const RUNS: usize = 3;

/// A Markdown table of both solvers for each number of documents. Both run on one thread: CPU seconds,
/// where they are known, do not depend on what else the machine does.
pub fn table(documents: &[usize], seed: u64) -> Result<String> {
    let head = "| documents | candidates | K | solver | CPU s | objective | bound | status |";
    let mut table = format!("{head}\n|---|---|---|---|---|---|---|---|\n");
    for documents in documents {
        for (candidates, k) in SIZES {
            let rows = verdicts(*documents, candidates, seed);
            let instance = Instance { weights: vec![1.0; rows.len()], rows, candidates };
            for solver in [Solver::Own, Solver::GoodLp] {
                let row = row(&instance, k, seed, solver)?;
                let row = format!("| {documents} | {candidates} | {k} | {row} |");
                eprintln!("{row}"); // the whole table takes minutes
                writeln!(table, "{row}")?;
            }
        }
    }
    Ok(table)
}

/// One solver's cells.
fn row(instance: &Instance, k: usize, seed: u64, solver: Solver) -> Result<String> {
    let parameters = Parameters::new(Size::Exactly(k), seed);
    let mut seconds = Vec::new();
    let mut cover = None;
    for _ in 0..RUNS {
        let meter = Meter::start();
        cover = Some(solver.select(instance, &parameters, &Constraints::default())?);
        seconds.push(meter.cpu_seconds().unwrap_or_else(|| meter.seconds()));
    }
    seconds.sort_by(f64::total_cmp);
    let cover = cover.expect("there is at least one run");
    let bound = cover.bound.map_or("–".to_owned(), |bound| format!("{bound:.1}"));
    let (name, seconds, objective) = (solver.name(), seconds[RUNS / 2], cover.objective);
    Ok(format!("{name} | {seconds:.2} | {objective:.1} | {bound} | {}", cover.status.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_solvers_have_a_row_for_every_size() {
        let table = table(&[12], 0).unwrap();
        assert_eq!(table.lines().count(), 2 + 2 * SIZES.len());
        assert!(table.contains("| 12 | 12 | 4 | good_lp with microlp |"), "{table}");
    }
}
