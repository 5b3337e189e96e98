//! `--method topics`: clusters by wording, named by keyphrases. No model is asked.

use super::explain::ranked;
use super::{Cluster, Illustration, NEAR_MISSES, Outcome, Placement, Setting, Watch, illustrate};
use crate::cluster::{Clustering, KMeans, Neighbor, choose_k, kmeans, near_misses};
use crate::error::Error;
use crate::run::{By, KChoice, NamedBy};
use crate::wording::{Keyphrases, Wording, labels};

/// Embeddings → k → k-means → keyphrases → quotes.
///
/// # Errors
/// When k is more than there are texts, or the embedder cannot be run.
pub fn topics(setting: Setting<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let weights = setting.corpus.weights();
    let (k, k_choice) = number_of_clusters(setting)?;
    let clustering = kmeans(setting.embeddings, &weights, KMeans::new(k, setting.plan.seed))?;
    watch.lap("cluster");
    let texts = setting.corpus.distinct_texts();
    let members = clustering.members();
    let counts = Keyphrases::count(&texts, &weights, &members);
    let wordings = labels(&counts, &clustering.centroids, &setting.plan.goal, setting.embedder)?;
    let illustrated: Vec<(Vec<Neighbor>, &[f32])> = members
        .iter()
        .enumerate()
        .map(|(cluster, members)| (ranked_members(&clustering, members), clustering.centroids.row(cluster)))
        .collect();
    let shown = wordings.into_iter().zip(illustrate(setting, &illustrated)?);
    let misses = near_misses(setting.embeddings, &clustering, NEAR_MISSES);
    let clusters = shown.zip(misses).map(|((wording, shown), misses)| explained(wording, shown, misses)).collect();
    watch.lap("explain");
    let placements = clustering
        .nearest
        .iter()
        .map(|row| Placement::In(vec![(row.label, By::Similarity, confidence(row.similarity))]))
        .collect();
    Ok(Outcome { clusters, placements, k_choice, stages: watch.into_stages(), ..Outcome::default() })
}

fn number_of_clusters(setting: Setting<'_>) -> Result<(usize, Option<KChoice>), Error> {
    if let Some(k) = setting.plan.k {
        return Ok((k, None));
    }
    let chosen = choose_k(setting.embeddings, setting.plan.seed)?;
    let how = chosen.how();
    Ok((chosen.k, Some(KChoice { k: chosen.k, how, tried: chosen.tried })))
}

fn explained(wording: Wording, shown: Illustration, misses: Vec<Neighbor>) -> Cluster {
    Cluster {
        predicate: worded(&wording.label),
        label: wording.label,
        by: NamedBy::Keyphrases,
        keywords: wording.keywords,
        exemplars: shown.exemplars,
        evidence: shown.evidence,
        near_misses: misses.into_iter().map(|miss| miss.index).collect(),
        share: None,
    }
}

/// What a label of phrases says of the documents.
pub fn worded(label: &str) -> String {
    let quoted: Vec<String> =
        label.split(", ").filter(|phrase| !phrase.is_empty()).map(|phrase| format!("“{phrase}”")).collect();
    match quoted.len() {
        0 => "is worded like the documents shown".to_owned(),
        _ => format!("is worded like: {}", quoted.join(", ")),
    }
}

/// The members of a cluster, nearest to its centroid first.
fn ranked_members(clustering: &Clustering, members: &[usize]) -> Vec<Neighbor> {
    let neighbor = |&index: &usize| Neighbor { index, similarity: clustering.nearest[index].similarity };
    ranked(members.iter().map(neighbor).collect())
}

/// The cosine, which a vector opposite to its centroid could make negative.
fn confidence(similarity: f32) -> f64 {
    f64::from(similarity).clamp(0.0, 1.0)
}
