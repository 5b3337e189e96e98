//! What a run will ask, counted before anything is asked.

use serde::Serialize;

use super::auto::names;
use super::perspective::CHARACTERS;
use super::rounds::propose_stage;
use super::{EXEMPLARS, described, explain};
use crate::codebook::Entry;
use crate::corpus::Corpus;
use crate::error::Error;
use crate::model::{CallUsage, Prices, Prompts, Question};
use crate::plan::{Ask, Method, Plan};
use crate::stages::Stage;
use crate::stages::assign::{Assign, Pairs};
use crate::stages::batch::{Batch, Batches, SIZE};
use crate::stages::core::{Core, Lists};
use crate::stages::describe::{Describe, Group};
use crate::stages::explain::{Explain, Unnamed};
use crate::stages::granularity::{Couples, Granularity};
use crate::stages::merge::Merge;
use crate::stages::names::{Names, Sample};
use crate::stages::perspective::{Perspective, Triplets};
use crate::stages::propose::{Candidate, Pool};

/// Bytes a prompt token: many where the text is plain English, few where it is not.
const BYTES: Range<f64> = Range { low: 6.0, expected: 4.3, high: 2.5 };
/// Tokens that a chat template puts around a message.
const TEMPLATE: Range<f64> = Range { low: 2.0, expected: 8.0, high: 32.0 };
/// Share of the completion's limit that a list takes.
const LENGTH: Range<f64> = Range { low: 0.05, expected: 0.35, high: 1.0 };
/// Share of the candidates wanted that a model proposes at least.
const PROPOSED: f64 = 0.25;
/// Share of the candidates that are selected and so named.
const SELECTED: f64 = 0.6;
/// Candidates that a closed list usually has.
const CANDIDATES: usize = 15;
/// Share of the questions that is asked once more, to repair an answer.
const REPAIRED: Range<f64> = Range { low: 0.0, expected: 0.0, high: 0.2 };

/// Three figures for one unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Range<T> {
    /// Hardly less.
    pub low: T,
    /// Most likely.
    pub expected: T,
    /// Hardly more.
    pub high: T,
}

impl Range<f64> {
    fn with(self, other: Range<f64>, combine: impl Fn(f64, f64) -> f64) -> Range<f64> {
        Range {
            low: combine(self.low, other.low),
            expected: combine(self.expected, other.expected),
            high: combine(self.high, other.high),
        }
    }

    fn times(self, other: Range<f64>) -> Range<f64> {
        self.with(other, |a, b| a * b)
    }

    fn plus(self, other: Range<f64>) -> Range<f64> {
        self.with(other, |a, b| a + b)
    }

    fn rounded(self) -> Range<u64> {
        Range { low: self.low.floor() as u64, expected: self.expected.round() as u64, high: self.high.ceil() as u64 }
    }
}

/// What one stage will ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageEstimate {
    /// Its name.
    pub stage: &'static str,
    /// Questions.
    pub questions: Range<u64>,
    /// Tokens of the prompts.
    pub prompt_tokens: Range<u64>,
    /// Tokens of the completions.
    pub completion_tokens: Range<u64>,
}

impl Eq for Range<u64> {}

/// What a run will ask, stage by stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// In the order they ask.
    pub stages: Vec<StageEstimate>,
}

impl Estimate {
    /// The sum of all stages.
    pub fn total(&self) -> StageEstimate {
        let sum = |of: fn(&StageEstimate) -> Range<u64>| Range {
            low: self.stages.iter().map(|stage| of(stage).low).sum(),
            expected: self.stages.iter().map(|stage| of(stage).expected).sum(),
            high: self.stages.iter().map(|stage| of(stage).high).sum(),
        };
        StageEstimate {
            stage: "total",
            questions: sum(|stage| stage.questions),
            prompt_tokens: sum(|stage| stage.prompt_tokens),
            completion_tokens: sum(|stage| stage.completion_tokens),
        }
    }
}

impl StageEstimate {
    /// What it asks if it may also take the place of another: as expected here, but as low and as high as either.
    fn or(self, other: StageEstimate) -> StageEstimate {
        let either = |one: Range<u64>, other: Range<u64>| Range {
            low: one.low.min(other.low),
            expected: one.expected,
            high: one.high.max(other.high),
        };
        StageEstimate {
            stage: self.stage,
            questions: either(self.questions, other.questions),
            prompt_tokens: either(self.prompt_tokens, other.prompt_tokens),
            completion_tokens: either(self.completion_tokens, other.completion_tokens),
        }
    }

