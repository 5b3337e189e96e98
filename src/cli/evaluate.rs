//! `colligate eval`: a finished run against gold labels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
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
        let scores = score(&read_run(&self.run)?, &gold, &self.labels)?;
        if self.json {
            print::data(&format!("{}\n", serde_json::to_string(&scores)?))?;
        } else {
            print::data(&table(&scores))?;
        }
        Ok(0)
    }
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

/// Scores the primary clusters of all documents; one without a cluster is never right.
fn score(run: &FinishedRun, gold: &BTreeMap<String, String>, file: &Path) -> Result<Scores, Error> {
    let classes: BTreeMap<&str, usize> =
        gold.values().map(String::as_str).collect::<std::collections::BTreeSet<_>>().into_iter().zip(0..).collect();
    let clusters: BTreeMap<&str, usize> = run.clusters.iter().map(|cluster| cluster.id.as_str()).zip(0..).collect();
    let (mut predicted, mut labels) = (Vec::new(), Vec::new());
    for line in run.assignments.iter().filter(|line| line.status != Status::Skipped) {
        let label =
            gold.get(&line.id).ok_or_else(|| Error::file(file, format!("has no label for document {}", line.id)))?;
        predicted.push(line.primary.as_deref().and_then(|id| clusters.get(id).copied()));
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
