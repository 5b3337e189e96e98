//! Several classifiers' opinions made one: each at its temperature, weighted, added up.
//!
//! The weights are those that make answers most probable that the classifiers did not know (stacking; Wolpert 1992, Breiman 1996),
//! held near equal ones as long as answers are few.

use ndarray::{Array2, ArrayView1};

use super::Classifier;
use super::lbfgs::minimise;
use crate::vectors::log_softmax;

/// Temperatures that are tried, from flat to sharp.
const TEMPERATURES: i32 = 33;
/// The least probability that an answer is given: one surprise does not outweigh everything.
const LEAST: f32 = 1e-9;
/// The factor by which a weight, before any answer, is expected to differ from an equal one: one standard deviation of its logarithm.
const FACTOR: f64 = 1.4;
/// Steps at most towards the best weights.
const STEPS: usize = 60;
/// The largest slope that counts as flat.
const FLAT: f32 = 1e-3;

/// One classifier's part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// Whose.
    pub classifier: Classifier,
    /// What its scores are multiplied by before they become log posteriors.
    pub temperature: f32,
    /// What these weigh.
    pub weight: f32,
}

/// What is used of one feature space.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Which of the feature spaces.
    pub space: usize,
    /// The classifiers whose log posteriors are added.
    pub members: Vec<Member>,
    /// Temperature of the sum.
    pub temperature: f32,
}

impl Mixture {
    /// What a classifier weighs beside the others: 0 to 1.
    pub(super) fn share(&self, classifier: Classifier) -> f32 {
        let all: f32 = self.members.iter().map(|member| member.weight).sum();
        let own: f32 =
            self.members.iter().filter(|member| member.classifier == classifier).map(|member| member.weight).sum();
        own / all
    }

    /// Each member's scores (n×m) as one log posterior.
    pub(super) fn heard(&self, scores: impl Iterator<Item = Array2<f32>>) -> Array2<f32> {
        let logs = self.members.iter().zip(scores).map(|(member, mut scores)| {
            log_softmax(&mut scores, member.temperature);
            scores * member.weight
        });
        let mut sum = logs.reduce(|sum, logs| sum + logs).expect("a mixture has a member; this is a bug");
        log_softmax(&mut sum, self.temperature);
        sum
    }
}

/// The temperature at which scores (c×m) explain the answers best, of which `evidence` is the log likelihood given each class.
pub(super) fn temperature(scores: &Array2<f32>, evidence: &Array2<f32>) -> f32 {
    let loss = |temperature: f32| {
        let mut logs = scores.clone();
        log_softmax(&mut logs, temperature);
        -explained(&logs, evidence).iter().sum::<f64>()
    };
    let tried = (0..TEMPERATURES).map(|step| {
        let temperature = 0.1 * 1.3_f32.powi(step);
        (loss(temperature), temperature)
    });
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, temperature)| temperature)
}

/// For each core document the log likelihood of its answers, of which `evidence` is that given each class (c×m).
pub(super) fn explained(logs: &Array2<f32>, evidence: &Array2<f32>) -> Vec<f64> {
    let explained = |(row, evidence): (ArrayView1<'_, f32>, ArrayView1<'_, f32>)| {
        f64::from(row.iter().zip(evidence).map(|(log, likely)| (log + likely).exp()).sum::<f32>().max(LEAST).ln())
    };
    logs.rows().into_iter().zip(evidence.rows()).map(explained).collect()
}

/// What the classifiers' log posteriors (each c×m) weigh in the sum that explains the answers best. The logarithms of the weights
/// are sought: so none is negative.
pub(super) fn weights(logs: &[Array2<f32>], evidence: &Array2<f32>) -> Vec<f32> {
    let nothing = || Array2::zeros(evidence.raw_dim());
    let equal = temperature(&logs.iter().fold(nothing(), |sum, logs| sum + logs), evidence).ln();
    let pull = FACTOR.ln().powi(-2);
    let found = minimise(vec![equal; logs.len()], STEPS, FLAT, |at| {
        let mut prior = nothing();
        logs.iter().zip(at).for_each(|(logs, at)| prior.scaled_add(at.exp(), logs));
        log_softmax(&mut prior, 1.0);
        let mut posterior = &prior + evidence;
        log_softmax(&mut posterior, 1.0);
        let error = prior.mapv(f32::exp) - posterior.mapv(f32::exp);
        let away = |at: &f32| f64::from(at - equal);
        let slope = |(logs, at): (&Array2<f32>, &f32)| {
            let fit: f64 = logs.iter().zip(&error).map(|(log, error)| f64::from(log * error)).sum();
            (fit * f64::from(at.exp()) + pull * away(at)) as f32
        };
        let penalty = pull * at.iter().map(|at| away(at).powi(2)).sum::<f64>() / 2.0;
        let unexplained: f64 = -explained(&prior, evidence).iter().sum::<f64>();
        (unexplained + penalty, logs.iter().zip(at).map(slope).collect())
    });
    found.into_iter().map(f32::exp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of `count` documents in two classes in turn, and log posteriors that are right for `of` in ten.
    fn opinion(count: usize, of: usize) -> (Array2<f32>, Array2<f32>) {
        let right = |row: usize| (row * 7 + 3 * of) % 10 < of;
        let logs = Array2::from_shape_fn((count, 2), |(row, class)| {
            if (class == row % 2) == right(row) { 0.7_f32.ln() } else { 0.3_f32.ln() }
        });
        (logs, Array2::from_shape_fn((count, 2), |(row, class)| if class == row % 2 { 0.0 } else { -14.0 }))
    }

    #[test]
    fn a_classifier_that_knows_outweighs_one_that_guesses_the_more_answers_there_are() {
        let ratio = |count: usize| {
            let ((knows, evidence), (guesses, _)) = (opinion(count, 9), opinion(count, 5));
            let found = weights(&[knows, guesses], &evidence);
            assert!(found.iter().all(|weight| *weight > 0.0), "{found:?}");
            found[0] / found[1]
        };
        let (few, many) = (ratio(10), ratio(1000));
        assert!(few > 1.0 && few < 2.5 && many > 5.0, "{few} {many}");
    }

    #[test]
    fn classifiers_that_say_the_same_weigh_the_same() {
        let (logs, evidence) = opinion(100, 8);
        let found = weights(&[logs.clone(), logs], &evidence);
        assert!((found[0] - found[1]).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn the_temperature_is_that_of_how_often_it_is_right() {
        let (logs, evidence) = opinion(1000, 9);
        let mut scores = logs.clone();
        log_softmax(&mut scores, temperature(&logs, &evidence));
        assert!((scores[(1, 1)].exp().max(scores[(1, 0)].exp()) - 0.9).abs() < 0.03, "{}", scores[(1, 1)].exp());
    }
}
