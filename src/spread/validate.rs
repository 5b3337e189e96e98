//! Which feature spaces are to be used, and what each classifier weighs in them: every classifier is fitted without a fifth of the
//! core in turn and judged on that fifth.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::fitted::Fitted;
use super::mixture::{Member, Mixture, explained, temperature, weights};
use super::{Classifier, FeatureSpace, SoftLabels, Start, competing};
use crate::error::Error;
use crate::seed::folds;
use crate::vectors::{argmax, log_softmax};

/// Folds.
const FOLDS: usize = 5;
/// Standard errors by which another space must beat the embedding, in which alone the predicates and most goals lie, and a single
/// classifier the sum.
const CLEARLY: f64 = 1.0;
/// The same for another space where answers are letters.
const VERY_CLEARLY: f64 = 2.0;
/// What all spaces together are called.
const TOGETHER: &str = "all together";

/// One classifier or space, and how good it was on documents held out or how much it weighs.
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
    /// model prefers.
    pub by_letter: bool,
    /// Of the folds.
    pub seed: u64,
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
    /// Every classifier that was tried in the space that is used, only their sum where all are used: the share of the documents
    /// compared on whose answer it gives.
    pub tried: Vec<Tried>,
    /// Every space that was tried: the same share.
    pub spaces: Vec<Tried>,
    /// Every space that was tried: how probable it makes an answer, the geometric mean.
    pub probable: Vec<Tried>,
    /// c×m log posteriors of the core, each document's by a fit that did not know its answer.
    pub out_of_fold: Array2<f32>,
}

