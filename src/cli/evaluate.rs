//! `colligate eval`: a finished run against gold labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::print;
use crate::corpus::{RunIds, labels};
use crate::error::Error;
use crate::metrics::{Scores, evaluate};
use crate::run::{DocumentLine, FinishedRun, RunStatus, Status, read_run};
use crate::text::plain;

/// Compare a finished run with gold labels: ACC, NMI, ARI, macro-F1
#[derive(Debug, Args)]
pub struct Eval {
    /// Run directory
    run: PathBuf,
    /// File with an id and a gold label a row: JSON lines, CSV, TSV or any other that `run` reads, the run's own
    /// assignments.csv with one more column among them; documents without a label are left out
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
        let run = read_run(&self.run)?;
        let documents: HashMap<&str, &DocumentLine> = run.documents.iter().map(|one| (one.id.as_str(), one)).collect();
        let is_row = |id: &str, row: &Map<String, Value>| documents.get(id).is_none_or(|document| is_of(document, row));
        let field = run.manifest.plan.get("id-field").and_then(|planned| planned.value.as_str());
        let gold = gold_labels(&self.labels, &RunIds { field, is_row: &is_row }, &self.label_field)?;
        let labeled = Labeled::new(&run, &gold, &self.labels)?;
        let scores = labeled.score(false);
        let has_parts = run.clusters.iter().any(|cluster| cluster.parent.is_some());
        let parts = has_parts.then(|| labeled.score(true));
        let (unlabeled, strangers) = (labeled.unlabeled, labeled.strangers);
        if self.json {
            let [uncovered, failed] = labeled.without_cluster();
            let levels = Levels { scores, unlabeled, strangers, uncovered, failed, parts };
            print::data(&format!("{}\n", serde_json::to_string(&levels)?))?;
        } else {
            let of_parts = parts.map_or(String::new(), |parts| {
                format!("\nthe same by the clusters' parts: {}", table(&parts, (unlabeled, strangers)))
            });
            print::data(&format!("{}{}{of_parts}", table(&scores, (unlabeled, strangers)), labeled.errors()))?;
        }
        Ok(0)
    }
}

/// The scores of the clusters and, where they have parts, those of the parts.
#[derive(Debug, Serialize)]
struct Levels {
    #[serde(flatten)]
    scores: Scores,
    /// Documents that have no gold label: no score counts them.
    unlabeled: usize,
    /// Labels whose id no document has.
    #[serde(rename = "labels_of_no_document")]
    strangers: usize,
    /// Labelled documents in no cluster: every score counts them as errors.
    uncovered: usize,
    /// Labelled documents whose judgement failed or was never asked for: counted as errors too.
    failed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Scores>,
}

/// Words of a document by which its row is known.
const KNOWN_BY: usize = 8;

/// Whether a row is that of a document: one of its fields has the first words of the text, or what the document has of fields.
fn is_of(document: &DocumentLine, row: &Map<String, Value>) -> bool {
    let Some(text) = &document.text else {
        return document.fields.iter().all(|(name, value)| row.get(name).is_none_or(|own| own == value));
    };
    let words = plain(text);
    let is_text = |value: &Value| {
        let value = plain(value.as_str().unwrap_or_default());
        words.split(' ').take(KNOWN_BY).all(|word| value.contains(word))
    };
    row.values().any(is_text)
}

/// The gold label of each id; a label may be given twice, two different ones may not.
fn gold_labels(file: &Path, ids: &RunIds, field: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut gold: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for new in labels(file, ids, field)? {
        match gold.get(&new.id) {
            Some((line, label)) if *label != new.label => {
                let problem = format!(
                    "lines {line} and {} give document {} two labels, \"{label}\" and \"{}\": keep one of them",
                    new.line, new.id, new.label
                );
                return Err(Error::file(file, problem));
            }
            Some(_) => {}
            None => drop(gold.insert(new.id, (new.line, new.label))),
        }
    }
    Ok(gold.into_iter().map(|(id, (_, label))| (id, label)).collect())
}

/// The documents of a run that have a gold label.
struct Labeled<'r> {
    run: &'r FinishedRun,
    /// n: the documents' places among the assignments.
    places: Vec<usize>,
    /// n: the number of each document's gold label.
    classes: Vec<usize>,
    /// Documents without a label.
    unlabeled: usize,
    /// Labels whose id no document has.
    strangers: usize,
}

