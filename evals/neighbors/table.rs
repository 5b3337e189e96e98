//! Every index on generated vectors of several sizes.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use colligate::cluster::{ExactIndex, NeighborIndex};
use colligate::vectors::Embeddings;

use super::Index;
use crate::generated::mixture;
use crate::usage::Meter;

/// Queries, none of them an indexed row.
const QUERIES: usize = 1_000;
/// Rows that each query is to find.
const COUNT: usize = 10;
/// Dimensions of the built-in embedder.
const DIMENSIONS: usize = 384;

/// A Markdown table of these indexes for each number of rows.
pub fn table(rows: &[usize], indexes: &[Index], seed: u64) -> Result<String> {
    let head = "| rows | index | build CPU s | CPU ms a query | recall@10 | saved bytes a row |";
    let mut table = format!("{head}\n|---|---|---|---|---|---|\n");
    for &rows in rows {
        let all = mixture(rows + QUERIES, DIMENSIONS, seed);
        let (indexed, queries) = all.values().split_at(rows * DIMENSIONS);
        let indexed = Embeddings::new(indexed.to_vec(), DIMENSIONS);
        let queries = Embeddings::new(queries.to_vec(), DIMENSIONS);
        drop(all);
        let nearest = found(&ExactIndex::new(&indexed), &queries)?.0;
        for index in indexes {
            let row = row(*index, &indexed, &queries, &nearest)?;
            let row = format!("| {rows} | {} | {row} |", index.name());
            eprintln!("{row}"); // the whole table takes minutes
            writeln!(table, "{row}")?;
        }
    }
    Ok(table.trim_end().to_owned())
}

/// One index's cells.
fn row(index: Index, rows: &Embeddings, queries: &Embeddings, nearest: &[Vec<usize>]) -> Result<String> {
    let meter = Meter::start();
    let built = index.built(rows)?;
    let build = seconds(&meter);
    let (found, milliseconds) = found(built.index.as_ref(), queries)?;
    let hits = |(found, nearest): (&Vec<usize>, &Vec<usize>)| found.iter().filter(|row| nearest.contains(row)).count();
    let hits: usize = found.iter().zip(nearest).map(hits).sum();
    let recall = hits as f64 / (nearest.len() * COUNT) as f64;
    let saved = built.saved_bytes.map_or("–".to_owned(), |bytes| (bytes / rows.len()).to_string());
    Ok(format!("{build:.1} | {milliseconds:.2} | {recall:.3} | {saved}"))
}

/// What each query finds, asked one after the other on one thread, and the milliseconds that one takes.
fn found(index: &dyn NeighborIndex, queries: &Embeddings) -> Result<(Vec<Vec<usize>>, f64)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("there is no thread")?;
    let rows = |query: usize| -> Vec<usize> {
        index.nearest(queries.row(query), COUNT).iter().map(|near| near.index).collect()
    };
    let meter = Meter::start();
    let found = pool.install(|| (0..queries.len()).map(rows).collect());
    Ok((found, 1_000.0 * seconds(&meter) / queries.len() as f64))
}

/// CPU seconds where they are known: they do not depend on what else the machine does.
fn seconds(meter: &Meter) -> f64 {
    meter.cpu_seconds().unwrap_or_else(|| meter.seconds())
}
