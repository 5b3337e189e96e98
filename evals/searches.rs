//! `searches`: a run directory of generated vectors is searched by its index and by all its vectors.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use colligate::corpus::Source;
use colligate::embed;
use colligate::observer::Silent;
use colligate::plan::{Layers, Settings};
use colligate::run::{AssignmentLine, DocumentLine, DocumentMap, FinishedRun, RunDirectory, read_run};
use colligate::search::{Found, Query, Searcher, Wanted};
use colligate::vectors::Embeddings;

use crate::generated::mixture;
use crate::usage::Meter;

/// Dimensions of the static embedder, whose run it is.
const DIMENSIONS: usize = 256;
/// Queries, none of them a document.
const QUERIES: usize = 100;
/// Queries whose process opens the run anew.
const OPENED: usize = 20;
const TEN: Wanted<'_> = Wanted { clusters: 3, documents: 10, within: None };

/// Search a run of generated vectors: by its index, and by comparing all.
///
/// A run directory is written whose vectors (d = 256) are drawn from a seed, as if the static embedder had made them, so that
/// `colligate search` can be tried on it too. Then a hundred queries, none of them a document, look for their ten nearest. Prints a
/// row of a Markdown table: `first answer` is the time to open the run and to answer, without process and embedder.
#[derive(Args)]
pub struct Arguments {
    /// Documents
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "20001,100000,1000000")]
    rows: Vec<usize>,
    /// Directory in which the run directories are written and left; without it, one that is removed
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Seed of the vectors
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
}

/// Measures all sizes and returns the table.
pub fn run(arguments: &Arguments) -> Result<String> {
    let temporary = tempfile::tempdir().context("there is no place for run directories")?;
    let folder = arguments.dir.as_deref().unwrap_or(temporary.path());
    let head = "| documents | index: build s | bytes a document | first answer ms | further ms | recall@10 | all: first answer ms | \
                further ms |";
    let mut lines = vec![head.to_owned(), "|---|---|---|---|---|---|---|---|".into()];
    for &rows in &arguments.rows {
        let line = measure(rows, &folder.join(format!("run-{rows}")), arguments.seed)?;
        eprintln!("{line}");
        lines.push(line);
    }
    lines.push(String::new());
    for name in embed::COMPILED_IN {
        lines.push(embedder(name)?);
    }
    Ok(lines.join("\n"))
}

/// What it takes to embed one text in a process that has just begun.
fn embedder(name: &str) -> Result<String> {
    let began = Instant::now();
    let embedder = embed::open(name, &Silent)?;
    let loaded = milliseconds(began);
    embedder.embed(&["where is my parcel?"], &Silent)?;
    Ok(format!("{name}: loaded in {loaded:.1} ms, with one text {:.1} ms", milliseconds(began)))
}

fn measure(rows: usize, path: &Path, seed: u64) -> Result<String> {
    let all = mixture(rows + QUERIES, DIMENSIONS, seed);
    let (indexed, queries) = all.values().split_at(rows * DIMENSIONS);
    write(path, &Embeddings::new(indexed.to_vec(), DIMENSIONS))?;
    let queries = Embeddings::new(queries.to_vec(), DIMENSIONS);
    drop(all);
    let began = Instant::now();
    let mut exact = Searcher::open(path, false, &Silent)?;
    let mut answers = vec![exact.search(Query::Vector(queries.row(0)), TEN)?];
    let first_exact = milliseconds(began);
    let meter = Meter::start();
    exact.keep_index()?;
    let build = meter.seconds();
    let began = Instant::now();
    for query in 1..QUERIES {
        answers.push(exact.search(Query::Vector(queries.row(query)), TEN)?);
    }
    let further_exact = milliseconds(began) / (QUERIES - 1) as f64;
    drop(exact);
    let mut first = 0.0;
    for query in 0..OPENED {
        let began = Instant::now();
        Searcher::open(path, false, &Silent)?.search(Query::Vector(queries.row(query)), TEN)?;
        first += milliseconds(began) / OPENED as f64;
    }
    let mut searcher = Searcher::open(path, false, &Silent)?;
    let (mut hits, began) = (0, Instant::now());
    for (query, answer) in answers.iter().enumerate() {
        hits += shared(&searcher.search(Query::Vector(queries.row(query)), TEN)?, answer);
    }
    let further = milliseconds(began) / QUERIES as f64;
    let bytes = colligate::run::index_file(path).metadata().map_or(0, |file| file.len()) as usize / rows;
    let recall = hits as f64 / (QUERIES * TEN.documents) as f64;
    Ok(format!(
        "| {rows} | {build:.1} | {bytes} | {first:.1} | {further:.1} | {recall:.3} | {first_exact:.0} | {further_exact:.0} |"
    ))
}

