//! From a method's outcome to the lines of a run directory: one status a row, totals that reconcile.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Map;

use crate::corpus::{Content, Corpus, Document, Row};
use crate::message::Speech;
use crate::methods::{By, Cluster, NamedBy, Outcome, Place, Placement};
use crate::run::{
    AssignmentLine, ClusterLine, ClusterStatus, DocumentCounts, DocumentLine, Evidence, Flag, Membership, NO_CONTENT,
    Status, cluster_id, rounded, rounded_share,
};
use crate::spread::Share;

/// What the embedder says of each of n distinct texts.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Whether it is longer than the window.
    pub truncated: Vec<bool>,
    /// Whether nearly nothing of it is known.
    pub unreadable: Vec<bool>,
}

/// What of a run is told, and how.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// Whether texts may stand in the lines.
    pub with_texts: bool,
    /// How parameters are called.
    pub speech: Speech,
}

/// The three files of a run that speak of documents and clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// `clusters.jsonl`.
    pub clusters: Vec<ClusterLine>,
    /// `assignments.jsonl`.
    pub assignments: Vec<AssignmentLine>,
    /// `documents.jsonl`.
    pub documents: Vec<DocumentLine>,
}

impl Lines {
    /// Composes them.
    pub fn compose(corpus: &Corpus, outcome: &Outcome, seen: &Seen, method: &str, telling: Telling) -> Lines {
        let Telling { with_texts, speech } = telling;
        let ids = cluster_ids(corpus, &outcome.clusters, method, &[]);
        let placements = &outcome.placements;
        let placed = Placed { corpus, placements, seen, repeats: None, clusters: &ids, with_texts, speech };
        let assignments = corpus.rows.par_iter().map(|row| placed.line(row)).collect();
        let named = outcome.clusters.iter().zip(&ids).zip(unique_labels(&outcome.clusters, &[]));
        let sized = named.zip(sizes(corpus, outcome));
        let parent = |found: &Cluster| found.parent.map(|parent| ids[parent].clone());
        let clusters = sized.map(|(((found, id), label), size)| ClusterLine {
            parent: parent(found),
            ..cluster(corpus, found, id, label, size)
        });
        Lines { clusters: clusters.collect(), assignments, documents: documents(corpus, with_texts) }
    }

    /// Rows by status.
    pub fn counts(&self) -> DocumentCounts {
        DocumentCounts::of(&self.assignments)
    }
}

/// A line for each document.
pub fn documents(corpus: &Corpus, with_texts: bool) -> Vec<DocumentLine> {
    let line = |document: &Document| DocumentLine {
        id: document.id.clone(),
        text: with_texts.then(|| document.text.clone()),
        fields: document.fields.clone(),
    };
    corpus.documents.iter().map(line).collect()
}

/// A hash of method, parent and predicate; a collision is given a suffix. Where the predicate is made of keyphrases, which the goal
/// weighs, the most central text stands for it: the groups do not depend on the goal, so their ids do not either. Those of `earlier`
/// clusters are taken.
pub(super) fn cluster_ids(corpus: &Corpus, clusters: &[Cluster], method: &str, earlier: &[ClusterLine]) -> Vec<String> {
    let mut taken: BTreeSet<String> = earlier.iter().map(|cluster| cluster.id.clone()).collect();
    let mut ids: Vec<String> = Vec::with_capacity(clusters.len());
    for cluster in clusters {
        let parent = cluster.parent.map_or("", |parent| &ids[parent]);
        let born = match (cluster.by, cluster.exemplars.first()) {
            (NamedBy::Keyphrases, Some(&text)) => corpus.text(text),
            // A cluster keeps its id when it is named anew.
            _ => cluster.former.as_deref().unwrap_or(&cluster.predicate),
        };
        // An entry of a codebook is the same cluster whatever placed its documents.
        let method = if cluster.by == NamedBy::Codebook { "codebook" } else { method };
        let free = cluster_id(method, parent, born, |id| taken.contains(id));
        taken.insert(free.clone());
        ids.push(free);
    }
    ids
}

/// Documents that have their places.
pub struct Placed<'a> {
    /// With n distinct texts.
    pub corpus: &'a Corpus,
    /// n.
    pub placements: &'a [Placement],
    /// What the embedder says of the texts.
    pub seen: &'a Seen,
    /// Of a part of a corpus whether an earlier document has the text of each document: then this is what is said of duplicates.
    pub repeats: Option<&'a [bool]>,
    /// Ids of the clusters.
    pub clusters: &'a [String],
    /// Whether words may stand in the lines: a skipped row's cells stand nowhere else.
    pub with_texts: bool,
    /// How the reasons call parameters.
    pub speech: Speech,
}

