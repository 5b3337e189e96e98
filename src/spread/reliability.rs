//! How far the spread and the model's answers can be relied on: both are measured together, on judged documents.
//!
//! The class of a document is taken to follow the spread's posterior, made sharper or flatter and shifted towards some classes,
//! except in a share of the documents (the lapses), whose class has nothing to do with it. An answer names the class except in a
//! share of cases (the errors). The parameters that make the answers most probable give calibrated probabilities; how unsure they
//! are gives the intervals of the shares (`shares.rs`).
//!
//! Documents with several answers tell lapses from errors: errors differ from answer to answer, a lapse stays. Where there are
//! none, the prior takes for errors what cannot be told apart.

use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;

use super::lbfgs::minimise;
use crate::vectors::{inverse, softmax};

/// Steps at most towards the best parameters.
const STEPS: usize = 150;
/// The largest slope, for each document, that counts as flat.
const FLAT: f32 = 1e-5;
/// Standard deviation, before any answer, of the logarithm of the sharpness.
const SHARPNESS: f64 = 0.7;
/// Standard deviation, before any answer, of the shift of a class, in nats.
const SHIFT: f64 = 0.7;
/// Lapses that are reckoned with before any is seen, and documents without one (a beta distribution).
const LAPSES: [f64; 2] = [0.5, 20.0];
/// The same for errors.
const ERRORS: [f64; 2] = [0.5, 3.0];
/// Lapses and errors to begin with.
const BEGINNING: [f64; 2] = [0.03, 0.1];
/// Share of the errors that may fall anywhere; the others fall where answers and posteriors disagree.
const ANYWHERE: f64 = 0.5;
/// The smallest probability.
const LEAST: f64 = 1e-12;
/// The smallest log posterior.
const LOWEST: f64 = -30.0;
/// Difference by which curvature is measured.
const APART: f64 = 1e-3;
/// Judged documents that it is measured on at most: more would hardly make it surer, and cost as much time each.
const MOST: usize = 5_000;
/// Documents that are summed up at once.
const BLOCK: usize = 256;
/// Bins of the calibration error.
const BINS: usize = 10;
/// Parameters before the shifts: the logarithm of the sharpness, and the log-odds of a lapse and of an error.
pub(super) const BEFORE: usize = 3;

/// What is known of c judged documents and m classes.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// c×m log posteriors of fits that did not know the document's answer.
    pub logs: Array2<f32>,
    /// c×m shares of each document's answers.
    pub answers: Array2<f32>,
    /// c: how many answers each document has.
    pub times: Vec<f32>,
    /// c: how many documents each one stands for.
    pub weights: Vec<f64>,
    /// Whether an answer gives a probability to each class rather than naming some.
    pub in_shares: bool,
}

/// What the evidence says of spread and answers.
#[derive(Debug, Clone)]
pub struct Reliability {
    evidence: Evidence,
    /// m: where lapses fall.
    base: Vec<f64>,
    /// c×m: what errors add to the likelihood of a document's answers, given each class (of shares a probability, else a logarithm).
    wrong: Array2<f64>,
    /// c: weights with a mean of one.
    counts: Vec<f64>,
    /// The documents that it is measured on.
    used: Vec<usize>,
    /// The most probable parameters.
    pub(super) found: Parameters,
    /// p×p.
    pub(super) covariance: Array2<f64>,
}

/// The parameters by what they mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    /// What log posteriors are multiplied by.
    pub sharpness: f64,
    /// Share of documents whose class has nothing to do with the posterior.
    pub lapse: f64,
    /// Share of answers that are wrong.
    pub error: f64,
    /// m: what is added to the log posterior of each class.
    pub shifts: Vec<f64>,
}

/// From log posteriors to probabilities, as far as documents that were not judged need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// What log posteriors are multiplied by.
    pub sharpness: f64,
    /// Share of documents whose class has nothing to do with the posterior.
    pub lapse: f64,
    /// m: what is added to the log posterior of each class.
    pub shifts: Vec<f64>,
    /// m: where lapses fall.
    pub base: Vec<f64>,
}

