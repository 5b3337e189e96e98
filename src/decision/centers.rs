//! The nearest of some centroids, level by level.

use rayon::prelude::*;

use super::{By, Place, Placement};
use crate::cluster::{Centering, Nearest, confidences, nearest_centroids};
use crate::corpus::Languages;
use crate::spread::Adapter;
use crate::vectors::{Embeddings, dot};

/// Centroids, and what is done to a text's vector before it is compared with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Centers {
    /// A learned map of the vectors, where there is one: it comes first.
    pub adapter: Option<Adapter>,
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
    /// How sure a place is.
    pub confidence: Confidence,
}

/// How sure the place of a text is among k centroids.
#[derive(Debug, Clone, PartialEq)]
pub enum Confidence {
    /// Its cosine to the centroid.
    Cosine,
    /// Its cosine to another direction of each centroid (k×d): the mean of the documents that came to it.
    CosineTo(Embeddings),
    /// The centroid's share in a softmax of the cosines to all centroids, divided by this temperature.
    Share(f64),
}

impl Centers {
    /// The rows that are compared with the centroids (n×d).
    pub fn compared(&self, texts: &[&str], rows: &Embeddings) -> Embeddings {
        let kinds = self.languages.numbers(texts);
        match &self.adapter {
            Some(adapter) => self.centering.of(&adapter.apply(rows), &kinds),
            None => self.centering.of(rows, &kinds),
        }
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
            let confidences = level.confidences(&rows, &nearest);
            for ((held, nearest), confidence) in held.iter_mut().zip(&nearest).zip(confidences) {
                held.extend(
                    level.clusters[nearest.label].map(|cluster| Place::new(cluster, By::Similarity, confidence)),
                );
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
        above.par_iter().enumerate().map(nearest).collect()
    }

    /// For each of n rows how sure it is of the centroid that it is with.
    fn confidences(&self, rows: &Embeddings, nearest: &[Nearest]) -> Vec<f64> {
        match &self.confidence {
            Confidence::Cosine => nearest.iter().map(|nearest| bounded(nearest.similarity)).collect(),
            Confidence::CosineTo(directions) => {
                let each = nearest.par_iter().enumerate();
                each.map(|(row, nearest)| bounded(dot(directions.row(nearest.label), rows.row(row)))).collect()
            }
            Confidence::Share(temperature) => confidences(rows, &self.centroids, nearest, *temperature),
        }
    }
}

/// The cosine, which a vector opposite to its centroid could make negative.
fn bounded(similarity: f32) -> f64 {
    f64::from(similarity).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(confidence: Confidence) -> Centers {
        let level = Level {
            centroids: Embeddings::new(vec![1.0, 0.0, 0.0, 1.0], 2),
            parents: Vec::new(),
            clusters: vec![Some(1), Some(0)],
            confidence,
        };
        let centering = Centering::from_means(None);
        Centers { adapter: None, languages: Languages::default(), centering, levels: vec![level] }
    }

    #[test]
    fn a_text_goes_to_the_nearest_centroid_as_surely_as_is_measured() {
        let rows = Embeddings::new(vec![0.8, 0.6], 2);
        let place = |confidence| match level(confidence).place(&["a"], &rows).remove(0) {
            Placement::In(held) => held[0],
            other => panic!("{other:?}"),
        };
        let Place { cluster, by, confidence } = place(Confidence::Cosine);
        assert_eq!((cluster, by, (confidence * 1e4).round()), (1, By::Similarity, 8_000.0));
        let turned = Embeddings::new(vec![0.6, 0.8, -1.0, 0.0], 2);
        assert_eq!((place(Confidence::CosineTo(turned)).confidence * 1e4).round(), 9_600.0);
        let share = 1.0 / (1.0 + (-0.2_f64 / 0.1).exp());
        assert!((place(Confidence::Share(0.1)).confidence - share).abs() < 1e-6);
    }

    #[test]
    fn a_part_is_looked_for_within_its_own_cluster() {
        let mut centers = level(Confidence::Cosine);
        centers.levels.push(Level {
            centroids: Embeddings::new(vec![0.0, 1.0, 1.0, 0.0, 0.8, 0.6], 2),
            parents: vec![0, 1, 1],
            clusters: vec![Some(2), Some(3), None],
            confidence: Confidence::Cosine,
        });
        let rows = Embeddings::new(vec![0.8, 0.6, 0.6, 0.8], 2);
        let places: Vec<Vec<usize>> = centers
            .place(&["a", "b"], &rows)
            .into_iter()
            .map(|place| match place {
                Placement::In(held) => held.into_iter().map(|place| place.cluster).collect(),
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(places, [vec![1, 2], vec![0]], "the second one's part is not shown");
    }
}
