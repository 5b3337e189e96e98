//! Which classifier is to be used: each is fitted without a fifth of the core in turn and judged on that fifth.

use ndarray::Array2;
use rayon::prelude::*;

use super::matrix::{argmax, log_softmax};
use super::{Classifier, Core, Ground, Start, competing, scores};
use crate::error::Error;
use crate::seed::{generator, shuffle};

/// Folds.
const FOLDS: usize = 5;
/// Temperatures that are tried, from flat to sharp.
const TEMPERATURES: i32 = 33;
/// Standard errors by which a single classifier must beat the sum.
const CLEARLY: f64 = 1.0;

/// One classifier and how often it was right on documents held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The classifier, or `sum`.
    pub name: &'static str,
    /// Share of the core whose answer it gives, 0 to 1.
    pub accuracy: f64,
}

/// What cross-validation on the core says.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The classifiers whose log posteriors are added, each with its temperature.
    pub used: Vec<(Classifier, f32)>,
    /// Temperature of the sum.
    pub temperature: f32,
    /// Name of what is used: a classifier's, or `sum`.
    pub chosen: &'static str,
    /// Everything that was tried.
    pub tried: Vec<Tried>,
    /// c×m log posteriors of the core, each document's by a fit that did not know its answer.
    pub out_of_fold: Array2<f32>,
}

/// Compares the classifiers and their sum on a core. The sum is used unless one of them is better by more than a standard error.
///
/// # Errors
/// When the core is malformed.
pub fn validate(ground: &Ground<'_>, core: &Core, start: &Start, thin: bool, seed: u64) -> Result<Validation, Error> {
    core.check(ground.len())?;
    let classifiers = competing(thin);
    let folds = folds(core.len(), seed);
    let mut held_out = held_out(ground, core, start, &classifiers, &folds);
    let mut used = Vec::new();
    let mut sum = Array2::zeros(core.answers.raw_dim());
    for (&classifier, logs) in classifiers.iter().zip(&mut held_out) {
        let temperature = fit(logs, &core.answers);
        log_softmax(logs, temperature);
        sum += &*logs;
        used.push((classifier, temperature));
    }
    let temperature = fit(&sum, &core.answers);
    log_softmax(&mut sum, temperature);
    Ok(choose(core, used, held_out, sum, temperature))
}

fn choose(
    core: &Core,
    used: Vec<(Classifier, f32)>,
    held_out: Vec<Array2<f32>>,
    sum: Array2<f32>,
    temperature: f32,
) -> Validation {
    let hits = |logs: &Array2<f32>| -> Vec<f64> {
        let rows = logs.rows().into_iter().zip(core.answers.rows());
        rows.map(|(row, answer)| f64::from(answer[argmax(row)])).collect()
    };
    let together = hits(&sum);
    let mut tried = vec![Tried { name: "sum", accuracy: mean(&together) }];
    let mut best: Option<(usize, f64)> = None;
    for (index, (classifier, _)) in used.iter().enumerate() {
        let alone = hits(&held_out[index]);
        tried.push(Tried { name: classifier.name(), accuracy: mean(&alone) });
        let gains: Vec<f64> = alone.iter().zip(&together).map(|(alone, together)| alone - together).collect();
        let gain = mean(&gains);
        let error = (mean(&gains.iter().map(|x| (x - gain).powi(2)).collect::<Vec<_>>()) / gains.len() as f64).sqrt();
        if gain > CLEARLY * error && best.is_none_or(|(_, most)| gain > most) {
            best = Some((index, gain));
        }
    }
    match best {
        None => Validation { used, temperature, chosen: "sum", tried, out_of_fold: sum },
        Some((index, _)) => Validation {
            chosen: used[index].0.name(),
            used: vec![used[index]],
            temperature: 1.0,
            tried,
            out_of_fold: held_out[index].clone(),
        },
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// A fold for each of c documents, drawn at random and equally large.
fn folds(count: usize, seed: u64) -> Vec<usize> {
    let mut random = generator(seed, "folds", &[count as u64]);
    let mut folds: Vec<usize> = (0..count).map(|member| member % FOLDS).collect();
    shuffle(&mut folds, &mut random);
    folds
}

/// For each classifier the core's scores (c×m), each document's by a fit without its fold.
fn held_out(
    ground: &Ground<'_>,
    core: &Core,
    start: &Start,
    classifiers: &[Classifier],
    folds: &[usize],
) -> Vec<Array2<f32>> {
    let jobs: Vec<(usize, usize)> =
        (0..classifiers.len()).flat_map(|index| (0..FOLDS).map(move |fold| (index, fold))).collect();
    let fitted: Vec<Array2<f32>> = jobs
        .par_iter()
        .map(|&(index, fold)| {
            let without: Vec<bool> = folds.iter().map(|&other| other == fold).collect();
            let at = members(core, &without);
            scores(ground, &core.without(&without), start, classifiers[index], &at)
        })
        .collect();
    let mut results = vec![Array2::zeros(core.answers.raw_dim()); classifiers.len()];
    for ((index, fold), rows) in jobs.into_iter().zip(fitted) {
        let places = (0..core.len()).filter(|&member| folds[member] == fold);
        places.zip(rows.rows()).for_each(|(member, row)| results[index].row_mut(member).assign(&row));
    }
    results
}

fn members(core: &Core, wanted: &[bool]) -> Vec<usize> {
    (0..core.len()).filter(|&member| wanted[member]).map(|member| core.documents[member]).collect()
}

/// The temperature at which the scores predict the answers best.
fn fit(scores: &Array2<f32>, answers: &Array2<f32>) -> f32 {
    let loss = |temperature: f32| {
        let mut logs = scores.clone();
        log_softmax(&mut logs, temperature);
        -logs.iter().zip(answers).map(|(log, share)| f64::from(log * share)).sum::<f64>()
    };
    let tried = (0..TEMPERATURES).map(|step| {
        let temperature = 0.1 * 1.3_f32.powi(step);
        (loss(temperature), temperature)
    });
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, temperature)| temperature)
}