/// Compares spaces (`among` the feature spaces), and weighs the classifiers in each, on a core. The first space is used unless another
/// one, or all together, makes the answers more probable by more than one standard error, or is right on letters more often by more
/// than two. In a space the classifiers are weighed by how probable they make the answers. Letters make them weigh the same, or
/// one be used alone if it is right more often by more than a standard error; where the core is thin they weigh the same always.
/// `start` is of the first space.
///
/// # Errors
/// When the core is malformed.
pub fn validate(
    feature_spaces: &[FeatureSpace<'_>],
    among: &[usize],
    soft_labels: &SoftLabels,
    start: &Start,
    terms: Terms,
) -> Result<Validation, Error> {
    let trial = Trial::new(feature_spaces, soft_labels, start, terms)?;
    let mut each: Vec<Validation> = among.iter().map(|&space| trial.compare(space)).collect();
    if each.len() > 1 {
        each.push(trial.together(&each));
    }
    let hits: Vec<Vec<f64>> = each.iter().map(|one| trial.hits(&one.out_of_fold)).collect();
    let logs: Vec<Vec<f64>> = each.iter().map(|one| trial.explained(&one.out_of_fold)).collect();
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

impl Validation {
    /// The spaces that are used.
    pub fn used(&self) -> Vec<usize> {
        self.mixtures.iter().map(|mixture| mixture.space).collect()
    }

    /// Each classifier that is used and its share of the weights, where all spaces are used on average.
    pub fn weights(&self) -> Vec<Tried> {
        let share = |classifier: Classifier| {
            let shares = self.mixtures.iter().map(|mixture| f64::from(mixture.share(classifier)));
            Tried { name: classifier.name(), score: shares.sum::<f64>() / self.mixtures.len().max(1) as f64 }
        };
        competing(true).into_iter().map(share).filter(|tried| tried.score > 0.0).collect()
    }

    /// The same choice and weights where something else is believed of the same documents: only the temperatures are new. Weights
    /// fitted anew would follow what they themselves had led to believe.
    ///
    /// # Errors
    /// When the core is malformed.
    pub fn again(
        self,
        feature_spaces: &[FeatureSpace<'_>],
        soft_labels: &SoftLabels,
        start: &Start,
        terms: Terms,
    ) -> Result<Validation, Error> {
        let trial = Trial::new(feature_spaces, soft_labels, start, terms)?;
        let (mixtures, logs): (Vec<_>, Vec<_>) = self.mixtures.iter().map(|mixture| trial.again(mixture)).unzip();
        let (temperature, out_of_fold) = trial.added(&logs);
        Ok(Validation { mixtures, temperature, out_of_fold, ..self })
    }
}

/// What all classifiers in all spaces are compared on.
struct Trial<'a> {
    feature_spaces: &'a [FeatureSpace<'a>],
    soft_labels: &'a SoftLabels,
    start: &'a Start,
    terms: Terms,
    /// c×m log likelihood of the answers.
    evidence: Array2<f32>,
    /// The fold of each of c documents.
    folds: Vec<usize>,
    /// Those of the c documents by which is chosen. Documents that were asked about for being hard are hard for what was used
    /// then, and speak for anything else.
    compared: Vec<usize>,
}

impl<'a> Trial<'a> {
    fn new(
        feature_spaces: &'a [FeatureSpace<'a>],
        soft_labels: &'a SoftLabels,
        start: &'a Start,
        terms: Terms,
    ) -> Result<Trial<'a>, Error> {
        soft_labels.believed.check(feature_spaces.first().map_or(0, FeatureSpace::len))?;
        let folds = folds(soft_labels.believed.len(), FOLDS, terms.seed, "folds");
        let is_compared = |&member: &usize| terms.by_letter || !soft_labels.asked.escalated[member];
        let compared = (0..soft_labels.asked.len()).filter(is_compared).collect();
        Ok(Trial { feature_spaces, soft_labels, start, terms, evidence: soft_labels.evidence(), folds, compared })
    }

    /// The classifiers of one space compared.
    fn compare(&self, space: usize) -> Validation {
        let classifiers = competing(self.terms.thin && space == 0);
        let scores = self.held_out(space, &classifiers);
        let mut members: Vec<Member> =
            classifiers.iter().zip(&scores).map(|(&classifier, scores)| self.member(classifier, 1.0, scores)).collect();
        let mut alone: Vec<Array2<f32>> = scores.clone();
        alone.iter_mut().zip(&members).for_each(|(logs, member)| log_softmax(logs, member.temperature));
        if !self.terms.thin && !self.terms.by_letter {
            let compared = |all: &Array2<f32>| all.select(Axis(0), &self.compared);
            let weights = weights(&alone.iter().map(compared).collect::<Vec<_>>(), &compared(&self.evidence));
            members.iter_mut().zip(weights).for_each(|(member, weight)| member.weight = weight);
        }
        let (mixture, sum) = self.mixed(space, members.clone(), scores);
        let hits: Vec<Vec<f64>> = std::iter::once(&sum).chain(&alone).map(|logs| self.hits(logs)).collect();
        let names = std::iter::once("sum").chain(classifiers.iter().map(|classifier| classifier.name()));
        let tried = names.zip(&hits).map(|(name, hits)| Tried { name, score: mean(hits) }).collect();
        let may_be_alone = self.terms.by_letter && !self.terms.thin;
        let (chosen, mixture, out_of_fold) = match clearly_best(&hits, CLEARLY).filter(|_| may_be_alone) {
            None => ("sum", mixture, sum),
            Some(index) => {
                let mixture = Mixture { space, members: vec![members[index]], temperature: 1.0 };
                (classifiers[index].name(), mixture, alone.swap_remove(index))
            }
        };
        let (spaces, probable) = (Vec::new(), Vec::new());
        let (mixtures, space) = (vec![mixture], self.feature_spaces[space].name);
        Validation { mixtures, temperature: 1.0, chosen, space, tried, spaces, probable, out_of_fold }
    }

    /// The log posteriors of all spaces added up.
    fn together(&self, each: &[Validation]) -> Validation {
        let logs: Vec<Array2<f32>> = each.iter().map(|one| one.out_of_fold.clone()).collect();
        let (temperature, out_of_fold) = self.added(&logs);
        Validation {
            mixtures: each.iter().flat_map(|one| one.mixtures.clone()).collect(),
            temperature,
            chosen: "sum",
            space: TOGETHER,
            tried: vec![Tried { name: "sum", score: mean(&self.hits(&out_of_fold)) }],
            spaces: Vec::new(),
            probable: Vec::new(),
            out_of_fold,
        }
    }

    /// The same classifiers and weights at new temperatures, and their log posteriors.
    fn again(&self, mixture: &Mixture) -> (Mixture, Array2<f32>) {
        let classifiers: Vec<Classifier> = mixture.members.iter().map(|member| member.classifier).collect();
        let scores = self.held_out(mixture.space, &classifiers);
        let members = mixture.members.iter().zip(&scores);
        let members = members.map(|(member, scores)| self.member(member.classifier, member.weight, scores)).collect();
        self.mixed(mixture.space, members, scores)
    }

    fn member(&self, classifier: Classifier, weight: f32, scores: &Array2<f32>) -> Member {
        Member { classifier, temperature: temperature(scores, &self.evidence), weight }
    }

    /// What members say together in a space, at the temperature at which it explains the answers best.
    fn mixed(&self, space: usize, members: Vec<Member>, scores: Vec<Array2<f32>>) -> (Mixture, Array2<f32>) {
        let mixture = Mixture { space, members, temperature: 1.0 };
        let (temperature, logs) = self.tempered(mixture.members.len(), mixture.heard(scores.into_iter()));
        (Mixture { temperature, ..mixture }, logs)
    }

    /// What spaces say together, and at which temperature.
    fn added(&self, logs: &[Array2<f32>]) -> (f32, Array2<f32>) {
        let mut sum = Array2::zeros(self.evidence.raw_dim());
        logs.iter().for_each(|logs| sum += logs);
        self.tempered(logs.len(), sum)
    }

    /// The sum of some log posteriors at the temperature at which it explains the answers best; one alone is at its own already.
    fn tempered(&self, count: usize, mut sum: Array2<f32>) -> (f32, Array2<f32>) {
        let temperature = if count == 1 { 1.0 } else { temperature(&sum, &self.evidence) };
        log_softmax(&mut sum, temperature);
        (temperature, sum)
    }

    /// For each classifier the core's scores in a space (c×m), each document's by a fit without its fold.
    fn held_out(&self, number: usize, classifiers: &[Classifier]) -> Vec<Array2<f32>> {
        let (space, core) = (&self.feature_spaces[number], &self.soft_labels.believed);
        let start = (number == 0).then_some(self.start);
        let jobs: Vec<(usize, usize)> =
            (0..classifiers.len()).flat_map(|index| (0..FOLDS).map(move |fold| (index, fold))).collect();
        let fitted: Vec<Array2<f32>> = jobs
            .par_iter()
            .map(|&(index, fold)| {
                let without: Vec<bool> = self.folds.iter().map(|&other| other == fold).collect();
                let at: Vec<usize> =
                    (0..core.len()).filter(|&member| without[member]).map(|member| core.documents[member]).collect();
                Fitted::learn(space, &core.without(&without), start, classifiers[index]).of_members(space, &at)
            })
            .collect();
        let mut results = vec![Array2::zeros(core.answers.raw_dim()); classifiers.len()];
        for ((index, fold), rows) in jobs.into_iter().zip(fitted) {
            let places = (0..core.len()).filter(|&member| self.folds[member] == fold);
            places.zip(rows.rows()).for_each(|(member, row)| results[index].row_mut(member).assign(&row));
        }
        results
    }

    /// For each document compared on, the share of its answer that the likeliest class has.
    fn hits(&self, logs: &Array2<f32>) -> Vec<f64> {
        let answers = &self.soft_labels.asked.answers;
        let hit = |&member: &usize| f64::from(answers[(member, argmax(logs.row(member)))]);
        self.compared.iter().map(hit).collect()
    }

    /// For each document compared on, the log likelihood of its answers.
    fn explained(&self, logs: &Array2<f32>) -> Vec<f64> {
        let all = explained(logs, &self.evidence);
        self.compared.iter().map(|&member| all[member]).collect()
    }
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
