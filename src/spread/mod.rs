//! From a judged core to every document: classifiers over the embeddings, their sum, calibration, denoising.
//!
//! Letters: n documents, d dimensions, c core documents, m classes. Answers are soft: a row of m shares that sum to one. Every
//! classifier returns scores that grow with its belief; [`validate`] turns them into log posteriors by a temperature each,
//! fitted on documents held out, and says which classifier is to be used. All are plain functions, bit-identical for any number
//! of threads.

mod adapter;
mod ensemble;
pub mod features;
mod fitted;
mod graph;
mod lbfgs;
mod means;
mod mixture;
mod regression;
mod reliability;
mod ridge;
mod shares;
mod soft_labels;
mod validate;

pub use adapter::{Adapter, HeldOut, Triplet};
pub use ensemble::{Ensemble, InSpace, OwnRows};
pub use fitted::Fitted;
pub use graph::Graph;
pub use mixture::{Member, Mixture};
pub use reliability::{Calibrated, Evidence, Reliability};
pub use shares::{Counted, Share};
pub use soft_labels::SoftLabels;
pub use validate::{Terms, Tried, Validation, validate};

use std::borrow::Cow;

use crate::vectors::{Mean, view};
use means::{Hold, cosines, means};
use ndarray::Array2;

use crate::cluster::neighbor_index;
use crate::error::Error;
use crate::vectors::Embeddings;

/// What is known of n documents in one feature space before any is judged: computed once for a run.
#[derive(Debug)]
pub struct FeatureSpace<'a> {
    /// The space's name.
    pub name: &'static str,
    /// n×d unit rows.
    pub embeddings: Cow<'a, Embeddings>,
    /// n×d: the rows less their mean, scaled to unit length again.
    pub centred: Embeddings,
    /// Each document's nearest others.
    pub graph: Graph,
    mean: Mean,
}

impl<'a> FeatureSpace<'a> {
    /// Centres the rows and finds their neighbors.
    pub fn new(name: &'static str, embeddings: Cow<'a, Embeddings>) -> FeatureSpace<'a> {
        let graph = Graph::new(neighbor_index(&embeddings).as_ref());
        let mean = Mean::of(&embeddings);
        let centred = mean.taken_from(&embeddings);
        FeatureSpace { name, embeddings, centred, graph, mean }
    }

    /// n.
    pub fn len(&self) -> usize {
        self.embeddings.len()
    }

    /// Whether n is 0.
    pub fn is_empty(&self) -> bool {
        self.embeddings.is_empty()
    }
}

/// The judged documents. Unchecked until [`Core::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct Core {
    /// c rows of the embeddings, none twice.
    pub documents: Vec<usize>,
    /// c×m shares: each row sums to one.
    pub answers: Array2<f32>,
    /// How many answers of its own each of c documents has.
    pub times: Vec<f32>,
    /// Of each of c documents, whether it was asked about because the spread was unsure of it.
    pub escalated: Vec<bool>,
}

impl Core {
    /// c.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether nothing was judged.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// m.
    pub fn classes(&self) -> usize {
        self.answers.ncols()
    }

    /// The core without the members for which `held_out` is true.
    pub fn without(&self, held_out: &[bool]) -> Core {
        self.some(&(0..self.len()).filter(|&member| !held_out[member]).collect::<Vec<usize>>())
    }

    /// At most so many members, at equal distances.
    fn thinned(&self, most: usize) -> Core {
        self.some(&(0..self.len()).step_by(self.len().div_ceil(most).max(1)).collect::<Vec<usize>>())
    }

    fn some(&self, kept: &[usize]) -> Core {
        Core {
            documents: kept.iter().map(|&member| self.documents[member]).collect(),
            answers: self.answers.select(ndarray::Axis(0), kept),
            times: kept.iter().map(|&member| self.times[member]).collect(),
            escalated: kept.iter().map(|&member| self.escalated[member]).collect(),
        }
    }

