//! What the core taught: for the documents of the ground, and for others that are seen in the same spaces.

use ndarray::{Array2, Axis};

use super::graph::log_shares;
use super::matrix::{log_softmax, view};
use super::means::{Hold, cosines, means};
use super::regression::Regression;
use super::ridge::Ridge;
use super::{Classifier, Core, Ground, Start, Validation};
use crate::cluster::CellIndex;
use crate::embed::Embeddings;
use crate::error::Error;

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

    /// Scores of some of the ground's documents (their number × m).
    pub fn of_members(&self, ground: &Ground<'_>, at: &[usize]) -> Array2<f32> {
        match self {
            Fitted::Means(means) => cosines(view(&ground.centred.select(at)), means),
            Fitted::Labels(labels) => log_shares(labels.select(Axis(0), at)),
            Fitted::Regression(regression) => regression.scores(&ground.embeddings.select(at)),
            Fitted::Ridge(ridge) => ridge.scores(&ground.embeddings.select(at)),
        }
    }

    /// Scores of all of the ground's documents (n×m).
    fn of_all(&self, ground: &Ground<'_>) -> Array2<f32> {
        match self {
            Fitted::Means(means) => cosines(view(&ground.centred), means),
            Fitted::Labels(labels) => log_shares(labels.clone()),
            Fitted::Regression(regression) => regression.scores(&ground.embeddings),
            Fitted::Ridge(ridge) => ridge.scores(&ground.embeddings),
        }
    }

    /// Scores of other rows of the ground's space (their number × m), whose neighbors in the ground `index` finds.
    fn of_others(&self, ground: &Ground<'_>, index: &CellIndex<'_>, rows: &Embeddings) -> Array2<f32> {
        match self {
            Fitted::Means(means) => cosines(view(&ground.mean.taken_from(rows)), means),
            Fitted::Labels(labels) => log_shares(ground.graph.reach(labels, index, rows)),
            Fitted::Regression(regression) => regression.scores(rows),
            Fitted::Ridge(ridge) => ridge.scores(rows),
        }
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
            let learned =
                |&(classifier, _): &(Classifier, f32)| Fitted::learn(&grounds[mixture.space], core, start, classifier);
            fitted.push(mixture.used.iter().map(learned).collect());
        }
        Ok(Posterior { grounds, validation, fitted, classes: core.classes() })
    }

    /// Log posteriors of all documents of the grounds (n×m).
    pub fn of_all(&self) -> Array2<f32> {
        let n = self.grounds.first().map_or(0, Ground::len);
        self.sum(n, |mixture, fitted| fitted.of_all(self.ground(mixture)))
    }

    /// Indexes the grounds for the neighbors of other documents.
    pub fn others(&self) -> Others<'_> {
        let indices = (0..self.fitted.len()).map(|mixture| CellIndex::new(&self.ground(mixture).embeddings)).collect();
        Others { posterior: self, indices }
    }

    fn ground(&self, mixture: usize) -> &Ground<'a> {
        &self.grounds[self.validation.mixtures[mixture].space]
    }

    /// In each space the classifiers' scores, each at its temperature, added up; then the spaces likewise.
    fn sum(&self, count: usize, scores: impl Fn(usize, &Fitted) -> Array2<f32>) -> Array2<f32> {
        let mut sum = Array2::zeros((count, self.classes));
        for (index, mixture) in self.validation.mixtures.iter().enumerate() {
            let mut own = Array2::zeros(sum.raw_dim());
            for (fitted, &(_, temperature)) in self.fitted[index].iter().zip(&mixture.used) {
                let mut logs = scores(index, fitted);
                log_softmax(&mut logs, temperature);
                own += &logs;
            }
            log_softmax(&mut own, mixture.temperature);
            sum += &own;
        }
        log_softmax(&mut sum, self.validation.temperature);
        sum
    }
}

/// The same for documents that are not of the grounds.
pub struct Others<'a> {
    posterior: &'a Posterior<'a>,
    /// For each of the validation's mixtures.
    indices: Vec<CellIndex<'a>>,
}

impl Others<'_> {
    /// Log posteriors of r documents (r×m), whose rows in a space, numbered as the grounds, are asked for once each.
    pub fn of(&self, count: usize, rows: impl Fn(usize) -> Embeddings) -> Array2<f32> {
        let posterior = self.posterior;
        let rows: Vec<Embeddings> = posterior.validation.mixtures.iter().map(|mixture| rows(mixture.space)).collect();
        posterior.sum(count, |mixture, fitted| {
            fitted.of_others(posterior.ground(mixture), &self.indices[mixture], &rows[mixture])
        })
    }
}
