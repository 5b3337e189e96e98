//! Which classifier is to be used, and in which feature space: each is fitted without a fifth of the core in turn and judged on
//! that fifth.

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

use super::fitted::Fitted;
use super::matrix::{argmax, log_softmax};
use super::{Classifier, Core, Ground, Lesson, Start, competing};
use crate::error::Error;
use crate::seed::folds;

/// Folds.
const FOLDS: usize = 5;
/// Temperatures that are tried, from flat to sharp.
const TEMPERATURES: i32 = 33;
/// The least probability that an answer is given: one surprise does not outweigh everything.
const LEAST: f32 = 1e-9;
/// Standard errors by which a single classifier must beat the sum, and another space the embedding, in which alone the predicates
/// and most goals lie.
const CLEARLY: f64 = 1.0;
/// The same for another space where answers are letters.
const VERY_CLEARLY: f64 = 2.0;
/// What all spaces together are called.
const TOGETHER: &str = "all together";

/// One classifier or space and how good it was on documents held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The classifier, or `sum`; the space.
    pub name: &'static str,
    /// 0 to 1.
    pub score: f64,
}

/// What a comparison has to reckon with.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Whether answers are few: see [`THIN`](super::THIN).
    pub thin: bool,
    /// Whether answers are a small model's letters with their probabilities. What makes those more probable may have learned what the
    /// model likes.
    pub by_letter: bool,
    /// Of the folds.
    pub seed: u64,
}

/// What is used of one feature space.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Which of the grounds.
    pub space: usize,
    /// The classifiers whose log posteriors are added, each with its temperature.
    pub used: Vec<(Classifier, f32)>,
    /// Temperature of the sum.
    pub temperature: f32,
}

/// What cross-validation on the core says.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The spaces whose log posteriors are added.
    pub mixtures: Vec<Mixture>,
    /// Temperature of that sum.
    pub temperature: f32,
    /// Name of what is used in each space: a classifier's, or `sum`.
    pub chosen: &'static str,
    /// Name of the space that is used, or `all together`.
    pub space: &'static str,
    /// Every classifier that was tried in the space that is used, only their sum where all are used: the share of the core whose
    /// answer it gives.
    pub tried: Vec<Tried>,
    /// Every space that was tried: the same share.
    pub spaces: Vec<Tried>,
    /// Every space that was tried: how probable it makes an answer of the core, the geometric mean.
    pub probable: Vec<Tried>,
    /// c×m log posteriors of the core, each document's by a fit that did not know its answer.
    pub out_of_fold: Array2<f32>,
}

impl Validation {
    /// The spaces that are used.
    pub fn used(&self) -> Vec<usize> {
        self.mixtures.iter().map(|mixture| mixture.space).collect()
    }
}

