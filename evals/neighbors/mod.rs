//! `neighbors`: the library's search for the nearest others of every row of a file of vectors, and for
//! the nearest rows of queries among generated ones.

mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
#[cfg(feature = "hnsw")]
use colligate::cluster::HnswIndex;
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
///
/// With `--rows` no file is read: a thousand queries look for their ten nearest rows among so many
/// generated ones (d = 384), one after the other on one thread, and a Markdown table compares the
/// indexes.
#[derive(Args)]
pub struct Arguments {
    /// The vectors
    #[arg(long, value_name = "FILE.npy", required_unless_present = "rows")]
    pub vectors: Option<PathBuf>,
    /// Compare the indexes on so many generated rows
    #[arg(long, value_name = "N", value_delimiter = ',', conflicts_with = "vectors")]
    pub rows: Option<Vec<usize>>,
    /// Seed of the generated rows
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Neighbors of a row
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub count: usize,
    /// How rows are found; several with --rows, where all are compared if none is named
    #[arg(long, value_enum, value_delimiter = ',')]
    pub index: Vec<Index>,
}

/// How rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Index {
    /// By comparing all of them
    Exact,
    /// In the nearest cells
    Cells,
    /// Along a graph built by hnsw_rs
    #[cfg(feature = "hnsw")]
    Hnsw,
}

/// An index, and the size of its file where it has one.
pub struct Built<'a> {
    index: Box<dyn NeighborIndex + 'a>,
    saved_bytes: Option<usize>,
}

impl Index {
    /// As a table calls it.
    fn name(self) -> &'static str {
        match self {
            Index::Exact => "exact",
            Index::Cells => "cells",
            #[cfg(feature = "hnsw")]
            Index::Hnsw => "hnsw_rs",
        }
    }

    /// Over these rows.
    fn built(self, rows: &Embeddings) -> Result<Built<'_>> {
        Ok(match self {
            Index::Exact => Built { index: Box::new(ExactIndex::new(rows)), saved_bytes: None },
            Index::Cells => Built { index: Box::new(CellIndex::new(rows)), saved_bytes: None },
            #[cfg(feature = "hnsw")]
            Index::Hnsw => {
                let index = HnswIndex::new(rows)?;
                let saved_bytes = Some(index.to_bytes().len());
                Built { index: Box::new(index), saved_bytes }
            }
        })
    }
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

/// Searches and returns the line to print, or the table.
pub fn run(arguments: &Arguments) -> Result<String> {
    if let Some(rows) = &arguments.rows {
        let all = Index::value_variants();
        let indexes = if arguments.index.is_empty() { all } else { &arguments.index };
        return table::table(rows, indexes, arguments.seed);
    }
    let Some(file) = &arguments.vectors else { bail!("--vectors is needed, or --rows") };
    let vectors = read_npy(file)?;
    ensure!(!vectors.is_empty(), "{}: holds no rows", file.display());
    let mut values = vectors.values().to_vec();
    values.chunks_mut(vectors.dimensions()).for_each(normalise);
    let vectors = Embeddings::new(values, vectors.dimensions());
    serde_json::to_string(&measure(&vectors, arguments)?).context("the result is no JSON")
}

fn measure(vectors: &Embeddings, arguments: &Arguments) -> Result<Measured> {
    let exact = ExactIndex::new(vectors);
    let meter = Meter::start();
    let index = arguments.index.first().unwrap_or(&Index::Cells).built(vectors)?.index;
    let build_cpu_seconds = meter.cpu_seconds();
    let found = index.neighborhoods(arguments.count);
    let cpu_seconds = meter.cpu_seconds().zip(build_cpu_seconds).map(|(both, build)| both - build);
    let (seconds, peak_bytes) = (meter.seconds(), peak_bytes());
    let recall = recall(vectors, &exact, &found, arguments.count);
    let share = found.products as f64 / (vectors.len() as f64).powi(2);
    Ok(Measured { recall, share, build_cpu_seconds, cpu_seconds, seconds, peak_bytes })
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
        for index in Index::value_variants() {
            let vectors = Some(vectors.clone());
            let line = run(&Arguments { vectors, rows: None, seed: 0, count: 5, index: vec![*index] }).unwrap();
            let printed: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert!(printed["recall"].as_f64().unwrap() > 0.98, "{line}");
            assert_eq!(printed["share"].as_f64() == Some(1.0), *index == Index::Exact, "{line}");
        }
    }

    #[test]
    fn every_index_has_a_row_for_every_size() {
        let arguments = Arguments { vectors: None, rows: Some(vec![300]), seed: 0, count: 10, index: Vec::new() };
        let table = run(&arguments).unwrap();
        assert_eq!(table.lines().count(), 2 + Index::value_variants().len());
        assert!(table.lines().nth(2).unwrap().starts_with("| 300 | exact |"), "{table}");
    }
}