impl Placed<'_> {
    /// The line of one row.
    pub fn line(&self, row: &Row) -> AssignmentLine {
        let (corpus, seen) = (self.corpus, self.seen);
        let mut line = AssignmentLine {
            line: row.line,
            id: corpus.id(row).to_owned(),
            status: Status::Skipped,
            clusters: Vec::new(),
            primary: None,
            reason: None,
            flags: Vec::new(),
            fields: Map::new(),
        };
        let (index, document) = match &row.content {
            Content::Skipped(skipped) => {
                let fields = if self.with_texts { skipped.fields.clone() } else { Map::new() };
                return AssignmentLine { reason: Some(skipped.reason.message().told(self.speech)), fields, ..line };
            }
            Content::Document(index) => (*index, &corpus.documents[*index]),
        };
        let is_duplicate = match self.repeats {
            Some(repeats) => repeats[index],
            None => corpus.carriers(document.distinct).len() > 1,
        };
        line.flags = flags(seen, document, is_duplicate);
        if !document.has_content {
            return AssignmentLine { status: Status::Uncovered, reason: Some(NO_CONTENT.into()), ..line };
        }
        match &self.placements[document.distinct] {
            Placement::In(held) => {
                line.status = Status::Assigned;
                line.clusters = held
                    .iter()
                    .map(|&Place { cluster, by, confidence }| {
                        // What is read off a vector that says nothing is worth nothing.
                        let is_blind = by != By::Model && seen.unreadable[document.distinct];
                        let confidence = if is_blind { 0.0 } else { rounded(confidence) };
                        Membership { id: self.clusters[cluster].clone(), by, confidence }
                    })
                    .collect();
                line.primary = line.clusters.first().map(|first| first.id.clone());
            }
            Placement::Uncovered(reason) => {
                (line.status, line.reason) = (Status::Uncovered, Some(reason.told(self.speech)));
            }
            Placement::Failed(reason) => {
                (line.status, line.reason) = (Status::Failed, Some(reason.told(self.speech)));
            }
        }
        line
    }
}

fn flags(seen: &Seen, document: &Document, is_duplicate: bool) -> Vec<Flag> {
    let is_so = |of: &[bool]| of.get(document.distinct).is_some_and(|&is_so| is_so);
    let flags = [
        (is_so(&seen.truncated), Flag::Truncated),
        (is_duplicate, Flag::Duplicate),
        (document.is_suspicious(), Flag::Suspicious),
        (document.mended, Flag::Mended),
        (is_so(&seen.unreadable), Flag::Unreadable),
    ];
    flags.into_iter().filter_map(|(holds, flag)| holds.then_some(flag)).collect()
}

pub(super) fn cluster(
    corpus: &Corpus,
    cluster: &Cluster,
    id: &str,
    label: String,
    (size, exclusive): (usize, usize),
) -> ClusterLine {
    // A method sees the documents with content only.
    let seen = corpus.embedded().count() as f64 / corpus.documents.len().max(1) as f64;
    let share = cluster.share.map(|share| share.times(seen));
    let share = share.unwrap_or_else(|| Share::wilson(size, corpus.documents.len()));
    let named = |texts: &[usize]| texts.iter().map(|&text| corpus.representative(text).id.clone()).collect();
    let evidence = cluster.evidence.iter().map(|&(text, span)| Evidence {
        document: corpus.representative(text).id.clone(),
        quote: corpus.text(text)[span.start..span.end].to_owned(),
        start: span.start,
        end: span.end,
    });
    ClusterLine {
        id: id.to_owned(),
        label,
        predicate: cluster.predicate.clone(),
        by: cluster.by,
        parent: None,
        stability: cluster.stability.map(rounded),
        size,
        share: rounded_share(share),
        exclusive,
        keywords: cluster.keywords.clone(),
        exemplars: named(&cluster.exemplars),
        evidence: evidence.collect(),
        near_misses: named(&cluster.near_misses),
        test: cluster.test.clone(),
        status: if cluster.label.is_empty() { ClusterStatus::Unlabelled } else { ClusterStatus::Ok },
    }
}

/// For each cluster its documents, and those that are in no other of its level.
fn sizes(corpus: &Corpus, outcome: &Outcome) -> Vec<(usize, usize)> {
    let mut sizes = vec![(0, 0); outcome.clusters.len()];
    for (text, placement) in outcome.placements.iter().enumerate() {
        let Placement::In(held) = placement else { continue };
        let documents = corpus.carriers(text).len();
        let is_part = |cluster: usize| outcome.clusters[cluster].parent.is_some();
        for &Place { cluster, .. } in held {
            let of_level = held.iter().filter(|other| is_part(other.cluster) == is_part(cluster)).count();
            sizes[cluster].0 += documents;
            sizes[cluster].1 += if of_level == 1 { documents } else { 0 };
        }
    }
    sizes
}

/// The labels, with a number where one is empty or an earlier sibling has the same; `earlier` clusters come before these.
pub(super) fn unique_labels(clusters: &[Cluster], earlier: &[ClusterLine]) -> Vec<String> {
    let top = earlier.iter().filter(|cluster| cluster.parent.is_none());
    let mut seen: BTreeSet<(Option<usize>, String)> = top.map(|cluster| (None, cluster.label.to_lowercase())).collect();
    let unique = |(index, cluster): (usize, &Cluster)| {
        let is_new = seen.insert((cluster.parent, cluster.label.to_lowercase()));
        let number = earlier.len() + index + 1;
        match cluster.label.as_str() {
            "" => format!("group {number} (no phrase of its own)"),
            label if is_new => label.to_owned(),
            label => format!("{label} ({number})"),
        }
    };
    clusters.iter().enumerate().map(unique).collect()
}
