//! How answers are read: what was measured of the model's habits.

use super::position_bias::PositionBias;
use crate::stages::assign::{Calibration, Verdict};

/// Log-odds nearer to each other than this say the same.
const ALIKE: f64 = 0.1;

/// What corrects the answers of a model.
#[derive(Default)]
pub(super) struct Reading {
    /// How each candidate's single verdicts are read; none before the core is judged by them.
    pub calibrations: Vec<Calibration>,
    /// What single verdicts have said.
    pub verdicts: Verdicts,
    /// Which letters the model prefers, by the wording of the question.
    pub biases: [Option<PositionBias>; 2],
}

impl Reading {
    /// Of answers by letter, how much depends on the document, 0 to 1; none before it is measured.
    pub fn information(&self) -> Option<f64> {
        self.biases[0].as_ref().map(|bias| bias.information)
    }

    /// Renumbers candidates: what was measured of `from[c]` is kept for c. Thresholds are fitted anew on what is asked next.
    pub fn renumber(&mut self, from: &[usize]) {
        self.biases.iter_mut().flatten().for_each(|bias| bias.renumber(from));
        self.calibrations.clear();
    }
}

/// What single verdicts have said so far: how many were Yes and No, and between which log-odds.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    counts: [usize; 2],
    log_odds: Option<(f64, f64)>,
}

impl Verdicts {
    /// Counts a verdict.
    pub fn note(&mut self, verdict: &Verdict) {
        let Verdict::Given { yes, log_odds } = verdict else { return };
        self.counts[usize::from(*yes)] += 1;
        let Some(log_odds) = *log_odds else { return };
        let (low, high) = self.log_odds.unwrap_or((log_odds, log_odds));
        self.log_odds = Some((low.min(log_odds), high.max(log_odds)));
    }

    /// Whether all are the same, as words and as probabilities.
    pub fn are_one(&self) -> bool {
        self.counts.contains(&0) && self.log_odds.is_none_or(|(low, high)| high - low < ALIKE)
    }
}
