//! Rows of the table, one a run, and the Markdown of their means over the seeds.

use std::collections::BTreeMap;

use colligate::metrics::evaluate;
use serde::Serialize;

/// One measured run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the method.
    pub method: &'static str,
    /// How documents were asked about, by auto; empty for other methods.
    pub ask: &'static str,
    /// Name of the set.
    pub set: String,
    /// How many of its documents.
    pub documents: usize,
    /// Cap on the questions, or `all`.
    pub questions: String,
    /// Who answered: `oracle`, or a model's name.
    pub answers: String,
    /// Share of wrong answers.
    pub wrong: f64,
    /// What was wrong with the oracle.
    pub fault: &'static str,
    /// Seed of the random number generator.
    pub seed: u64,
    /// Whether candidates were proposed; else they were given.
    pub proposed: bool,
    /// Accuracy of all documents.
    pub acc: f64,
    /// Accuracy of the documents never judged.
    pub acc_unjudged: f64,
    /// Normalized mutual information.
    pub nmi: f64,
    /// Adjusted Rand index.
    pub ari: f64,
    /// Macro-F1 after matching.
    pub macro_f1: f64,
    /// Questions asked.
    pub asked: usize,
    /// Distinct texts judged.
    pub judged: usize,
    /// Tokens, estimated for an oracle.
    pub tokens: u64,
    /// Wall time.
    pub seconds: f64,
    /// The most memory that the process held so far.
    pub peak_bytes: Option<u64>,
    /// The primary cluster of each document: what another seed is compared with.
    #[serde(skip)]
    pub clusters: Vec<Option<usize>>,
}

impl Row {
    /// What rows of one mean have in common.
    fn kind(&self) -> impl PartialEq {
        let of = (self.method, self.ask, self.set.clone(), self.documents, self.questions.clone());
        (of, self.answers.clone(), self.fault, self.proposed)
    }
}

/// The means over the seeds as a Markdown table; ACC with its standard deviation. In percent.
pub fn markdown(rows: &[Row]) -> String {
    let mut groups: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let first = rows.iter().position(|other| other.kind() == row.kind()).unwrap_or(0);
        groups.entry(first).or_default().push(row);
    }
    let mut lines = vec![
        "| method | candidates | set | n | questions | answers | fault | wrong | seeds | ACC | never judged | seeds agree | NMI | ARI | macro-F1 | asked | judged | tokens | s | peak MiB |"
            .to_owned(),
        format!("|{}", "---|".repeat(20)),
    ];
    lines.extend(groups.values().map(|group| line(group)));
    lines.join("\n")
}

fn line(group: &[&Row]) -> String {
    let count = group.len() as f64;
    let mean = |value: &dyn Fn(&Row) -> f64| group.iter().map(|row| value(row)).sum::<f64>() / count;
    let percent = |value: &dyn Fn(&Row) -> f64| format!("{:.1}", 100.0 * mean(value));
    let acc = mean(&|row| row.acc);
    let deviation = mean(&|row| (row.acc - acc).powi(2)).sqrt();
    let cells = [
        if matches!(group[0].ask, "" | "auto") {
            group[0].method.into()
        } else {
            format!("{}, {}", group[0].method, group[0].ask)
        },
        if group[0].proposed { "proposed".into() } else { "given".into() },
        group[0].set.clone(),
        group[0].documents.to_string(),
        group[0].questions.clone(),
        group[0].answers.clone(),
        group[0].fault.to_owned(),
        format!("{:.0}", 100.0 * group[0].wrong),
        group.len().to_string(),
        format!("{:.1}±{:.1}", 100.0 * acc, 100.0 * deviation),
        percent(&|row| row.acc_unjudged),
        agreement(group).map_or("–".into(), |agreement| format!("{agreement:.2}")),
        percent(&|row| row.nmi),
        percent(&|row| row.ari),
        percent(&|row| row.macro_f1),
        format!("{:.0}", mean(&|row| row.asked as f64)),
        format!("{:.0}", mean(&|row| row.judged as f64)),
        format!("{:.0}k", mean(&|row| row.tokens as f64) / 1000.0),
        format!("{:.1}", mean(&|row| row.seconds)),
        format!("{:.0}", mean(&|row| row.peak_bytes.unwrap_or(0) as f64 / 1_048_576.0)),
    ];
    format!("| {} |", cells.join(" | "))
}

/// The adjusted Rand index of two seeds' clusters, mean of all pairs of seeds; nothing for one seed. A document without a
/// cluster is in a cluster of its own kind.
fn agreement(group: &[&Row]) -> Option<f64> {
    let mut pairs = Vec::new();
    for (place, one) in group.iter().enumerate() {
        for other in &group[place + 1..] {
            let none = other.clusters.iter().flatten().max().map_or(0, |most| most + 1);
            let others: Vec<usize> = other.clusters.iter().map(|cluster| cluster.unwrap_or(none)).collect();
            pairs.push(evaluate(&one.clusters, &others).ari);
        }
    }
    (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_averaged_and_faults_are_not() {
        let row = |fault, seed, acc| Row {
            method: "auto",
            ask: "auto",
            set: "small".into(),
            documents: 80,
            questions: "64".into(),
            answers: "oracle".into(),
            wrong: 0.2,
            fault,
            seed,
            proposed: true,
            acc,
            acc_unjudged: 0.5,
            nmi: 0.5,
            ari: 0.5,
            macro_f1: 0.5,
            asked: 64,
            judged: 60,
            tokens: 1000,
            seconds: 1.0,
            peak_bytes: None,
            clusters: vec![Some(0), Some(0), Some(1), None],
        };
        let table = markdown(&[row("near", 0, 0.8), row("random", 0, 0.6), row("near", 1, 0.9)]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[2]
                .starts_with("| auto | proposed | small | 80 | 64 | oracle | near | 20 | 2 | 85.0±5.0 | 50.0 | 1.00 |"),
            "{table}"
        );
        assert!(lines[3].contains("| 60.0±0.0 | 50.0 | – |"), "one seed has no other to agree with: {table}");
    }
}
