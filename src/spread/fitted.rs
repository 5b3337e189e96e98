//! What the core taught: for the documents of the ground, and for others that are seen in the same spaces.

use std::cell::OnceCell;

use ndarray::{Array2, Axis};

use super::graph::log_shares;
use super::means::{Hold, cosines, means};
use super::regression::Regression;
use super::ridge::Ridge;
use super::{Classifier, Core, Ground, Mixture, Start, Validation, Voice};
use crate::cluster::CellIndex;
use crate::error::Error;
use crate::vectors::Embeddings;
use crate::vectors::{log_softmax, view};

/// A classifier that has learned.
#[derive(Debug)]
pub(super) enum Fitted {
    /// Class means (m×d) among centred rows.
    Means(Array2<f32>),
    Regression(Regression),
    Ridge(Ridge),
    /// How much of each label reached the ground's documents (n×m).
    Labels(Array2<f32>),
}

impl Fitted {
    /// Learns from a core. Predicates have directions in the space that they are embedded in, and none in others.
    pub fn learn(ground: &Ground<'_>, core: &Core, start: Option<&Start>, classifier: Classifier) -> Fitted {
        let nowhere = || Array2::zeros((core.classes(), ground.embeddings.dimensions()));
        match classifier {
            Classifier::Predicates => Fitted::Means(start.map_or_else(nowhere, |start| start.means.clone())),
            Classifier::Means => {
                let directions = start.map_or_else(nowhere, |start| start.directions.clone());
                Fitted::Means(means(ground, core, &directions, Hold::Answers))
            }
            Classifier::Regression => Fitted::Regression(Regression::learn(&ground.embeddings, core)),
            Classifier::Ridge => Fitted::Ridge(Ridge::learn(&ground.embeddings, core)),
            Classifier::Neighbors => Fitted::Labels(ground.graph.spread(core)),
        }
    }

    /// Scores of r rows (r×m), given as they are and centred; `reached` says how much of each of the labels reached them.
    fn scores(
        &self,
        rows: &Embeddings,
        centred: &Embeddings,
        reached: impl FnOnce(&Array2<f32>) -> Array2<f32>,
    ) -> Array2<f32> {
        match self {
            Fitted::Means(means) => cosines(view(centred), means),
            Fitted::Regression(regression) => regression.scores(rows),
            Fitted::Ridge(ridge) => ridge.scores(rows),
            Fitted::Labels(labels) => log_shares(reached(labels)),
        }
    }

    /// Scores of some of the ground's documents (their number × m).
    pub fn of_members(&self, ground: &Ground<'_>, at: &[usize]) -> Array2<f32> {
        let (rows, centred) = (ground.embeddings.select(at), ground.centred.select(at));
        self.scores(&rows, &centred, |labels| labels.select(Axis(0), at))
    }
}

/// The chosen classifiers in the chosen spaces, each having learned from the whole core.
#[derive(Debug)]
pub struct Posterior<'a> {
    grounds: &'a [Ground<'a>],
    validation: &'a Validation,
    /// Those of each of the validation's mixtures.
    fitted: Vec<Vec<Fitted>>,
    classes: usize,
}

impl<'a> Posterior<'a> {
    /// `start` is of the first of the `grounds`.
    ///
    /// # Errors
    /// When the core is malformed.
    pub fn learn(
        grounds: &'a [Ground<'a>],
        core: &Core,
        start: &Start,
        validation: &'a Validation,
    ) -> Result<Posterior<'a>, Error> {
        core.check(grounds.first().map_or(0, Ground::len))?;
        let mut fitted = Vec::new();
        for mixture in &validation.mixtures {
            let start = (mixture.space == 0).then_some(start);
            let learned = |voice: &Voice| Fitted::learn(&grounds[mixture.space], core, start, voice.classifier);
            fitted.push(mixture.voices.iter().map(learned).collect());
        }
        Ok(Posterior { grounds, validation, fitted, classes: core.classes() })
    }

    /// Log posteriors of all documents of the grounds (n×m).
    pub fn of_all(&self) -> Array2<f32> {
        let n = self.grounds.first().map_or(0, Ground::len);
        self.sum(n, |mixture, fitted| {
            let ground = self.ground(mixture);
            fitted.scores(&ground.embeddings, &ground.centred, Array2::clone)
        })
    }

    /// The same for documents that are not of the grounds.
    pub fn others(&self) -> Others<'_> {
        Others { posterior: self, indices: self.fitted.iter().map(|_| OnceCell::new()).collect() }
    }

    fn ground(&self, mixture: usize) -> &Ground<'a> {
        &self.grounds[self.validation.mixtures[mixture].space]
    }

    /// In each space what the classifiers say together, and then the spaces.
    fn sum(&self, count: usize, scores: impl Fn(usize, &Fitted) -> Array2<f32>) -> Array2<f32> {
        let mut sum = Array2::zeros((count, self.classes));
        for (index, mixture) in self.validation.mixtures.iter().enumerate() {
            sum += &mixture.heard(self.fitted[index].iter().map(|fitted| scores(index, fitted)));
        }
        log_softmax(&mut sum, self.validation.temperature);
        sum
    }
}

/// What a posterior says of documents that are not of its grounds.
pub struct Others<'a> {
    posterior: &'a Posterior<'a>,
    /// For each of the validation's mixtures its ground's rows, once a classifier asks for their neighbors.
    indices: Vec<OnceCell<CellIndex<'a>>>,
}

impl Others<'_> {
    /// Log posteriors of r documents (r×m), whose rows in a space, numbered as the grounds, are asked for once each.
    pub fn of(&self, count: usize, rows: impl Fn(usize) -> Embeddings) -> Array2<f32> {
        let posterior = self.posterior;
        let seen = |mixture: &Mixture| {
            let rows = rows(mixture.space);
            let centred = posterior.grounds[mixture.space].mean.taken_from(&rows);
            (rows, centred)
        };
        let seen: Vec<(Embeddings, Embeddings)> = posterior.validation.mixtures.iter().map(seen).collect();
        posterior.sum(count, |mixture, fitted| {
            let (ground, (rows, centred)) = (posterior.ground(mixture), &seen[mixture]);
            let index = || self.indices[mixture].get_or_init(|| CellIndex::new(&ground.embeddings));
            fitted.scores(rows, centred, |labels| ground.graph.reach(labels, index(), rows))
        })
    }
}
