//! `codebook`: a codebook without a model on labelled sets: agreement with the gold labels, with and without the threshold below
//! which documents are uncovered, and how many are uncovered whose entry is left out.

use std::path::PathBuf;

use colligate::codebook::{Codebook, Entry};
use colligate::embed;
use colligate::methods::{Outcome, Placement, Reach, Setting, likeness};
use colligate::metrics::evaluate;
use colligate::observer::Silent;
use colligate::plan::{Layers, Settings};

use crate::quality::set::Set;
use crate::quality::vectors::Cached;

/// Entries that are left out in turn at most, at even distances.
const LEFT_OUT: usize = 20;

/// Documents by their likeness to the descriptions of their classes; prints a Markdown table.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder of sets: each a folder with documents.jsonl and card.json
    #[arg(long, value_name = "DIR")]
    datasets: PathBuf,
    /// Names of sets
    #[arg(long, value_delimiter = ',', required = true)]
    sets: Vec<String>,
    /// builtin, builtin-int8, static, or a directory with model.onnx and tokenizer.json
    #[arg(long, default_value = embed::DEFAULT)]
    embedder: String,
    /// Folder of vectors, one file a set, made where they are missing
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

/// Measures every set.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let cache = arguments.cache.clone().unwrap_or_else(|| std::env::temp_dir().join("colligate-evals"));
    println!(
        "| set | entries | ACC, all placed | ACC | uncovered | ACC of the covered | left out: uncovered | others |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for name in &arguments.sets {
        let set = Set::read(&arguments.datasets.join(name), None)?;
        let vectors = Cached::open(&set, &arguments.embedder, &cache)?;
        println!("{}", measured(&set, &vectors)?);
    }
    Ok(())
}

fn measured(set: &Set, vectors: &Cached) -> anyhow::Result<String> {
    let all: Vec<usize> = (0..set.classes.len()).collect();
    let [placed, alike] = [Reach::All, Reach::Alike].map(|reach| outcome(set, vectors, &all, reach));
    let (placed, alike) = (placed?, alike?);
    let covered = share(set, &alike, |_| true, true);
    let step = all.len().div_ceil(LEFT_OUT);
    let (mut caught, mut others, mut count) = (0.0, 0.0, 0.0);
    for &class in all.iter().step_by(step) {
        let rest: Vec<usize> = all.iter().copied().filter(|&other| other != class).collect();
        let without = outcome(set, vectors, &rest, Reach::Alike)?;
        caught += share(set, &without, |gold| gold == class, false);
        others += share(set, &without, |gold| gold != class, false);
        count += 1.0;
    }
    let (whole, with) = (acc(set, &placed), acc(set, &alike));
    Ok(format!(
        "| {} | {} | {:.1} | {:.1} | {:.1} % | {:.1} | {:.1} % | {:.1} % |",
        set.name,
        all.len(),
        100.0 * whole,
        100.0 * with,
        100.0 * (1.0 - covered),
        100.0 * with / covered,
        100.0 * caught / count,
        100.0 * others / count,
    ))
}

/// What a codebook with the descriptions of some classes makes of a set.
fn outcome(set: &Set, vectors: &Cached, classes: &[usize], reach: Reach) -> anyhow::Result<Outcome> {
    let entry = |&class: &usize| {
        let (label, description) = &set.classes[class];
        Entry { label: label.replace('_', " "), predicate: description.clone(), examples: Vec::new() }
    };
    let settings = Settings { goal: Some(set.goal.clone()), ..Settings::default() };
    let mut layers = Layers::default();
    layers.add("flag", &settings)?;
    let codebook = Codebook::of(classes.iter().map(entry).collect());
    let mut plan = layers.check()?;
    (plan.clustering.codebook, plan.clustering.propose) = (Some(codebook.clone()), 0);
    let setting =
        Setting { corpus: &set.corpus, embeddings: vectors.texts(), embedder: vectors, plan: &plan, observer: &Silent };
    Ok(likeness(setting, &codebook, reach)?)
}

fn acc(set: &Set, outcome: &Outcome) -> f64 {
    let place = |text: usize| match &outcome.placements[text] {
        Placement::In(places) => places.first().map(|place| place.cluster),
        _ => None,
    };
    let predicted: Vec<Option<usize>> = set.corpus.documents.iter().map(|document| place(document.distinct)).collect();
    evaluate(&predicted, &set.gold).acc
}

/// Of the documents of some classes the share that is covered, or the share that is not.
fn share(set: &Set, outcome: &Outcome, of: impl Fn(usize) -> bool, covered: bool) -> f64 {
    let wanted: Vec<bool> = set
        .corpus
        .documents
        .iter()
        .zip(&set.gold)
        .filter(|(_, gold)| of(**gold))
        .map(|(document, _)| matches!(outcome.placements[document.distinct], Placement::In(_)) == covered)
        .collect();
    wanted.iter().filter(|one| **one).count() as f64 / wanted.len().max(1) as f64
}
