//! What the core taught: for the documents of the ground, and for others that are seen in the same spaces.

use std::cell::OnceCell;

use ndarray::Array2;

use super::fitted::Fitted;
use super::{Core, Ground, Mixture, Start, Validation, Voice};
use crate::cluster::CellIndex;
use crate::error::Error;
use crate::vectors::{Embeddings, log_softmax};

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
