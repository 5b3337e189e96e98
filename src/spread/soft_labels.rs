//! Answers as evidence: what a document's class is, given its answers and what the others' answers say of it.

use ndarray::{Array2, Axis};

use super::Core;
use crate::vectors::log_softmax;

/// Share of the wrong answers that may fall anywhere.
const ANYWHERE: f32 = 0.5;
/// The smallest likelihood: nothing is impossible.
const FLOOR: f32 = 1e-6;
/// The smallest share that is believed of an answer given in probabilities: models are surer than they are right.
const LEAST_SHARE: f32 = 0.02;

/// What a core teaches: the answers as they were given, and what is made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftLabels {
    /// The answers as they were given.
    pub asked: Core,
    /// The answers as they are believed: what classifiers learn from.
    pub believed: Core,
    trust: Trust,
}

/// How answers are read.
#[derive(Debug, Clone, PartialEq)]
enum Trust {
    /// Each is true.
    Taken,
    /// Their shares are probabilities.
    Weighed,
    /// Some are wrong.
    Doubted(Channel),
}

impl SoftLabels {
    /// Every answer is true.
    pub fn taken(asked: Core) -> SoftLabels {
        SoftLabels { believed: asked.clone(), asked, trust: Trust::Taken }
    }

    /// The shares of an answer are how probable each class is, for all that the model knows. They are learned from as they stand
    /// until [`SoftLabels::correct`].
    pub fn weighed(asked: Core) -> SoftLabels {
        SoftLabels { believed: asked.clone(), asked, trust: Trust::Weighed }
    }

    /// A share `error` of the answers is wrong. They are learned from as they stand until [`SoftLabels::correct`].
    pub fn doubted(asked: Core, error: f64) -> SoftLabels {
        let m = asked.classes();
        let channel = Channel::new(error, &Array2::zeros((m, m)));
        SoftLabels { believed: asked.clone(), asked, trust: Trust::Doubted(channel) }
    }

    /// Whether [`SoftLabels::correct`] changes what is believed.
    pub fn is_evidence(&self) -> bool {
        self.trust != Trust::Taken
    }

    /// Believes of each document what its own answers and its out-of-fold posterior (c×m logs) say together. Answers that are
    /// taken for true stay as they are.
    pub fn correct(&mut self, out_of_fold: &Array2<f32>) {
        match &mut self.trust {
            Trust::Taken => return,
            Trust::Weighed => {}
            Trust::Doubted(channel) => {
                *channel = Channel::new(channel.error, &confused(out_of_fold, &self.asked.answers));
            }
        }
        let mut logs = out_of_fold + &self.evidence();
        log_softmax(&mut logs, 1.0);
        self.believed.answers = logs.mapv(f32::exp);
    }

    /// Log likelihood of each document's answers, given each class (c×m).
    pub fn evidence(&self) -> Array2<f32> {
        let mut evidence = match &self.trust {
            Trust::Taken => return self.asked.answers.mapv(|share| share.max(FLOOR).ln()),
            Trust::Weighed => self.asked.answers.mapv(|share| share.max(LEAST_SHARE).ln()),
            Trust::Doubted(channel) => self.asked.answers.dot(&channel.logs.t()),
        };
        for (mut row, &times) in evidence.axis_iter_mut(Axis(0)).zip(&self.asked.times) {
            row.mapv_inplace(|log| log * times);
        }
        evidence
    }
}

/// What a wrong answer looks like: with which share of the answers it must be reckoned, and where it falls.
#[derive(Debug, Clone, PartialEq)]
struct Channel {
    /// Share of the answers that are wrong, 0 to 1, as measured by asking twice.
    error: f64,
    /// m×m log likelihood of an answer (column), given the class (row).
    logs: Array2<f32>,
}

impl Channel {
    /// From the measured share of wrong answers, and the share of each class's (row) wrong answers that fall on each other class
    /// (column); zeros where nothing is known of it.
    fn new(error: f64, confused: &Array2<f32>) -> Channel {
        let m = confused.nrows();
        let (wrong, others) = (error as f32, (m.max(2) - 1) as f32);
        let logs = Array2::from_shape_fn((m, m), |(class, answer)| {
            let known = confused.row(class).iter().any(|&share| share > 0.0);
            let anywhere = if known { ANYWHERE } else { 1.0 };
            match class == answer {
                true => (1.0 - wrong).max(FLOOR).ln(),
                false => (wrong * (anywhere / others + (1.0 - anywhere) * confused[(class, answer)])).max(FLOOR).ln(),
            }
        });
        Channel { error, logs }
    }
}

/// Which classes are taken for each other (m×m shares), by out-of-fold posteriors and the answers.
fn confused(out_of_fold: &Array2<f32>, answers: &Array2<f32>) -> Array2<f32> {
    let mut confused = out_of_fold.mapv(f32::exp).t().dot(answers);
    for class in 0..answers.ncols() {
        confused[(class, class)] = 0.0;
        let sum = confused.row(class).sum().max(FLOOR);
        confused.row_mut(class).mapv_inplace(|mass| mass / sum);
    }
    confused
}
