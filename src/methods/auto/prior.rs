//! What is known of a document before any answer: from the groups that vectors form by themselves, or from how alike it is to the
//! entries of a codebook.

use crate::decision::{Alike, Known, of_entries, of_groups};
use crate::methods::steps::likeness::Likeness;

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

    /// Whether it is likeness to the entries of a codebook.
    pub fn is_of_codebook(&self) -> bool {
        !self.entries.is_empty()
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
    pub fn decided(&self, among: &[usize]) -> Known {
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

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::decision::{HALF, join_logs, join_shares};

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