/// Compares spaces (`among` the grounds), and in each the classifiers and their sum, on a core. The first space is used unless
/// another one, or all together, makes the answers more probable by more than one standard error, or is right on letters more
/// often by more than two; in it, the sum is used unless a classifier is right more often by more than one, and where the core is
/// thin, always. `start` is of the first ground.
///
/// # Errors
/// When the core is malformed.
pub fn validate(
    grounds: &[Ground<'_>],
    among: &[usize],
    lesson: &Lesson,
    start: &Start,
    terms: Terms,
) -> Result<Validation, Error> {
    lesson.believed.check(grounds.first().map_or(0, Ground::len))?;
    let evidence = lesson.evidence();
    let folds = folds(lesson.believed.len(), FOLDS, terms.seed, "folds");
    let of_space = |&space: &usize| {
        let start = (space == 0).then_some(start);
        in_space(&grounds[space], space, lesson, &evidence, start, terms.thin, &folds)
    };
    let mut each: Vec<Validation> = among.iter().map(of_space).collect();
    if each.len() > 1 {
        each.push(together(&each, lesson, &evidence));
    }
    let hits: Vec<Vec<f64>> = each.iter().map(|one| hits(&one.out_of_fold, &lesson.asked)).collect();
    let logs: Vec<Vec<f64>> = each.iter().map(|one| explained(&one.out_of_fold, &evidence)).collect();
    let scores = |score: &dyn Fn(usize) -> f64| {
        each.iter().enumerate().map(|(index, one)| Tried { name: one.space, score: score(index) }).collect()
    };
    let (spaces, probable) = (scores(&|index| mean(&hits[index])), scores(&|index| mean(&logs[index]).exp()));
    let best = if terms.by_letter { clearly_best(&hits, VERY_CLEARLY) } else { clearly_best(&logs, CLEARLY) };
    let best = best.map_or(0, |index| index + 1);
    match best < each.len() {
        true => Ok(Validation { spaces, probable, ..each.swap_remove(best) }),
        false => Err(Error::Bug("no feature space was tried".into())),
    }
}

/// The classifiers of one space compared.
fn in_space(
    ground: &Ground<'_>,
    space: usize,
    lesson: &Lesson,
    evidence: &Array2<f32>,
    start: Option<&Start>,
    thin: bool,
    folds: &[usize],
) -> Validation {
    let classifiers = competing(thin && start.is_some());
    let mut held_out = held_out(ground, &lesson.believed, start, &classifiers, folds);
    let mut used = Vec::new();
    let mut sum = Array2::zeros(evidence.raw_dim());
    for (&classifier, logs) in classifiers.iter().zip(&mut held_out) {
        let temperature = fit(logs, evidence);
        log_softmax(logs, temperature);
        sum += &*logs;
        used.push((classifier, temperature));
    }
    let temperature = fit(&sum, evidence);
    log_softmax(&mut sum, temperature);
    let hits: Vec<Vec<f64>> = std::iter::once(&sum).chain(&held_out).map(|logs| hits(logs, &lesson.asked)).collect();
    let names = std::iter::once("sum").chain(classifiers.iter().map(|classifier| classifier.name()));
    let tried = names.zip(&hits).map(|(name, hits)| Tried { name, score: mean(hits) }).collect();
    let (chosen, mixture, out_of_fold) = match clearly_best(&hits, CLEARLY).filter(|_| !thin) {
        None => ("sum", Mixture { space, used, temperature }, sum),
        Some(index) => {
            let mixture = Mixture { space, used: vec![used[index]], temperature: 1.0 };
            (classifiers[index].name(), mixture, held_out.swap_remove(index))
        }
    };
    let (mixtures, space) = (vec![mixture], ground.name);
    let (spaces, probable) = (Vec::new(), Vec::new());
    Validation { mixtures, temperature: 1.0, chosen, space, tried, spaces, probable, out_of_fold }
}

/// The log posteriors of all spaces added up.
fn together(each: &[Validation], lesson: &Lesson, evidence: &Array2<f32>) -> Validation {
    let mut sum = Array2::zeros(evidence.raw_dim());
    each.iter().for_each(|one| sum += &one.out_of_fold);
    let temperature = fit(&sum, evidence);
    log_softmax(&mut sum, temperature);
    Validation {
        mixtures: each.iter().flat_map(|one| one.mixtures.clone()).collect(),
        temperature,
        chosen: "sum",
        space: TOGETHER,
        tried: vec![Tried { name: "sum", score: mean(&hits(&sum, &lesson.asked)) }],
        spaces: Vec::new(),
        probable: Vec::new(),
        out_of_fold: sum,
    }
}

/// For each core document the share of its answer that the likeliest class has.
fn hits(logs: &Array2<f32>, asked: &Core) -> Vec<f64> {
    let rows = logs.rows().into_iter().zip(asked.answers.rows());
    rows.map(|(row, answer)| f64::from(answer[argmax(row)])).collect()
}

/// For each core document the log likelihood of its answers, of which `evidence` is that given each class (c×m).
fn explained(logs: &Array2<f32>, evidence: &Array2<f32>) -> Vec<f64> {
    let explained = |(row, evidence): (ArrayView1<'_, f32>, ArrayView1<'_, f32>)| {
        f64::from(row.iter().zip(evidence).map(|(log, likely)| (log + likely).exp()).sum::<f32>().max(LEAST).ln())
    };
    logs.rows().into_iter().zip(evidence.rows()).map(explained).collect()
}

/// Of the documents' scores by a first choice and then by others: the other one that is ahead of it by most, and by more than so
/// many standard errors.
fn clearly_best(scores: &[Vec<f64>], errors: f64) -> Option<usize> {
    let (first, others) = scores.split_first()?;
    let mut best: Option<(usize, f64)> = None;
    for (index, other) in others.iter().enumerate() {
        let gains: Vec<f64> = other.iter().zip(first).map(|(other, first)| other - first).collect();
        let gain = mean(&gains);
        let error = (mean(&gains.iter().map(|x| (x - gain).powi(2)).collect::<Vec<_>>()) / gains.len() as f64).sqrt();
        if gain > errors * error && best.is_none_or(|(_, most)| gain > most) {
            best = Some((index, gain));
        }
    }
    best.map(|(index, _)| index)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// For each classifier the core's scores (c×m), each document's by a fit without its fold.
fn held_out(
    ground: &Ground<'_>,
    core: &Core,
    start: Option<&Start>,
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
            Fitted::learn(ground, &core.without(&without), start, classifiers[index]).of_members(ground, &at)
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

/// The temperature at which the scores explain the answers best.
fn fit(scores: &Array2<f32>, evidence: &Array2<f32>) -> f32 {
    let loss = |temperature: f32| {
        let mut logs = scores.clone();
        log_softmax(&mut logs, temperature);
        -explained(&logs, evidence).iter().sum::<f64>()
    };
    let tried = (0..TEMPERATURES).map(|step| {
        let temperature = 0.1 * 1.3_f32.powi(step);
        (loss(temperature), temperature)
    });
    tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, temperature)| temperature)
}
