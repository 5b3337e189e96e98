//! The nearest of some centroids, level by level.

use super::{By, Placement};
use crate::cluster::{Centering, Nearest, confidences, nearest_centroids};
use crate::corpus::Languages;
use crate::vectors::{Embeddings, dot};

/// Centroids, and what is taken away from a text's vector before it is compared with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Centers {
    /// The kinds of texts that are told apart: what is taken away is the mean of a text's kind.
    pub languages: Languages,
    /// The means.
    pub centering: Centering,
    /// The top first.
    pub levels: Vec<Level>,
}

/// One level of centroids.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// k×d.
    pub centroids: Embeddings,
    /// For each of k centroids the one of the level above that it is a part of; empty at the top.
    pub parents: Vec<usize>,
    /// For each of k centroids its cluster; none for one that is not shown.
    pub clusters: Vec<Option<usize>>,
    /// What differences of cosines are divided by before they become confidences; above 0.
    pub temperature: f64,
}

impl Centers {
    /// The rows that are compared with the centroids (n×d).
    pub fn compared(&self, texts: &[&str], rows: &Embeddings) -> Embeddings {
        self.centering.of(rows, &self.languages.numbers(texts))
    }

    /// Places n texts with their vectors (n×d).
    pub fn place(&self, texts: &[&str], rows: &Embeddings) -> Vec<Placement> {
        let rows = self.compared(texts, rows);
        let mut held = vec![Vec::new(); rows.len()];
        let mut above: Option<Vec<Nearest>> = None;
        for level in &self.levels {
            let nearest = match &above {
                None => nearest_centroids(&rows, &level.centroids),
                Some(above) => level.within(&rows, above),
            };
            let sure = confidences(&rows, &level.centroids, &nearest, level.temperature);
            for ((held, nearest), sure) in held.iter_mut().zip(&nearest).zip(sure) {
                let place = |cluster| (cluster, By::Similarity, sure);
                held.extend(level.clusters[nearest.label].map(place));
            }
            above = Some(nearest);
        }
        held.into_iter().map(Placement::In).collect()
    }
}

impl Level {
    /// For each of n rows the nearest of the parts of the centroid that it is with at the level above, of equal ones the first.
    fn within(&self, rows: &Embeddings, above: &[Nearest]) -> Vec<Nearest> {
        let most = self.parents.iter().max().map_or(0, |most| most + 1);
        let mut parts = vec![Vec::new(); most];
        self.parents.iter().enumerate().for_each(|(part, &parent)| parts[parent].push(part));
        let nearest = |(row, above): (usize, &Nearest)| {
            let mut best = Nearest { label: 0, similarity: f32::NEG_INFINITY, second: -1.0 };
            for &label in &parts[above.label] {
                let similarity = dot(rows.row(row), self.centroids.row(label));
                if similarity > best.similarity {
                    best = Nearest { label, similarity, second: best.similarity.max(-1.0) };
                }
            }
            best
        };
        above.iter().enumerate().map(nearest).collect()
    }
}
