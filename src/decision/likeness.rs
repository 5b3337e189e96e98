//! The most alike entry of a codebook, if any is alike enough.

use super::centered::{Centered, largest, shares};
use super::{By, Own, OwnVectors, Place, Placement};
use crate::vectors::Embeddings;

/// What is said of a document that no entry is alike enough to.
const UNLIKE: &str = "like no entry of the codebook";

/// Texts beside the m entries of a codebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// d: what is taken away from a text's vector.
    pub mean: Vec<f32>,
    /// m×d: the entries' own words.
    pub words: Embeddings,
    /// m×d: the means of the documents that are like them.
    pub means: Embeddings,
    /// m: mean and standard deviation of the documents' likeness to each entry's words.
    pub moments: Vec<(f32, f32)>,
    /// What differences of likeness are divided by before they become shares.
    pub temperature: f64,
    /// Texts that fit less are in no cluster.
    pub least: f64,
    /// Nearest own texts that tell how a text fits, beside the text itself.
    pub neighbors: usize,
    /// m: the cluster of each entry.
    pub clusters: Vec<usize>,
    /// The run's own n texts.
    pub own: Own,
    /// n: how well each own text fits, with its nearest others.
    pub fits: Vec<f64>,
    /// n: the largest likeness of each own text to an entry's words, in standard deviations.
    pub best: Vec<f32>,
}

impl Likeness {
    /// Places n texts with their vectors (n×d).
    pub fn place(&self, texts: &[&str], rows: &Embeddings, vectors: &OwnVectors<'_>) -> Vec<Placement> {
        let documents = Centered::less(rows, self.mean.clone());
        let nearest = documents.each(&self.means, |_, cosines| {
            let entry = largest(&cosines);
            (entry, f64::from(shares(&cosines, self.temperature)[entry]))
        });
        let best = documents.each(&self.words, |_, cosines| self.standing(&cosines));
        let place = |(text, (entry, confidence)): (usize, (usize, f64))| {
            let fit = match self.own.number(texts[text]) {
                Some(own) => self.fits[own],
                None => self.fit(rows.row(text), best[text], vectors),
            };
            match fit >= self.least {
                true => Placement::In(vec![Place::new(self.clusters[entry], By::Similarity, confidence)]),
                false => Placement::Uncovered(UNLIKE.into()),
            }
        };
        nearest.into_iter().enumerate().map(place).collect()
    }

    /// The largest likeness to an entry's words, in standard deviations over the run's documents.
    fn standing(&self, cosines: &[f32]) -> f32 {
        let standing = |(cosine, (mean, spread)): (&f32, &(f32, f32))| (cosine - mean) / spread;
        cosines.iter().zip(&self.moments).map(standing).fold(f32::NEG_INFINITY, f32::max)
    }

    /// How well a text fits that is none of the run's own: with those of them that are nearest.
    fn fit(&self, row: &[f32], best: f32, vectors: &OwnVectors<'_>) -> f64 {
        let near = vectors.index().nearest(row, self.neighbors);
        let others = near.iter().map(|other| self.best[other.index]);
        let values: Vec<f64> = std::iter::once(best).chain(others).map(f64::from).collect();
        values.iter().sum::<f64>() / values.len() as f64
    }
}
