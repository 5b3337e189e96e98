//! A text that no model judged, placed by classifiers that learned from the judged ones.

use ndarray::{Array2, ArrayView1};

use super::prior::Prior;
use super::{By, Place, Placement};
use crate::message::Message;
use crate::spread::features::Space;
use crate::spread::{Calibrated, Classifier, Ensemble, OwnRows};
use crate::vectors::{Embeddings, argmax};

/// What is said of a text of a class that none of the run's documents is in.
const OF_NO_CLUSTER: &str = "it seems to be of a group that none of the run's documents is in";

/// Classifiers over K classes and a last one for none of them, and what their opinion means.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// p: which of the run's own texts the classifiers looked at, ascending.
    pub ground: Vec<u32>,
    /// For each part of the ensemble the space that its rows lie in.
    pub spaces: Vec<Space>,
    /// For each part, where labels were spread in it, what its p own rows have of the texts alone
    /// (p×t).
    pub of_texts: Vec<Option<Embeddings>>,
    /// What the judged documents taught.
    pub ensemble: Ensemble,
    /// What was known before.
    pub prior: Option<Prior>,
    /// From log posteriors to confidences; without it they are probabilities as they are.
    pub calibrated: Option<Calibrated>,
    /// No confidence claims more.
    pub most: f64,
    /// For each of K classes its cluster, if documents of the run are in it.
    pub clusters: Vec<Option<usize>>,
    /// What is said of a text that is of none of the classes.
    pub none: String,
}

impl Inferred {
    /// Log posteriors of r texts (r×(K + 1)), whose vectors are given (r×d). Of each is said which
    /// of the ground it is, if it is one.
    pub fn logs(&self, places: &[Option<usize>], texts: &[&str], rows: &Embeddings, own: &OwnRows<'_>) -> Array2<f32> {
        let mut logs = self.ensemble.of(places, |_, part| self.spaces[part].rows(texts, rows), own);
        self.prior.iter().for_each(|prior| prior.join(&mut logs, rows));
        logs
    }

    /// The place of a text by its log posteriors (K + 1).
    pub fn placed(&self, logs: ArrayView1<'_, f32>) -> Placement {
        let class = argmax(logs);
        match self.clusters.get(class) {
            None => Placement::Uncovered(Message::of(&self.none)),
            Some(None) => Placement::Uncovered(OF_NO_CLUSTER.into()),
            Some(Some(cluster)) => {
                let confidence = match &self.calibrated {
                    Some(calibrated) => calibrated.expected(logs)[class],
                    None => f64::from(logs[class].exp()),
                };
                // Where classifiers say nothing that is a number, nothing is sure.
                let confidence = if confidence.is_nan() { 0.0 } else { confidence.clamp(0.0, 1.0) };
                Placement::In(vec![Place::new(*cluster, By::Spread, confidence.min(self.most))])
            }
        }
    }

    /// The ground's rows in the space of each part, from the vectors of the run's own texts (n×d).
    /// Where no labels were spread, nobody asks for them.
    pub(super) fn seen(&self, own: &Embeddings) -> Vec<Embeddings> {
        let ground: Vec<usize> = self.ground.iter().map(|&text| text as usize).collect();
        let vectors = own.select(&ground);
        let of_part = |(part, space): (usize, &Space)| match self.has_labels(part) {
            true => space.joined(self.of_texts[part].clone(), &vectors),
            false => Embeddings::new(Vec::new(), own.dimensions()),
        };
        self.spaces.iter().enumerate().map(of_part).collect()
    }

    /// Whether labels were spread in a part.
    pub(super) fn has_labels(&self, part: usize) -> bool {
        self.ensemble.parts[part].mixture.members.iter().any(|member| member.classifier == Classifier::Neighbors)
    }
}
