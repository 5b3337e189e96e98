//! `--method classify`: text clustering as classification.
//!
//! Labels are asked for on small batches of documents and merged once; then every document is given its one label from that
//! closed list. What is no choice from the list is unparsed, never a new label.

mod estimate;
mod record;
mod tell;

pub use record::LabelsRecord;

use std::collections::BTreeSet;

use super::procedure::{Procedure, WITH_ERRORS};
use super::steps::budget::QuestionBudget;
use super::steps::criterion::{self, CriterionRecord, Examiner, Pool, Subject, Tested};
use super::steps::explain::{Named, by_mean, explained, means, ranked};
use super::steps::proposals::Proposals;
use super::steps::taught::{self, Taught};
use super::steps::trust::{self, Bound, SecondAnswers};
use super::{Asked, NOT_ASKED, Outcome, Place, Placement, Record, Setting, Watch};
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::By;
use crate::methods::steps::heaviest_first;
use crate::model::{Answerer, Prompt, Prompts, StageName};
use crate::plan::{Ask, Plan};
use crate::seed::{drawn, generator};
use crate::stages::core::{Core, Judgement, Lists};
use crate::stages::merge::Merge;
use crate::stages::names::{Names, Sample};
use crate::stages::propose::Candidate;
use crate::stages::soft_label::Choice;
use crate::stages::{self, Stage};
use crate::vectors::dot;

/// Documents of a batch, and labels asked for on it at most.
pub const SHOWN: usize = 15;
/// Characters of a document that are shown in a batch.
const CHARACTERS: usize = 500;
/// Batches asked about at once: those of one wave do not know each other's labels.
const WAVE: usize = 4;
/// Batches are at most one question in so many.
const SHARE: usize = 8;
/// Documents that are asked about twice, at most.
const TWICE: usize = 32;
/// Of the judged documents, one in so many is asked about twice.
const TWICE_SHARE: usize = 8;
/// Second askings at least; fewer would tell nothing.
const TWICE_LEAST: usize = 12;

/// `classify` as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: |_| Ok(()),
    prompts: |plan, prompts| {
        let judging = [by_which(plan, prompts), again(plan, prompts)];
        let named = [&prompts.propose, &prompts.merge];
        [&named[..], &judging, &criterion::prompts(plan, prompts)].concat()
    },
    estimate: estimate::estimate,
    run,
    tell: tell::tell,
    intervals: WITH_ERRORS,
};

/// Asks for labels, merges them, and asks for the label of every document.
fn run(setting: Setting<'_>, Asked { prompts, answerer }: Asked<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let mut classify = Classify::begin(setting, prompts, answerer);
    classify.name()?;
    watch.lap("propose");
    classify.merge()?;
    watch.lap("merge");
    classify.assign()?;
    watch.lap("assign");
    classify.ask_again()?;
    watch.lap("again");
    let outcome = classify.finish()?;
    watch.lap("explain");
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// The stage that asks for labels.
pub fn names<'a>(plan: &'a Plan, prompts: &'a Prompts) -> Names<'a> {
    Names { prompt: &prompts.propose, goal: &plan.goal, count: SHOWN, characters: CHARACTERS }
}

/// The stage that asks for a document's label.
pub fn asking<'a>(plan: &'a Plan, prompts: &'a Prompts) -> Core<'a> {
    Core { prompt: by_which(plan, prompts), stage: StageName::Assign, goal: &plan.goal }
}

/// The prompt that asks for a document's label.
fn by_which<'p>(plan: &Plan, prompts: &'p Prompts) -> &'p Prompt {
    if plan.clustering.ask == Ask::Decide { &prompts.decide } else { &prompts.core }
}

/// The same in other words.
fn again<'p>(plan: &Plan, prompts: &'p Prompts) -> &'p Prompt {
    if plan.clustering.ask == Ask::Decide { &prompts.decide_again } else { &prompts.again }
}

/// The stage that asks about some documents once more.
pub fn asking_again<'a>(plan: &'a Plan, prompts: &'a Prompts) -> Core<'a> {
    Core { prompt: again(plan, prompts), stage: StageName::Again, goal: &plan.goal }
}

/// Documents that are asked about twice, of so many that were judged.
pub fn twice(judged: usize) -> usize {
    Some(TWICE.min(judged / TWICE_SHARE)).filter(|&count| count >= TWICE_LEAST).unwrap_or(0)
}

