//! What is known of a document before any answer: from the groups that vectors form by themselves, or from how alike it is to the
//! entries of a codebook.

use ndarray::{Array2, ArrayViewMut1};

use super::judgments::Judgments;
use super::position_bias::LEAST_SHARE;
use super::session::Session;
use crate::decision::{self, Alike, HALF, Known, join_logs, join_shares, of_entries, of_groups};
use crate::methods::steps::likeness::Likeness;
use crate::stages::soft_label::{Choice, SoftLabel};
use crate::vectors::argmax;

/// Weights that are tried where it is measured: as many steps from nothing to all but all.
const STEPS: u8 = 20;

/// What is known of the candidates before any answer.
#[derive(Debug, Default)]
pub(super) struct Prior {
    /// Unit means of the groups of a small model's first questions, each with the candidate that is named after it.
    means: Vec<(usize, Vec<f32>)>,
    /// Likeness to the entries of a codebook, the first candidates; none without a codebook.
    alike: Option<Alike>,
    /// For each of n texts how probable each of the entries is; empty without a codebook.
    entries: Vec<Vec<f32>>,
}

impl Prior {
    /// From how alike every document is to every entry of a codebook.
    pub fn of_entries(likeness: &Likeness<'_>) -> Prior {
        let alike = Alike {
            mean: likeness.documents.mean.clone(),
            means: likeness.means.clone(),
            temperature: likeness.temperature,
        };
        Prior { entries: likeness.shares(), alike: Some(alike), ..Prior::default() }
    }

    /// A group of a unit mean, and its candidate.
    pub fn add(&mut self, candidate: usize, mean: Vec<f32>) {
        self.means.push((candidate, mean));
    }

    /// How probable each of the candidates `among` is for a text of this embedding. One of which nothing is known has an equal share.
    pub fn of(&self, text: usize, row: &[f32], among: &[usize]) -> Vec<f32> {
        match self.entries.get(text) {
            Some(entries) => of_entries(entries, &entries_of(among)),
            None => of_groups(self.groups(among), row, among.len()),
        }
    }

    /// The groups that some candidates are named after: the place of each among them, and its mean.
    fn groups(&self, among: &[usize]) -> impl Iterator<Item = (usize, &[f32])> {
        let place = |candidate: usize| among.iter().position(|&one| one == candidate);
        self.means.iter().filter_map(move |(candidate, mean)| Some((place(*candidate)?, mean.as_slice())))
    }

    /// Renumbers candidates: c becomes `to[c]`; `None` drops c.
    pub fn renumber(&mut self, to: &[Option<usize>]) {
        let means = std::mem::take(&mut self.means);
        self.means = means.into_iter().filter_map(|(candidate, mean)| Some((to[candidate]?, mean))).collect();
    }

    /// The same as a part of the decision over the candidates `among`.
    fn decided(&self, among: &[usize]) -> Known {
        match &self.alike {
            Some(alike) => Known::Entries { alike: alike.clone(), entries: entries_of(among) },
            None => Known::Groups(self.groups(among).map(|(class, mean)| (class, mean.to_vec())).collect()),
        }
    }
}

/// The entry of a codebook that each of some candidates is, if there are so many entries.
fn entries_of(among: &[usize]) -> Vec<Option<usize>> {
    among.iter().copied().map(Some).collect()
}

impl Judgments {
    /// The prior of letters, where there is one: other answers are right more often, and are learned from as they are.
    pub(super) fn prior(&self) -> Option<&Prior> {
        self.candidates.prior.as_ref().filter(|_| self.is_in_shares())
    }

    /// The candidates that an answer on a text covers it with: those it names or, after what was known before, the likeliest of them.
    pub(super) fn covers(&self, session: &Session<'_>, text: usize, held: &SoftLabel) -> Vec<usize> {
        if self.prior().is_none() {
            return self.said(held).filter_map(Choice::candidate).collect();
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

    fn prior() -> Prior {
        let mut prior = Prior::default();
        prior.add(0, vec![1.0, 0.0]);
        prior.add(1, vec![0.0, 1.0]);
        prior
    }

    #[test]
    fn a_document_belongs_to_what_the_group_that_it_lies_in_is_called() {
        let shares = prior().of(0, &[1.0, 0.0], &[0, 1]);
        assert!(shares[0] > 0.99 && (shares[0] + shares[1] - 1.0).abs() < 1e-6, "{shares:?}");
        let shares = prior().of(0, &[0.7, 0.7], &[2, 0, 1]);
        assert!(shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-6), "{shares:?}");
    }

    #[test]
    fn groups_may_share_a_candidate_and_lose_it() {
        let mut prior = prior();
        prior.renumber(&[Some(0), Some(0)]);
        assert_eq!(prior.of(0, &[0.0, 1.0], &[0]), [1.0]);
        prior.renumber(&[None]);
        assert_eq!(prior.of(0, &[0.0, 1.0], &[0, 1]), [0.5, 0.5]);
    }

    #[test]
    fn small_shares_are_left_out_unless_all_are_small() {
        let mut shares = array![0.7, 0.2, 0.1];
        without_small(shares.view_mut());
        assert!((shares[0] - 7.0 / 9.0_f32).abs() < 1e-6 && shares[2] == 0.0, "{shares}");
        let mut shares = ndarray::Array1::from_elem(10, 0.1);
        without_small(shares.view_mut());
        assert!(shares.iter().all(|share| *share > 0.0), "{shares}");
    }

    #[test]
    fn the_prior_leaves_none_of_these_its_share() {
        let before = prior().of(0, &[1.0, 0.0], &[0, 1]);
        let mut shares = array![0.3, 0.3, 0.4];
        join_shares(shares.view_mut(), &before, |share, before| share * before);
        assert!(shares[0] > 0.59 && (shares[2] - 0.4_f32).abs() < 1e-6, "{shares}");
        for weight in [HALF, 0.7] {
            let mut logs = array![0.3_f32.ln(), 0.3_f32.ln(), 0.4_f32.ln()];
            join_logs(logs.view_mut(), &before, weight);
            assert!(logs[0].exp() > 0.59 && (logs[2].exp() - 0.4_f32).abs() < 1e-6, "{logs}");
        }
    }
}
