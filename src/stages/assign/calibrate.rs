//! Where a candidate's Yes begins: one threshold a candidate, fitted over the log-odds of all documents.
//!
//! Small models say Yes or No to a statement by its wording as much as by the document: their log-odds order the documents
//! well and lie off centre. Where the documents fall into two groups, the threshold is put into the valley between them
//! (Otsu's criterion: the greatest variance between the groups). Where they are one heap with a tail, the heap is taken for the
//! documents that the statement is false of, and the threshold to where it thins out (an empirical null, after Efron). A firm
//! word of the model is never overruled.

use super::Verdict;

/// Share of the variance that two groups must explain before the valley between them is fully trusted. One normal
/// distribution cut in the middle explains 2/π = 0.64 of its variance.
const CLEAR: f64 = 0.85;
/// What is explained by chance alone.
const CHANCE: f64 = 0.64;
/// Standard deviations above its middle at which a heap has thinned out: one document in nine of a normal heap lies beyond.
const TAIL: f64 = 1.2;
/// Log-odds of nine to one: the farthest that a threshold may lie from zero.
const FIRM: f64 = 2.2;

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
    let threshold = trust * split.threshold + (1.0 - trust) * end_of_heap(&points);
    Calibration { threshold: threshold.clamp(-FIRM, FIRM), scale: split.within.max(0.25) }
}

/// Where the heap of sorted weighted points thins out: its median and the spread of its lower half, which no tail widens. The
/// model's own Yes counts for a heap on the side of No.
fn end_of_heap(points: &[(f64, f64)]) -> f64 {
    let total: f64 = points.iter().map(|point| point.1).sum();
    let median = quantile(points, 0.5 * total);
    let spread = (median - quantile(points, 0.25 * total)) / 0.6745;
    let end = median + TAIL * spread;
    if median < 0.0 { end.min(0.0) } else { end }
}

/// The point at which the weight of sorted points reaches `weight`.
fn quantile(points: &[(f64, f64)], weight: f64) -> f64 {
    let mut below = 0.0;
    let reached = points.iter().find(|point| {
        below += point.1;
        below >= weight
    });
    reached.or(points.last()).map_or(0.0, |point| point.0)
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
    fn a_firm_word_is_never_overruled() {
        for middle in [-6.0, 6.0] {
            let verdicts: Vec<Verdict> = (1..200).map(|step| given(middle + normal(f64::from(step) / 200.0))).collect();
            let calibration = calibrate(&verdicts, &[1.0; 199]);
            assert_eq!(calibration.threshold, FIRM.copysign(middle), "{calibration:?}");
        }
    }

    #[test]
    fn of_a_heap_on_the_side_of_no_the_tail_holds() {
        let mut verdicts: Vec<Verdict> =
            (1..100).map(|step| given(-1.8 + 0.4 * normal(f64::from(step) / 100.0))).collect();
        verdicts.extend((0..6).map(|step| given(-0.7 + 0.1 * f64::from(step))));
        let threshold = calibrate(&verdicts, &[1.0; 105]).threshold;
        assert!((-1.4..-0.7).contains(&threshold), "{threshold}");
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