    /// What it costs, in the currency of the prices.
    pub fn cost(&self, prices: Prices) -> Range<f64> {
        let of = |prompt_tokens, completion_tokens| {
            prices.of(CallUsage { prompt_tokens, completion_tokens, ..CallUsage::default() })
        };
        let (prompt, completion) = (self.prompt_tokens, self.completion_tokens);
        Range {
            low: of(prompt.low, completion.low),
            expected: of(prompt.expected, completion.expected),
            high: of(prompt.high, completion.high),
        }
    }
}

/// What a run with this plan asks of a model about this corpus. Nothing is asked for it.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(plan: &Plan, corpus: &Corpus, prompts: &Prompts) -> Result<Estimate, Error> {
    let texts = corpus.distinct_texts();
    let stages = match (plan.method, plan.questions) {
        (Method::Classify, _) => classify(plan, &texts, prompts)?,
        (Method::Clusterllm, Some(questions)) => clusterllm(plan, questions, &texts, prompts)?,
        (_, Some(questions)) => auto(plan, questions, &texts, prompts)?,
        (_, None) => goalex(plan, &texts, prompts)?,
    };
    Ok(Estimate { stages })
}

/// The candidates of a usual list: those of the codebook, and as many more as are looked for.
fn listed(plan: &Plan) -> Vec<Candidate> {
    let Some(codebook) = &plan.codebook else { return vec![usual(); CANDIDATES] };
    let of = |entry: &Entry| Candidate { label: entry.label.clone(), predicate: entry.predicate.clone() };
    codebook.entries.iter().map(of).chain(vec![usual(); plan.propose]).collect()
}

/// Whether a model is asked for groups: not where the codebook has all that are wanted.
fn proposes(plan: &Plan) -> bool {
    plan.codebook.is_none() || plan.propose > 0
}

/// A candidate of usual length.
fn usual() -> Candidate {
    Candidate {
        label: "a label of some words".into(),
        predicate: "A sentence of about a dozen words that is true of some.".into(),
    }
}

fn goalex(plan: &Plan, texts: &[&str], prompts: &Prompts) -> Result<Vec<StageEstimate>, Error> {
    let strata = [(0..texts.len()).collect()];
    let pool = Pool { texts, strata: &strata, known: &[] };
    let (propose, ()) = propose_stage(plan, prompts, 1).ask(pool)?;
    let candidates = [usual()];
    let (assign, ()) = Assign { prompt: &prompts.assign }.ask(Pairs { texts, candidates: &candidates })?;
    let namer = Explain { prompt: &prompts.explain, goal: &plan.goal, characters: explain::CHARACTERS };
    let examples: Vec<&str> = texts.iter().copied().take(EXEMPLARS).collect();
    let (explain, ()) = namer.ask(&[Unnamed { candidate: &candidates[0], examples }])?;
    let rounds = plan.rounds as f64;
    let repeated = Range { low: 1.0, expected: rounds, high: rounds };
    let known = plan.codebook.as_ref().map(|codebook| codebook.entries.len() as f64);
    let more = if known.is_some() { plan.propose } else { plan.candidates } as f64;
    let judged = Range { low: (PROPOSED * more).ceil(), expected: more, high: more };
    // The labels of a codebook are kept, and what is proposed beside it is called as it was proposed.
    let named = if known.is_some() { 0.0 } else { more };
    let named = Range { low: 0.0, expected: (named * SELECTED).ceil(), high: named };
    let judged = judged.plus(each(known.unwrap_or(0.0)));
    let propose = proposes(plan).then(|| stage("propose", &propose, repeated, LENGTH));
    let assign = stage("assign", &assign, judged, ONE);
    let explain = known.is_none().then(|| stage("explain", &explain, named, LENGTH));
    Ok(propose.into_iter().chain([assign]).chain(explain).collect())
}