/// Batches that labels are asked for on: all documents, as far as their share of the questions reaches.
pub fn batches(plan: &Plan, texts: usize) -> usize {
    texts.div_ceil(SHOWN).min(plan.clustering.questions.unwrap_or(usize::MAX) / SHARE)
}

/// A run under way.
struct Classify<'a> {
    setting: Setting<'a>,
    prompts: &'a Prompts,
    budget: QuestionBudget<'a>,
    /// n distinct texts.
    texts: Vec<&'a str>,
    /// The closed list.
    labels: Vec<Candidate>,
    /// With `-k`, the labels that are kept.
    kept: Vec<usize>,
    /// What the model said of each of n texts.
    judgements: Vec<Judgement>,
    /// The label, or none of them, that it gave each of n texts when all labels were listed.
    answers: Vec<Option<usize>>,
    /// Texts that were asked about twice, each with the label that the second answer gave, or none of them.
    second: Vec<(usize, Option<usize>)>,
    /// Texts that the model was shown to name labels.
    shown: BTreeSet<usize>,
    /// What became of the questions for labels.
    proposals: Proposals,
    record: LabelsRecord,
    warnings: Vec<Message>,
}

impl<'a> Classify<'a> {
    fn begin(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Classify<'a> {
        let questions = setting.wanted().questions;
        Classify {
            setting,
            prompts,
            budget: QuestionBudget::new(answerer, questions.unwrap_or(usize::MAX)),
            texts: setting.corpus.distinct_texts(),
            labels: Vec::new(),
            kept: Vec::new(),
            judgements: vec![Judgement::NotAsked; setting.corpus.texts.len()],
            answers: Vec::new(),
            second: Vec::new(),
            shown: BTreeSet::new(),
            proposals: Proposals::default(),
            record: LabelsRecord { questions, ..LabelsRecord::default() },
            warnings: Vec::new(),
        }
    }

    /// Labels from batches in the texts' canonical order, which is as good as a random one; those of a codebook come first, and only as
    /// many more as are wanted.
    fn name(&mut self) -> Result<(), Error> {
        self.labels = self.setting.given();
        let all: Vec<usize> = (0..self.texts.len()).collect();
        let batches: Vec<&[usize]> = all.chunks(SHOWN).take(batches(self.setting.plan, all.len())).collect();
        for wave in batches.chunks(WAVE) {
            if self.labels.len() >= self.most() {
                break;
            }
            self.name_wave(wave)?;
        }
        self.warnings.extend(self.proposals.warning("labels"));
        Ok(())
    }

    /// Labels that there may be.
    fn most(&self) -> usize {
        let plan = self.setting.plan;
        plan.clustering
            .codebook
            .as_ref()
            .map_or(usize::MAX, |codebook| codebook.entries.len() + plan.clustering.propose)
    }

    /// Asks about some batches at once.
    fn name_wave(&mut self, wave: &[&[usize]]) -> Result<(), Error> {
        let stage = names(self.setting.plan, self.prompts);
        let mut questions = Vec::new();
        for documents in wave {
            questions.extend(stage.ask(Sample { texts: &self.texts, documents, known: &self.labels })?.0);
        }
        for (documents, answer) in wave.iter().zip(self.budget.answer(questions)?) {
            let sample = Sample { texts: &self.texts, documents, known: &self.labels };
            let answer = [answer];
            let new = stage.conclude(sample, (), &answer)?;
            self.proposals.note(&answer[0], new.is_some());
            let mut new = new.unwrap_or_default();
            new.truncate(self.most().saturating_sub(self.labels.len()));
            self.shown.extend(*documents);
            self.record.batches.push(new.len());
            self.labels.extend(new);
        }
        Ok(())
    }

    /// One question over the whole list; none where the user's codebook is in it, whose labels are all meant.
    fn merge(&mut self) -> Result<(), Error> {
        if self.labels.len() > 1 && self.setting.wanted().codebook.is_none() {
            let stage = Merge { prompt: &self.prompts.merge, goal: &self.setting.plan.goal };
            match stage.apply(&mut self.labels, &self.budget)? {
                Some(dropped) => self.record.merged = dropped,
                None => self.warnings.push("the question which labels mean the same got no usable answer".into()),
            }
        }
        self.record.listed = self.labels.len();
        Ok(())
    }

