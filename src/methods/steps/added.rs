//! Clusters that are added to those of an earlier run: named, and shown by documents.

use super::described::described_by;
use super::explain::{by_mean, means};
use super::illustrate::illustrate;
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::{Asked, Cluster, Setting};
use crate::wording::{Keyphrases, Reader, labels};

/// Explains groups of texts beside earlier ones, from which their words must tell them apart. Who answers may name them; where
/// nobody does, they are called by their words.
///
/// # Errors
/// Those of the answerer, of the prompt and of the embedder.
pub fn added(
    setting: Setting<'_>,
    asked: Asked<'_>,
    earlier: &[Vec<usize>],
    groups: &[Vec<usize>],
) -> Result<Vec<Cluster>, Error> {
    let (texts, weights) = (setting.corpus.distinct_texts(), setting.corpus.weights());
    let all: Vec<Vec<usize>> = earlier.iter().chain(groups).cloned().collect();
    let counts = Keyphrases::count(&texts, &weights, &all, Reader::Person);
    let all = means(setting.embeddings, &all);
    let wordings = labels(&counts, &all, &setting.plan.goal, setting.embedder)?.split_off(earlier.len());
    let keywords: Vec<Vec<String>> = wordings.iter().map(|wording| wording.keywords.clone()).collect();
    let ranked = by_mean(setting.embeddings, groups);
    let members: Vec<&[Neighbor]> = ranked.iter().map(|(members, _)| members.as_slice()).collect();
    let Asked { prompts, answerer } = asked;
    let described = described_by(setting, &prompts.describe, answerer, setting.embeddings, (&members, wordings))?;
    let means = all.select(&(earlier.len()..all.len()).collect::<Vec<_>>());
    let shown = illustrate(setting, &members, &[&means])?;
    let mut clusters = Vec::with_capacity(groups.len());
    for (group, (described, shown)) in described.into_iter().zip(shown).enumerate() {
        clusters.push(Cluster {
            label: described.candidate.label,
            predicate: described.candidate.predicate,
            by: described.by,
            keywords: keywords[group].clone(),
            exemplars: shown.exemplars,
            evidence: shown.evidence,
            near_misses: ranked[group].1.iter().map(|other| other.index).collect(),
            share: None,
            parent: None,
            stability: None,
            former: None,
            test: None,
        });
    }
    Ok(clusters)
}
