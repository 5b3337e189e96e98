//! `select`: the library's integer program on a file of verdicts, or on generated ones.

mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::{Args, ValueEnum};
use colligate::error::Error;
use colligate::select::{Constraints, Cover, CoverStatus, Instance, Parameters, Size, select_by_solver, select_within};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::usage::Meter;

/// Candidates are numbered from 0 to below this.
const MOST_CANDIDATES: usize = 1_000_000;

/// Select exactly K candidates so that documents are in one of them as nearly as can be.
///
/// The file has one line a document: the list of the candidates that hold for it, numbered from 0, as `[0,3]`, or with a weight
/// other than 1 as `{"candidates":[0,3],"weight":2}`. There are as many candidates as the highest number says, or `--candidates`.
///
/// Prints one JSON object. `objective`: the sum over the documents of weight · z, where z is 1 (GoalEx's β) for a document in
/// none of the selected candidates, and 0.5 (its α) for each that it is in beyond the first. `bound`: a number that no
/// selection of K candidates can go below, null where none is proven. `status`: optimal (they are equal), feasible (they are
/// not), or heuristic (no bound). `seconds`: of the selection alone. `selected`: the candidates.
///
/// With `--table` no file is read: both solvers select among 12, 20, 30 and 50 candidates of generated
/// verdicts on so many documents, and a Markdown table has the medians of three runs each.
#[derive(Args)]
pub struct Arguments {
    /// The verdicts
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "table")]
    pub matrix: Option<PathBuf>,
    /// Candidates to select
    #[arg(short, value_name = "K", required_unless_present = "table")]
    pub k: Option<usize>,
    /// Compare the solvers on generated verdicts on so many documents
    #[arg(long, value_name = "DOCUMENTS", value_delimiter = ',', conflicts_with = "matrix")]
    pub table: Option<Vec<usize>>,
    /// Who proves
    #[arg(long, value_enum, default_value_t = Solver::Own)]
    pub solver: Solver,
    /// Candidates that there are, where the last ones hold for no document
    #[arg(long, value_name = "M")]
    pub candidates: Option<usize>,
    /// Of the local search
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
}

/// Who proves that a cover is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Solver {
    /// The program's own branch and bound
    Own,
    /// good_lp with microlp, from the cover of the same local search
    GoodLp,
}

impl Solver {
    /// As a table calls it.
    fn name(self) -> &'static str {
        match self {
            Solver::Own => "own prover",
            Solver::GoodLp => "good_lp with microlp",
        }
    }

    /// Selects.
    fn select(self, instance: &Instance, parameters: &Parameters, constraints: &Constraints) -> Result<Cover, Error> {
        match self {
            Solver::Own => select_within(instance, parameters, constraints),
            Solver::GoodLp => select_by_solver(instance, parameters, constraints),
        }
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
pub struct Measured {
    objective: f64,
    bound: Option<f64>,
    status: CoverStatus,
    seconds: f64,
    selected: Vec<usize>,
}

/// Selects among the file's candidates and returns the line to print, or the table.
pub fn run(arguments: &Arguments) -> Result<String> {
    if let Some(documents) = &arguments.table {
        return Ok(table::table(documents, arguments.seed)?.trim_end().to_owned());
    }
    let (Some(matrix), Some(k)) = (&arguments.matrix, arguments.k) else {
        bail!("--matrix and -k are needed, or --table");
    };
    let instance = read(matrix, arguments.candidates)?;
    let parameters = Parameters::new(Size::Exactly(k), arguments.seed);
    let meter = Meter::start();
    let cover = arguments.solver.select(&instance, &parameters, &Constraints::default())?;
    let seconds = meter.seconds();
    let measured = Measured {
        objective: cover.objective,
        bound: cover.bound,
        status: cover.status,
        seconds,
        selected: cover.selected,
    };
    serde_json::to_string(&measured).context("the result is no JSON")
}

/// One line of the file, written out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    candidates: Vec<usize>,
    #[serde(default = "one")]
    weight: f64,
}

fn one() -> f64 {
    1.0
}

fn read(file: &Path, candidates: Option<usize>) -> Result<Instance> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let limit = candidates.unwrap_or(MOST_CANDIDATES);
    let documents = text
        .lines()
        .enumerate()
        .map(|(place, line)| document(line, limit).with_context(|| format!("{}:{}", file.display(), place + 1)));
    let documents = documents.collect::<Result<Vec<_>>>()?;
    ensure!(!documents.is_empty(), "{}: holds no documents", file.display());
    let highest = documents.iter().filter_map(|document| document.candidates.last()).max();
    Ok(Instance {
        candidates: candidates.unwrap_or(highest.map_or(0, |highest| highest + 1)),
        weights: documents.iter().map(|document| document.weight).collect(),
        rows: documents.into_iter().map(|document| document.candidates).collect(),
    })
}

