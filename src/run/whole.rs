//! A finished run read back, and whether its files belong together.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::directory::{ASSIGNMENTS, CLUSTERS, DOCUMENTS};
use super::{
    AssignmentLine, ClusterLine, DocumentCounts, Evidence, FinishedRun, Membership, Status, read_lines, read_manifest,
};
use crate::error::Error;
use crate::message;
use crate::methods::By;

/// Clusters within clusters go no deeper in any run.
const DEEPEST: usize = 8;

/// Reads a finished run back.
///
/// # Errors
/// When a file is missing, is not what format 1 says, with its line, is not of the same run as the others, or holds what no
/// run writes.
pub fn read_run(path: &Path) -> Result<FinishedRun, Error> {
    let manifest = read_manifest(path)?;
    let (clusters, of_clusters) = read_lines(&path.join(CLUSTERS))?;
    let (assignments, of_assignments) = read_lines(&path.join(ASSIGNMENTS))?;
    let (documents, of_documents) = read_lines(&path.join(DOCUMENTS))?;
    let run = FinishedRun { manifest, clusters, assignments, documents };
    let found = [(CLUSTERS, of_clusters), (ASSIGNMENTS, of_assignments), (DOCUMENTS, of_documents)];
    let refused = |file: &str, problem: String, why: &str| {
        Err(Error::file(&path.join(file), message!("{problem}: {why}; {+resume} writes all anew", problem, why)))
    };
    if let Some((file, problem)) = foreign(&run) {
        return refused(file, problem, "it is of another run, or this one was stopped while it wrote");
    }
    match changed(&run).or_else(|| rewritten(&run, &found)) {
        Some((file, problem)) => refused(file, problem, "it was changed since the run wrote it"),
        None => Ok(run),
    }
}

