//! `--method auto` with a model: a fixed number of questions for any number of documents.
//!
//! Propose from random samples; judge a core; spread its answers to every document; escalate the documents on which the spread
//! is unsure; audit. Each step pays from one [`QuestionBudget`].

mod confidence;
mod core_share;
mod decide;
mod escalate;
mod estimate;
mod finish;
mod form;
mod gather;
mod join;
mod judge;
mod judged;
mod learn;
mod names;
mod place;
mod position_bias;
mod prior;
mod record;
mod spread;
mod tell;
mod training_sample;
mod trust;

pub use record::{Audit, CoreRecord, FormRecord};

use super::procedure::{Procedure, WITH_ERRORS};
use super::steps::budget::QuestionBudget;
use super::steps::perspective;
use super::steps::proposals::Proposals;
use super::{Asked, Outcome, Setting, Watch};
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::model::{Answerer, Prompt, Prompts};
use crate::observer::Silent;
use crate::plan::{Ask, Plan};
use crate::seed::{drawn, generator};
use crate::spread::{Start, THIN};
use crate::stages::assign::Calibration;
use crate::stages::propose::Candidate;
use judge::Verdicts;
use judged::Judged;
use position_bias::PositionBias;
use training_sample::TrainingSample;

/// Documents asked a second time, in other words, at most.
const TWICE: usize = 32;
/// Share of the questions that the second askings may take: one in so many.
const TWICE_SHARE: usize = 16;

/// Share of the questions that triplets may take: one in so many.
const TRIPLETS_SHARE: usize = 4;

/// Triplets that `--perspective` asks at most, each in two questions.
fn triplets(questions: usize) -> usize {
    questions / TRIPLETS_SHARE / 2
}

/// `auto` as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: core_share::leaves_a_core,
    prompts,
    estimate: estimate::estimate,
    run,
    tell: tell::tell,
    intervals: WITH_ERRORS,
};

/// Which form the questions take may be measured in the run.
fn prompts<'p>(plan: &Plan, prompts: &'p Prompts) -> Vec<&'p Prompt> {
    let lists = [&prompts.core, &prompts.again];
    let batches = [&prompts.batch, &prompts.batch_again];
    let letters = [&prompts.letter, &prompts.letter_again];
    let judging = match plan.clustering.ask {
        Ask::Pair => vec![&prompts.assign],
        Ask::Letter => letters.to_vec(),
        Ask::Batch => batches.to_vec(),
        Ask::Many | Ask::Shortlist => lists.to_vec(),
        Ask::Decide => vec![&prompts.decide, &prompts.decide_again],
        Ask::Auto => [&lists[..], &batches, &letters, &[&prompts.assign]].concat(),
    };
    let named = [&prompts.propose, &prompts.merge].into_iter().chain(judging);
    named.chain(plan.clustering.perspective.then_some(&prompts.perspective)).collect()
}

/// Asks at most as many questions as the plan says, in all stages together.
fn run(setting: Setting<'_>, Asked { prompts, answerer }: Asked<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let mut auto = Auto::begin(setting, prompts, answerer);
    watch.lap("neighbors");
    auto.learn_perspective()?;
    watch.lap("perspective");
    auto.propose()?;
    watch.lap("propose");
    if auto.candidates.is_empty() {
        return auto.nothing_proposed(watch);
    }
    auto.judge_core()?;
    auto.gather(false)?;
    watch.lap("core");
    auto.ask_again()?;
    auto.escalate()?;
    auto.refine()?;
    auto.gather(true)?;
    watch.lap("escalate");
    let outcome = auto.finish(&mut watch)?;
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// A run under way.
struct Auto<'a> {
    setting: Setting<'a>,
    prompts: &'a Prompts,
    budget: QuestionBudget<'a>,
    /// n distinct texts.
    texts: Vec<&'a str>,
    /// Those that may be judged, in all feature spaces.
    sample: TrainingSample<'a>,
    /// The form of the questions: the user's, or the one that a calibration found best.
    ask: Ask,
    /// m candidates.
    candidates: Vec<Candidate>,
    /// What their predicates say; none before they are embedded.
    start: Option<Start>,
    /// What the model said of each text it was asked about.
    judged: Judged,
    /// How each candidate's single verdicts are read; none before the core is judged by them.
    calibrations: Vec<Calibration>,
    /// What single verdicts have said.
    verdicts: Verdicts,
    /// What is known of a document before any answer: what the groups that the candidates were named after say of it, or how alike it is
    /// to the entries of a codebook; none where there is neither.
    prior: Option<prior::Prior>,
    /// Which letters the model prefers, by the wording of the question.
    biases: [Option<PositionBias>; 2],
    /// Candidates that wrong answers alone explain; none before the selection.
    noise_names: Vec<usize>,
    /// What became of the questions for groups.
    proposals: Proposals,
    /// Candidates among which documents were judged twice.
    twice_among: usize,
    /// Documents whose audit is paid for in advance.
    audited: usize,
    record: CoreRecord,
    warnings: Vec<String>,
}

