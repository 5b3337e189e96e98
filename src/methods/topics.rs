//! `--method topics`: clusters by wording, named by keyphrases. No model is asked.

use super::{Cluster, Illustration, NEAR_MISSES, Outcome, Placement, Setting, Watch, illustrate};
use crate::cluster::{Clustering, ExactIndex, KMeans, Neighbor, NeighborIndex, choose_k, kmeans};
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
    let counts = Keyphrases::count(&texts, &weights, &clustering.members());
    let wordings = labels(&counts, &clustering.centroids, &setting.plan.goal, setting.embedder)?;
    let ranked: Vec<(Vec<Neighbor>, &[f32])> = (0..clustering.len())
        .map(|cluster| (ranked_members(&clustering, cluster), clustering.centroids.row(cluster)))
        .collect();
    let shown = wordings.into_iter().zip(illustrate(setting, &ranked)?).enumerate();
    let clusters =
        shown.map(|(index, (wording, shown))| explained(setting, &clustering, index, wording, shown)).collect();
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

fn explained(
    setting: Setting<'_>,
    clustering: &Clustering,
    index: usize,
    wording: Wording,
    shown: Illustration,
) -> Cluster {
    Cluster {
        predicate: worded(&wording.label),
        label: wording.label,
        by: NamedBy::Keyphrases,
        keywords: wording.keywords,
        exemplars: shown.exemplars,
        evidence: shown.evidence,
        near_misses: near_misses(setting, clustering, index),
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

fn ranked_members(clustering: &Clustering, cluster: usize) -> Vec<Neighbor> {
    let rows = clustering.nearest.iter().enumerate().filter(|(_, row)| row.label == cluster);
    let mut ranked: Vec<Neighbor> = rows.map(|(index, row)| Neighbor { index, similarity: row.similarity }).collect();
    ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index)));
    ranked
}

fn near_misses(setting: Setting<'_>, clustering: &Clustering, cluster: usize) -> Vec<usize> {
    let size = clustering.nearest.iter().filter(|row| row.label == cluster).count();
    let found = ExactIndex::new(setting.embeddings).nearest(clustering.centroids.row(cluster), size + NEAR_MISSES);
    let others =
        found.into_iter().map(|neighbor| neighbor.index).filter(|&index| clustering.nearest[index].label != cluster);
    others.take(NEAR_MISSES).collect()
}

/// The cosine, which a vector opposite to its centroid could make negative.
fn confidence(similarity: f32) -> f64 {
    f64::from(similarity).clamp(0.0, 1.0)
}
