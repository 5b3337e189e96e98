//! `neighbors`: the library's search for the nearest others of every row of a file of vectors.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use colligate::cluster::{CellIndex, ExactIndex, NeighborIndex, Neighborhoods};
use colligate::vectors::{Embeddings, normalise, read_npy};
use serde::Serialize;

use crate::usage::{Meter, peak_bytes};

/// Rows whose neighbors are searched for exactly, to know the recall.
const CHECKED: usize = 1_000;

/// Find the nearest others of every row of an .npy file (n×d), scaled to unit length.
///
/// Prints one JSON object. `recall`: of the true nearest ones, the share that was found, on a thousand rows. `share`: inner
/// products computed, of n². `build_cpu_seconds` and `cpu_seconds`: of the index and of the search, `seconds` of both; null
/// where there is no /proc. `peak_bytes`: the most memory the process held, vectors included.
#[derive(Args)]
pub struct Arguments {
    /// The vectors
    #[arg(long, value_name = "FILE.npy")]
    pub vectors: PathBuf,
    /// Neighbors of a row
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub count: usize,
    /// Compare every row with every other one; else, with the rows of the nearest cells
    #[arg(long)]
    pub exact: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub struct Measured {
    recall: f64,
    share: f64,
    build_cpu_seconds: Option<f64>,
    cpu_seconds: Option<f64>,
    seconds: f64,
    peak_bytes: Option<u64>,
}

/// Searches and returns the line to print.
pub fn run(arguments: &Arguments) -> Result<String> {
    let vectors = read_npy(&arguments.vectors)?;
    ensure!(!vectors.is_empty(), "{}: holds no rows", arguments.vectors.display());
    let mut values = vectors.values().to_vec();
    values.chunks_mut(vectors.dimensions()).for_each(normalise);
    let vectors = Embeddings::new(values, vectors.dimensions());
    serde_json::to_string(&measure(&vectors, arguments)).context("the result is no JSON")
}

fn measure(vectors: &Embeddings, arguments: &Arguments) -> Measured {
    let exact = ExactIndex::new(vectors);
    let meter = Meter::start();
    let index: Box<dyn NeighborIndex + '_> =
        if arguments.exact { Box::new(exact) } else { Box::new(CellIndex::new(vectors)) };
    let build_cpu_seconds = meter.cpu_seconds();
    let found = index.neighborhoods(arguments.count);
    let cpu_seconds = meter.cpu_seconds().zip(build_cpu_seconds).map(|(both, build)| both - build);
    let (seconds, peak_bytes) = (meter.seconds(), peak_bytes());
    let recall = recall(vectors, &exact, &found, arguments.count);
    let share = found.products as f64 / (vectors.len() as f64).powi(2);
    Measured { recall, share, build_cpu_seconds, cpu_seconds, seconds, peak_bytes }
}

/// Over rows at equal distances.
fn recall(vectors: &Embeddings, exact: &ExactIndex<'_>, found: &Neighborhoods, count: usize) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for row in (0..vectors.len()).step_by(vectors.len().div_ceil(CHECKED)) {
        let nearest = exact.nearest(vectors.row(row), count + 1);
        let others: Vec<usize> =
            nearest.iter().map(|near| near.index).filter(|&index| index != row).take(count).collect();
        all += others.len();
        hits += found.of[row].iter().filter(|near| others.contains(&near.index)).count();
    }
    hits as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use colligate::vectors::write_npy;

    use super::*;

    #[test]
    fn exact_search_finds_all_and_says_what_it_took() {
        let folder = tempfile::tempdir().unwrap();
        let vectors = folder.path().join("vectors.npy");
        let values = (1..=300).flat_map(|row| [row as f32, (row * row % 97) as f32]).collect();
        write_npy(&Embeddings::new(values, 2), std::fs::File::create(&vectors).unwrap()).unwrap();
        for exact in [true, false] {
            let line = run(&Arguments { vectors: vectors.clone(), count: 5, exact }).unwrap();
            let printed: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert!(printed["recall"].as_f64().unwrap() > 0.98, "{line}");
            assert_eq!(printed["share"].as_f64() == Some(1.0), exact, "{line}");
        }
    }
}