impl Calibrated {
    /// The probabilities of the classes for a document by its log posteriors (m).
    pub fn expected(&self, logs: ArrayView1<'_, f32>) -> Vec<f64> {
        lapsing(self.lapse, &self.base, &followed(self.sharpness, &self.shifts, logs))
    }
}

/// Log posteriors (m) sharpened and shifted, as probabilities.
fn followed(sharpness: f64, shifts: &[f64], logs: ArrayView1<'_, f32>) -> Vec<f64> {
    let scores = logs.iter().zip(shifts);
    let scores: Vec<f64> = scores.map(|(&log, shift)| sharpness * f64::from(log).max(LOWEST) + shift).collect();
    softmax(&scores)
}

/// Probabilities (m) of which a part falls where lapses do.
fn lapsing(lapse: f64, base: &[f64], followed: &[f64]) -> Vec<f64> {
    followed.iter().zip(base).map(|(share, base)| (1.0 - lapse) * share + lapse * base).collect()
}

/// What the parameters say of one judged document.
pub(super) struct Judged {
    /// m: the probabilities of the classes before its own answers.
    pub before: Vec<f64>,
    /// m: the same without lapses.
    pub followed: Vec<f64>,
    /// m: the probabilities given its own answers.
    pub after: Vec<f64>,
    /// m: the slopes of the log likelihood of its answers, given each class, by the log-odds of an error.
    pub by_error: Vec<f64>,
    /// p: the slopes of the log likelihood of its answers by the parameters.
    pub slopes: Vec<f64>,
    /// The log likelihood of its answers.
    log: f64,
}

impl Parameters {
    fn of(at: &[f64]) -> Parameters {
        Parameters { sharpness: at[0].exp(), lapse: share(at[1]), error: share(at[2]), shifts: at[BEFORE..].to_vec() }
    }

    /// The probabilities of the classes by a document's log posteriors (m), without lapses.
    pub(super) fn followed(&self, logs: ArrayView1<'_, f32>) -> Vec<f64> {
        followed(self.sharpness, &self.shifts, logs)
    }
}

impl Reliability {
    /// Measures it.
    pub fn measure(evidence: Evidence) -> Reliability {
        let m = evidence.answers.ncols();
        let mean = evidence.weights.iter().sum::<f64>() / evidence.weights.len().max(1) as f64;
        let counts: Vec<f64> = evidence.weights.iter().map(|weight| weight / mean.max(LEAST)).collect();
        let confused = confused(&evidence, &counts);
        let wrong = match evidence.in_shares {
            true => doubles(&evidence.answers).dot(&confused.t()),
            false => doubles(&evidence.answers).dot(&logarithms(&confused).t()),
        };
        let base = base(&evidence, &counts);
        let found = Parameters { sharpness: 1.0, lapse: 0.0, error: 0.0, shifts: vec![0.0; m] };
        let covariance = Array2::zeros((BEFORE + m, BEFORE + m));
        let used: Vec<usize> = (0..counts.len()).step_by(counts.len().div_ceil(MOST).max(1)).collect();
        let mut measured = Reliability { evidence, base, wrong, counts, used, found, covariance };
        let start = [0.0].into_iter().chain(BEGINNING.map(log_odds)).chain(vec![0.0; m]);
        let each = 1.0 / measured.used.len().max(1) as f64;
        let best = minimise(start.map(|value| value as f32).collect(), STEPS, FLAT, |at| {
            let (height, slopes) = measured.unlikely(&wide(at));
            (each * height, slopes.iter().map(|slope| (each * slope) as f32).collect())
        });
        measured.covariance = measured.unsure(&wide(&best));
        measured.found = Parameters::of(&wide(&best));
        measured
    }

