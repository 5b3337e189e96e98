//! Clusters that were added to a decision later, and which documents they take.

use rayon::prelude::*;

use super::own::{KEY, key};
use super::{By, Decision, OwnVectors, Place, Placement};
use crate::vectors::{Embeddings, argmax, dot, normalise};

/// A decision with clusters that updates have added.
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    /// That of the run that was updated first; never grown itself.
    pub first: Box<Decision>,
    /// What each update has added, the earliest first.
    pub added: Vec<Added>,
}

/// The clusters that one update has added. A text that the model did not put where it is goes to the nearest of them if it is near
/// enough, and nearer than to its own cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// d: what is taken away from a text's vector before it is compared.
    pub mean: Vec<f32>,
    /// m×d: the added clusters' directions.
    pub centers: Embeddings,
    /// m: the cosine below which a text is not near enough.
    pub least: Vec<f32>,
    /// m: their clusters.
    pub clusters: Vec<usize>,
    /// K×d: the directions of the clusters that were there before.
    pub earlier: Embeddings,
    /// Texts that were in a cluster before and stay there, by the beginnings of their sha256, ascending.
    pub stays: Vec<[u8; KEY]>,
}

impl Grown {
    /// Places n texts with their vectors (n×d).
    pub fn place(&self, texts: &[&str], rows: &Embeddings, vectors: &OwnVectors<'_>) -> Vec<Placement> {
        let mut placements = self.first.place(texts, rows, vectors);
        self.added.iter().for_each(|added| added.take(texts, rows, &mut placements));
        placements
    }
}

impl Added {
    /// Texts that stay where they are.
    pub fn keep<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        self.stays = texts.map(key).collect();
        self.stays.sort_unstable();
    }

    /// Takes those of n placed texts (n×d) that it has a nearer cluster for.
    pub fn take(&self, texts: &[&str], rows: &Embeddings, placements: &mut [Placement]) {
        placements.par_iter_mut().enumerate().for_each(|(text, placement)| {
            let taken = self.taken(rows.row(text), placement).filter(|_| !self.keeps(texts[text]));
            if let Some((cluster, cosine)) = taken {
                let confidence = f64::from(cosine).clamp(0.0, 1.0);
                *placement = Placement::In(vec![Place::new(cluster, By::Similarity, confidence)]);
            }
        });
    }

    /// Whether a text stays in the cluster in which it was before.
    fn keeps(&self, text: &str) -> bool {
        !self.stays.is_empty() && self.stays.binary_search(&key(text)).is_ok()
    }

    /// The cluster that takes a text (d) from where it is, and its cosine.
    pub fn taken(&self, row: &[f32], from: &Placement) -> Option<(usize, f32)> {
        let compared = self.compared(row);
        let own = match from {
            Placement::Failed(_) => return None,
            Placement::Uncovered(_) => -1.0,
            Placement::In(held) if held.iter().any(|place| place.by == By::Model) => return None,
            Placement::In(held) => self.nearness(&compared, held.iter().map(|place| place.cluster)),
        };
        let cosines: Vec<f32> = (0..self.centers.len()).map(|one| dot(&compared, self.centers.row(one))).collect();
        let is_near = |one: usize| cosines[one] >= self.least[one] && cosines[one] > own;
        let near: Vec<f32> = (0..cosines.len()).map(|one| if is_near(one) { cosines[one] } else { -2.0 }).collect();
        let best = argmax(ndarray::aview1(&near));
        (near[best] > -2.0).then(|| (self.clusters[best], near[best]))
    }

    /// How near a compared row (d) is to the nearest of some earlier clusters.
    pub fn nearness(&self, compared: &[f32], clusters: impl Iterator<Item = usize>) -> f32 {
        let known = clusters.filter(|&cluster| cluster < self.earlier.len());
        known.map(|cluster| dot(compared, self.earlier.row(cluster))).fold(-1.0, f32::max)
    }

    /// A row (d) as it is compared.
    fn compared(&self, row: &[f32]) -> Vec<f32> {
        let mut compared: Vec<f32> = row.iter().zip(&self.mean).map(|(value, mean)| value - mean).collect();
        normalise(&mut compared);
        compared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(stays: &[&str]) -> Added {
        let mut stays: Vec<[u8; KEY]> = stays.iter().map(|text| key(text)).collect();
        stays.sort_unstable();
        Added {
            mean: vec![0.0, 0.0],
            centers: Embeddings::new(vec![0.0, 1.0], 2),
            least: vec![0.7],
            clusters: vec![1],
            earlier: Embeddings::new(vec![1.0, 0.0], 2),
            stays,
        }
    }

    fn places(added: &Added, placement: Placement) -> Vec<Option<usize>> {
        let rows = Embeddings::new(vec![0.0, 1.0, 0.6, 0.8, 0.8, 0.6], 2);
        let mut placements = vec![placement; 3];
        added.take(&["near", "between", "far"], &rows, &mut placements);
        let cluster = |placement: &Placement| match placement {
            Placement::In(held) => Some(held[0].cluster),
            _ => None,
        };
        placements.iter().map(cluster).collect()
    }

    #[test]
    fn a_text_goes_where_it_is_nearest_unless_the_model_put_it_where_it_is() {
        let own = |by| Placement::In(vec![Place::new(0, by, 0.9)]);
        assert_eq!(places(&added(&[]), own(By::Similarity)), [Some(1), Some(1), Some(0)]);
        assert_eq!(places(&added(&[]), own(By::Spread)), [Some(1), Some(1), Some(0)]);
        assert_eq!(places(&added(&[]), own(By::Model)), [Some(0); 3]);
        assert_eq!(places(&added(&[]), Placement::Uncovered("none".into())), [Some(1), Some(1), None]);
        assert_eq!(places(&added(&[]), Placement::Failed("lost".into())), [None; 3]);
    }

    #[test]
    fn a_text_that_was_there_before_stays() {
        let own = Placement::In(vec![Place::new(0, By::Similarity, 0.9)]);
        assert_eq!(places(&added(&["near"]), own), [Some(0), Some(1), Some(0)]);
    }
}