    /// Every document is asked about; with `-k`, those of the smaller labels once more, with the k largest to choose from.
    fn assign(&mut self) -> Result<(), Error> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let all: Vec<usize> = (0..self.texts.len()).collect();
        self.judge(&all, (0..self.labels.len()).collect())?;
        let none = self.labels.len();
        let answer = |judgement: &Judgement| judgement.first().map(|choice| choice.candidate().unwrap_or(none));
        self.answers = self.judgements.iter().map(answer).collect();
        let (Some(k), largest) = (self.setting.wanted().k, self.largest()) else { return Ok(()) };
        if largest.len() < k {
            let found = largest.len();
            self.warnings.push(format!("{k} clusters were asked for, but only {found} labels have documents").into());
        }
        let (kept, left) = largest.split_at(k.min(largest.len()));
        self.kept = kept.to_vec();
        let again: Vec<usize> =
            all.into_iter().filter(|&text| self.label(text).is_some_and(|l| left.contains(&l))).collect();
        self.judge(&again, kept.to_vec())
    }

    /// Some documents are asked about once more, in other words and with the list the other way round: how often the answers differ
    /// shows how often they are wrong.
    fn ask_again(&mut self) -> Result<(), Error> {
        let judged: Vec<usize> =
            (0..self.texts.len()).filter(|&text| matches!(self.judgements[text], Judgement::Held(_))).collect();
        let count = twice(judged.len());
        let documents = drawn(judged, count, &mut generator(self.setting.plan.seed, "again", &[]));
        let mut list = self.listed();
        list.reverse();
        let options = vec![list; documents.len()];
        let lists = Lists { texts: &self.texts, documents: &documents, options: &options, candidates: &self.labels };
        let judgements = stages::run(&asking_again(self.setting.plan, self.prompts), lists, &self.budget)?;
        for (&text, judgement) in documents.iter().zip(judgements) {
            if let Some(choice) = judgement.first() {
                self.second.push((text, choice.candidate()));
            }
        }
        let is_alike = |&&(text, label): &&(usize, Option<usize>)| self.label(text) == label;
        self.record.agreed = self.second.iter().filter(is_alike).count();
        self.record.asked_twice = self.second.len();
        Ok(())
    }

    /// The labels that a document is given one of, in the end.
    fn listed(&self) -> Vec<usize> {
        match self.setting.wanted().k {
            None => (0..self.labels.len()).collect(),
            Some(_) => self.kept.clone(),
        }
    }

    /// Asks for the label of some documents; the answers take the place of former ones.
    fn judge(&mut self, documents: &[usize], list: Vec<usize>) -> Result<(), Error> {
        let options = vec![list; documents.len()];
        let lists = Lists { texts: &self.texts, documents, options: &options, candidates: &self.labels };
        let judgements = stages::run(&asking(self.setting.plan, self.prompts), lists, &self.budget)?;
        documents.iter().zip(judgements).for_each(|(&text, judgement)| self.judgements[text] = judgement);
        Ok(())
    }

    /// A text's one label: the first that the model gave.
    fn label(&self, text: usize) -> Option<usize> {
        self.judgements[text].first().and_then(Choice::candidate)
    }

    /// Labels with documents, the one with most of them first.
    fn largest(&self) -> Vec<usize> {
        let mut sizes = vec![0.0; self.labels.len()];
        for (text, weight) in self.setting.corpus.weights().iter().enumerate() {
            self.label(text).into_iter().for_each(|label| sizes[label] += weight);
        }
        heaviest_first(&sizes)
    }

    fn finish(mut self) -> Result<Outcome, Error> {
        let order = self.largest();
        let mut place = vec![0; self.labels.len()];
        order.iter().enumerate().for_each(|(cluster, &label)| place[label] = cluster);
        let mut placements: Vec<Placement> = (0..self.texts.len()).map(|text| self.placement(text, &place)).collect();
        let mut taught = Taught::by(self.setting, &placements, order.len())?;
        if let Some(taught) = &mut taught {
            let clusters = |label: Option<usize>| label.map(|label| place[label]).into_iter().collect();
            taught.hear_again(self.second.iter().map(|&(text, label)| (text, clusters(label))));
        }
        let confidence = taught.as_mut().and_then(|taught| taught.rely(&mut placements));
        let shares = match (&confidence, &taught) {
            (Some(confidence), Some(taught)) => {
                let (weights, all) = (self.setting.corpus.weights(), (0..order.len()).collect::<Vec<_>>());
                confidence.shares(&placements, &taught.logs, &weights, &all)
            }
            _ => Vec::new(),
        };
        let calibrated = confidence.map(|confidence| confidence.calibrated());
        let trust = trust::of_answers(self.setting, &self.answers, self.labels.len());
        let mut members = vec![Vec::new(); order.len()];
        (0..self.texts.len())
            .for_each(|text| self.label(text).into_iter().for_each(|label| members[place[label]].push(text)));
        let (tested, criterion) = self.test(&members, &order)?;
        let second = self.second_answers();
        let trust = SecondAnswers::of_tests(&tested).tested(second.heard(trust));
        let Bound { trust, most, warning } = second.bound(trust, &mut placements);
        self.warnings.extend(warning);
        let decision = taught::decision(self.setting, &placements, taught, calibrated, most);
        self.warnings.extend(criterion.warnings(self.setting, &tested));
        self.record.criterion = criterion.if_wanted();
        let named: Vec<Named> = by_mean(self.setting.embeddings, &members)
            .into_iter()
            .zip(tested)
            .map(|((members, others), tested)| Named { tested, members, others })
            .collect();
        let mut clusters = explained(self.setting, &named, &placements, None)?;
        clusters.iter_mut().zip(shares).for_each(|(cluster, share)| cluster.share = Some(share));
        self.record.asked = self.budget.spent();
        self.record.judged = self.judgements.iter().filter(|one| matches!(one, Judgement::Held(_))).count();
        if let (true, Placement::Uncovered(reason)) = (self.labels.is_empty(), self.proposals.nothing("label")) {
            self.warnings.push(message!("{reason}: every document is uncovered", reason));
        }
        Ok(Outcome {
            clusters,
            placements,
            record: Record::of(&self.record)?,
            decision: Some(decision),
            trust: Some(trust),
            beyond: self.budget.beyond(),
            warnings: self.warnings,
            ..Outcome::default()
        })
    }

    /// Tests the labels' predicates, as far as questions are left; `members` has the texts of each cluster. Those near to a cluster
    /// are near to the mean of its texts.
    fn test(&self, members: &[Vec<usize>], order: &[usize]) -> Result<(Vec<Tested>, CriterionRecord), Error> {
        let embeddings = self.setting.embeddings;
        let means = means(embeddings, members);
        let is_judged = |text: &usize| matches!(self.judgements[*text], Judgement::Held(_));
        let subject = |(cluster, &label): (usize, &usize)| {
            let candidate = self.labels[label].clone();
            let similarity = |index| dot(means.row(cluster), embeddings.row(index));
            let others = (0..self.texts.len()).filter(|text| is_judged(text) && self.label(*text) != Some(label));
            let others = ranked(others.map(|index| Neighbor { index, similarity: similarity(index) }).collect());
            let others = others.iter().map(|neighbor| neighbor.index).collect();
            let pool = Pool { members: [members[cluster].clone(), Vec::new()], others: [others, Vec::new()] };
            Subject { is_renamable: !self.setting.is_given(&candidate), candidate, pool }
        };
        let examiner = Examiner {
            setting: self.setting,
            prompts: self.prompts,
            answerer: &self.budget,
            shown: &self.shown,
            questions: self.budget.left(),
        };
        examiner.test(order.iter().enumerate().map(subject).collect())
    }

    /// What the documents say that were asked about twice.
    fn second_answers(&self) -> SecondAnswers {
        let label = |label: Option<usize>| label.unwrap_or(self.labels.len());
        let pairs = self.second.iter().map(|&(text, second)| (label(self.label(text)), label(second))).collect();
        SecondAnswers { pairs, choices: self.listed().len() + 1, of_tests: false }
    }

    fn placement(&self, text: usize, place: &[usize]) -> Placement {
        match &self.judgements[text] {
            _ if self.labels.is_empty() => self.proposals.nothing("label"),
            Judgement::Held(held) => match held.first() {
                Some(Choice::Candidate(label)) => Placement::In(vec![Place::new(place[label], By::Model, 1.0)]),
                _ => Placement::Uncovered("the model found no label that fits".into()),
            },
            Judgement::Unparsed => Placement::Failed("the answer was no choice from the list".into()),
            Judgement::Failed(problem) => Placement::Failed(message!("the question failed: {problem}", problem)),
            Judgement::NotAsked => Placement::Failed(NOT_ASKED.into()),
        }
    }
}