    /// Share of answers that are wrong.
    pub fn error(&self) -> f64 {
        self.found.error
    }

    /// The probabilities of the classes for a document by its log posteriors (m).
    pub fn expected(&self, logs: ArrayView1<'_, f32>) -> Vec<f64> {
        self.lapsing(&self.found, &self.found.followed(logs))
    }

    /// What gives the probabilities of the classes for any other document.
    pub fn calibrated(&self) -> Calibrated {
        let Parameters { sharpness, lapse, shifts, .. } = self.found.clone();
        Calibrated { sharpness, lapse, shifts, base: self.base.clone() }
    }

    /// The probabilities of the classes for one of the judged documents, given its answers.
    pub fn judged(&self, document: usize) -> Vec<f64> {
        self.document(document, &self.found).after
    }

    /// m: where lapses fall.
    pub(super) fn base(&self) -> &[f64] {
        &self.base
    }

    /// What log posteriors add to the scores of the classes, without shifts (m).
    pub(super) fn scaled_row(&self, logs: ArrayView1<'_, f32>) -> Vec<f64> {
        logs.iter().map(|&log| self.found.sharpness * f64::from(log).max(LOWEST)).collect()
    }

    /// The same for one of the judged documents.
    pub(super) fn scaled(&self, document: usize) -> Vec<f64> {
        self.scaled_row(self.evidence.logs.row(document))
    }

    /// Expected calibration error: how far the confidence in the likeliest class is from how often it is right, on average over
    /// ten bins of confidence, on the judged documents before and after their own answers.
    pub fn calibration_error(&self) -> f64 {
        let mut bins = [(0.0_f64, 0.0_f64); BINS];
        for (document, count) in self.counts.iter().enumerate() {
            let judged = self.document(document, &self.found);
            let best = (0..judged.before.len()).max_by(|&a, &b| judged.before[a].total_cmp(&judged.before[b]));
            let Some(class) = best else { continue };
            let bin = &mut bins[((judged.before[class] * BINS as f64) as usize).min(BINS - 1)];
            bin.0 += count * judged.before[class];
            bin.1 += count * judged.after[class];
        }
        let whole = self.counts.iter().sum::<f64>().max(1.0);
        bins.iter().map(|(confidence, right)| (confidence - right).abs()).sum::<f64>() / whole
    }

    fn lapsing(&self, parameters: &Parameters, followed: &[f64]) -> Vec<f64> {
        lapsing(parameters.lapse, &self.base, followed)
    }

    pub(super) fn document(&self, document: usize, parameters: &Parameters) -> Judged {
        let Parameters { sharpness, lapse, .. } = *parameters;
        let logs = self.evidence.logs.row(document);
        let followed = parameters.followed(logs);
        let before = self.lapsing(parameters, &followed);
        let (likely, by_error) = self.likelihood(document, parameters.error);
        let most = likely.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let factors: Vec<f64> = likely.iter().map(|log| (log - most).exp()).collect();
        let whole = before.iter().zip(&factors).map(|(share, factor)| share * factor).sum::<f64>().max(LEAST);
        let after: Vec<f64> = before.iter().zip(&factors).map(|(share, factor)| share * factor / whole).collect();
        let own: Vec<f64> =
            followed.iter().zip(&factors).map(|(share, factor)| (1.0 - lapse) * share * factor / whole).collect();
        let all: f64 = own.iter().sum();
        let by_shift: Vec<f64> = own.iter().zip(&followed).map(|(own, share)| own - share * all).collect();
        let logs = logs.iter().map(|&log| f64::from(log).max(LOWEST));
        let by_sharpness = sharpness * logs.zip(&by_shift).map(|(log, slope)| log * slope).sum::<f64>();
        let lapses = self.base.iter().zip(&followed).zip(&factors);
        let by_lapse =
            lapse * (1.0 - lapse) * lapses.map(|((base, share), factor)| (base - share) * factor).sum::<f64>() / whole;
        let by_errors = after.iter().zip(&by_error).map(|(share, slope)| share * slope).sum();
        let slopes = [by_sharpness, by_lapse, by_errors].into_iter().chain(by_shift).collect();
        Judged { before, followed, after, by_error, slopes, log: whole.ln() + most }
    }

