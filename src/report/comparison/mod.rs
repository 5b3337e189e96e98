//! What changed between two runs, in words: computed once and sanitized, for the terminal and for a page.

mod page;
mod plain;

use std::collections::HashMap;

use serde_json::Value;

use super::drift::points;
use crate::compare::{Basis, Change, Comparison, Difference, Kind, Move, Part};
use crate::run::{FinishedRun, RunStatus};
use crate::text::numbers::{Precision, count, thousands};
use crate::text::sanitize::line;
pub use page::comparison_page;
pub use plain::comparison_text;

/// Flows of documents that are shown at most.
const FLOWS: usize = 12;
/// Fewer documents in both runs, and less than half of either, do not tell whether documents stay in their clusters.
const FEW: usize = 10;
/// Documents of a flow that are named.
const NAMED: usize = 3;
/// How documents without a cluster are called.
const NO_CLUSTER: &str = "no cluster";

/// What is said of two runs side by side.
struct View {
    /// What there is of either, and how much agrees.
    sentences: Vec<String>,
    /// One a change, in the order of the comparison.
    rows: Vec<Row>,
    /// Which documents moved, from where to where, the most first.
    flows: Vec<Flow>,
    /// What is left out of the flows.
    more: Option<String>,
}

/// What became of some clusters.
struct Row {
    what: &'static str,
    is_part: bool,
    /// The clusters of the first run.
    before: Vec<Named>,
    /// The clusters of the second run.
    after: Vec<Named>,
    /// `▲ +6 points (2 to 10)`, of what changed by more than chance.
    change: Option<String>,
}

/// A cluster of either run.
struct Named {
    label: String,
    /// Its share.
    percent: String,
}

/// Documents that went from one cluster to another.
struct Flow {
    documents: usize,
    from: String,
    to: String,
    /// Some of them.
    examples: String,
}

impl View {
    fn of(comparison: &Comparison, runs: [&FinishedRun; 2]) -> View {
        let documents = &comparison.documents;
        let precision = Precision::of(documents.before.min(documents.after));
        let flows = flows(comparison, runs);
        let hidden: usize = flows.iter().skip(FLOWS).map(|flow| flow.documents).sum();
        let more = (hidden > 0).then(|| format!("And {} in smaller groups.", count(hidden, "document")));
        View {
            sentences: sentences(comparison, runs, precision),
            rows: comparison.changes.iter().map(|change| Row::of(change, precision)).collect(),
            flows: flows.into_iter().take(FLOWS).collect(),
            more,
        }
    }
}

impl Row {
    fn of(change: &Change, precision: Precision) -> Row {
        let named = |part: &Part| Named { label: line(&part.label), percent: precision.percent(part.share.estimate) };
        let beyond = change.share.filter(|_| change.beyond_chance);
        Row {
            what: what(change.kind),
            is_part: change.level > 1,
            before: change.before.iter().map(named).collect(),
            after: change.after.iter().map(named).collect(),
            change: beyond.as_ref().map(points),
        }
    }

    /// The labels, and what they became.
    fn labels(&self) -> String {
        let joined = |clusters: &[Named]| {
            let labels: Vec<&str> = clusters.iter().map(|cluster| cluster.label.as_str()).collect();
            labels.join(" + ")
        };
        let (before, after) = (joined(&self.before), joined(&self.after));
        if before == after || self.after.is_empty() {
            return before;
        }
        if self.before.is_empty() { after } else { format!("{before} → {after}") }
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "new",
        Kind::Gone => "gone",
        Kind::Split => "split",
        Kind::Merged => "merged",
        Kind::Renamed => "renamed",
        Kind::Same => "same",
    }
}

