//! What the answers teach: the core over some classes, its answers corrected where they are wrong too often.

use ndarray::Array2;

use super::Auto;
use crate::error::Error;
use crate::plan::Ask;
use crate::spread::{Core, Ensemble, SoftLabels, Start, THIN, Terms, Validation, validate};
use crate::stages::soft_label::Choice;

/// Letters a class from which they are weighed against the spread once it is learned; below, it would confirm its own errors.
const WEIGHED: f64 = 12.0;
/// Measured share of wrong answers from which answers are read as evidence only.
const NOISY: f64 = 0.02;

/// What the core teaches, and how it is best spread.
pub(super) struct Learned {
    pub soft_labels: SoftLabels,
    pub validation: Validation,
    /// What was known before weighs so much beside what was learned.
    pub weight: f32,
}

impl Auto<'_> {
    /// Learns about the classes `selected`, for which `start` stands, in the feature spaces `among`.
    pub(super) fn learn(
        &self,
        selected: &[usize],
        start: &Start,
        among: &[usize],
        is_last: bool,
    ) -> Result<Learned, Error> {
        let core = self.core(selected);
        let by_letter = self.ask == Ask::Letter;
        let terms = Terms { thin: self.answers_a_class() < THIN, by_letter, seed: self.setting.plan.seed };
        let texts: Vec<usize> = core.documents.iter().map(|&place| self.sample.texts[place]).collect();
        let mut soft_labels = match self.noise() {
            Some(error) => SoftLabels::doubted(core, error),
            None if is_last && by_letter && self.answers_a_class() >= WEIGHED => SoftLabels::weighed(core),
            None => SoftLabels::taken(core),
        };
        self.take_as_evidence(&mut soft_labels.believed.answers, &texts, selected);
        let mut validation = validate(&self.sample.feature_spaces, among, &soft_labels, start, terms)?;
        let mut weight = self.weight_of_prior(&validation.out_of_fold, &soft_labels.believed.answers, &texts, selected);
        self.hear_prior(&mut validation.out_of_fold, &texts, selected, weight);
        if !soft_labels.is_evidence() {
            return Ok(Learned { soft_labels, validation, weight });
        }
        // Measured errors bound what the spread may outvote; shares do not, and it would go on to confirm itself.
        if self.noise().is_some() {
            soft_labels.correct(&validation.out_of_fold);
            validation = validation.again(&self.sample.feature_spaces, &soft_labels, start, terms)?;
            weight = self.weight_of_prior(&validation.out_of_fold, &soft_labels.believed.answers, &texts, selected);
            self.hear_prior(&mut validation.out_of_fold, &texts, selected, weight);
        }
        soft_labels.correct(&validation.out_of_fold);
        Ok(Learned { soft_labels, validation, weight })
    }

    /// What the answers so far teach of all candidates, in the feature spaces `among`.
    pub(super) fn learn_so_far(&self, among: &[usize]) -> Result<Learned, Error> {
        self.learn(&self.all_candidates(), self.start()?, among, false)
    }

    /// Log posteriors of the texts of the sample (p×(m + 1)) for all candidates and none of them.
    pub(super) fn posteriors(&self, learned: &Learned) -> Result<Array2<f32>, Error> {
        let mut logs = self.ensemble(learned, self.start()?)?.of_all(&self.sample.feature_spaces);
        self.hear_prior(&mut logs, &self.sample.texts, &self.all_candidates(), learned.weight);
        Ok(logs)
    }

    /// The classifiers that were found best, each having learned from all that is believed; `start`
    /// is that of the learned classes.
    pub(super) fn ensemble(&self, learned: &Learned, start: &Start) -> Result<Ensemble, Error> {
        Ensemble::learn(&self.sample.feature_spaces, &learned.soft_labels.believed, start, &learned.validation)
    }

    /// Every candidate's index.
    pub(super) fn all_candidates(&self) -> Vec<usize> {
        (0..self.candidates.len()).collect()
    }

    /// The measured share of wrong answers, where it matters and answers are enough to correct each other.
    pub(super) fn noise(&self) -> Option<f64> {
        self.record.error.filter(|&error| error > NOISY && self.answers_a_class() >= THIN)
    }

    /// Judged documents a candidate.
    pub(super) fn answers_a_class(&self) -> f64 {
        self.judged.len() as f64 / self.candidates.len().max(1) as f64
    }

    /// The core over the classes `selected`, and a last one for none of them; its documents by their place in the sample. What an
    /// answer gives to a group that was not selected, it gives to none of the selected ones; only of a candidate that noise
    /// explains nothing is known, and a document that holds for nothing else is left out.
    fn core(&self, selected: &[usize]) -> Core {
        let mut place = vec![None; self.candidates.len()];
        selected.iter().enumerate().for_each(|(index, &candidate)| place[candidate] = Some(index));
        let by_letter = self.ask == Ask::Letter;
        let mut rows: Vec<(usize, f32, Vec<f32>)> = Vec::new();
        for (document, held) in self.judged.iter() {
            let Some(document) = self.sample.place(document) else { continue };
            let mut row = vec![0.0; selected.len() + 1];
            let none = selected.len();
            let is_selected = |choice: Choice| choice.candidate().is_some_and(|candidate| place[candidate].is_some());
            // Shares of letters are of one group each, and weak evidence: without `-k` what they give to a group that does not
            // pay for itself is no word against the others. Other answers say of every group that they name that it holds.
            let outside = match by_letter {
                true => self.k().is_some(),
                false => !held.choices().any(is_selected),
            };
            let class = |choice: Choice| match choice {
                Choice::NoneOfThese => Some(none),
                Choice::Candidate(candidate) if self.noise_names.contains(&candidate) => None,
                Choice::Candidate(candidate) => place[candidate].or(outside.then_some(none)),
            };
            for one in held.iter() {
                if let Some(class) = class(one.choice) {
                    row[class] += one.share;
                }
            }
            let sum: f32 = row.iter().sum();
            if sum > 0.0 {
                rows.push((document, sum, row.iter().map(|share| share / sum).collect()));
            }
        }
        let mut answers = Array2::zeros((rows.len(), selected.len() + 1));
        rows.iter().enumerate().for_each(|(member, (_, _, row))| {
            answers.row_mut(member).iter_mut().zip(row).for_each(|(to, from)| *to = *from);
        });
        Core {
            documents: rows.iter().map(|&(document, ..)| document).collect(),
            answers,
            times: rows.iter().map(|&(_, times, _)| times).collect(),
            escalated: rows.iter().map(|&(place, ..)| self.judged.is_escalated(self.sample.texts[place])).collect(),
        }
    }
}
