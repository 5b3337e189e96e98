//! How many clusters, when nobody says: the k with the best silhouette among a ladder of them.

use super::kmeans::{Clustering, KMeans, kmeans};
use crate::embed::Embeddings;
use crate::error::Error;

/// The k that was chosen and what was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenK {
    /// The chosen number of clusters.
    pub k: usize,
    /// Every k tried with its score, ascending.
    pub tried: Vec<(usize, f64)>,
}

impl ChosenK {
    /// How k was chosen, in words.
    pub fn how(&self) -> String {
        let (least, most) = (self.tried.first().map_or(1, |first| first.0), self.tried.last().map_or(1, |last| last.0));
        format!("best silhouette in cosine distance among {} numbers from {least} to {most}", self.tried.len())
    }
}

/// Chooses k for n weighted unit rows.
///
/// # Errors
/// Those of k-means.
pub fn choose_k(embeddings: &Embeddings, weights: &[f64], seed: u64) -> Result<ChosenK, Error> {
    let tried = ladder(embeddings.len())
        .into_iter()
        .map(|k| {
            let clustering = kmeans(embeddings, weights, KMeans { starts: 3, iterations: 20, ..KMeans::new(k, seed) })?;
            Ok((k, silhouette(&clustering, weights)))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let best = tried
        .iter()
        .copied()
        .fold((1, f64::NEG_INFINITY), |best, (k, score)| if score > best.1 { (k, score) } else { best });
    Ok(ChosenK { k: best.0, tried })
}

/// The numbers tried: each about a quarter more than the one before, up to the square root of n and at most 64.
fn ladder(rows: usize) -> Vec<usize> {
    let most = ((rows as f64).sqrt() as usize).clamp(1, 64);
    let mut ladder = vec![2.min(rows)];
    while let Some(&last) = ladder.last() {
        let next = last + 1 + last / 5;
        if next > most {
            break;
        }
        ladder.push(next);
    }
    ladder
}

/// The simplified silhouette (Hruschka, 2004) in cosine distance: the weighted mean of (b − a) / max(a, b), where a and b
/// are a row's distances to its own and to the next centroid.
fn silhouette(clustering: &Clustering, weights: &[f64]) -> f64 {
    let score = |similarity: f32, second: f32| {
        let (own, next) = (1.0 - f64::from(similarity), 1.0 - f64::from(second));
        (next - own) / next.max(own).max(1e-9)
    };
    let total: f64 =
        clustering.nearest.iter().zip(weights).map(|(row, weight)| weight * score(row.similarity, row.second)).sum();
    total / weights.iter().sum::<f64>()
}