    /// Whether rows and answers fit together and the documents exist.
    ///
    /// # Errors
    /// [`Error::Bug`]: a core comes from the program itself.
    pub fn check(&self, documents: usize) -> Result<(), Error> {
        let mut seen = vec![false; documents];
        let fresh = |&document: &usize| document < documents && !std::mem::replace(&mut seen[document], true);
        let lengths = [self.answers.nrows(), self.times.len(), self.escalated.len()];
        if lengths.iter().any(|&length| length != self.len()) || !self.documents.iter().all(fresh) {
            return Err(Error::Bug("a core names a document twice, or one that does not exist".into()));
        }
        let whole = |row: ndarray::ArrayView1<'_, f32>| (row.sum() - 1.0).abs() < 1e-3 && row.iter().all(|&x| x >= 0.0);
        match self.answers.rows().into_iter().all(whole) {
            true => Ok(()),
            false => Err(Error::Bug("the answers of a core document do not sum to one".into())),
        }
    }
}

/// The classifiers that compete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classifier {
    /// k-means from the candidates' predicates: needs no answer.
    Predicates,
    /// Class means refined over all documents.
    Means,
    /// Multinomial logistic regression.
    Regression,
    /// Labels spread on the neighbor graph.
    Neighbors,
    /// Kernel ridge regression with the kernel exp(3 (cos − 1)).
    Ridge,
}

impl Classifier {
    /// The classifier of a word.
    pub fn by_name(name: &str) -> Option<Classifier> {
        competing(true).into_iter().find(|classifier| classifier.name() == name)
    }

    /// The word for manifest and report.
    pub fn name(self) -> &'static str {
        match self {
            Classifier::Predicates => "predicates",
            Classifier::Means => "class means",
            Classifier::Regression => "logistic regression",
            Classifier::Neighbors => "label spreading",
            Classifier::Ridge => "kernel ridge",
        }
    }
}

/// All classifiers; where the predicates' own opinion is wanted, it is one more.
fn competing(predicates: bool) -> Vec<Classifier> {
    let mut all = vec![Classifier::Means, Classifier::Regression, Classifier::Ridge, Classifier::Neighbors];
    all.extend(predicates.then_some(Classifier::Predicates));
    all
}

/// Answers a class below which a core is thin: the predicates help, cross-validation is too unsure to choose by, and denoising
/// would collapse.
pub const THIN: f64 = 6.0;

/// What the predicates alone say: where classes begin, before any answer.
#[derive(Debug, Clone)]
pub struct Start {
    /// m×d: a direction for each class among the centred documents; a zero row where nothing is known of a class.
    directions: Array2<f32>,
    /// m×d: the means of the clusters grown from the directions.
    means: Array2<f32>,
}

impl Start {
    /// Grows clusters from the predicates' vectors (m×d unit rows), centred as the documents are: k-means over all documents.
    /// `extra` classes without a predicate follow.
    pub fn new(space: &FeatureSpace<'_>, predicates: &Embeddings, extra: usize) -> Start {
        let centred = Mean::of(predicates).taken_from(predicates);
        let (m, d) = (predicates.len(), predicates.dimensions());
        let mut directions = Array2::zeros((m + extra, d));
        for class in 0..m {
            directions.row_mut(class).iter_mut().zip(centred.row(class)).for_each(|(to, from)| *to = *from);
        }
        let nobody = Core {
            documents: Vec::new(),
            answers: Array2::zeros((0, m + extra)),
            times: Vec::new(),
            escalated: Vec::new(),
        };
        let means = means(space, &nobody, &directions, Hold::Free);
        Start { directions, means }
    }

    /// Where nothing is known of m classes before any answer.
    pub fn unknown(space: &FeatureSpace<'_>, classes: usize) -> Start {
        let nowhere = Array2::zeros((classes, space.embeddings.dimensions()));
        Start { directions: nowhere.clone(), means: nowhere }
    }

    /// The same for some of the classes, and the last one.
    pub fn of(&self, classes: &[usize]) -> Start {
        let kept: Vec<usize> = classes.iter().copied().chain([self.directions.nrows() - 1]).collect();
        let some = |all: &Array2<f32>| all.select(ndarray::Axis(0), &kept);
        Start { directions: some(&self.directions), means: some(&self.means) }
    }

    /// The cosine of n rows of the feature space to the means of the clusters (n×m).
    pub fn scores(&self, space: &FeatureSpace<'_>, rows: &Embeddings) -> Array2<f32> {
        cosines(view(&space.mean.taken_from(rows)), &self.means)
    }
}

#[cfg(test)]
mod tests;
