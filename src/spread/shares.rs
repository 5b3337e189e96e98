//! The shares of the classes among all documents, with intervals that hold all that they were inferred by.
//!
//! A share is the mean of the documents' calibrated probabilities: those given their answers where they were judged, else those
//! by the spread. Its variance has three parts: how unsure the parameters of the calibration are (sampling, errors of the answers
//! and of the spread), which class each document is of after all, and where lapses fall.

use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use super::reliability::{BEFORE, Reliability};

/// Documents by which it is measured how the shares follow the parameters, at most.
const MOST: usize = 20_000;
/// Part of the lapses that may all fall on one class.
const TOGETHER: f64 = 0.5;
/// Standard deviations on each side of a 95 % interval.
const SIDE: f64 = 1.959_963_984_540_054;
/// The smallest share in log-odds.
const SMALLEST: f64 = 1e-6;

/// A proportion with its 95 % interval, each between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The proportion itself, as far as it is known.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// The share of a whole of which the share's own whole is this part.
    pub fn times(self, part: f64) -> Share {
        Share { estimate: self.estimate * part, low: self.low * part, high: self.high * part }
    }

    /// The share of `part` in `whole` with its 95 % Wilson score interval (E. B. Wilson, 1927).
    pub fn wilson(part: usize, whole: usize) -> Share {
        if whole == 0 {
            return Share { estimate: 0.0, low: 0.0, high: 0.0 };
        }
        let (n, z) = (whole as f64, 1.959_963_984_540_054_f64);
        let p = part as f64 / n;
        let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        Share { estimate: p, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }
}

/// One document of those whose shares are estimated.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// m log posteriors.
    pub logs: ArrayView1<'a, f32>,
    /// Which of the judged documents it is, if it is one.
    pub judged: Option<usize>,
    /// How many documents it stands for.
    pub weight: f64,
}

/// Sums over documents, for each of m classes.
struct Sums {
    whole: f64,
    unjudged: f64,
    shares: Vec<f64>,
    /// Variance of the numbers of documents.
    variances: Vec<f64>,
    /// m×p slopes of the numbers by the parameters: of judged documents, and of a part of the others.
    slopes: [Array2<f64>; 2],
    /// How many documents each of that part stands for.
    each: f64,
}

impl Reliability {
    /// The share of each of m classes among some documents.
    pub fn shares<'a>(&self, documents: impl Iterator<Item = Counted<'a>> + Clone) -> Vec<Share> {
        let sums = self.sums(documents);
        let whole = sums.whole.max(1.0);
        let lapse = self.found.lapse;
        // Lapses are as unsure as they are many, and more where none was seen.
        let lapses = lapse.powi(2) * (1.0 + self.covariance[(1, 1)] * (1.0 - lapse).powi(2));
        let of = |class: usize| {
            let [judged, others] = &sums.slopes;
            let slopes = (&judged.row(class) + &(&others.row(class) * sums.each)) / whole;
            let parameters = slopes.dot(&self.covariance.dot(&slopes));
            let base = self.base()[class];
            let fall = TOGETHER * lapses * base * (1.0 - base) * (sums.unjudged / whole).powi(2);
            interval(sums.shares[class] / whole, parameters + sums.variances[class] / whole.powi(2) + fall)
        };
        (0..self.base().len()).map(of).collect()
    }

    fn sums<'a>(&self, documents: impl Iterator<Item = Counted<'a>> + Clone) -> Sums {
        let m = self.base().len();
        let stride = documents.clone().count().div_ceil(MOST).max(1);
        let slopes = || Array2::zeros((m, BEFORE + m));
        let mut sums = Sums {
            whole: 0.0,
            unjudged: 0.0,
            shares: vec![0.0; m],
            variances: vec![0.0; m],
            slopes: [slopes(), slopes()],
            each: 0.0,
        };
        let mut sampled = 0.0;
        for (place, document) in documents.enumerate() {
            let probabilities = match document.judged {
                Some(judged) => self.add_judged(judged, document.weight, &mut sums.slopes[0]),
                None => {
                    sums.unjudged += document.weight;
                    let followed = self.found.followed(document.logs);
                    if place.is_multiple_of(stride) {
                        sampled += document.weight;
                        self.add_other(document, &followed, &mut sums.slopes[1]);
                    }
                    self.expected(document.logs)
                }
            };
            sums.whole += document.weight;
            for (class, share) in probabilities.into_iter().enumerate() {
                sums.shares[class] += document.weight * share;
                sums.variances[class] += document.weight.powi(2) * share * (1.0 - share);
            }
        }
        sums.each = if sampled > 0.0 { sums.unjudged / sampled } else { 0.0 };
        sums
    }

    /// Adds the slopes of a judged document's probabilities, and returns these.
    fn add_judged(&self, judged: usize, weight: f64, slopes: &mut Array2<f64>) -> Vec<f64> {
        let one = self.document(judged, &self.found);
        let lapse = self.found.lapse;
        let logs = self.scaled(judged);
        let mean: f64 = logs.iter().zip(&one.followed).map(|(log, share)| log * share).sum();
        for class in 0..one.after.len() {
            let follows = (1.0 - lapse) * one.followed[class] / one.before[class].max(1e-12);
            let lapses =
                lapse * (1.0 - lapse) * (self.base()[class] - one.followed[class]) / one.before[class].max(1e-12);
            let own = weight * one.after[class];
            slopes[(class, 0)] += own * (follows * (logs[class] - mean) - one.slopes[0]);
            slopes[(class, 1)] += own * (lapses - one.slopes[1]);
            slopes[(class, 2)] += own * (one.by_error[class] - one.slopes[2]);
            for shift in 0..one.after.len() {
                let is_own = f64::from(u8::from(shift == class));
                slopes[(class, BEFORE + shift)] +=
                    own * (follows * (is_own - one.followed[shift]) - one.slopes[BEFORE + shift]);
            }
        }
        one.after
    }

    /// Adds the slopes of the probabilities of a document that was not judged.
    fn add_other(&self, document: Counted<'_>, followed: &[f64], slopes: &mut Array2<f64>) {
        let (lapse, weight) = (self.found.lapse, document.weight);
        let logs = self.scaled_row(document.logs);
        let mean: f64 = logs.iter().zip(followed).map(|(log, share)| log * share).sum();
        for class in 0..followed.len() {
            let own = weight * (1.0 - lapse) * followed[class];
            slopes[(class, 0)] += own * (logs[class] - mean);
            slopes[(class, 1)] += weight * lapse * (1.0 - lapse) * (self.base()[class] - followed[class]);
            slopes[(class, BEFORE + class)] += own;
            for shift in 0..followed.len() {
                slopes[(class, BEFORE + shift)] -= own * followed[shift];
            }
        }
    }
}

/// A share and its interval, symmetrical in log-odds.
fn interval(share: f64, variance: f64) -> Share {
    let estimate = share.clamp(0.0, 1.0);
    let inner = estimate.clamp(SMALLEST, 1.0 - SMALLEST);
    let (odds, half) = ((inner / (1.0 - inner)).ln(), SIDE * variance.sqrt() / (inner * (1.0 - inner)));
    let end = |odds: f64| 1.0 / (1.0 + (-odds).exp());
    Share { estimate, low: end(odds - half).min(estimate), high: end(odds + half).max(estimate) }
}
