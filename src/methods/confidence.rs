//! Confidences and shares of clusters by how far spread and answers can be relied on.

use std::borrow::Cow;

use ndarray::Array2;

use super::{Placement, Setting};
use crate::error::Error;
use crate::methods::By;
use crate::spread::{
    Core, Counted, Evidence, Ground, Lesson, Posterior, Reliability, Share, Start, THIN, Terms, validate,
};

/// Answers of an exact method from which its errors are measured; fewer show too little.
const LEAST: usize = 40;
/// Answers of an exact method that a spread is learned from at most.
const MOST: usize = 2_000;

/// What is known of each document of a corpus.
pub struct Confidence {
    reliability: Reliability,
    /// n: which judged document each text is.
    judged: Vec<Option<usize>>,
}

impl Confidence {
    /// From evidence on some of n texts; `documents` are these.
    pub fn new(evidence: Evidence, documents: &[usize], n: usize) -> Confidence {
        let mut judged = vec![None; n];
        documents.iter().enumerate().for_each(|(place, &text)| judged[text] = Some(place));
        Confidence { reliability: Reliability::measure(evidence), judged }
    }

    /// Of answers on all documents: `held` has the classes that each of n texts was said to be of, the last of `classes` for none of
    /// them. The answers show how often they are wrong by how well those on other documents foretell them. Nothing where they
    /// are few.
    ///
    /// # Errors
    /// When the core is malformed: a bug.
    pub fn of_answers(
        setting: Setting<'_>,
        held: &[Option<Vec<usize>>],
        classes: usize,
    ) -> Result<Option<(Confidence, Array2<f32>)>, Error> {
        let documents: Vec<usize> = (0..held.len()).filter(|&text| held[text].is_some()).collect();
        if documents.len() < LEAST || classes < 3 {
            return Ok(None);
        }
        let answers = answers(held, &documents, classes);
        let taught: Vec<usize> = (0..documents.len()).step_by(documents.len().div_ceil(MOST)).collect();
        let core = Core {
            documents: taught.iter().map(|&place| documents[place]).collect(),
            answers: answers.select(ndarray::Axis(0), &taught),
            times: vec![1.0; taught.len()],
            escalated: vec![false; taught.len()],
        };
        let grounds = [Ground::new("embedding", Cow::Borrowed(setting.embeddings))];
        let start = Start::unknown(&grounds[0], classes);
        let thin = (taught.len() as f64) < THIN * classes as f64;
        let terms = Terms { thin, by_letter: false, seed: setting.plan.seed };
        let lesson = Lesson::taken(core);
        let validation = validate(&grounds, &[0], &lesson, &start, terms)?;
        let all = Posterior::learn(&grounds, &lesson.believed, &start, &validation)?.of_all();
        let mut logs = all.select(ndarray::Axis(0), &documents);
        taught
            .iter()
            .zip(validation.out_of_fold.rows())
            .for_each(|(&place, out_of_fold)| logs.row_mut(place).assign(&out_of_fold));
        let weights = setting.corpus.weights();
        let evidence = Evidence {
            logs,
            answers,
            times: vec![1.0; documents.len()],
            weights: documents.iter().map(|&text| weights[text]).collect(),
            in_shares: false,
        };
        Ok(Some((Confidence::new(evidence, &documents, held.len()), all)))
    }

    /// Puts confidences into placements, whose cluster c is the class `order[c]`; `logs` are n×m log posteriors.
    pub fn put_into(&self, placements: &mut [Placement], logs: &Array2<f32>, order: &[usize]) {
        for (text, placement) in placements.iter_mut().enumerate() {
            let Placement::In(places) = placement else { continue };
            let shares = match self.judged[text] {
                Some(judged) => self.reliability.judged(judged),
                None => self.reliability.expected(logs.row(text)),
            };
            // Several clusters of one answer are right or wrong together.
            let together: f64 = places.iter().map(|place| shares[order[place.0]]).sum();
            places.iter_mut().for_each(|place| place.2 = together.clamp(0.0, 1.0));
        }
    }

    /// The share of each of m classes among n texts that carry `weights` documents each. A document in several clusters counts in
    /// each of them.
    pub fn shares(&self, placements: &[Placement], logs: &Array2<f32>, weights: &[f64], order: &[usize]) -> Vec<Share> {
        let documents = (0..weights.len()).map(|text| Counted {
            logs: logs.row(text),
            judged: self.judged[text],
            weight: weights[text],
        });
        let mut shares = self.reliability.shares(documents);
        let whole = weights.iter().sum::<f64>().max(1.0);
        for (placement, weight) in placements.iter().zip(weights) {
            let Placement::In(places) = placement else { continue };
            for place in places.iter().skip(1).filter(|place| place.1 == By::Model) {
                let share = &mut shares[order[place.0]];
                for value in [&mut share.estimate, &mut share.low, &mut share.high] {
                    *value = (*value + weight / whole).min(1.0);
                }
            }
        }
        shares
    }

    /// Expected calibration error on the judged documents.
    pub fn calibration_error(&self) -> f64 {
        self.reliability.calibration_error()
    }
}

/// Shares of the classes that were said (c×m): of several the first counts as much as two others.
fn answers(held: &[Option<Vec<usize>>], documents: &[usize], classes: usize) -> Array2<f32> {
    let mut answers = Array2::zeros((documents.len(), classes));
    for (mut row, &text) in answers.rows_mut().into_iter().zip(documents) {
        let said = held[text].as_deref().unwrap_or_default();
        let whole = said.len() as f32 + 1.0;
        match said.split_first() {
            None => row[classes - 1] = 1.0,
            Some((first, others)) => {
                row[*first] += 2.0 / whole;
                others.iter().for_each(|other| row[*other] += 1.0 / whole);
            }
        }
    }
    answers
}
