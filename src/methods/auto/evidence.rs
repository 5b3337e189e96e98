//! What answers say together with what was known before them.

use ndarray::{Array2, ArrayViewMut1};

use super::judgments::Judgments;
use super::position_bias::LEAST_SHARE;
use super::prior::Prior;
use super::session::Session;
use crate::decision::{self, HALF, join_logs, join_shares};
use crate::stages::soft_label::{Choice, SoftLabel};
use crate::vectors::argmax;

/// Weights that are tried where it is measured: as many steps from nothing to all but all.
const STEPS: u8 = 20;

impl Judgments {
    /// The prior of letters, where there is one: other answers are right more often, and are learned from as they are.
    pub(super) fn prior(&self) -> Option<&Prior> {
        self.candidates.prior.as_ref().filter(|_| self.is_in_shares())
    }

    /// The candidates that an answer on a text covers it with: those it names or, after what was known before, the likeliest of them.
    pub(super) fn covers(&self, session: &Session<'_>, text: usize, held: &SoftLabel) -> Vec<usize> {
        if !self.is_in_shares() || self.prior().is_none() {
            return held.agreed(self.least_share(held)).into_iter().filter_map(Choice::candidate).collect();
        }
        let m = self.candidates.len();
        let mut shares = Array2::zeros((1, m + 1));
        for one in held.iter() {
            shares[(0, one.choice.candidate().unwrap_or(m))] += one.share;
        }
        self.take_as_evidence(session, &mut shares, &[text], &self.candidates.all());
        Some(argmax(shares.row(0))).filter(|&candidate| candidate < m).into_iter().collect()
    }

    /// What answers say of the candidates `among` and of none of them, after what was known before: one row of shares for each of
    /// `texts`.
    pub(super) fn take_as_evidence(
        &self,
        session: &Session<'_>,
        shares: &mut Array2<f32>,
        texts: &[usize],
        among: &[usize],
    ) {
        let Some(prior) = self.prior() else { return };
        for (mut row, &text) in shares.rows_mut().into_iter().zip(texts) {
            let before = prior.of(text, session.setting.embeddings.row(text), among);
            join_shares(row.view_mut(), &before, |share, before| share * before);
            without_small(row);
        }
    }

    /// Log posteriors of `texts` for the candidates `among` and none of them, and what was known before, as two opinions, the latter
    /// with a `weight`.
    pub(super) fn hear_prior(
        &self,
        session: &Session<'_>,
        logs: &mut Array2<f32>,
        texts: &[usize],
        among: &[usize],
        weight: f32,
    ) {
        let Some(prior) = self.opinion().filter(|_| weight > 0.0) else { return };
        for (row, &text) in logs.rows_mut().into_iter().zip(texts) {
            join_logs(row, &prior.of(text, session.setting.embeddings.row(text), among), weight);
        }
    }

    /// The prior as a part of the decision over the candidates `among`.
    pub(super) fn decided_prior(&self, among: &[usize], weight: f32) -> Option<decision::Prior> {
        self.opinion().map(|prior| decision::Prior { weight, known: prior.decided(among) })
    }

    /// What was known before, where it is heard beside what was learned: likeness to a codebook whatever the form of the answers.
    fn opinion(&self) -> Option<&Prior> {
        self.candidates.prior.as_ref().filter(|prior| self.is_in_shares() || !prior.entries.is_empty())
    }

    /// What likeness to a codebook weighs beside what was learned from the answers: by which of both together foretell `answers`
    /// (c×(m + 1)) best on documents held out, of which `logs` are the log posteriors. Half, where there is no codebook.
    pub(super) fn weight_of_prior(
        &self,
        session: &Session<'_>,
        logs: &Array2<f32>,
        answers: &Array2<f32>,
        texts: &[usize],
        among: &[usize],
    ) -> f32 {
        if self.opinion().is_none_or(|prior| prior.entries.is_empty()) {
            return HALF;
        }
        let surprise = |step: &u8| {
            let mut heard = logs.clone();
            self.hear_prior(session, &mut heard, texts, among, f32::from(*step) / f32::from(STEPS));
            let said = heard.iter().zip(answers).filter(|(_, share)| **share > 0.0);
            -said.map(|(log, share)| f64::from(*share) * f64::from(log.max(-20.0))).sum::<f64>()
        };
        let best = (0..STEPS).map(|step| (surprise(&step), step)).min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(HALF, |(_, step)| f32::from(step) / f32::from(STEPS))
    }
}

/// Leaves out shares that say nothing: what is learned from should not be blurred by them.
fn without_small(mut shares: ArrayViewMut1<'_, f32>) {
    let most = shares.iter().copied().fold(0.0, f32::max);
    shares.mapv_inplace(|share| if share < LEAST_SHARE.min(most) { 0.0 } else { share });
    let sum = shares.sum();
    shares.mapv_inplace(|share| share / sum);
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn small_shares_are_left_out_unless_all_are_small() {
        let mut shares = array![0.7, 0.2, 0.1];
        without_small(shares.view_mut());
        assert!((shares[0] - 7.0 / 9.0_f32).abs() < 1e-6 && shares[2] == 0.0, "{shares}");
        let mut shares = ndarray::Array1::from_elem(10, 0.1);
        without_small(shares.view_mut());
        assert!(shares.iter().all(|share| *share > 0.0), "{shares}");
    }
}