    /// The log likelihood of a document's answers given each class (m), and its slopes by the log-odds of an error.
    fn likelihood(&self, document: usize, error: f64) -> (Vec<f64>, Vec<f64>) {
        let times = f64::from(self.evidence.times[document]);
        let answers = self.evidence.answers.row(document);
        let given = answers.iter().zip(self.wrong.row(document));
        let one = |(&said, &wrong): (&f32, &f64)| {
            let said = f64::from(said);
            match self.evidence.in_shares {
                true => {
                    let likely = (said * (1.0 - error) + error * wrong).max(LEAST);
                    (times * likely.ln(), times * (wrong - said) / likely * error * (1.0 - error))
                }
                false => (
                    times * (said * (1.0 - error).ln() + (1.0 - said) * error.ln() + wrong),
                    times * ((1.0 - said) * (1.0 - error) - said * error),
                ),
            }
        };
        given.map(one).unzip()
    }

    /// Minus the logarithm of the answers' likelihood and of the prior, and its slopes (p).
    fn unlikely(&self, at: &[f64]) -> (f64, Vec<f64>) {
        let parameters = Parameters::of(at);
        let sums: Vec<(f64, Vec<f64>)> = self
            .used
            .par_chunks(BLOCK)
            .map(|documents| {
                let mut sum = (0.0, vec![0.0; at.len()]);
                for &document in documents {
                    let (judged, count) = (self.document(document, &parameters), self.counts[document]);
                    sum.0 -= count * judged.log;
                    sum.1.iter_mut().zip(judged.slopes).for_each(|(sum, slope)| *sum -= count * slope);
                }
                sum
            })
            .collect();
        let mut sum = prior(at);
        for (height, slopes) in sums {
            sum.0 += height;
            sum.1.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        sum
    }

    /// How unsure the parameters are (p×p): as unsure as the curvature says, or as the answers' own spread does, whichever is more
    /// in each direction that matters.
    fn unsure(&self, at: &[f64]) -> Array2<f64> {
        let p = at.len();
        let columns: Vec<Vec<f64>> = (0..p)
            .into_par_iter()
            .map(|column| {
                let beside = |step: f64| {
                    let mut at = at.to_vec();
                    at[column] += step;
                    self.unlikely(&at).1
                };
                let (above, below) = (beside(APART), beside(-APART));
                above.iter().zip(below).map(|(above, below)| (above - below) / (2.0 * APART)).collect()
            })
            .collect();
        let curvature =
            Array2::from_shape_fn((p, p), |(row, column)| (columns[row][column] + columns[column][row]) / 2.0);
        let inverse = inverse(curvature);
        let spread = inverse.dot(&self.variation(at)).dot(&inverse);
        // The larger of two variances for each parameter; their sum would count the same doubt twice.
        let scale: Vec<f64> = (0..p).map(|k| (spread[(k, k)] / inverse[(k, k)].max(LEAST)).max(1.0).sqrt()).collect();
        Array2::from_shape_fn((p, p), |(row, column)| scale[row] * inverse[(row, column)] * scale[column])
    }

    /// The sum of the squared slopes of the documents (p×p), and the curvature of the prior.
    fn variation(&self, at: &[f64]) -> Array2<f64> {
        let (p, parameters) = (at.len(), Parameters::of(at));
        let rows: Vec<Vec<f64>> = self
            .used
            .par_iter()
            .map(|&document| {
                let slopes = self.document(document, &parameters).slopes;
                slopes.into_iter().map(|slope| self.counts[document] * slope).collect()
            })
            .collect();
        let slopes = Array2::from_shape_fn((rows.len(), p), |(row, column)| rows[row][column]);
        let mut variation = slopes.t().dot(&slopes);
        let of_shares = |[lapses, others]: [f64; 2], share: f64| (lapses + others) * share * (1.0 - share);
        for k in 0..p {
            variation[(k, k)] += match k {
                0 => SHARPNESS.powi(-2),
                1 => of_shares(LAPSES, parameters.lapse),
                2 => of_shares(ERRORS, parameters.error),
                _ => SHIFT.powi(-2),
            };
        }
        variation
    }
}

/// Minus the logarithm of the prior, and its slopes.
fn prior(at: &[f64]) -> (f64, Vec<f64>) {
    let of_shares = |[some, others]: [f64; 2], odds: f64| {
        let share = share(odds);
        (-some * share.max(LEAST).ln() - others * (1.0 - share).max(LEAST).ln(), others * share - some * (1.0 - share))
    };
    let normal = |value: f64, deviation: f64| (value.powi(2) / (2.0 * deviation.powi(2)), value / deviation.powi(2));
    let one = |(place, &value): (usize, &f64)| match place {
        0 => normal(value, SHARPNESS),
        1 => of_shares(LAPSES, value),
        2 => of_shares(ERRORS, value),
        _ => normal(value, SHIFT),
    };
    let (heights, slopes): (Vec<f64>, Vec<f64>) = at.iter().enumerate().map(one).unzip();
    (heights.iter().sum(), slopes)
}

/// Where the errors on each class (row) fall (m×m shares); nothing on the diagonal.
fn confused(evidence: &Evidence, counts: &[f64]) -> Array2<f64> {
    let m = evidence.answers.ncols();
    let mut weighed = evidence.logs.mapv(|log| f64::from(log).exp());
    weighed.axis_iter_mut(Axis(0)).zip(counts).for_each(|(mut row, count)| row *= *count);
    let mass = weighed.t().dot(&doubles(&evidence.answers));
    let elsewhere = 1.0 / (m.max(2) - 1) as f64;
    let off = |class: usize| (0..m).filter(|&other| other != class).map(|other| mass[(class, other)]).sum::<f64>();
    let sums: Vec<f64> = (0..m).map(off).collect();
    Array2::from_shape_fn((m, m), |(class, answer)| match class == answer {
        true => 0.0,
        false if sums[class] < 0.5 => elsewhere,
        false => ANYWHERE * elsewhere + (1.0 - ANYWHERE) * mass[(class, answer)] / sums[class],
    })
}

/// The share of each class in the answers.
fn base(evidence: &Evidence, counts: &[f64]) -> Vec<f64> {
    let m = evidence.answers.ncols();
    let mut sums = vec![0.5; m];
    for (row, count) in evidence.answers.rows().into_iter().zip(counts) {
        sums.iter_mut().zip(row).for_each(|(sum, &answer)| *sum += count * f64::from(answer));
    }
    let whole: f64 = sums.iter().sum();
    sums.iter().map(|sum| sum / whole).collect()
}

fn doubles(shares: &Array2<f32>) -> Array2<f64> {
    shares.mapv(f64::from)
}

/// Logarithms of shares; the diagonal, which has none, stays zero.
fn logarithms(shares: &Array2<f64>) -> Array2<f64> {
    let log = |(row, column)| if row == column { 0.0 } else { f64::max(shares[(row, column)], 1e-9).ln() };
    Array2::from_shape_fn(shares.raw_dim(), log)
}

/// The share with these log-odds, never quite 0 or 1.
fn share(log_odds: f64) -> f64 {
    (1.0 / (1.0 + (-log_odds).exp())).clamp(1e-9, 1.0 - 1e-9)
}

fn log_odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn wide(at: &[f32]) -> Vec<f64> {
    at.iter().map(|&value| f64::from(value)).collect()
}