impl<'r> Labeled<'r> {
    fn new(run: &'r FinishedRun, gold: &BTreeMap<String, String>, file: &Path) -> Result<Labeled<'r>, Error> {
        let names: BTreeMap<&String, usize> = gold.values().collect::<BTreeSet<_>>().into_iter().zip(0..).collect();
        let documents = run.assignments.iter().enumerate().filter(|(_, line)| line.status != Status::Skipped);
        let mut labeled = Labeled { run, places: Vec::new(), classes: Vec::new(), unlabeled: 0, strangers: 0 };
        for (place, line) in documents {
            match gold.get(&line.id) {
                Some(label) => {
                    labeled.places.push(place);
                    labeled.classes.push(names[label]);
                }
                None => labeled.unlabeled += 1,
            }
        }
        if labeled.places.is_empty() {
            let [theirs, ours] = [gold.keys().next(), run.assignments.first().map(|line| &line.id)];
            let problem = format!(
                "has a label for none of the run's documents: its ids are such as \"{}\", the run's such as \"{}\"",
                theirs.map_or("", String::as_str),
                ours.map_or("", String::as_str)
            );
            return Err(Error::file(file, problem));
        }
        let ids: BTreeSet<&str> = run.assignments.iter().map(|line| line.id.as_str()).collect();
        labeled.strangers = gold.keys().filter(|id| !ids.contains(id.as_str())).count();
        Ok(labeled)
    }

    /// Labelled documents that are uncovered, and that failed.
    fn without_cluster(&self) -> [usize; 2] {
        let count = |status| self.places.iter().filter(|place| self.run.assignments[**place].status == status).count();
        [count(Status::Uncovered), count(Status::Failed)]
    }

    /// What the scores make of documents in no cluster, in words.
    fn errors(&self) -> String {
        let [uncovered, failed] = self.without_cluster();
        let partial = match self.run.manifest.status {
            RunStatus::Complete => "",
            _ => "this run is partial; ",
        };
        match (uncovered, failed) {
            (0, 0) => String::new(),
            _ => format!(
                "{partial}{uncovered} uncovered and {failed} failed documents count as errors; in NMI and ARI they form one label of their own\n"
            ),
        }
    }

    /// Scores the primary clusters of the documents, or the parts of these that the documents are in; a document without a
    /// cluster is never right.
    fn score(&self, by_parts: bool) -> Scores {
        let run = self.run;
        let clusters: BTreeMap<&str, usize> = run.clusters.iter().map(|cluster| cluster.id.as_str()).zip(0..).collect();
        let predicted = |place: &usize| {
            let line = &run.assignments[*place];
            let primary = line.primary.as_deref().and_then(|id| clusters.get(id).copied());
            let is_its_part = |place: &usize| {
                run.clusters[*place].parent.as_deref().is_some_and(|parent| Some(parent) == line.primary.as_deref())
            };
            let mut held = line.clusters.iter().filter_map(|held| clusters.get(held.id.as_str()).copied());
            if by_parts { held.find(is_its_part).or(primary) } else { primary }
        };
        let predicted: Vec<Option<usize>> = self.places.iter().map(predicted).collect();
        evaluate(&predicted, &self.classes)
    }
}

fn table(scores: &Scores, (unlabeled, strangers): (usize, usize)) -> String {
    let rows = [
        ("ACC", scores.acc),
        ("NMI", scores.nmi),
        ("ARI", scores.ari),
        ("macro-F1", scores.macro_f1),
        ("purity", scores.purity),
    ];
    let left_out = match unlabeled {
        0 => String::new(),
        1 => "; 1 document has no label and is left out".to_owned(),
        count => format!("; {count} documents have no label and are left out"),
    };
    let of_none = match strangers {
        0 => String::new(),
        1 => "; 1 label is of no document of the run".to_owned(),
        count => format!("; {count} labels are of no document of the run"),
    };
    let head = format!(
        "{} documents, {} clusters, {} gold classes{left_out}{of_none}\n",
        scores.documents, scores.predicted_clusters, scores.gold_classes
    );
    rows.iter().fold(head, |text, (name, value)| format!("{text}{name:<9}{:6.1}\n", 100.0 * value))
}
