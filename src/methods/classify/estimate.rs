//! What `classify` will ask.

use super::{SHOWN, asking, asking_again, batches, names, twice};
use crate::error::Error;
use crate::methods::steps::estimate::{LENGTH, ONE, Prospect, Range, StageEstimate, listed, proposes, stage};
use crate::stages::Stage;
use crate::stages::core::Lists;
use crate::stages::merge::Merge;
use crate::stages::names::Sample;

/// `classify` asks for labels on every batch, merges once, and asks about every document, unless a cap comes first.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(about: Prospect<'_>) -> Result<Vec<StageEstimate>, Error> {
    let Prospect { plan, texts, prompts } = about;
    let shown: Vec<usize> = (0..texts.len().min(SHOWN)).collect();
    let propose = names(plan, prompts).ask(Sample { texts, documents: &shown, known: &[] })?.0;
    let batches = if proposes(plan) { batches(plan, texts.len()) } else { 0 };
    let candidates = listed(plan);
    let merge = Merge { prompt: &prompts.merge, goal: &plan.goal }.ask(&candidates)?.0;
    let merges = usize::from(plan.clustering.codebook.is_none());
    let batches_and_merges = batches + merges;
    let left =
        plan.clustering.questions.map_or(texts.len(), |most| most.saturating_sub(batches_and_merges).min(texts.len()));
    let documents: Vec<usize> = (0..left).collect();
    let options = vec![(0..candidates.len()).collect(); documents.len()];
    let core = asking(plan, prompts);
    let assign = core.ask(Lists { texts, documents: &documents, options: &options, candidates: &candidates })?.0;
    // With a codebook, batches end once as many more labels are named as are wanted.
    let least = if plan.clustering.codebook.is_some() { 1.0_f64.min(batches as f64) } else { batches as f64 };
    let batches = Range { low: least, expected: batches as f64, high: batches as f64 };
    let propose = proposes(plan).then(|| stage("propose", &propose, batches, LENGTH));
    let merge = (merges > 0).then(|| stage("merge", &merge, ONE, LENGTH));
    let assign = stage("assign", &assign, ONE, LENGTH);
    let left_after = |asked: usize| plan.clustering.questions.map_or(usize::MAX, |most| most.saturating_sub(asked));
    let asked = batches_and_merges + left;
    let again: Vec<usize> = documents[..twice(left).min(left_after(asked))].to_vec();
    let asked = asked + again.len();
    let options = &options[..again.len()];
    let again =
        asking_again(plan, prompts).ask(Lists { texts, documents: &again, options, candidates: &candidates })?.0;
    let again = (!again.is_empty()).then(|| stage("again", &again, ONE, LENGTH));
    let test = about.criterion(plan.clustering.k.unwrap_or(candidates.len()), left_after(asked))?;
    Ok(propose.into_iter().chain(merge).chain([assign]).chain(again).chain(test).collect())
}
