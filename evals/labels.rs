//! `labels`: whether the labels of a run name their clusters. Given a label alone, the built-in embedder is to find the cluster that
//! it belongs to among all of them; and no phrase of a label may begin or end with a function word.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use colligate::embed;
use colligate::observer::Silent;
use colligate::vectors::{Embeddings, dot, normalise, read_npy};
use colligate::wording::FunctionWords;
use serde_json::Value;

/// Whether labels of runs name their clusters; prints a Markdown table
#[derive(Debug, Args)]
pub struct Arguments {
    /// Run directories
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Print each label that finds another cluster, and that cluster's label
    #[arg(long)]
    misses: bool,
}

/// Measures every run.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    println!("| run | clusters | label finds its cluster | by chance | labels with a function word at an end |");
    println!("|---|---|---|---|---|");
    let embedder = embed::open("builtin", &Silent)?;
    for run in &arguments.runs {
        let clusters = clusters(run)?;
        let (means, edges) = (means(run, &clusters)?, edges(run, &clusters)?);
        let labels: Vec<&str> = clusters.iter().map(|cluster| cluster.label.as_str()).collect();
        let vectors = embedder.embed(&labels, &Silent)?.embeddings;
        let found: Vec<usize> = (0..labels.len()).map(|cluster| nearest(vectors.row(cluster), &means)).collect();
        let right = found.iter().enumerate().filter(|(own, found)| own == *found).count();
        let count = labels.len().max(1) as f64;
        let [right, chance, edges] = [right as f64, 1.0, edges as f64].map(|value| 100.0 * value / count);
        println!("| {} | {count} | {right:.0} % | {chance:.0} % | {edges:.0} % |", run.display());
        if arguments.misses {
            let misses = found.iter().enumerate().filter(|(own, found)| own != *found);
            misses.for_each(|(own, &found)| eprintln!("{}: {} -> {}", run.display(), labels[own], labels[found]));
        }
    }
    Ok(())
}

struct Cluster {
    id: String,
    label: String,
}

/// Those at the top of a run's levels that have a label.
fn clusters(run: &Path) -> anyhow::Result<Vec<Cluster>> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let rows = lines(&run.join("clusters.jsonl"))?;
    let at_top = rows.iter().filter(|row| row["parent"].is_null() && !text(row, "label").is_empty());
    Ok(at_top.map(|row| Cluster { id: text(row, "id"), label: text(row, "label") }).collect())
}

/// The mean vector of each cluster's documents less that of all of them, of unit length.
fn means(run: &Path, clusters: &[Cluster]) -> anyhow::Result<Embeddings> {
    let vectors = read_npy(&run.join("embeddings.npy"))?;
    let places: HashMap<&str, usize> =
        clusters.iter().enumerate().map(|(place, cluster)| (cluster.id.as_str(), place)).collect();
    let mut rows = HashMap::new();
    let (mut sums, mut sizes) =
        (vec![vec![0.0_f32; vectors.dimensions()]; clusters.len()], vec![0.0_f32; clusters.len()]);
    let documents = lines(&run.join("documents.jsonl"))?;
    for (document, assigned) in documents.iter().zip(lines(&run.join("assignments.jsonl"))?) {
        let next = rows.len();
        let row = *rows.entry(document["text"].as_str().unwrap_or_default()).or_insert(next);
        for held in assigned["clusters"].as_array().into_iter().flatten() {
            if let Some(&place) = held["id"].as_str().and_then(|id| places.get(id)).filter(|_| row < vectors.len()) {
                sums[place].iter_mut().zip(vectors.row(row)).for_each(|(sum, value)| *sum += value);
                sizes[place] += 1.0;
            }
        }
    }
    let all: Vec<f32> = (0..vectors.dimensions())
        .map(|value| sums.iter().map(|sum| sum[value]).sum::<f32>() / sizes.iter().sum::<f32>().max(1.0))
        .collect();
    for (sum, size) in sums.iter_mut().zip(&sizes) {
        sum.iter_mut().zip(&all).for_each(|(sum, all)| *sum = *sum / size.max(1.0) - all);
        normalise(sum);
    }
    Ok(Embeddings::new(sums.concat(), vectors.dimensions()))
}

/// Labels of which a phrase begins or ends with a function word.
fn edges(run: &Path, clusters: &[Cluster]) -> anyhow::Result<usize> {
    let documents = lines(&run.join("documents.jsonl"))?;
    let texts: Vec<&str> = documents.iter().filter_map(|document| document["text"].as_str()).collect();
    let words = FunctionWords::of(&texts);
    let is_open = |phrase: &str| {
        let mut ends = phrase.split(' ');
        let (first, last) = (ends.next(), ends.next_back());
        first.into_iter().chain(last).any(|word| words.contains(word))
    };
    Ok(clusters.iter().filter(|cluster| cluster.label.split(", ").any(is_open)).count())
}

fn nearest(vector: &[f32], means: &Embeddings) -> usize {
    let cosine = |row: usize| dot(vector, means.row(row));
    (0..means.len()).max_by(|&a, &b| cosine(a).total_cmp(&cosine(b)).then(b.cmp(&a))).unwrap_or(0)
}

fn lines(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let read = |line: &str| serde_json::from_str(line).with_context(|| path.display().to_string());
    text.lines().map(read).collect()
}
