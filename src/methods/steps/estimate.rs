//! What a run will ask, counted before anything is asked.

use serde::Serialize;

use super::perspective::CHARACTERS;
use super::{criterion, described};
use crate::codebook::Entry;
use crate::error::Error;
use crate::model::{CallUsage, Prices, Prompts, Question};
use crate::plan::{Ask, Plan};
use crate::stages::Stage;
use crate::stages::criterion::{Claims, Criterion};
use crate::stages::describe::{Describe, Group};
use crate::stages::perspective::{Perspective, Triplets};
use crate::stages::propose::Candidate;

/// Bytes a prompt token: many where the text is plain English, few where it is not.
const BYTES: Range<f64> = Range { low: 6.0, expected: 4.3, high: 2.5 };
/// Tokens that a chat template puts around a message.
const TEMPLATE: Range<f64> = Range { low: 2.0, expected: 8.0, high: 32.0 };
/// Share of the completion's limit that a list takes.
pub const LENGTH: Range<f64> = Range { low: 0.05, expected: 0.35, high: 1.0 };
/// Candidates that a closed list usually has.
pub const CANDIDATES: usize = 15;
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

    /// The sum of each two figures.
    pub fn plus(self, other: Range<f64>) -> Range<f64> {
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
    pub fn or(self, other: StageEstimate) -> StageEstimate {
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

/// The candidates of a usual list: those of the codebook, and as many more as are looked for.
pub fn listed(plan: &Plan) -> Vec<Candidate> {
    let Some(codebook) = &plan.clustering.codebook else { return vec![usual(); CANDIDATES] };
    let of = |entry: &Entry| Candidate { label: entry.label.clone(), predicate: entry.predicate.clone() };
    codebook.entries.iter().map(of).chain(vec![usual(); plan.clustering.propose]).collect()
}

/// Whether a model is asked for groups: not where the codebook has all that are wanted.
pub fn proposes(plan: &Plan) -> bool {
    plan.clustering.codebook.is_none() || plan.clustering.propose > 0
}

/// A candidate of usual length.
pub fn usual() -> Candidate {
    Candidate {
        label: "a label of some words".into(),
        predicate: "A sentence of about a dozen words that is true of some.".into(),
    }
}

/// What an estimate looks at.
#[derive(Clone, Copy)]
pub struct Prospect<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// The n distinct texts.
    pub texts: &'a [&'a str],
    /// Those that will be asked with.
    pub prompts: &'a Prompts,
}

impl Prospect<'_> {
    /// Questions at most; as many as there are texts where there is no cap.
    pub fn questions(&self) -> usize {
        self.plan.clustering.questions.unwrap_or(self.texts.len())
    }

    /// What it takes to describe so many groups.
    ///
    /// # Errors
    /// When the prompt cannot be rendered.
    pub fn describe(&self, count: usize, times: Range<f64>) -> Result<StageEstimate, Error> {
        let words = vec!["word".into(); described::WORDS];
        let group = Group { texts: self.texts.iter().copied().take(described::SHOWN).collect(), words };
        let (prompt, goal) = (&self.prompts.describe, &self.plan.goal);
        let describe = Describe { prompt, goal, characters: described::CHARACTERS };
        let (questions, ()) = describe.ask(&vec![group; count])?;
        Ok(stage("describe", &questions, times, LENGTH))
    }

    /// What it takes to test the predicates of so many clusters with at most so many questions; nothing where no test is wanted.
    ///
    /// # Errors
    /// When the prompt cannot be rendered.
    pub fn criterion(&self, clusters: usize, questions: usize) -> Result<Option<StageEstimate>, Error> {
        let (wanted, decides) = (self.plan.clustering.test_size, self.plan.clustering.ask == Ask::Decide);
        if wanted == 0 {
            return Ok(None);
        }
        let count = 2 * clusters * criterion::size(wanted, clusters, questions);
        let pairs: Vec<(usize, usize)> = (0..count).map(|number| (number % self.texts.len(), 0)).collect();
        let prompt = if decides { &self.prompts.decide_each } else { &self.prompts.test };
        let usual = usual();
        let claims = Claims { texts: self.texts, predicates: &[&usual.predicate], pairs: &pairs };
        let (questions, ()) = Criterion { prompt, decides }.ask(claims)?;
        // A predicate that fails is named anew and tested once more.
        Ok(Some(stage("test", &questions, Range { low: 0.5, expected: 1.0, high: 1.25 }, ONE)))
    }

    /// What so many triplets take.
    ///
    /// # Errors
    /// When the prompt cannot be rendered.
    pub fn perspective(&self, count: usize) -> Result<StageEstimate, Error> {
        let (prompt, goal, texts) = (&self.prompts.perspective, &self.plan.goal, self.texts);
        let place = |number: usize| number % texts.len();
        let triplets: Vec<[usize; 3]> = (0..count).map(|n| [n, n + 1, n + 2].map(place)).collect();
        let perspective = Perspective { prompt, goal, characters: CHARACTERS };
        let (questions, ()) = perspective.ask(Triplets { texts, triplets: &triplets })?;
        Ok(stage("perspective", &questions, ONE, LENGTH))
    }
}

/// A number that is known.
pub fn each(value: f64) -> Range<f64> {
    Range { low: value, expected: value, high: value }
}

/// Once.
pub const ONE: Range<f64> = Range { low: 1.0, expected: 1.0, high: 1.0 };

/// A stage that asks these questions `times` over, each completion `length` of its limit.
pub fn stage(name: &'static str, questions: &[Question], times: Range<f64>, length: Range<f64>) -> StageEstimate {
    let bytes: usize = questions.iter().map(|question| question.bytes(0)).sum();
    let parts: usize = questions.iter().map(Question::parts).sum();
    let limit: u32 = questions.iter().map(|question| question.max_tokens).sum();
    let times = times.times(ONE.plus(REPAIRED));
    let prompt = each(bytes as f64).with(BYTES, |bytes, each| bytes / each).plus(TEMPLATE.times(each(parts as f64)));
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
