//! What a core taught, as a value: for the documents of the training sample, and for others that are seen in
//! the same spaces.

use std::cell::OnceCell;

use ndarray::Array2;

use super::fitted::Fitted;
use super::graph::reach;
use super::{Classifier, Core, FeatureSpace, Member, Mixture, Start, Validation};
use crate::cluster::CellIndex;
use crate::error::Error;
use crate::vectors::{Embeddings, Mean, log_softmax};

/// The chosen classifiers in the chosen spaces, each having learned from the whole core. It borrows
/// nothing of the sample, so that it can be kept and saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// Space by space.
    pub parts: Vec<InSpace>,
    /// Temperature of the sum of the spaces' log posteriors.
    pub temperature: f32,
    /// m.
    pub classes: usize,
}

/// The classifiers of one space.
#[derive(Debug, Clone, PartialEq)]
pub struct InSpace {
    /// Whose opinion is heard, and how loud.
    pub mixture: Mixture,
    /// d: the mean of the sample's rows.
    pub mean: Mean,
    /// For each member of the mixture its classifier.
    pub fitted: Vec<Fitted>,
    /// p: how near each document of the sample is to its neighbors; empty where no labels are
    /// spread.
    pub degrees: Vec<f32>,
}

impl Ensemble {
    /// `start` is of the first of the `feature_spaces`.
    ///
    /// # Errors
    /// When the core is malformed.
    pub fn learn(
        feature_spaces: &[FeatureSpace<'_>],
        core: &Core,
        start: &Start,
        validation: &Validation,
    ) -> Result<Ensemble, Error> {
        core.check(feature_spaces.first().map_or(0, FeatureSpace::len))?;
        let part = |mixture: &Mixture| {
            let (space, start) = (&feature_spaces[mixture.space], (mixture.space == 0).then_some(start));
            let learned = |member: &Member| Fitted::learn(space, core, start, member.classifier);
            let fitted = mixture.members.iter().map(learned).collect();
            let spreads = mixture.members.iter().any(|member| member.classifier == Classifier::Neighbors);
            let degrees = if spreads { space.graph.degrees().to_vec() } else { Vec::new() };
            InSpace { mixture: mixture.clone(), mean: space.mean.clone(), fitted, degrees }
        };
        let parts = validation.mixtures.iter().map(part).collect();
        Ok(Ensemble { parts, temperature: validation.temperature, classes: core.classes() })
    }

    /// Log posteriors of all documents (n×m).
    pub fn of_all(&self, feature_spaces: &[FeatureSpace<'_>]) -> Array2<f32> {
        self.sum(feature_spaces.first().map_or(0, FeatureSpace::len), |part| {
            let space = &feature_spaces[part.mixture.space];
            let scores = |fitted: &Fitted| fitted.scores(&space.embeddings, &space.centred, Array2::clone);
            part.mixture.heard(part.fitted.iter().map(scores))
        })
    }

    /// Log posteriors of r documents (r×m). Of each is said which of the sample's p documents it
    /// is, if it is one; `rows` gives their rows in the space of a part; `own` has those of the
    /// sample.
    pub fn of(
        &self,
        places: &[Option<usize>],
        rows: impl Fn(&InSpace, usize) -> Embeddings,
        own: &OwnRows<'_>,
    ) -> Array2<f32> {
        let mut number = 0;
        self.sum(places.len(), |part| {
            let rows = rows(part, number);
            let centred = part.mean.taken_from(&rows);
            let reached = |labels: &Array2<f32>| part.reached(labels, places, &rows, || own.index(number));
            let scores = part.fitted.iter().map(|fitted| fitted.scores(&rows, &centred, reached));
            let heard = part.mixture.heard(scores);
            number += 1;
            heard
        })
    }

    /// In each space what the classifiers say together, and then the spaces.
    fn sum(&self, count: usize, mut heard: impl FnMut(&InSpace) -> Array2<f32>) -> Array2<f32> {
        let mut sum = Array2::zeros((count, self.classes));
        self.parts.iter().for_each(|part| sum += &heard(part));
        log_softmax(&mut sum, self.temperature);
        sum
    }
}

impl InSpace {
    /// How much of each of the sample's labels (p×m) reached each of r documents (r×m).
    fn reached<'a>(
        &self,
        labels: &Array2<f32>,
        places: &[Option<usize>],
        rows: &Embeddings,
        index: impl FnOnce() -> &'a CellIndex<'a>,
    ) -> Array2<f32> {
        let mut reached = Array2::zeros((places.len(), labels.ncols()));
        let mut others = Vec::new();
        for (document, place) in places.iter().enumerate() {
            match place {
                Some(place) => reached.row_mut(document).assign(&labels.row(*place)),
                None => others.push(document),
            }
        }
        if !others.is_empty() {
            let found = reach(labels, &self.degrees, index(), &rows.select(&others));
            others.iter().zip(found.rows()).for_each(|(&document, found)| reached.row_mut(document).assign(&found));
        }
        reached
    }
}

/// The rows of a sample's p documents in the space of each part of an ensemble, by whose
/// neighborhood others are judged. The index of each is made once, when it is first needed.
#[derive(Debug)]
pub struct OwnRows<'a>(Vec<(&'a Embeddings, OnceCell<CellIndex<'a>>)>);

impl<'a> OwnRows<'a> {
    /// Of p rows in each space, p at least 1.
    pub fn new(spaces: impl IntoIterator<Item = &'a Embeddings>) -> OwnRows<'a> {
        OwnRows(spaces.into_iter().map(|rows| (rows, OnceCell::new())).collect())
    }

    fn index(&self, part: usize) -> &CellIndex<'a> {
        let (rows, index) = &self.0[part];
        index.get_or_init(|| CellIndex::new(rows))
    }
}
