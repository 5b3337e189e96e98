//! Position-bias correction: which letters a model prefers, whatever the document, is measured over many answers and taken from each.

use crate::stages::core::Judgement;
use crate::stages::soft_label::{Choice, ChoiceShare, SoftLabel};

/// Answers below which nothing is measured.
pub const LEAST: usize = 20;
/// Steps of the fit.
const STEPS: usize = 50;
/// TrainingSample of the correction that would make all candidates equally large: some are larger than others, whoever answers.
const PART: f64 = 0.75;
/// A share below this is not worth keeping.
pub const LEAST_SHARE: f32 = 0.15;
/// Added to what a candidate has over all answers, so that one without any is not lifted beyond measure.
const SMOOTHING: f64 = 0.5;

/// For each of m candidates what is added to the logarithm of its share.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PositionBias {
    corrections: Vec<f64>,
    /// Answers that they were measured on.
    answers: usize,
    /// How much of these answers hangs on the document, 0 to 1: what documents and letters tell of each other (their mutual
    /// information) as a part of what it takes to tell the letters apart (their entropy).
    pub information: f64,
}

impl PositionBias {
    /// Fits the corrections at which the candidates would have over all answers what is `expected` of each of m for each judgement, or
    /// equal shares of those listed where nothing is, and keeps most of them; nothing is fitted where answers are few. What the model
    /// gave to “none of these” is not corrected.
    pub fn fit(judgements: &[Judgement], expected: Option<&[Vec<f32>]>, candidates: usize) -> Option<PositionBias> {
        let answers: Vec<_> =
            judgements.iter().enumerate().filter_map(|(place, judgement)| Some((place, judgement.held()?))).collect();
        if answers.len() < LEAST {
            return None;
        }
        let information = information(answers.iter().map(|&(_, answer)| answer), candidates);
        let mut bias = PositionBias { corrections: vec![0.0; candidates], answers: answers.len(), information };
        for _ in 0..STEPS {
            let (mut had, mut due) = (vec![SMOOTHING; candidates], vec![SMOOTHING; candidates]);
            for &(place, answer) in &answers {
                let corrected = bias.corrected(answer);
                let of_candidates = || {
                    let choices = answer.choices().zip(&corrected);
                    choices.filter_map(|(choice, share)| Some((choice.candidate()?, *share)))
                };
                let listed: f64 = of_candidates().map(|(_, share)| share).sum();
                for (candidate, share) in of_candidates() {
                    had[candidate] += share;
                    due[candidate] += match expected {
                        Some(expected) => listed * f64::from(expected[place][candidate]),
                        None => listed / (corrected.len() - 1) as f64,
                    };
                }
            }
            let steps = due.iter().zip(&had).map(|(due, had)| (due / had).ln());
            bias.corrections.iter_mut().zip(steps).for_each(|(correction, step)| *correction += step);
        }
        bias.corrections.iter_mut().for_each(|correction| *correction *= PART);
        Some(bias)
    }

    /// Whether so many more answers tell more: there are other candidates, or they are more than it was measured on.
    pub fn is_outdone(&self, answers: usize, candidates: usize) -> bool {
        self.corrections.len() < candidates || self.answers < answers
    }

    /// Renumbers candidates: what was measured of `from[c]` is kept for c, which may be several of the former candidates. It is not
    /// measured anew: the answers on a core, which stands for all documents, show the bias better than those on escalated ones.
    pub fn renumber(&mut self, from: &[usize]) {
        self.corrections =
            from.iter().map(|&candidate| self.corrections.get(candidate).copied().unwrap_or(0.0)).collect();
    }

    /// The judgement without the model's position bias, and without shares below `least`.
    pub fn taken_from(&self, judgement: Judgement, least: f32) -> Judgement {
        let Some(held) = judgement.held() else { return judgement };
        let shares = held.choices().zip(self.corrected(held));
        let mut corrected: Vec<ChoiceShare> = shares.map(|(choice, share)| choice.with(share as f32)).collect();
        let most = corrected.iter().map(|one| one.share).fold(0.0, f32::max);
        corrected.retain(|one| one.share >= least.min(most));
        let sum: f32 = corrected.iter().map(|one| one.share).sum();
        corrected.iter_mut().for_each(|one| one.share /= sum);
        Judgement::Held(SoftLabel::of(corrected))
    }

    /// The shares of an answer with the corrections applied, in its order; they sum to one.
    fn corrected(&self, held: &SoftLabel) -> Vec<f64> {
        let factor = |choice: Choice| {
            let correction = choice.candidate().and_then(|candidate| self.corrections.get(candidate));
            correction.map_or(1.0, |correction| correction.exp())
        };
        let mut shares: Vec<f64> = held.iter().map(|one| f64::from(one.share) * factor(one.choice)).collect();
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        shares
    }
}

