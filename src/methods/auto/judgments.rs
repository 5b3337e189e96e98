//! What the model said so far, and about which candidates: the state that grows while questions are asked.

use super::candidates::Candidates;
use super::judged::Judged;
use super::reading::Reading;
use super::session::Session;
use crate::methods::FormRecord;
use crate::plan::Ask;

/// Measured share of wrong answers from which answers are read as evidence only.
const NOISY: f64 = 0.02;

/// Answers on documents, and how they were asked for.
pub(super) struct Judgments {
    pub candidates: Candidates,
    /// The form of the questions: the user's, or the one that a calibration found best.
    pub ask: Ask,
    /// How the answers are read.
    pub reading: Reading,
    /// What it said of each text it was asked about.
    pub answers: Judged,
    /// How often it said the same of a document when it was asked twice; none before, or where that is not measured.
    pub retest: Option<Retest>,
    /// How the forms of asking compared; none where the user chose one, or questions were too few to compare them.
    pub form: Option<FormRecord>,
    /// Share of the core that at first no candidate held for.
    pub unnamed: f64,
    /// Candidates that went since the first question about a document: another one stands for them, or their documents are left to
    /// the others.
    pub merged: usize,
    /// Documents whose audit is paid for in advance.
    pub reserved: usize,
}

/// What came of asking twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retest {
    /// Documents with two answers.
    pub asked: usize,
    /// Of these, how many got the same answer.
    pub agreed: usize,
    /// Candidates among which the model chose.
    pub among: usize,
    /// The share of wrong answers that this means.
    pub error: f64,
}

impl Retest {
    /// Nothing where nothing was asked.
    pub fn of(asked: usize, agreed: usize, among: usize) -> Option<Retest> {
        let error = error_of(agreed as f64 / asked.max(1) as f64, among);
        (asked > 0).then_some(Retest { asked, agreed, among, error })
    }
}

impl Judgments {
    /// Nothing judged yet.
    pub fn new(session: &Session<'_>, candidates: Candidates) -> Judgments {
        let wanted = session.setting.wanted();
        Judgments {
            candidates,
            ask: wanted.ask,
            reading: Reading::default(),
            answers: Judged::new(session.texts.len()),
            retest: None,
            form: None,
            unnamed: 0.0,
            merged: 0,
            reserved: wanted.audit,
        }
    }

    /// Whether the model answers by a letter.
    pub fn is_by_letter(&self) -> bool {
        self.ask == Ask::Letter
    }

    /// The clusters wanted, if that is known: with a codebook all that there are candidates for.
    pub fn clusters_wanted(&self, session: &Session<'_>) -> Option<usize> {
        let wanted = session.setting.wanted();
        if wanted.codebook.is_some() { Some(self.candidates.len()) } else { wanted.k }
    }

    /// Judged documents a candidate.
    pub fn answers_a_class(&self) -> f64 {
        self.answers.len() as f64 / self.candidates.len().max(1) as f64
    }

    /// The measured share of wrong answers.
    pub fn error(&self) -> Option<f64> {
        self.retest.map(|retest| retest.error)
    }

    /// The measured share of wrong answers, where it matters and answers are enough to correct each other.
    pub fn noise(&self) -> Option<f64> {
        self.error().filter(|&error| error > NOISY && self.answers_a_class() >= crate::spread::THIN)
    }
}

/// The share of wrong answers at which two of their own agree so often, where a wrong one falls on any of the other candidates.
pub(super) fn error_of(agreement: f64, candidates: usize) -> f64 {
    let spread = 1.0 + 1.0 / (candidates.max(2) - 1) as f64;
    let root = (1.0 - spread * (1.0 - agreement)).max(0.0).sqrt();
    (1.0 - root) / spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_inferred_from_how_often_two_answers_agree() {
        for (error, candidates) in [(0.0, 4), (0.2, 4), (0.1, 77)] {
            let agreement = (1.0_f64 - error).powi(2) + error * error / f64::from(candidates - 1);
            assert!((error_of(agreement, candidates as usize) - error).abs() < 1e-9);
        }
    }
}
