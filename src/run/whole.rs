//! A finished run read back, and whether its files belong together.

use std::collections::HashSet;
use std::path::Path;

use super::directory::{ASSIGNMENTS, CLUSTERS, DOCUMENTS};
use super::{DocumentCounts, FinishedRun, Status, read_lines, read_manifest};
use crate::error::Error;

/// Reads a finished run back.
///
/// # Errors
/// When a file is missing, is not what format 1 says, with its line, or is not of the same run as the others.
pub fn read_run(path: &Path) -> Result<FinishedRun, Error> {
    let run = FinishedRun {
        manifest: read_manifest(path)?,
        clusters: read_lines(&path.join(CLUSTERS))?,
        assignments: read_lines(&path.join(ASSIGNMENTS))?,
        documents: read_lines(&path.join(DOCUMENTS))?,
    };
    match foreign(&run) {
        Some((file, problem)) => Err(Error::file(
            &path.join(file),
            format!(
                "{problem}: it is of another run, or this one was stopped while it wrote; --resume writes all anew"
            ),
        )),
        None => Ok(run),
    }
}

/// The file that does not go with the others, and how one sees it.
fn foreign(run: &FinishedRun) -> Option<(&'static str, String)> {
    let (found, counted) = (counts(run), &run.manifest.documents);
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

fn counts(run: &FinishedRun) -> DocumentCounts {
    let count = |status| run.assignments.iter().filter(|line| line.status == status).count();
    DocumentCounts {
        assigned: count(Status::Assigned),
        uncovered: count(Status::Uncovered),
        skipped: count(Status::Skipped),
        failed: count(Status::Failed),
    }
}

fn words(counts: &DocumentCounts) -> String {
    let DocumentCounts { assigned, uncovered, skipped, failed } = counts;
    format!("{assigned} assigned, {uncovered} uncovered, {skipped} skipped and {failed} failed rows")
}
