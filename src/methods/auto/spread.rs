//! From the judged documents to all: classifiers learn the selected candidates and say how probable each is for every document.

use ndarray::Array2;

use super::judgments::Judgments;
use super::learn::Learned;
use super::select::Selection;
use super::session::Session;
use crate::error::Error;
use crate::spread::Ensemble;

/// The spread of the selected candidates: K classes and a last one for none of them.
pub(super) struct Spread {
    pub selection: Selection,
    pub learned: Learned,
    /// n×(K + 1) log posteriors.
    pub logs: Array2<f32>,
}

impl Judgments {
    /// Spreads the answers on the selected candidates; also returns the classifiers that did it.
    pub(super) fn spread(&self, session: &Session<'_>, selection: Selection) -> Result<(Spread, Ensemble), Error> {
        let learned = self.learn(session, &selection.classes, &session.sample.everywhere(), true)?;
        let ensemble = learned.ensemble(session)?;
        let mut logs = session.sample.spread(&ensemble, &session.texts);
        let texts: Vec<usize> = (0..session.texts.len()).collect();
        self.hear_prior(session, &mut logs, &texts, &selection.classes.candidates, learned.weight);
        Ok((Spread { selection, learned, logs }, ensemble))
    }
}