/// A document with its candidates in ascending order, each below the limit.
fn document(line: &str, limit: usize) -> Result<Document> {
    let value: Value = serde_json::from_str(line).map_err(|problem| anyhow!("is no JSON: {problem}"))?;
    let mut document = match value {
        Value::Array(_) => Document { candidates: serde_json::from_value(value)?, weight: 1.0 },
        Value::Object(_) => serde_json::from_value::<Document>(value)?,
        _ => bail!("is neither a list of candidates nor an object with `candidates` and `weight`"),
    };
    ensure!(document.weight >= 0.0, "the weight {} is negative", document.weight);
    document.candidates.sort_unstable();
    if let Some(twice) = document.candidates.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("candidate {} is listed twice", twice[0]);
    }
    if let Some(beyond) = document.candidates.last().filter(|last| **last >= limit) {
        bail!("candidate {beyond} does not exist: the highest is {}", limit.saturating_sub(1));
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(k: usize, candidates: Option<usize>, lines: &str) -> Result<Value> {
        let folder = tempfile::tempdir().unwrap();
        let matrix = folder.path().join("matrix.jsonl");
        std::fs::write(&matrix, lines).unwrap();
        let (matrix, k) = (Some(matrix), Some(k));
        let line = run(&Arguments { matrix, k, candidates, seed: 0, table: None, solver: Solver::Own })?;
        Ok(serde_json::from_str(&line).unwrap())
    }

    fn refused(lines: &str) -> String {
        let problem = format!("{:#}", printed(1, None, lines).unwrap_err());
        problem.rsplit_once("matrix.jsonl").map_or(problem.clone(), |(_, rest)| rest.to_owned())
    }

    #[test]
    fn the_objective_counts_the_uncovered_and_the_overlap_by_weight() {
        // 0 and 2 cost least: the last document is uncovered (1), the second in both (3 · 0.5). Without 0 it would be 5.
        let lines = "{\"weight\":5,\"candidates\":[0]}\n{\"weight\":3,\"candidates\":[2,0]}\n{\"candidates\":[2],\"weight\":4}\n[1]\n";
        let mut printed = printed(2, None, lines).unwrap();
        assert!(printed["seconds"].take().as_f64().unwrap() >= 0.0);
        let expected = r#"{"objective":2.5,"bound":2.5,"status":"optimal","seconds":null,"selected":[0,2]}"#;
        assert_eq!(printed.to_string(), expected);
    }

    #[test]
    fn a_document_may_have_no_candidate_and_a_candidate_no_document() {
        let printed = printed(3, Some(3), "[]\n[1]\n").unwrap();
        assert_eq!((&printed["objective"], &printed["selected"]), (&1.0.into(), &vec![0, 1, 2].into()));
    }

    #[test]
    fn a_bad_line_is_named_with_its_file_and_number() {
        assert_eq!(refused("[0]\n[0,0]\n"), ":2: candidate 0 is listed twice");
        assert!(refused("[0\n").starts_with(":1: is no JSON: "));
        assert!(refused("[-1]\n").starts_with(":1: invalid value: integer `-1`"), "{}", refused("[-1]\n"));
        assert!(refused("[0.5]\n").starts_with(":1: invalid type: floating point `0.5`"));
        assert_eq!(refused("[1000000]\n"), ":1: candidate 1000000 does not exist: the highest is 999999");
        assert_eq!(refused("{\"candidates\":[0],\"weight\":-1}"), ":1: the weight -1 is negative");
        assert!(refused("{\"candidate\":[0]}").starts_with(":1: unknown field `candidate`"));
        assert_eq!(refused("7\n"), ":1: is neither a list of candidates nor an object with `candidates` and `weight`");
        assert_eq!(refused(""), ": holds no documents");
    }

    #[test]
    fn a_candidate_beyond_the_stated_number_and_too_large_a_k_are_refused() {
        let beyond = format!("{:#}", printed(1, Some(2), "[2]\n").unwrap_err());
        assert!(beyond.ends_with(":1: candidate 2 does not exist: the highest is 1"));
        let problem = printed(2, None, "[0]\n").unwrap_err().to_string();
        assert!(problem.starts_with("2 clusters were asked for, but there are only 1 candidates"), "{problem}");
    }
}