/// `classify` asks for labels on every batch, merges once, and asks about every document, unless a cap comes first.
fn classify(plan: &Plan, texts: &[&str], prompts: &Prompts) -> Result<Vec<StageEstimate>, Error> {
    let shown: Vec<usize> = (0..texts.len().min(super::classify::SHOWN)).collect();
    let propose = super::classify::names(plan, prompts).ask(Sample { texts, documents: &shown, known: &[] })?.0;
    let batches = if proposes(plan) { super::classify::batches(plan, texts.len()) } else { 0 };
    let candidates = listed(plan);
    let merge = Merge { prompt: &prompts.merge, goal: &plan.goal }.ask(&candidates)?.0;
    let merges = usize::from(plan.codebook.is_none());
    let left = plan.questions.map_or(texts.len(), |most| most.saturating_sub(batches + merges).min(texts.len()));
    let documents: Vec<usize> = (0..left).collect();
    let options = vec![(0..candidates.len()).collect(); documents.len()];
    let core = super::classify::assign(plan, prompts);
    let assign = core.ask(Lists { texts, documents: &documents, options: &options, candidates: &candidates })?.0;
    // With a codebook, batches end once as many more labels are named as are wanted.
    let least = if plan.codebook.is_some() { 1.0_f64.min(batches as f64) } else { batches as f64 };
    let batches = Range { low: least, expected: batches as f64, high: batches as f64 };
    let propose = proposes(plan).then(|| stage("propose", &propose, batches, LENGTH));
    let merge = (merges > 0).then(|| stage("merge", &merge, ONE, LENGTH));
    let assign = stage("assign", &assign, ONE, LENGTH);
    Ok(propose.into_iter().chain(merge).chain([assign]).collect())
}

/// `clusterllm` asks what its shares allow, unless joins or documents end first.
fn clusterllm(plan: &Plan, questions: usize, texts: &[&str], prompts: &Prompts) -> Result<Vec<StageEstimate>, Error> {
    let (goal, characters) = (&plan.goal, CHARACTERS);
    let k = plan.k.unwrap_or(CANDIDATES).min(texts.len());
    let shares = super::clusterllm::Shares::new(questions, k);
    let place = |number: usize| number % texts.len();
    let couples: Vec<[usize; 2]> = (0..shares.pairs / 2).map(|n| [n, n + 1].map(place)).collect();
    let pairs = Granularity { prompt: &prompts.granularity, stage: "verify", goal, characters };
    let pairs = pairs.ask(Couples { texts, couples: &couples })?.0;
    Ok(vec![
        perspective(plan, shares.perspective / 2, texts, prompts)?,
        stage("pairs", &pairs, Range { low: 0.1, expected: 0.6, high: 1.0 }, ONE),
        describe(plan, shares.describe, ONE, texts, prompts)?,
    ])
}

/// So many groups.
fn describe(
    plan: &Plan,
    count: usize,
    times: Range<f64>,
    texts: &[&str],
    prompts: &Prompts,
) -> Result<StageEstimate, Error> {
    let words = vec!["word".into(); described::WORDS];
    let group = Group { texts: texts.iter().copied().take(described::SHOWN).collect(), words };
    let stage_of = Describe { prompt: &prompts.describe, goal: &plan.goal, characters: described::CHARACTERS };
    let (questions, ()) = stage_of.ask(&vec![group; count])?;
    Ok(stage("describe", &questions, times, LENGTH))
}

/// So many triplets.
fn perspective(plan: &Plan, count: usize, texts: &[&str], prompts: &Prompts) -> Result<StageEstimate, Error> {
    let triplets: Vec<[usize; 3]> = (0..count).map(|n| [n, n + 1, n + 2].map(|place| place % texts.len())).collect();
    let asking = Perspective { prompt: &prompts.perspective, goal: &plan.goal, characters: CHARACTERS };
    let (questions, ()) = asking.ask(Triplets { texts, triplets: &triplets })?;
    Ok(stage("perspective", &questions, ONE, LENGTH))
}

