//! Where a candidate's Yes begins: one threshold a candidate, fitted over the log-odds of all documents.
//!
//! Small models say Yes or No to a statement by its wording as much as by the document: their log-odds order the documents
//! well and lie off centre. The threshold is put into the widest valley between two groups of documents (Otsu's criterion:
//! the greatest variance between the groups), and pulled toward zero, the model's own boundary, where there is no valley.

use super::Verdict;

/// Share of the variance that two groups must explain before the valley between them is fully trusted. One normal
/// distribution cut in the middle explains 2/π = 0.64 of its variance.
const CLEAR: f64 = 0.85;
/// What is explained by chance alone.
const CHANCE: f64 = 0.64;

/// How one candidate's verdicts are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Log-odds above which the verdict is Yes.
    pub threshold: f64,
    /// Spread of the log-odds within the two groups: the unit of confidence.
    pub scale: f64,
}

impl Calibration {
    /// The model's own boundary: for servers that give no log-probabilities.
    pub const NONE: Calibration = Calibration { threshold: 0.0, scale: 1.0 };

    /// How far a log-odds lies beyond the threshold, in units of the scale.
    pub fn score(&self, log_odds: f64) -> f64 {
        (log_odds - self.threshold) / self.scale
    }
}

/// Fits one candidate's threshold over its verdicts on n texts with n weights.
pub fn calibrate(verdicts: &[Verdict], weights: &[f64]) -> Calibration {
    let mut points: Vec<(f64, f64)> = verdicts
        .iter()
        .zip(weights)
        .filter_map(|(verdict, &weight)| log_odds(verdict).map(|odds| (odds, weight)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(split) = otsu(&points) else { return Calibration::NONE };
    let trust = ((split.explained - CHANCE) / (CLEAR - CHANCE)).clamp(0.0, 1.0);
    Calibration { threshold: trust * split.threshold, scale: split.within.max(0.25) }
}

fn log_odds(verdict: &Verdict) -> Option<f64> {
    match verdict {
        Verdict::Given { log_odds, .. } => *log_odds,
        _ => None,
    }
}

struct Split {
    threshold: f64,
    /// Share of the variance that lies between the groups.
    explained: f64,
    /// Standard deviation within the groups.
    within: f64,
}

/// The cut of sorted weighted points with the greatest variance between its two sides; none when all points are one.
fn otsu(points: &[(f64, f64)]) -> Option<Split> {
    let total: f64 = points.iter().map(|point| point.1).sum();
    let sum: f64 = points.iter().map(|point| point.0 * point.1).sum();
    let variance = points.iter().map(|point| point.1 * (point.0 - sum / total).powi(2)).sum::<f64>() / total;
    if points.len() < 2 || variance <= 1e-9 {
        return None;
    }
    let (mut weight, mut below, mut best) = (0.0, 0.0, (f64::NEG_INFINITY, 0.0));
    for pair in points.windows(2) {
        weight += pair[0].1;
        below += pair[0].0 * pair[0].1;
        let (low, high) = (below / weight, (sum - below) / (total - weight));
        let between = weight * (total - weight) / (total * total) * (high - low).powi(2);
        if between > best.0 {
            best = (between, (pair[0].0 + pair[1].0) / 2.0);
        }
    }
    Some(Split { threshold: best.1, explained: best.0 / variance, within: (variance - best.0).max(0.0).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(log_odds: f64) -> Verdict {
        Verdict::Given { yes: log_odds > 0.0, log_odds: Some(log_odds) }
    }

    #[test]
    fn a_clear_valley_off_centre_becomes_the_threshold() {
        let mut verdicts: Vec<Verdict> = (0..30).map(|step| given(-4.0 + 0.02 * f64::from(step))).collect();
        verdicts.extend((0..10).map(|step| given(-1.0 + 0.02 * f64::from(step))));
        let calibration = calibrate(&verdicts, &[1.0; 40]);
        assert!((-3.4..-1.0).contains(&calibration.threshold), "{calibration:?}");
    }

    #[test]
    fn one_heap_keeps_the_models_own_boundary() {
        let verdicts: Vec<Verdict> = (1..200).map(|step| given(5.0 + normal(f64::from(step) / 200.0))).collect();
        let calibration = calibrate(&verdicts, &[1.0; 199]);
        assert!(calibration.threshold.abs() < 1.0, "{calibration:?}");
    }

    /// A rough normal quantile (Tukey's lambda with 0.14).
    fn normal(p: f64) -> f64 {
        4.91 * (p.powf(0.14) - (1.0 - p).powf(0.14))
    }

    #[test]
    fn without_log_probabilities_nothing_is_moved() {
        assert_eq!(
            calibrate(&[Verdict::Given { yes: true, log_odds: None }, Verdict::Unparsed], &[1.0; 2]),
            Calibration::NONE
        );
    }
}
