//! What is known of each document once all has been asked: the evidence for confidences and shares.

use ndarray::ArrayView1;

use super::audit::Audited;
use super::classes::Classes;
use super::findings::Findings;
use super::judgments::Judgments;
use crate::methods::steps::confidence::Confidence;
use crate::spread::Evidence;
use crate::stages::soft_label::SoftLabel;

impl Findings<'_, '_> {
    /// Every judged document is evidence: the core's, with what was inferred without them; and those of the audit, and those that
    /// hold for nothing that was selected only, of which nothing was learned.
    pub(super) fn confidence(self, audited: &[Audited]) -> Confidence {
        let Findings { session, judgments, spread } = self;
        let core = &spread.learned.soft_labels.asked;
        let mut documents = session.sample.texts_of(core);
        let mut known = vec![false; session.texts.len()];
        documents.iter().for_each(|&text| known[text] = true);
        let others = judgments.answers.iter().filter(|&(text, _)| !known[text]);
        let more: Vec<_> = others.chain(audited.iter().map(|one| (one.document, &one.held))).collect();
        let mut logs = spread.learned.validation.out_of_fold.clone();
        let mut answers = core.answers.clone();
        let mut times = core.times.clone();
        let pushed = "rows are as long as a row; this is a bug";
        for &(text, held) in &more {
            let (row, count) = row(held, &spread.selection.classes);
            documents.push(text);
            times.push(count);
            answers.push_row(ArrayView1::from(&row)).expect(pushed);
            logs.push_row(spread.logs.row(text)).expect(pushed);
        }
        let weights = stand_for(judgments, &documents, &spread.selection.weights);
        // Shares of answers that are measured to be wrong are no probabilities: each answer is what it names, as the spread reads it.
        let in_shares = judgments.is_in_shares() && judgments.noise().is_none();
        let evidence = Evidence { logs, answers, times, weights, in_shares };
        Confidence::new(evidence, &documents, session.texts.len())
    }
}

/// An answer over the selected candidates and none of them, as shares of one; and how many answers it is.
fn row(held: &SoftLabel, classes: &Classes) -> (Vec<f32>, f32) {
    let mut row = vec![0.0_f32; classes.none() + 1];
    for one in held.iter() {
        row[classes.of_choice(one.choice)] += one.share;
    }
    let sum = row.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    (row.iter().map(|share| share / sum).collect(), sum)
}

/// How many documents each of some judged ones stands for; one of the audit as many as another on average.
fn stand_for(judgments: &Judgments, documents: &[usize], weights: &[f64]) -> Vec<f64> {
    let judged = judgments.answers.documents();
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    let of = |text: &usize| judged.binary_search(text).map_or(mean, |place| weights[place]);
    documents.iter().map(of).collect()
}