/// How much of some answers hangs on the document.
fn information<'a>(answers: impl ExactSizeIterator<Item = &'a SoftLabel>, candidates: usize) -> f64 {
    let entropy =
        |shares: &[f64]| -shares.iter().filter(|share| **share > 0.0).map(|share| share * share.ln()).sum::<f64>();
    let each = 1.0 / answers.len() as f64;
    let (mut all, mut own) = (vec![0.0; candidates + 1], 0.0);
    for answer in answers {
        let shares: Vec<f64> = answer.iter().map(|one| f64::from(one.share)).collect();
        own += each * entropy(&shares);
        for (choice, share) in answer.choices().zip(&shares) {
            all[choice.candidate().unwrap_or(candidates)] += each * share;
        }
    }
    let all = entropy(&all);
    if all > 0.0 { (1.0 - own / all).max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers on documents of two candidates in turn, of a model that says the first one too often.
    fn biased(count: usize) -> Vec<Judgement> {
        let odds = |document: usize| if document.is_multiple_of(2) { 12.0_f32 } else { 1.6 };
        let shares = |odds: f32| [0.9 * odds / (1.0 + odds), 0.9 / (1.0 + odds), 0.1];
        (0..count).map(|document| letters(shares(odds(document)))).collect()
    }

    /// The shares of two candidates and of none of them.
    fn letters([first, second, none]: [f32; 3]) -> Judgement {
        let candidates = [Choice::Candidate(0).with(first), Choice::Candidate(1).with(second)];
        Judgement::Held(SoftLabel::of([&candidates[..], &[Choice::NoneOfThese.with(none)]].concat()))
    }

    fn only(candidate: usize) -> Judgement {
        Judgement::Held(SoftLabel::of(vec![Choice::Candidate(candidate).with(1.0)]))
    }

    #[test]
    fn a_letter_that_is_liked_too_much_is_read_with_that_in_mind() {
        let judgements = biased(40);
        assert!(judgements.iter().all(|one| one.first() == Some(Choice::Candidate(0))));
        let bias = PositionBias::fit(&judgements, None, 2).unwrap();
        for (document, judgement) in judgements.into_iter().enumerate() {
            let said = bias.taken_from(judgement, LEAST_SHARE).first();
            assert_eq!(said, Some(Choice::Candidate(document % 2)), "{document}");
        }
    }

    #[test]
    fn letters_that_are_the_same_whatever_the_document_tell_nothing_of_it() {
        let information = |answers: &[Judgement]| PositionBias::fit(answers, None, 2).unwrap().information;
        let sure = |document: usize| only(document % 2);
        assert!((information(&(0..40).map(sure).collect::<Vec<_>>()) - 1.0).abs() < 1e-6);
        assert_eq!(information(&vec![sure(0); 40]), 0.0);
        let unsure = letters([0.6, 0.3, 0.1]);
        assert!(information(&vec![unsure; 40]) < 1e-6);
        let biased = information(&biased(40));
        assert!(biased > 0.05 && biased < 0.5, "{biased}");
    }

    #[test]
    fn what_is_expected_of_a_candidate_is_no_like() {
        let expected = vec![vec![0.8, 0.2]; 40];
        let [equal, larger] =
            [None, Some(expected.as_slice())].map(|expected| PositionBias::fit(&biased(40), expected, 2).unwrap());
        let lift = |bias: &PositionBias| bias.corrections[0] - bias.corrections[1];
        assert!(lift(&equal) < lift(&larger), "{equal:?} {larger:?}");
    }

    #[test]
    fn corrections_follow_their_candidates() {
        let mut bias = PositionBias::fit(&biased(40), None, 2).unwrap();
        let before = bias.corrections.clone();
        bias.renumber(&[1]);
        assert_eq!(bias.corrections, before[1..]);
        assert!(!bias.is_outdone(40, 1) && bias.is_outdone(41, 1));
    }

    #[test]
    fn few_answers_measure_nothing_and_what_is_no_answer_stays_so() {
        assert_eq!(PositionBias::fit(&biased(LEAST - 1), None, 2), None);
        assert_eq!(PositionBias::default().taken_from(Judgement::NotAsked, LEAST_SHARE), Judgement::NotAsked);
        let sure = letters([0.97, 0.02, 0.01]);
        assert_eq!(PositionBias::default().taken_from(sure, LEAST_SHARE), only(0));
    }
}
