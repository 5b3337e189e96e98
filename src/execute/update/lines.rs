//! The lines of an updated run: those of the earlier one as they were, and those of the documents that came.

use std::collections::HashMap;

use super::earlier::Earlier;
use super::growth::Growth;
use crate::corpus::{Content, Corpus, Row};
use crate::decision::Placement;
use crate::execute::compose::{Placed, Seen, cluster, cluster_ids, unique_labels};
use crate::message::Speech;
use crate::methods::Cluster;
use crate::run::{AssignmentLine, ClusterLine, ClusterStatus, DocumentLine, Flag, Status};
use crate::spread::Share;

/// What the lines are made from.
pub struct Composing<'a> {
    pub earlier: &'a Earlier,
    /// The documents of the run, then those that came; the rows are those that came.
    pub corpus: &'a Corpus,
    pub seen: &'a Seen,
    /// n: where each distinct text is.
    pub placements: &'a [Placement],
    /// K ids in the order in which placements number them, then those that were added.
    pub ids: &'a [String],
    pub speech: Speech,
}

impl Composing<'_> {
    fn placed(&self) -> Placed<'_> {
        Placed {
            corpus: self.corpus,
            placements: self.placements,
            seen: self.seen,
            repeats: None,
            clusters: self.ids,
            with_texts: true,
            speech: self.speech,
        }
    }

    /// The lines of the run, but for documents in none of its clusters that a new one takes.
    pub fn earlier(&self, growth: Option<&Growth>) -> Vec<AssignmentLine> {
        let (mut lines, placed) = (self.earlier.run.assignments.clone(), self.placed());
        let Some(growth) = growth else { return lines };
        let documents = lines.iter_mut().filter(|line| line.status != Status::Skipped);
        for (document, line) in documents.enumerate() {
            let text = self.corpus.documents[document].distinct;
            let is_taken =
                line.status == Status::Uncovered && matches!(growth.placements.get(text), Some(Placement::In(_)));
            if is_taken {
                let now = placed.line(&Row { line: line.line, content: Content::Document(document) });
                *line = AssignmentLine { flags: line.flags.clone(), ..now };
            }
        }
        lines
    }

    /// The lines of the documents that came, those whose place is not sure with a flag.
    pub fn later(&self) -> Vec<AssignmentLine> {
        let placed = self.placed();
        let line = |row: &Row| {
            let mut line = placed.line(row);
            if line.is_unsure() {
                line.flags.push(Flag::Unsure);
            }
            line
        };
        self.corpus.rows.iter().map(line).collect()
    }
}

/// The lines of all documents.
pub fn documents(corpus: &Corpus) -> Vec<DocumentLine> {
    crate::execute::compose::documents(corpus, true)
}

/// Lines of added clusters; sizes are those of [`counted`].
pub fn added(corpus: &Corpus, clusters: &[Cluster], method: &str, earlier: &[ClusterLine]) -> Vec<ClusterLine> {
    let named = cluster_ids(corpus, clusters, method, earlier).into_iter().zip(unique_labels(clusters, earlier));
    clusters.iter().zip(named).map(|(found, (id, label))| cluster(corpus, found, &id, label, (0, 0))).collect()
}

/// The clusters as the lines count them: those of the run, of which K - `added` there are, keep all but their numbers.
pub fn counted(
    clusters: Vec<ClusterLine>,
    added: usize,
    earlier: &[AssignmentLine],
    later: &[AssignmentLine],
) -> Vec<ClusterLine> {
    let is_part: HashMap<String, bool> =
        clusters.iter().map(|cluster| (cluster.id.clone(), cluster.parent.is_some())).collect();
    let [then, now] = [earlier, later].map(|lines| sizes(lines, &is_part));
    let [former, came] = [earlier, later].map(documents_of);
    let first_added = clusters.len() - added;
    let counted = |(place, cluster): (usize, ClusterLine)| {
        let of = |sizes: &HashMap<String, (usize, usize)>| sizes.get(&cluster.id).copied().unwrap_or_default();
        let ((old, old_alone), (new, new_alone)) = (of(&then), of(&now));
        let share = match place < first_added {
            true => joined((cluster.share, former), (Share::wilson(new, came), came)),
            false => Share::wilson(old + new, former + came),
        };
        let status = match cluster.status {
            ClusterStatus::Ok | ClusterStatus::Absent if came > 0 && new == 0 => ClusterStatus::Absent,
            ClusterStatus::Absent if new > 0 => ClusterStatus::Ok,
            status => status,
        };
        ClusterLine { size: old + new, exclusive: old_alone + new_alone, share, status, ..cluster }
    };
    clusters.into_iter().enumerate().map(counted).collect()
}

/// For each cluster its documents, and those that are in no other of its level.
fn sizes(lines: &[AssignmentLine], is_part: &HashMap<String, bool>) -> HashMap<String, (usize, usize)> {
    let mut sizes: HashMap<String, (usize, usize)> = HashMap::new();
    for line in lines {
        for held in &line.clusters {
            let of_level = line.clusters.iter().filter(|other| is_part.get(&other.id) == is_part.get(&held.id));
            let size = sizes.entry(held.id.clone()).or_default();
            size.0 += 1;
            size.1 += usize::from(of_level.count() == 1);
        }
    }
    sizes
}

fn documents_of(lines: &[AssignmentLine]) -> usize {
    lines.iter().filter(|line| line.status != Status::Skipped).count()
}

/// The share of all documents from the shares of two parts, each with its number of documents: what is known of the first part
/// beyond its count, such as how often answers were wrong, stays in it.
fn joined((then, former): (Share, usize), (now, came): (Share, usize)) -> Share {
    if came == 0 {
        return then;
    }
    let all = (former + came).max(1) as f64;
    let of = |then: f64, now: f64| {
        let share = (then * former as f64 + now * came as f64) / all;
        (share * 1e4).round() / 1e4
    };
    Share { estimate: of(then.estimate, now.estimate), low: of(then.low, now.low), high: of(then.high, now.high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn a_cluster_that_nothing_came_to_is_absent_until_something_comes() {
        let run = RunBuilder::by_goal("x").cluster("a", "p", &["1", "2"]).cluster("b", "q", &["3"]).build();
        let of_a: Vec<AssignmentLine> = run.assignments[..2].to_vec();
        let clusters = counted(run.clusters.clone(), 0, &run.assignments, &of_a);
        let found: Vec<(usize, ClusterStatus)> = clusters.iter().map(|one| (one.size, one.status)).collect();
        assert_eq!(found, [(4, ClusterStatus::Ok), (1, ClusterStatus::Absent)]);
        let again = counted(clusters.clone(), 0, &run.assignments, &[]);
        assert_eq!(again[1].status, ClusterStatus::Absent, "nothing came to any");
        let back = counted(clusters, 0, &run.assignments, &run.assignments);
        assert_eq!(back[1].status, ClusterStatus::Ok);
    }
}
