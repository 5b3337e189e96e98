//! One classifier that has learned from a core.

use ndarray::{Array2, Axis};

use super::graph::log_shares;
use super::means::{Hold, cosines, means};
use super::regression::Regression;
use super::ridge::Ridge;
use super::{Classifier, Core, Ground, Start};
use crate::vectors::Embeddings;
use crate::vectors::view;

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
    pub fn scores(
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