/// `auto` asks as many questions as it may, unless the documents end first.
fn auto(plan: &Plan, questions: usize, texts: &[&str], prompts: &Prompts) -> Result<Vec<StageEstimate>, Error> {
    let names = Names {
        prompt: &prompts.propose,
        goal: &plan.goal,
        count: names::count(names::SHOWN),
        characters: names::CHARACTERS,
    };
    let shown: Vec<usize> = (0..texts.len().min(names::SHOWN)).collect();
    let (propose, ()) = names.ask(Sample { texts, documents: &shown, known: &[] })?;
    let samples = (questions / names::SHARE).max(names::LEAST).min(texts.len().div_ceil(names::SHOWN)) as f64;
    let sampled = match proposes(plan) {
        true => Range { low: 1.0, expected: samples.min(3.0 * names::BARREN as f64), high: samples + 1.0 },
        false => each(0.0),
    };
    let propose = proposes(plan).then(|| stage("propose", &propose, sampled, LENGTH));
    let triplets = if plan.perspective { super::auto::triplets(questions) } else { 0 };
    let left = (questions as f64 - 2.0 * triplets as f64 - sampled.expected).max(0.0);
    let judge = |ask| judge(plan, ask, left, texts, prompts);
    // Which form the questions take is measured in the run.
    let judge = match plan.ask {
        Ask::Auto => judge(Ask::Many)?.or(judge(Ask::Batch)?),
        chosen => judge(chosen)?,
    };
    let perspective = plan.perspective.then(|| perspective(plan, triplets, texts, prompts)).transpose()?;
    // Whether the model is a small one is known once it is reached.
    let groups = names::groups(plan.k.unwrap_or(CANDIDATES), questions, texts.len());
    let may_describe = Range { low: 0.0, expected: 0.0, high: 1.0 };
    let describe = plan.codebook.is_none().then(|| describe(plan, groups, may_describe, texts, prompts)).transpose()?;
    Ok(perspective.into_iter().chain(describe).chain(propose).chain([judge]).collect())
}

/// `auto` judges documents in one form with the questions left.
fn judge(plan: &Plan, ask: Ask, left: f64, texts: &[&str], prompts: &Prompts) -> Result<StageEstimate, Error> {
    let (goal, candidates) = (&plan.goal, listed(plan));
    let together = if ask == Ask::Batch { SIZE } else { 1 };
    let documents: Vec<usize> =
        (0..texts.len().min(plan.questions.unwrap_or(usize::MAX).saturating_mul(together))).collect();
    let (questions, ()) = match ask {
        Ask::Batch => {
            let options: Vec<usize> = (0..candidates.len()).collect();
            let batch = Batch { prompt: &prompts.batch, stage: "core", goal };
            batch.ask(Batches { texts, documents: &documents, options: &options, candidates: &candidates })?
        }
        Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter | Ask::Pair => {
            let options = vec![(0..candidates.len()).collect(); documents.len()];
            let prompt = if ask == Ask::Letter { &prompts.letter } else { &prompts.core };
            let core = Core { prompt, stage: "core", goal };
            core.ask(Lists { texts, documents: &documents, options: &options, candidates: &candidates })?
        }
    };
    let share = left / questions.len().max(1) as f64;
    let judged = Range { low: 0.5 * share.min(1.0), expected: share.min(1.0), high: 1.2 };
    Ok(stage("judge", &questions, judged, LENGTH))
}

fn each(value: f64) -> Range<f64> {
    Range { low: value, expected: value, high: value }
}

const ONE: Range<f64> = Range { low: 1.0, expected: 1.0, high: 1.0 };

/// A stage that asks these questions `times` over, each completion `length` of its limit.
fn stage(name: &'static str, questions: &[Question], times: Range<f64>, length: Range<f64>) -> StageEstimate {
    let bytes: usize = questions.iter().flat_map(|question| &question.messages).map(|said| said.content.len()).sum();
    let messages: usize = questions.iter().map(|question| question.messages.len()).sum();
    let limit: u32 = questions.iter().map(|question| question.max_tokens).sum();
    let times = times.times(ONE.plus(REPAIRED));
    let prompt = each(bytes as f64).with(BYTES, |bytes, each| bytes / each).plus(TEMPLATE.times(each(messages as f64)));
    StageEstimate {
        stage: name,
        questions: each(questions.len() as f64).times(times).rounded(),
        prompt_tokens: prompt.times(times).rounded(),
        completion_tokens: each(f64::from(limit)).times(length).times(times).rounded(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_the_sum_of_the_stages_and_costs_what_its_tokens_cost() {
        let range = |expected: u64| Range { low: expected / 2, expected, high: expected * 2 };
        let stage = |stage| StageEstimate {
            stage,
            questions: range(10),
            prompt_tokens: range(1_000_000),
            completion_tokens: range(0),
        };
        let estimate = Estimate { stages: vec![stage("propose"), stage("assign")] };
        let total = estimate.total();
        assert_eq!((total.questions, total.prompt_tokens.high), (Range { low: 10, expected: 20, high: 40 }, 4_000_000));
        let cost = total.cost(Prices { input: 0.5, output: 9.0, ..Prices::default() });
        assert_eq!((cost.low, cost.expected, cost.high), (0.5, 1.0, 2.0));
    }
}
