//! A finished run, passed through the edits of a person.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::file::Edits;
use super::rules::{Kept, Rules};
use crate::error::Error;
use crate::methods::NamedBy;
use crate::run::{
    AssignmentLine, ClusterLine, ClusterStatus, DocumentCounts, EditsRecord, FinishedRun, Status, edits_file,
    rounded_share,
};
use crate::spread::Share;

/// Keywords, exemplars and quotes of a cluster that is merged, at most.
const SHOWN: usize = 8;
/// Documents that show what a cluster is about where no other is left.
const EXEMPLARS: usize = 5;

/// The edits that a person names, or else those that lie in a run directory.
///
/// # Errors
/// When there is such a file, and it cannot be read or is not one of edits.
pub fn edits_of(run: &Path, named: Option<&Path>) -> Result<Option<Edits>, Error> {
    let beside = edits_file(run);
    match named {
        Some(file) => Edits::read(file).map(Some),
        None if !beside.exists() => Ok(None),
        None if !beside.is_file() => Err(Error::file(&beside, "is not a regular file")),
        None => Edits::read(&beside).map(Some),
    }
}

/// A run as its edits want it, and the rules by which later documents go with it. Every row has exactly one status, as before.
///
/// # Errors
/// Those of [`Rules::of`].
pub fn edited(run: FinishedRun, edits: &Edits) -> Result<(FinishedRun, Rules), Error> {
    let rules = Rules::of(&run, edits)?;
    let FinishedRun { mut manifest, clusters, assignments, documents } = run;
    let mut lines = assignments.clone();
    let of_documents = lines.iter_mut().filter(|line| line.status != Status::Skipped);
    for (line, document) in of_documents.zip(&documents) {
        rules.line(line, document.text.as_deref().unwrap_or_default(), true);
    }
    let counting = Counting::of(&rules, &assignments, &lines);
    let clusters = rules.kept.iter().map(|kept| counting.cluster(kept, &clusters, documents.len())).collect::<Vec<_>>();
    manifest.documents = DocumentCounts::of(&lines);
    manifest.clusters = clusters.len();
    for update in &mut manifest.updates {
        for ids in [&mut update.clusters, &mut update.absent] {
            *ids = ids.iter().filter_map(|id| rules.cluster(id).map(str::to_owned)).collect();
        }
    }
    let effect = |(line, said): &(usize, String)| format!("line {line}: {said}");
    manifest.edits = Some(EditsRecord { effects: rules.effects().iter().map(effect).collect(), ..edits.record() });
    Ok((FinishedRun { manifest, clusters, assignments: lines, documents }, rules))
}

/// What the lines say of the clusters.
struct Counting<'l> {
    /// The documents of each cluster.
    members: HashMap<&'l str, Vec<&'l AssignmentLine>>,
    /// Clusters that have other documents than before.
    changed: HashSet<&'l str>,
    /// Clusters that are parts of others.
    parts: HashSet<&'l str>,
}

impl<'l> Counting<'l> {
    fn of(rules: &'l Rules, before: &'l [AssignmentLine], now: &'l [AssignmentLine]) -> Counting<'l> {
        let (mut members, mut changed): (HashMap<&str, Vec<&AssignmentLine>>, _) = (HashMap::new(), HashSet::new());
        for (former, line) in before.iter().zip(now) {
            let [was, is] =
                [former, line].map(|line| line.clusters.iter().map(|held| held.id.as_str()).collect::<Vec<_>>());
            changed.extend(was.iter().filter(|id| !is.contains(id)).chain(is.iter().filter(|id| !was.contains(id))));
            is.iter().for_each(|id| members.entry(id).or_default().push(line));
        }
        let parts = rules.kept.iter().filter(|kept| kept.parent.is_some()).map(|kept| kept.target.id.as_str());
        Counting { members, changed, parts: parts.collect() }
    }

    /// A cluster as it is after the edits, of a run with so many documents.
    fn cluster(&self, kept: &Kept, clusters: &[ClusterLine], documents: usize) -> ClusterLine {
        let target = &kept.target;
        let made_of: Vec<&ClusterLine> =
            kept.made_of.iter().filter_map(|id| clusters.iter().find(|cluster| cluster.id == *id)).collect();
        let mut cluster = match made_of.split_first() {
            Some((first, others)) if first.id == target.id => joined(first, others),
            _ => born(&target.id),
        };
        let none = Vec::new();
        let members = self.members.get(target.id.as_str()).unwrap_or(&none);
        let is_part = |id: &str| self.parts.contains(id);
        let is_alone = |line: &&&AssignmentLine| {
            line.clusters.iter().filter(|held| is_part(&held.id) == kept.parent.is_some()).count() == 1
        };
        cluster.label.clone_from(&target.label);
        if let Some(predicate) = &target.predicate {
            (cluster.predicate, cluster.by, cluster.test) = (predicate.clone(), NamedBy::Person, None);
        }
        cluster.parent.clone_from(&kept.parent);
        cluster.size = members.len();
        cluster.exclusive = members.iter().filter(is_alone).count();
        if self.changed.contains(target.id.as_str()) {
            cluster.share = rounded_share(Share::wilson(cluster.size, documents));
        }
        let ids: HashSet<&str> = members.iter().map(|line| line.id.as_str()).collect();
        cluster.exemplars.retain(|id| ids.contains(id.as_str()));
        cluster.evidence.retain(|evidence| ids.contains(evidence.document.as_str()));
        cluster.near_misses.retain(|id| !ids.contains(id.as_str()));
        if cluster.exemplars.is_empty() {
            cluster.exemplars = members.iter().take(EXEMPLARS).map(|line| line.id.clone()).collect();
        }
        cluster
    }
}

/// A cluster with those that are merged into it: how it was found and tested is not true of it any more.
fn joined(first: &ClusterLine, others: &[&ClusterLine]) -> ClusterLine {
    let mut cluster = first.clone();
    if others.is_empty() {
        return cluster;
    }
    for other in others {
        let new: Vec<String> = other.keywords.iter().filter(|word| !cluster.keywords.contains(word)).cloned().collect();
        cluster.keywords.extend(new);
        cluster.exemplars.extend(other.exemplars.iter().cloned());
        cluster.evidence.extend(other.evidence.iter().cloned());
        cluster.near_misses.extend(other.near_misses.iter().cloned());
    }
    cluster.keywords.truncate(SHOWN);
    cluster.exemplars.truncate(SHOWN);
    cluster.evidence.truncate(SHOWN);
    cluster.near_misses.truncate(SHOWN);
    (cluster.stability, cluster.test) = (None, None);
    cluster
}

/// A cluster that is split off: nothing is known of it but its documents and what a person calls it.
fn born(id: &str) -> ClusterLine {
    ClusterLine {
        id: id.to_owned(),
        label: String::new(),
        predicate: String::new(),
        by: NamedBy::Person,
        parent: None,
        size: 0,
        share: Share::wilson(0, 1),
        stability: None,
        exclusive: 0,
        keywords: Vec::new(),
        exemplars: Vec::new(),
        evidence: Vec::new(),
        near_misses: Vec::new(),
        test: None,
        status: ClusterStatus::Ok,
    }
}
