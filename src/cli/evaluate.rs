//! `colligate eval`: a finished run against gold labels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::print;
use crate::error::Error;
use crate::metrics::{Scores, evaluate};
use crate::run::{FinishedRun, Status, read_lines, read_run};

/// Compare a finished run with gold labels: ACC, NMI, ARI, macro-F1
#[derive(Debug, Args)]
pub struct Eval {
    /// Run directory
    run: PathBuf,
    /// JSONL file with an `id` and a gold label a line
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Field of the gold label
    #[arg(long, value_name = "F", default_value = "label")]
    label_field: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Eval {
    /// Evaluates and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let gold = gold_labels(&self.labels, &self.label_field)?;
        let run = read_run(&self.run)?;
        let scores = score(&run, &gold, &self.labels, false)?;
        let has_parts = run.clusters.iter().any(|cluster| cluster.parent.is_some());
        let parts = if has_parts { Some(score(&run, &gold, &self.labels, true)?) } else { None };
        if self.json {
            let levels = Levels { scores, parts };
            print::data(&format!("{}\n", serde_json::to_string(&levels)?))?;
        } else {
            let of_parts =
                parts.map_or(String::new(), |parts| format!("\nthe same by the clusters' parts: {}", table(&parts)));
            print::data(&format!("{}{of_parts}", table(&scores)))?;
        }
        Ok(0)
    }
}

/// The scores of the clusters and, where they have parts, those of the parts.
#[derive(Debug, Serialize)]
struct Levels {
    #[serde(flatten)]
    scores: Scores,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Scores>,
}

fn gold_labels(file: &Path, field: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut gold = BTreeMap::new();
    for (number, line) in read_lines::<BTreeMap<String, Value>>(file)?.into_iter().enumerate() {
        let text = |name: &str| match line.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            _ => Err(Error::file(
                file,
                format!(
                    "line {}: no \"{name}\"; its fields are {}",
                    number + 1,
                    line.keys().cloned().collect::<Vec<_>>().join(", ")
                ),
            )),
        };
        gold.insert(text("id")?, text(field)?);
    }
    Ok(gold)
}

/// Scores the primary clusters of all documents, or the parts of these that the documents are in; a document without a cluster is
/// never right.
fn score(run: &FinishedRun, gold: &BTreeMap<String, String>, file: &Path, by_parts: bool) -> Result<Scores, Error> {
    let classes: BTreeMap<&str, usize> =
        gold.values().map(String::as_str).collect::<std::collections::BTreeSet<_>>().into_iter().zip(0..).collect();
    let clusters: BTreeMap<&str, usize> = run.clusters.iter().map(|cluster| cluster.id.as_str()).zip(0..).collect();
    let (mut predicted, mut labels) = (Vec::new(), Vec::new());
    for line in run.assignments.iter().filter(|line| line.status != Status::Skipped) {
        let label =
            gold.get(&line.id).ok_or_else(|| Error::file(file, format!("has no label for document {}", line.id)))?;
        let primary = line.primary.as_deref().and_then(|id| clusters.get(id).copied());
        let is_its_part = |place: &usize| {
            run.clusters[*place].parent.as_deref().is_some_and(|parent| Some(parent) == line.primary.as_deref())
        };
        let held = || line.clusters.iter().filter_map(|held| clusters.get(held.id.as_str()).copied());
        predicted.push(if by_parts { held().find(is_its_part).or(primary) } else { primary });
        labels.push(classes[label.as_str()]);
    }
    Ok(evaluate(&predicted, &labels))
}

fn table(scores: &Scores) -> String {
    let rows = [
        ("ACC", scores.acc),
        ("NMI", scores.nmi),
        ("ARI", scores.ari),
        ("macro-F1", scores.macro_f1),
        ("purity", scores.purity),
    ];
    let head = format!(
        "{} documents, {} clusters, {} gold classes\n",
        scores.documents, scores.predicted_clusters, scores.gold_classes
    );
    rows.iter().fold(head, |text, (name, value)| format!("{text}{name:<9}{:6.1}\n", 100.0 * value))
}
