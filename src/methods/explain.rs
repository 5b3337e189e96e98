//! From candidates and placements to explained clusters: keyphrases, exemplars, quotes, near misses.

use super::{Cluster, Illustration, NEAR_MISSES, Placement, Setting, illustrate};
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::observer::Silent;
use crate::run::NamedBy;
use crate::stages::propose::Candidate;
use crate::wording::Keyphrases;

/// One cluster before it is explained.
pub struct Named<'a> {
    /// What the model proposed.
    pub candidate: &'a Candidate,
    /// Members, the clearest first.
    pub members: Vec<Neighbor>,
    /// Documents that do not belong, the nearest first.
    pub others: Vec<Neighbor>,
}

/// Sorts neighbors by similarity, ties by row.
pub fn ranked(mut neighbors: Vec<Neighbor>) -> Vec<Neighbor> {
    neighbors.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index)));
    neighbors
}

/// Explains clusters, in the order in which the placements number them.
///
/// # Errors
/// Those of the embedder.
pub fn explained(setting: Setting<'_>, named: &[Named<'_>], placements: &[Placement]) -> Result<Vec<Cluster>, Error> {
    let mut members = vec![Vec::new(); named.len()];
    for (text, placement) in placements.iter().enumerate() {
        if let Placement::In(held) = placement {
            held.iter().for_each(|&(cluster, ..)| members[cluster].push(text));
        }
    }
    let counts = Keyphrases::count(&setting.corpus.distinct_texts(), &setting.corpus.weights(), &members);
    let predicates: Vec<&str> = named.iter().map(|named| named.candidate.predicate.as_str()).collect();
    let directions = setting.embedder.embed(&predicates, &Silent)?.embeddings;
    let cluster = |(index, named): (usize, &Named<'_>)| {
        let Illustration { exemplars, evidence } = illustrate(setting, &named.members, directions.row(index))?;
        Ok(Cluster {
            label: named.candidate.label.clone(),
            predicate: named.candidate.predicate.clone(),
            by: NamedBy::Model,
            keywords: counts.of(index).into_iter().map(|phrase| phrase.text).take(8).collect(),
            exemplars,
            evidence,
            near_misses: named.others.iter().take(NEAR_MISSES).map(|neighbor| neighbor.index).collect(),
        })
    };
    named.iter().enumerate().map(cluster).collect()
}