fn milliseconds(since: Instant) -> f64 {
    1_000.0 * since.elapsed().as_secs_f64()
}

fn shared(found: &Found, exact: &Found) -> usize {
    found.documents.iter().filter(|document| exact.documents.contains(document)).count()
}

/// Writes a run directory with these vectors: a small run's, whose documents come again under other ids.
fn write(path: &Path, vectors: &Embeddings) -> Result<()> {
    let small = small()?;
    let mut run = FinishedRun { assignments: Vec::new(), documents: Vec::new(), ..small.clone() };
    for row in 0..vectors.len() {
        let (line, document) =
            (&small.assignments[row % small.assignments.len()], &small.documents[row % small.documents.len()]);
        let (id, text) =
            (format!("g-{row}"), Some(format!("{} ({row})", document.text.as_deref().unwrap_or_default())));
        run.assignments.push(AssignmentLine { line: row as u64 + 1, id: id.clone(), ..line.clone() });
        run.documents.push(DocumentLine { id, text, ..document.clone() });
    }
    for cluster in &mut run.clusters {
        let held = |line: &&AssignmentLine| line.clusters.iter().any(|held| held.id == cluster.id);
        cluster.size = run.assignments.iter().filter(held).count();
        cluster.evidence.clear();
        cluster.exemplars.clear();
    }
    run.manifest.documents.assigned = vectors.len();
    run.manifest.corpus.rows = vectors.len();
    let directory = RunDirectory::open(Some(path), "generated", false, &[])?;
    let rows: Vec<usize> = (0..vectors.len()).collect();
    let (embedder, corpus) = (&run.manifest.embedder.sha256, &run.manifest.corpus.sha256);
    run.manifest.embedder.vectors = directory.write_embeddings(vectors, &rows, embedder, corpus)?;
    run.manifest.files = directory.write_results(&run, &DocumentMap::NoVectors)?;
    Ok(directory.write_manifest(&run.manifest)?)
}

/// A run of eight groups over texts of which each is in one.
fn small() -> Result<FinishedRun> {
    let folder = tempfile::tempdir().context("there is no place for a run")?;
    let (corpus, out) = (folder.path().join("texts.txt"), folder.path().join("run"));
    let themes = [
        "late parcel",
        "torn box",
        "wrong size",
        "lost password",
        "double charge",
        "loud brakes",
        "rude call",
        "no refund",
    ];
    let texts: Vec<String> = (0..400).map(|text| format!("{} number {text}", themes[text % themes.len()])).collect();
    std::fs::write(&corpus, texts.join("\n")).context("the texts cannot be written")?;
    let settings = Settings {
        k: Some(themes.len()),
        format: Some(colligate::corpus::Format::Lines),
        embedder: Some("static".into()),
        cache: Some("none".into()),
        out: Some(out.clone()),
        ..Settings::default()
    };
    let mut layers = Layers::default();
    layers.add("argument", &settings)?;
    colligate::run(&layers.check()?, &Source::File(corpus), &Silent)?;
    let run = read_run(&out)?;
    ensure!(run.manifest.documents.assigned == texts.len(), "a text is in no group");
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_generated_vectors_is_searched_both_ways() {
        let table = run(&Arguments { rows: vec![300], dir: None, seed: 0 }).unwrap();
        assert!(table.lines().nth(2).unwrap().starts_with("| 300 | "), "{table}");
        assert!(table.contains("| 1.000 |"), "{table}");
    }
}
