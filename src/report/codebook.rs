//! The clusters of a run as a codebook: the next run begins with them.

use serde::Serialize;

use crate::codebook::{Codebook, Format, LONGEST_LABEL, LONGEST_SENTENCE};
use crate::error::Error;
use crate::run::{ClusterLine, FinishedRun};
use crate::text::folded;

/// Quotes of a cluster that become examples, at most.
const EXAMPLES: usize = 3;

#[derive(Serialize)]
struct File {
    entry: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    label: String,
    predicate: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
}

/// `codebook.toml`: the label, the predicate and some quotes of every cluster, the largest first; of clusters with parts, the
/// clusters.
///
/// # Errors
/// [`Error::Usage`] when the run has no cluster that could be an entry.
pub fn codebook(run: &FinishedRun) -> Result<String, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for cluster in run.clusters.iter().filter(|cluster| cluster.parent.is_none()) {
        let entry = entry(cluster);
        let is_like = |other: &Entry| {
            folded(&other.label) == folded(&entry.label) || folded(&other.predicate) == folded(&entry.predicate)
        };
        if !entry.label.is_empty() && !entry.predicate.is_empty() && !entries.iter().any(is_like) {
            entries.push(entry);
        }
    }
    if entries.is_empty() {
        return Err(Error::usage("the run has no cluster that could be an entry of a codebook"));
    }
    let goal = tidy(&run.manifest.goal, LONGEST_SENTENCE);
    let goal = if goal.is_empty() { goal } else { format!("# Goal: {goal}\n") };
    let entries = toml::to_string(&File { entry: entries }).map_err(|problem| Error::Bug(problem.to_string()))?;
    let text =
        format!("# The clusters of a run of colligate. Change labels and predicates as you like.\n{goal}\n{entries}");
    // What is written is read again: no text of a document or a model makes an entry of its own.
    Codebook::parse(text.as_bytes(), Format::Toml).map_err(Error::Bug)?;
    Ok(text)
}

fn entry(cluster: &ClusterLine) -> Entry {
    let quotes = cluster.evidence.iter().map(|one| tidy(&one.quote, LONGEST_SENTENCE));
    Entry {
        label: tidy(&cluster.label, LONGEST_LABEL),
        predicate: tidy(&cluster.predicate, LONGEST_SENTENCE),
        examples: quotes.filter(|quote| !quote.is_empty()).take(EXAMPLES).collect(),
    }
}

/// A text on one line, without control characters, of so many characters at most.
fn tidy(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn a_runs_clusters_are_read_as_a_codebook_whatever_their_texts_are() {
        let late = "late \"parcels\"\u{1b}[31m\n[[entry]]";
        let builder = RunBuilder::by_goal("why?\n[[entry]]").cluster(late, "It is late.", &["where is it?", "late"]);
        let mut run = builder.cluster("praise", "It says '''thanks''' \n = 1", &["thanks"]).build();
        let text = codebook(&run).unwrap();
        let entries = Codebook::parse(text.as_bytes(), Format::Toml).unwrap().entries;
        assert_eq!((entries.len(), entries[1].label.as_str()), (2, "praise"));
        assert!(!text.contains('\u{1b}') && text.contains("# Goal: why? [[entry]]\n"), "{text}");
        run.clusters[1].label = run.clusters[0].label.to_uppercase();
        assert_eq!(codebook(&run).unwrap().matches("predicate = ").count(), 1);
        run.clusters.clear();
        assert!(codebook(&run).unwrap_err().to_string().contains("no cluster"));
    }
}