/// The file that is not the one that the manifest vouches for, though it could be of the run.
fn rewritten(run: &FinishedRun, found: &[(&'static str, String)]) -> Option<(&'static str, String)> {
    let is_other = |(file, sha256): &&(&str, String)| run.manifest.files.get(*file).is_some_and(|was| was != sha256);
    let (file, _) = found.iter().find(is_other)?;
    Some((file, "has another sha256 than the manifest says".into()))
}

/// The file in which something stands that no run writes, and what it is.
fn changed(run: &FinishedRun) -> Option<(&'static str, String)> {
    if let Some(id) = twice(run.assignments.iter().map(|line| line.id.as_str())) {
        return Some((ASSIGNMENTS, format!("two rows have the id {id:?}")));
    }
    if let Some(id) = twice(run.clusters.iter().map(|cluster| cluster.id.as_str())) {
        return Some((CLUSTERS, format!("two clusters have the id {id:?}")));
    }
    let assignments = run.assignments.iter().find_map(|line| Some((line, impossible_place(line)?)));
    if let Some((line, problem)) = assignments {
        return Some((ASSIGNMENTS, format!("the row {:?} has {problem}", line.id)));
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for place in run.assignments.iter().flat_map(|line| &line.clusters) {
        *sizes.entry(&place.id).or_default() += 1;
    }
    let size = |cluster: &ClusterLine| sizes.get(cluster.id.as_str()).copied().unwrap_or_default();
    if let Some(cluster) = run.clusters.iter().find(|cluster| cluster.size != size(cluster)) {
        let problem = format!(
            "the cluster {} has {} documents, but {ASSIGNMENTS} puts {} there",
            cluster.id,
            cluster.size,
            size(cluster)
        );
        return Some((CLUSTERS, problem));
    }
    let texts: HashMap<&str, Option<&str>> =
        run.documents.iter().map(|document| (document.id.as_str(), document.text.as_deref())).collect();
    let parents: HashMap<&str, Option<&str>> =
        run.clusters.iter().map(|cluster| (cluster.id.as_str(), cluster.parent.as_deref())).collect();
    let clusters = run.clusters.iter().find_map(|cluster| Some((cluster, impossible(cluster, &texts, &parents)?)));
    clusters.map(|(cluster, problem)| (CLUSTERS, format!("the cluster {} has {problem}", cluster.id)))
}

/// The first that comes again.
fn twice<'i>(mut ids: impl Iterator<Item = &'i str>) -> Option<&'i str> {
    let mut seen = HashSet::new();
    ids.find(|id| !seen.insert(*id))
}

/// What no run says of a row.
fn impossible_place(line: &AssignmentLine) -> Option<String> {
    let is_of = |primary: &String| line.clusters.iter().any(|place| place.id == *primary);
    if let Some(primary) = line.primary.as_ref().filter(|primary| !is_of(primary)) {
        return Some(format!("the primary cluster {primary:?}, which it is not in"));
    }
    let is_assigned = line.status == Status::Assigned;
    if is_assigned == line.clusters.is_empty() {
        return Some("a status that its clusters contradict".into());
    }
    if let Some(id) = twice(line.clusters.iter().map(|place| place.id.as_str())) {
        return Some(format!("the cluster {id:?} twice"));
    }
    // Of a place by similarity, the confidence may be a cosine.
    let least = |by: By| if by == By::Similarity { -1.0 } else { 0.0 };
    let is_sound = |place: &&Membership| (least(place.by)..=1.0).contains(&place.confidence);
    let odd = line.clusters.iter().find(|place| !is_sound(place))?;
    Some(format!("the confidence {}", odd.confidence))
}

/// What no run says of a cluster.
fn impossible(
    cluster: &ClusterLine,
    texts: &HashMap<&str, Option<&str>>,
    parents: &HashMap<&str, Option<&str>>,
) -> Option<String> {
    let share = cluster.share;
    if !(0.0 <= share.low && share.low <= share.estimate && share.estimate <= share.high && share.high <= 1.0) {
        return Some(format!("a share of {} between {} and {}", share.estimate, share.low, share.high));
    }
    if let Some(parent) = cluster.parent.as_deref().filter(|parent| !parents.contains_key(parent)) {
        return Some(format!("the parent {parent:?}, which is not there"));
    }
    let above = std::iter::successors(cluster.parent.as_deref(), |parent| parents.get(parent).copied().flatten());
    if above.take(DEEPEST + 1).count() > DEEPEST {
        return Some(format!("more than {DEEPEST} clusters above it, or itself among them"));
    }
    let is_verbatim = |evidence: &Evidence| match texts.get(evidence.document.as_str()) {
        None => false,
        Some(None) => true,
        Some(Some(text)) => text.get(evidence.start..evidence.end) == Some(evidence.quote.as_str()),
    };
    let odd = cluster.evidence.iter().find(|evidence| !is_verbatim(evidence))?;
    Some(format!("a quote that the document {:?} does not hold", odd.document))
}

/// The file that does not go with the others, and how one sees it.
fn foreign(run: &FinishedRun) -> Option<(&'static str, String)> {
    let (found, counted) = (DocumentCounts::of(&run.assignments), &run.manifest.documents);
    if found != *counted {
        return Some((ASSIGNMENTS, format!("holds {}, but the manifest counts {}", words(&found), words(counted))));
    }
    let (found, counted) = (run.clusters.len(), run.manifest.clusters);
    if found != counted {
        return Some((CLUSTERS, format!("holds {found} clusters, but the manifest counts {counted}")));
    }
    let known: HashSet<&str> = run.clusters.iter().map(|cluster| cluster.id.as_str()).collect();
    let mut memberships = run.assignments.iter().flat_map(|line| &line.clusters);
    if let Some(member) = memberships.find(|member| !known.contains(member.id.as_str())) {
        return Some((ASSIGNMENTS, format!("has a document in cluster {}, which {CLUSTERS} lacks", member.id)));
    }
    let documents = run.assignments.iter().filter(|line| line.status != Status::Skipped).map(|line| &line.id);
    let is_same = documents.eq(run.documents.iter().map(|document| &document.id));
    (!is_same).then(|| (DOCUMENTS, format!("holds other documents than {ASSIGNMENTS}")))
}

fn words(counts: &DocumentCounts) -> String {
    let DocumentCounts { assigned, uncovered, skipped, failed } = counts;
    format!("{assigned} assigned, {uncovered} uncovered, {skipped} skipped and {failed} failed rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::small;

    fn problem(change: impl Fn(&mut FinishedRun)) -> Option<String> {
        let mut run = small().build();
        change(&mut run);
        changed(&run).map(|(_, problem)| problem)
    }

    #[test]
    fn ids_that_stand_twice_and_clusters_within_themselves_are_refused() {
        assert_eq!(problem(|_| {}), None);
        let id = |run: &FinishedRun, cluster: usize| run.clusters[cluster].id.clone();
        let row = problem(|run| run.assignments[1].id = run.assignments[0].id.clone());
        assert!(row.is_some_and(|problem| problem.contains("two rows have the id")));
        let cluster = problem(|run| run.clusters[1].id = id(run, 0));
        assert!(cluster.is_some_and(|problem| problem.contains("two clusters have the id")));
        let twice = problem(|run| {
            let place = run.assignments[0].clusters[0].clone();
            run.assignments[0].clusters.push(place);
        });
        assert!(twice.is_some_and(|problem| problem.contains("twice")));
        for circle in [[0, 0], [1, 0]] {
            let circle = problem(|run| {
                run.clusters[0].parent = Some(id(run, circle[0]));
                run.clusters[1].parent = Some(id(run, circle[1]));
            });
            assert!(circle.is_some_and(|problem| problem.contains("itself among them")));
        }
    }
}
