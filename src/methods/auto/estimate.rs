//! What `auto` will ask.

use super::{propose, triplets};
use crate::error::Error;
use crate::methods::steps::criterion;
use crate::methods::steps::estimate::{
    CANDIDATES, LENGTH, Prospect, Range, StageEstimate, each, listed, proposes, stage,
};
use crate::model::StageName;
use crate::plan::Ask;
use crate::stages::Stage;
use crate::stages::batch::{Batch, Batches, SIZE};
use crate::stages::core::{Core, Lists};
use crate::stages::names::{Names, Sample};

/// `auto` asks as many questions as it may, unless the documents end first.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(about: Prospect<'_>) -> Result<Vec<StageEstimate>, Error> {
    let (Prospect { plan, texts, prompts }, questions) = (about, about.questions());
    let names = Names {
        prompt: &prompts.propose,
        goal: &plan.goal,
        count: propose::count(propose::SHOWN),
        characters: propose::CHARACTERS,
    };
    let shown: Vec<usize> = (0..texts.len().min(propose::SHOWN)).collect();
    let (propose, ()) = names.ask(Sample { texts, documents: &shown, known: &[] })?;
    let samples = (questions / propose::SHARE).max(propose::LEAST).min(texts.len().div_ceil(propose::SHOWN)) as f64;
    let sampled = match proposes(plan) {
        true => Range { low: 1.0, expected: samples.min(3.0 * propose::BARREN as f64), high: samples + 1.0 },
        false => each(0.0),
    };
    let propose = proposes(plan).then(|| stage("propose", &propose, sampled, LENGTH));
    let triplets = if plan.clustering.perspective { triplets(questions) } else { 0 };
    let clusters = plan.clustering.k.unwrap_or(listed(plan).len());
    let kept = criterion::kept(plan.clustering.test_size, clusters, questions);
    let test = about.criterion(clusters, kept)?;
    let left = (questions as f64 - 2.0 * triplets as f64 - sampled.expected - kept as f64).max(0.0);
    let judge = |ask| judge(about, ask, left);
    // Which form the questions take is measured in the run.
    let judge = match plan.clustering.ask {
        Ask::Auto => judge(Ask::Many)?.or(judge(Ask::Batch)?),
        chosen => judge(chosen)?,
    };
    let perspective = plan.clustering.perspective.then(|| about.perspective(triplets)).transpose()?;
    // Whether the model is a small one is known once it is reached.
    let groups = propose::groups(plan.clustering.k.unwrap_or(CANDIDATES), questions, texts.len());
    let may_describe = Range { low: 0.0, expected: 0.0, high: 1.0 };
    let describe = plan.clustering.codebook.is_none().then(|| about.describe(groups, may_describe)).transpose()?;
    Ok(perspective.into_iter().chain(describe).chain(propose).chain([judge]).chain(test).collect())
}

/// `auto` judges documents in one form with the questions left.
fn judge(about: Prospect<'_>, ask: Ask, left: f64) -> Result<StageEstimate, Error> {
    let Prospect { plan, texts, prompts } = about;
    let (goal, candidates) = (&plan.goal, listed(plan));
    let together = if ask == Ask::Batch { SIZE } else { 1 };
    let documents: Vec<usize> =
        (0..texts.len().min(plan.clustering.questions.unwrap_or(usize::MAX).saturating_mul(together))).collect();
    let (questions, ()) = match ask {
        Ask::Batch => {
            let options: Vec<usize> = (0..candidates.len()).collect();
            let batch = Batch { prompt: &prompts.batch, stage: StageName::Core, goal };
            batch.ask(Batches { texts, documents: &documents, options: &options, candidates: &candidates })?
        }
        Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter | Ask::Pair | Ask::Decide => {
            let options = vec![(0..candidates.len()).collect(); documents.len()];
            let prompt = match ask {
                Ask::Letter => &prompts.letter,
                Ask::Decide => &prompts.decide,
                _ => &prompts.core,
            };
            let core = Core { prompt, stage: StageName::Core, goal };
            core.ask(Lists { texts, documents: &documents, options: &options, candidates: &candidates })?
        }
    };
    let share = left / questions.len().max(1) as f64;
    let judged = Range { low: 0.5 * share.min(1.0), expected: share.min(1.0), high: 1.2 };
    Ok(stage("judge", &questions, judged, LENGTH))
}