impl<'a> Auto<'a> {
    fn begin(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Auto<'a> {
        let whole = setting.wanted().questions.unwrap_or(usize::MAX);
        let questions = setting.wanted().questions_before.first().copied().unwrap_or(whole);
        let texts = setting.corpus.distinct_texts();
        Auto {
            setting,
            prompts,
            budget: QuestionBudget::new(answerer, questions),
            sample: TrainingSample::new(setting, &texts, questions),
            texts,
            ask: setting.wanted().ask,
            candidates: Vec::new(),
            start: None,
            judged: Judged::new(setting.corpus.texts.len()),
            calibrations: Vec::new(),
            verdicts: Verdicts::default(),
            prior: None,
            biases: [None, None],
            noise_names: Vec::new(),
            proposals: Proposals::default(),
            twice_among: 0,
            audited: setting.wanted().audit,
            record: CoreRecord { questions, ..CoreRecord::default() },
            warnings: Vec::new(),
        }
    }

    /// With `--perspective`, a share of the questions goes to triplets; a map learned from them is one more feature space.
    fn learn_perspective(&mut self) -> Result<(), Error> {
        if !self.setting.wanted().perspective {
            return Ok(());
        }
        let (k, count) = (self.setting.guess()?, triplets(self.record.questions));
        let learned = perspective::learn(self.setting, self.prompts, &self.budget, k, count)?;
        learned.adapter.into_iter().for_each(|adapter| self.sample.add_perspective(adapter));
        self.record.perspective = Some(learned.record);
        Ok(())
    }

    /// Half of what is left goes to medoids; what they leave unnamed is proposed from again.
    fn judge_core(&mut self) -> Result<(), Error> {
        self.embed_predicates()?;
        self.choose_form()?;
        // A form that takes several questions a document must not leave the core without any.
        self.audited = self.audited.min(self.documents_for(self.budget.left() / 2));
        let mut documents = self.medoids(self.affordable(2).min(self.sample.texts.len()))?;
        documents.retain(|&document| self.judged.of(document).is_none());
        self.judge(&documents, "core")?;
        self.name_the_unnamed()
    }

    /// The clusters wanted, if that is known: with a codebook all that there are candidates for.
    fn k(&self) -> Option<usize> {
        self.setting.plan.clustering.codebook.as_ref().map_or(self.setting.wanted().k, |_| Some(self.candidates.len()))
    }

    /// Documents that one part in `parts` of the questions left pays for; the audit's share is kept.
    fn affordable(&self, parts: usize) -> usize {
        let left = self.budget.left().saturating_sub(self.questions_for(self.audited));
        self.documents_for(left / parts)
    }

    /// A run that goes on with a larger number of questions first does what it did with the smaller ones, from its journal, and
    /// then escalates further. What the former audits asked stays paid for.
    fn refine(&mut self) -> Result<(), Error> {
        let budgets = self.setting.wanted().questions_before.iter().copied().chain(self.setting.wanted().questions);
        let audit = self.questions_for(self.setting.wanted().audit);
        for (former, budget) in budgets.enumerate().skip(1) {
            self.budget.allow(budget.saturating_sub(former * audit));
            self.record.questions = budget;
            self.escalate()?;
        }
        Ok(())
    }

    /// The predicates' vectors and what they say of each document before any answer.
    fn embed_predicates(&mut self) -> Result<(), Error> {
        let predicates: Vec<&str> = self.candidates.iter().map(|candidate| candidate.predicate.as_str()).collect();
        let vectors = self.setting.embedder.embed(&predicates, &Silent)?.embeddings;
        self.start = Some(Start::new(&self.sample.feature_spaces[0], &vectors, 1));
        Ok(())
    }

    fn start(&self) -> Result<&Start, Error> {
        self.start.as_ref().ok_or_else(|| Error::Bug("the predicates were not embedded".into()))
    }

    /// The documents nearest to the centres of as many clusters.
    fn medoids(&self, count: usize) -> Result<Vec<usize>, Error> {
        let texts = &self.sample.texts;
        if count == 0 || count >= texts.len() {
            return Ok(texts.iter().copied().take(count).collect());
        }
        let parameters = KMeans { starts: 1, iterations: 10, ..KMeans::new(count, self.setting.plan.seed) };
        let medoids = kmeans(&self.sample.feature_spaces[0].embeddings, &self.sample.weights(), parameters)?.medoids();
        Ok(medoids.into_iter().map(|place| texts[place]).collect())
    }

    /// Documents whose second asking may be paid for.
    fn twice(&self) -> usize {
        TWICE.min(self.documents_for(self.record.questions / TWICE_SHARE))
    }

    /// Some documents of the core are judged twice, where answers are many enough for their error to be of use. A pair has no
    /// other words to be asked in, and letters asked again must be enough to measure which of them the model prefers in that wording.
    fn ask_again(&mut self) -> Result<(), Error> {
        let expected = self.judged.len() + self.affordable(1);
        let count = self.twice().min(self.affordable(1));
        let too_few = match self.ask {
            _ if self.record.asked_twice > 0 => true,
            Ask::Pair => true,
            Ask::Letter | Ask::Decide => count < position_bias::LEAST,
            _ => false,
        };
        if too_few || (expected as f64) < THIN * self.candidates.len() as f64 {
            return Ok(());
        }
        let mut random = generator(self.setting.plan.seed, "again", &[]);
        self.measure_error(&drawn(self.judged.documents(), count, &mut random))
    }
}
