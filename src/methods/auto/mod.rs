//! `--method auto` with a model: a fixed number of questions for any number of documents.
//!
//! Propose from random samples; judge a core; spread its answers to every document; escalate the documents on which the spread
//! is unsure; audit. Each step pays from one [`Purse`].

mod escalate;
mod finish;
mod judge;
pub mod names;

use ndarray::Array2;

use super::purse::Purse;
use super::{Outcome, Setting, Watch};
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::model::{Answerer, Prompts};
use crate::observer::Silent;
use crate::run::CoreRecord;
use crate::seed::{generator, shuffle};
use crate::spread::{Core, Ground, Start, THIN};
use crate::stages::assign::Calibration;
use crate::stages::propose::Candidate;
use judge::Judged;

/// Documents asked a second time, in other words, at most.
const TWICE: usize = 32;
/// Share of the questions that the second askings may take: one in so many.
const TWICE_SHARE: usize = 16;

/// Asks at most as many questions as the plan says, in all stages together.
///
/// # Errors
/// Those of the answerer, of the prompts and of the embedder.
pub fn auto(setting: Setting<'_>, prompts: &Prompts, answerer: &dyn Answerer) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let mut auto = Auto::begin(setting, prompts, answerer);
    watch.lap("neighbors");
    auto.propose()?;
    watch.lap("propose");
    if auto.candidates.is_empty() {
        return Ok(auto.nothing_proposed(watch));
    }
    auto.judge_core()?;
    watch.lap("core");
    auto.ask_again()?;
    auto.escalate()?;
    watch.lap("escalate");
    let outcome = auto.finish(&mut watch)?;
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// A run under way.
struct Auto<'a> {
    setting: Setting<'a>,
    prompts: &'a Prompts,
    purse: Purse<'a>,
    /// n distinct texts.
    texts: Vec<&'a str>,
    ground: Ground<'a>,
    /// m candidates.
    candidates: Vec<Candidate>,
    /// What their predicates say; none before they are embedded.
    start: Option<Start>,
    /// What the model said of each text it was asked about.
    judged: Judged,
    /// How each candidate's single verdicts are read; none before the core is judged by them.
    calibrations: Vec<Calibration>,
    record: CoreRecord,
    warnings: Vec<String>,
}

impl<'a> Auto<'a> {
    fn begin(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Auto<'a> {
        let questions = setting.plan.questions.unwrap_or(usize::MAX);
        Auto {
            setting,
            prompts,
            purse: Purse::new(answerer, questions),
            texts: setting.corpus.distinct_texts(),
            ground: Ground::new(setting.embeddings),
            candidates: Vec::new(),
            start: None,
            judged: Judged::new(setting.corpus.texts.len()),
            calibrations: Vec::new(),
            record: CoreRecord { questions, ..CoreRecord::default() },
            warnings: Vec::new(),
        }
    }

    /// Half of what is left goes to medoids; what they leave unnamed is proposed from again.
    fn judge_core(&mut self) -> Result<(), Error> {
        self.embed_predicates()?;
        let documents = self.medoids(self.affordable(2).min(self.texts.len()))?;
        self.judge(&documents, "core")?;
        self.name_the_unnamed()
    }

    /// Documents that one part in `parts` of the questions left pays for; the audit's share is kept.
    fn affordable(&self, parts: usize) -> usize {
        let left = self.purse.left().saturating_sub(self.setting.plan.audit * self.price());
        left / parts / self.price()
    }

    /// The predicates' vectors and what they say of each document before any answer.
    fn embed_predicates(&mut self) -> Result<(), Error> {
        let predicates: Vec<&str> = self.candidates.iter().map(|candidate| candidate.predicate.as_str()).collect();
        let vectors = self.setting.embedder.embed(&predicates, &Silent)?.embeddings;
        self.start = Some(Start::new(&self.ground, &vectors, 1));
        Ok(())
    }

    fn start(&self) -> Result<&Start, Error> {
        self.start.as_ref().ok_or_else(|| Error::Bug("the predicates were not embedded".into()))
    }

    /// The documents nearest to the centres of as many clusters.
    fn medoids(&self, count: usize) -> Result<Vec<usize>, Error> {
        if count == 0 || count >= self.texts.len() {
            return Ok((0..self.texts.len()).take(count).collect());
        }
        let weights = self.setting.corpus.weights();
        let parameters = KMeans { starts: 1, iterations: 10, ..KMeans::new(count, self.setting.plan.seed) };
        let clustering = kmeans(self.setting.embeddings, &weights, parameters)?;
        let nearest = |members: &Vec<usize>| {
            let similarity = |row: usize| clustering.nearest[row].similarity;
            members.iter().copied().max_by(|&a, &b| similarity(a).total_cmp(&similarity(b)).then(b.cmp(&a)))
        };
        Ok(clustering.members().iter().filter_map(nearest).collect())
    }

    /// Some documents of the core are judged twice, where answers are many enough for their error to be of use.
    fn ask_again(&mut self) -> Result<(), Error> {
        let expected = self.judged.len() + self.affordable(1);
        let count = TWICE.min(self.record.questions / TWICE_SHARE).min(self.affordable(1));
        if (expected as f64) < THIN * self.candidates.len() as f64 {
            return Ok(());
        }
        let mut documents = self.judged.documents();
        shuffle(&mut documents, &mut generator(self.setting.plan.seed, "again", &[]));
        documents.truncate(count);
        documents.sort_unstable();
        self.judge_twice(&documents)
    }

    /// Whether there are fewer than six answers a class.
    fn is_thin(&self) -> bool {
        (self.judged.len() as f64) < THIN * self.candidates.len() as f64
    }

    /// The core over the classes `selected`, and a last one for none of them. A document that holds only for candidates that
    /// were not selected is left out: nothing is known of it.
    fn core(&self, selected: &[usize]) -> Core {
        let mut place = vec![None; self.candidates.len()];
        selected.iter().enumerate().for_each(|(index, &candidate)| place[candidate] = Some(index));
        let mut rows: Vec<(usize, Vec<f32>)> = Vec::new();
        for (document, held) in self.judged.iter() {
            let mut row = vec![0.0; selected.len() + 1];
            held.iter().for_each(|&(candidate, share)| {
                if let Some(index) = candidate.map_or(Some(selected.len()), |candidate| place[candidate]) {
                    row[index] += share;
                }
            });
            let sum: f32 = row.iter().sum();
            if sum > 0.0 {
                rows.push((document, row.iter().map(|share| share / sum).collect()));
            }
        }
        let mut answers = Array2::zeros((rows.len(), selected.len() + 1));
        rows.iter().enumerate().for_each(|(member, (_, row))| {
            answers.row_mut(member).iter_mut().zip(row).for_each(|(to, from)| *to = *from);
        });
        Core { documents: rows.iter().map(|&(document, _)| document).collect(), answers }
    }
}
