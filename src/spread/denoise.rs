//! Answers as evidence: what a document's class is, given its answer and what the others' answers say of it.

use ndarray::Array2;

use super::Core;
use super::matrix::log_softmax;

/// What a wrong answer looks like: with which share of the answers it must be reckoned, and where it falls.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Share of the answers that are wrong, 0 to 1, as measured by asking twice.
    pub error: f64,
    /// m×m log likelihood of an answer (column), given the class (row).
    pub logs: Array2<f32>,
}

/// Share of the wrong answers that may fall anywhere.
const ANYWHERE: f32 = 0.5;

impl Channel {
    /// From the measured share of wrong answers, and out-of-fold posteriors that show which classes are taken for each other.
    pub fn new(error: f64, out_of_fold: &Array2<f32>, answers: &Array2<f32>) -> Channel {
        let m = answers.ncols();
        let mut confused = out_of_fold.mapv(f32::exp).t().dot(answers);
        for class in 0..m {
            confused[(class, class)] = 0.0;
            let sum = confused.row(class).sum().max(1e-6);
            confused.row_mut(class).mapv_inplace(|mass| mass / sum);
        }
        let (wrong, others) = (error as f32, (m.max(2) - 1) as f32);
        let logs = Array2::from_shape_fn((m, m), |(class, answer)| match class == answer {
            true => (1.0 - wrong).max(1e-6).ln(),
            false => (wrong * (ANYWHERE / others + (1.0 - ANYWHERE) * confused[(class, answer)])).max(1e-6).ln(),
        });
        Channel { error, logs }
    }
}

/// The core with each document's class made of its answer, read through the channel, and its out-of-fold posterior.
pub fn denoise(core: &Core, out_of_fold: &Array2<f32>, channel: &Channel) -> Core {
    let mut logs = out_of_fold + &core.answers.dot(&channel.logs.t());
    log_softmax(&mut logs, 1.0);
    Core { documents: core.documents.clone(), answers: logs.mapv(f32::exp) }
}
