//! How the model is asked about documents, and how its answers are read: by which letters it prefers, and by thresholds.

use std::collections::BTreeMap;

use super::position_bias::PositionBias;
use crate::plan::Ask;
use crate::stages::assign::{Calibration, Verdict, calibrate};
use crate::stages::core::Judgement;
use crate::stages::soft_label::{Choice, ChoiceShare, SoftLabel};

/// Verdicts on a candidate below which its threshold is not fitted.
const LEAST_VERDICTS: usize = 20;

/// Log-odds nearer to each other than this say the same.
const ALIKE: f64 = 0.1;

/// How the model is asked about documents, and how its answers are read.
pub(super) struct Judge {
    /// The form of the questions: the user's, or the one that a calibration found best.
    pub ask: Ask,
    /// How each candidate's single verdicts are read; none before the core is judged by them.
    calibrations: Vec<Calibration>,
    /// What single verdicts have said of each candidate that they were about.
    verdicts: BTreeMap<usize, Verdicts>,
    /// Which letters the model prefers, by the wording of the question.
    pub biases: [Option<PositionBias>; 2],
}

impl Judge {
    /// Nothing asked yet.
    pub fn new(ask: Ask) -> Judge {
        Judge { ask, calibrations: Vec::new(), verdicts: BTreeMap::new(), biases: [None, None] }
    }

    /// Of answers by letter, how much depends on the document, 0 to 1; none before it is measured.
    pub fn information(&self) -> Option<f64> {
        self.biases[0].as_ref().map(|bias| bias.information)
    }

    /// Whether each candidate's single verdicts are the same for every document.
    pub fn verdicts_are_one(&self) -> bool {
        !self.verdicts.is_empty() && self.verdicts.values().all(Verdicts::are_one)
    }

    /// One document's judgement a list of options, from its pairs (text, option) in their order: each candidate's verdicts are read by its
    /// own threshold, which is fitted on the first that there are of m candidates.
    pub fn of_pairs(
        &mut self,
        pairs: &[(usize, usize)],
        verdicts: Vec<Verdict>,
        options: &[Vec<usize>],
        candidates: usize,
    ) -> Vec<Judgement> {
        for ((_, candidate), verdict) in pairs.iter().zip(&verdicts) {
            self.verdicts.entry(*candidate).or_default().note(verdict);
        }
        if self.calibrations.len() < candidates {
            self.calibrations = calibrations(pairs, &verdicts, candidates);
        }
        let mut verdicts = verdicts.into_iter();
        let mut own = |options: &Vec<usize>| -> Vec<Verdict> { verdicts.by_ref().take(options.len()).collect() };
        options.iter().map(|options| of_pairs(options, own(options), &self.calibrations)).collect()
    }

    /// Renumbers candidates: what was measured of `from[c]` is kept for c. Thresholds are fitted anew on what is asked next.
    pub fn renumber(&mut self, from: &[usize]) {
        self.biases.iter_mut().flatten().for_each(|bias| bias.renumber(from));
        self.calibrations.clear();
        // Of candidates that are gone the verdicts were one, or they were not.
        let former = std::mem::take(&mut self.verdicts);
        let number = |candidate: &usize| from.iter().position(|one| one == candidate);
        self.verdicts = former.into_iter().filter_map(|(one, said)| Some((number(&one)?, said))).collect();
    }
}

/// What single verdicts on one candidate have said so far: how many were Yes and No, and between which log-odds.
#[derive(Debug, Default)]
struct Verdicts {
    counts: [usize; 2],
    log_odds: Option<(f64, f64)>,
}

impl Verdicts {
    fn note(&mut self, verdict: &Verdict) {
        let Verdict::Given { yes, log_odds } = verdict else { return };
        self.counts[usize::from(*yes)] += 1;
        let Some(log_odds) = *log_odds else { return };
        let (low, high) = self.log_odds.unwrap_or((log_odds, log_odds));
        self.log_odds = Some((low.min(log_odds), high.max(log_odds)));
    }

    /// Whether all are the same, as words and as probabilities.
    fn are_one(&self) -> bool {
        self.counts.contains(&0) && self.log_odds.is_none_or(|(low, high)| high - low < ALIKE)
    }
}

/// Each candidate's threshold over the verdicts on it; the model's own where they are few.
fn calibrations(pairs: &[(usize, usize)], verdicts: &[Verdict], candidates: usize) -> Vec<Calibration> {
    let of = |candidate: usize| {
        let own: Vec<Verdict> = pairs
            .iter()
            .zip(verdicts)
            .filter(|((_, other), _)| *other == candidate)
            .map(|(_, verdict)| verdict.clone())
            .collect();
        if own.len() < LEAST_VERDICTS { Calibration::NONE } else { calibrate(&own, &vec![1.0; own.len()]) }
    };
    (0..candidates).map(of).collect()
}

/// One document's judgement from its pairs; a missing verdict on any of them leaves it unjudged.
fn of_pairs(options: &[usize], verdicts: Vec<Verdict>, calibrations: &[Calibration]) -> Judgement {
    let mut held: Vec<ChoiceShare> = Vec::new();
    for (&option, verdict) in options.iter().zip(verdicts) {
        match verdict {
            Verdict::Given { log_odds: Some(log_odds), .. } => {
                let score = calibrations[option].score(log_odds);
                held.extend((score > 0.0).then_some(Choice::Candidate(option).with(score.exp() as f32)));
            }
            Verdict::Given { yes, log_odds: None } => held.extend(yes.then_some(Choice::Candidate(option).with(1.0))),
            Verdict::Unparsed => return Judgement::Unparsed,
            Verdict::Failed(problem) => return Judgement::Failed(problem),
            Verdict::NotAsked => return Judgement::NotAsked,
        }
    }
    if held.is_empty() {
        return Judgement::none();
    }
    let sum: f32 = held.iter().map(|one| one.share).sum();
    held.iter_mut().for_each(|one| one.share /= sum);
    Judgement::Held(SoftLabel::of(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_that_depend_on_the_candidate_alone_are_one() {
        let given = |yes| Verdict::Given { yes, log_odds: None };
        let mut judge = Judge::new(Ask::Pair);
        let say = |judge: &mut Judge, document, verdicts: [bool; 2]| {
            let verdicts = verdicts.map(given).to_vec();
            judge.of_pairs(&[(document, 0), (document, 1)], verdicts, &[vec![0, 1]], 2);
        };
        assert!(!judge.verdicts_are_one());
        (0..9).for_each(|document| say(&mut judge, document, [true, false]));
        assert!(judge.verdicts_are_one());
        say(&mut judge, 9, [true, true]);
        assert!(!judge.verdicts_are_one());
    }

    #[test]
    fn a_missing_pair_leaves_the_document_unjudged() {
        let given = |odds: f64| Verdict::Given { yes: odds > 0.0, log_odds: Some(odds) };
        let of = |verdicts| of_pairs(&[4, 2], verdicts, &[Calibration::NONE; 5]);
        assert_eq!(of(vec![given(1.0), Verdict::NotAsked]), Judgement::NotAsked);
        assert_eq!(of(vec![given(-1.0), given(-2.0)]), Judgement::none());
        let Judgement::Held(held) = of(vec![given(1.0), given(2.0)]) else { panic!("no judgement") };
        assert_eq!(held.first(), Some(Choice::Candidate(2)));
        assert!(held.iter().len() == 2 && (held.answers() - 1.0).abs() < 1e-6);
    }
}
