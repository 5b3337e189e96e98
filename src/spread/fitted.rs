//! One classifier that has learned from a core.

use ndarray::{Array2, Axis};

use super::graph::log_shares;
use super::means::{Hold, cosines, means};
use super::regression::Regression;
use super::ridge::Ridge;
use super::{Classifier, Core, FeatureSpace, Start};
use crate::vectors::Embeddings;
use crate::vectors::view;

/// A classifier that has learned.
#[derive(Debug, Clone, PartialEq)]
pub enum Fitted {
    /// Class means (m×d) among centred rows.
    Means(Array2<f32>),
    /// Coefficients and intercepts.
    Regression(Regression),
    /// The rows learned from, and what each says of each class.
    Ridge(Ridge),
    /// How much of each label reached the space's documents (n×m).
    Labels(Array2<f32>),
}

impl Fitted {
    /// Learns from a core. Predicates have directions in the space that they are embedded in, and none in others.
    pub fn learn(space: &FeatureSpace<'_>, core: &Core, start: Option<&Start>, classifier: Classifier) -> Fitted {
        let nowhere = || Array2::zeros((core.classes(), space.embeddings.dimensions()));
        match classifier {
            Classifier::Predicates => Fitted::Means(start.map_or_else(nowhere, |start| start.means.clone())),
            Classifier::Means => {
                let directions = start.map_or_else(nowhere, |start| start.directions.clone());
                Fitted::Means(means(space, core, &directions, Hold::Answers))
            }
            Classifier::Regression => Fitted::Regression(Regression::learn(&space.embeddings, core)),
            Classifier::Ridge => Fitted::Ridge(Ridge::learn(&space.embeddings, core)),
            Classifier::Neighbors => Fitted::Labels(space.graph.spread(core)),
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

    /// Scores of some of the space's documents (their number × m).
    pub fn of_members(&self, space: &FeatureSpace<'_>, at: &[usize]) -> Array2<f32> {
        let (rows, centred) = (space.embeddings.select(at), space.centred.select(at));
        self.scores(&rows, &centred, |labels| labels.select(Axis(0), at))
    }
    /// Its numbers, by name (rows×columns).
    pub fn arrays(&self) -> Vec<(&'static str, Embeddings)> {
        match self {
            Fitted::Means(means) => vec![(MEANS, rows(means))],
            Fitted::Regression(regression) => {
                let [coefficients, intercepts] = regression.arrays();
                vec![(COEFFICIENTS, coefficients), (INTERCEPTS, intercepts)]
            }
            Fitted::Ridge(ridge) => {
                let (learned_from, coefficients) = ridge.arrays();
                vec![(ROWS, learned_from.clone()), (COEFFICIENTS, rows(coefficients))]
            }
            Fitted::Labels(labels) => vec![(LABELS, rows(labels))],
        }
    }

    /// From its numbers, which `array` has by name, for rows of d values, m classes and a space of
    /// p documents.
    ///
    /// # Errors
    /// Those of `array`, and what does not fit together, in words.
    pub fn from_arrays(
        classifier: Classifier,
        (d, m, p): (usize, usize, usize),
        array: impl Fn(&str) -> Result<Embeddings, String>,
    ) -> Result<Fitted, String> {
        let shaped = |name: &str, height: usize, width: usize| {
            let found = array(name)?;
            let is_fit = (found.len(), found.dimensions()) == (height, width);
            is_fit.then_some(found).ok_or_else(|| format!("{} has \"{name}\" of another size", classifier.name()))
        };
        let matrix = |name, height, width| shaped(name, height, width).map(|found| view(&found).to_owned());
        match classifier {
            Classifier::Predicates | Classifier::Means => matrix(MEANS, m, d).map(Fitted::Means),
            Classifier::Regression => {
                let (coefficients, intercepts) = (shaped(COEFFICIENTS, m, d)?, shaped(INTERCEPTS, 1, m)?);
                Ok(Fitted::Regression(Regression::from_arrays(&coefficients, &intercepts)))
            }
            Classifier::Ridge => {
                let learned_from = array(ROWS)?;
                let coefficients = matrix(COEFFICIENTS, learned_from.len(), m)?;
                let is_fit = learned_from.dimensions() == d;
                let ridge = is_fit.then(|| Fitted::Ridge(Ridge::from_arrays(learned_from, coefficients)));
                ridge.ok_or_else(|| format!("{} has \"{ROWS}\" of another size", classifier.name()))
            }
            Classifier::Neighbors => matrix(LABELS, p, m).map(Fitted::Labels),
        }
    }
}

/// Names of the arrays.
const MEANS: &str = "means";
const COEFFICIENTS: &str = "coefficients";
const INTERCEPTS: &str = "intercepts";
const ROWS: &str = "rows";
const LABELS: &str = "labels";

fn rows(matrix: &Array2<f32>) -> Embeddings {
    Embeddings::new(matrix.iter().copied().collect(), matrix.ncols())
}