fn sentences(comparison: &Comparison, runs: [&FinishedRun; 2], precision: Precision) -> Vec<String> {
    let documents = &comparison.documents;
    let [before, after] = runs.map(|run| {
        let top = run.clusters.iter().filter(|cluster| cluster.parent.is_none()).count();
        format!("{} in {}", count(run.documents.len(), "document"), count(top, "cluster"))
    });
    let mut sentences = vec![format!("Before: {before}. After: {after}.")];
    for (run, which) in runs.iter().zip(["first", "second"]) {
        if run.manifest.status != RunStatus::Complete {
            let reason = run.manifest.reason.as_deref().map_or(String::new(), |reason| format!(" ({})", line(reason)));
            sentences.push(format!("The {which} run is not complete{reason}."));
        }
    }
    sentences.push(match documents.both {
        0 => "No document is in both.".into(),
        few if are_few(few, runs.map(|run| run.documents.len())) => {
            format!("{} in both: too few to say how many stayed where they were.", is_or_are(few))
        }
        both => {
            let moved = comparison.moved.len();
            let stayed = match moved {
                0 => "all of them stayed where they were".to_owned(),
                _ => format!(
                    "{} of them moved to another cluster ({})",
                    thousands(moved as u64),
                    precision.percent(moved as f64 / both as f64)
                ),
            };
            let agreement = comparison.agreement.map_or(String::new(), |ari| format!("; adjusted Rand index {ari:.2}"));
            format!("{} in both; {stayed}{agreement}.", is_or_are(both))
        }
    });
    let by_meaning = comparison.changes.iter().filter(|change| change.basis == Some(Basis::Meaning)).count();
    if by_meaning > 0 {
        sentences.push(format!(
            "{} matched by meaning, for too few of the documents are in both.",
            if by_meaning == 1 {
                "1 pair of clusters is".into()
            } else {
                format!("{by_meaning} pairs of clusters are")
            }
        ));
    }
    let made: Vec<String> = comparison.made.iter().map(made).collect();
    if !made.is_empty() {
        sentences.push(format!("Made differently: {}.", made.join("; ")));
    }
    sentences
}

/// Whether the documents in both runs are too few to speak for the runs.
fn are_few(both: usize, documents: [usize; 2]) -> bool {
    both < FEW && 2 * both < documents[0].min(documents[1])
}

fn is_or_are(documents: usize) -> String {
    let verb = if documents == 1 { "is" } else { "are" };
    format!("{} {verb}", count(documents, "document"))
}

fn made(difference: &Difference) -> String {
    let value = |value: &Value| match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if is_sha256(text) => format!("sha256 {}…", &text[..8]),
        Value::String(text) => format!("“{}”", line(text)),
        other => line(&other.to_string()),
    };
    format!("{} {} → {}", line(&difference.name), value(&difference.before), value(&difference.after))
}

/// Whether a value stands for a file.
fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Who moved from where to where, the most first.
fn flows(comparison: &Comparison, runs: [&FinishedRun; 2]) -> Vec<Flow> {
    let [before, after] = runs.map(|run| {
        let labels = run.clusters.iter().map(|cluster| (cluster.id.as_str(), line(&cluster.label)));
        labels.collect::<HashMap<&str, String>>()
    });
    let label = |labels: &HashMap<&str, String>, id: Option<&str>| {
        id.and_then(|id| labels.get(id)).map_or_else(|| NO_CLUSTER.to_owned(), String::clone)
    };
    let mut places: HashMap<(Option<&str>, Option<&str>), usize> = HashMap::new();
    let mut grouped: Vec<Vec<&Move>> = Vec::new();
    for moved in &comparison.moved {
        let place = *places.entry((moved.from.as_deref(), moved.to.as_deref())).or_insert(grouped.len());
        if place == grouped.len() {
            grouped.push(Vec::new());
        }
        grouped[place].push(moved);
    }
    grouped.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let flow = |group: Vec<&Move>| {
        let named: Vec<String> = group.iter().take(NAMED).map(|moved| line(&moved.document)).collect();
        let rest = if group.len() > NAMED { ", …" } else { "" };
        Flow {
            documents: group.len(),
            from: label(&before, group[0].from.as_deref()),
            to: label(&after, group[0].to.as_deref()),
            examples: format!("{}{rest}", named.join(", ")),
        }
    };
    grouped.into_iter().map(flow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_document_in_both_runs_does_not_speak_for_them() {
        assert!(are_few(1, [200, 90]) && are_few(9, [20, 30]));
        assert!(!are_few(10, [200, 90]) && !are_few(5, [6, 5]));
    }
}
