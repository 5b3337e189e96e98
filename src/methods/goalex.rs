//! `--method goalex`: propose, assign, select, in rounds, with exact verdicts (after GoalEx).

use super::rounds::{Judged, Rounds};
use super::{Cluster, Illustration, NEAR_MISSES, Outcome, Placement, Setting, Watch, illustrate};
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::model::{Answerer, Prompts};
use crate::observer::Silent;
use crate::run::{By, NamedBy};
use crate::stages::assign::Verdict;
use crate::wording::Keyphrases;

/// What a run may ask before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Questions that propose candidates.
    pub propose: u64,
    /// Questions that judge a document.
    pub assign: u64,
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all completions.
    pub completion_tokens: u64,
}

/// Rounds of propose, assign and select; then labels, keyphrases and quotes.
///
/// # Errors
/// Those of the answerer, of the prompts and of the embedder.
pub fn goalex(setting: Setting<'_>, prompts: &Prompts, answerer: &dyn Answerer) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let mut rounds = Rounds::begin(setting, prompts, answerer)?;
    watch.lap("cluster");
    while rounds.next(&mut watch)? {}
    let judged = rounds.finish();
    let order = by_size(&judged);
    let placements: Vec<Placement> =
        (0..setting.corpus.texts.len()).map(|text| placement(&judged, &order, text)).collect();
    let clusters = explained(setting, &judged, &order, &placements)?;
    watch.lap("explain");
    Ok(Outcome {
        clusters,
        placements,
        k_choice: None,
        selection: judged.selection,
        rounds: judged.rounds,
        stages: watch.into_stages(),
        warnings: judged.warnings,
    })
}

/// The selected candidates, the one that holds for most documents first.
fn by_size(judged: &Judged) -> Vec<usize> {
    let mut order = judged.selected.clone();
    order.sort_by(|&a, &b| judged.weight(b).total_cmp(&judged.weight(a)).then(a.cmp(&b)));
    order
}

fn placement(judged: &Judged, order: &[usize], text: usize) -> Placement {
    let mut held: Vec<(f64, usize, f64)> = Vec::new();
    let mut missing = None;
    for (cluster, &candidate) in order.iter().enumerate() {
        match &judged.verdicts[candidate][text] {
            Verdict::Given { .. } if !judged.holds(candidate, text) => {}
            Verdict::Given { .. } => {
                held.push((judged.score(candidate, text), cluster, judged.confidence(candidate, text)))
            }
            Verdict::Unparsed => {
                missing = Some(format!("the answer on “{}” was not Yes or No", judged.candidates[candidate].label))
            }
            Verdict::Failed(problem) => {
                missing = Some(format!("the question on “{}” failed: {problem}", judged.candidates[candidate].label))
            }
            Verdict::NotAsked => {
                missing =
                    Some(format!("not asked about “{}”: a budget was reached", judged.candidates[candidate].label))
            }
        }
    }
    held.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    match (held.is_empty(), missing) {
        (false, _) => {
            Placement::In(held.into_iter().map(|(_, cluster, confidence)| (cluster, By::Model, confidence)).collect())
        }
        (true, Some(reason)) => Placement::Failed(reason),
        (true, None) => Placement::Uncovered("no selected predicate holds for it".into()),
    }
}

fn explained(
    setting: Setting<'_>,
    judged: &Judged,
    order: &[usize],
    placements: &[Placement],
) -> Result<Vec<Cluster>, Error> {
    let holds = |cluster: usize, text: usize| matches!(&placements[text], Placement::In(held) if held.iter().any(|&(index, ..)| index == cluster));
    let members: Vec<Vec<usize>> =
        (0..order.len()).map(|cluster| (0..placements.len()).filter(|&text| holds(cluster, text)).collect()).collect();
    let counts = Keyphrases::count(&setting.corpus.distinct_texts(), &setting.corpus.weights(), &members);
    let predicates: Vec<&str> =
        order.iter().map(|&candidate| judged.candidates[candidate].predicate.as_str()).collect();
    let directions = setting.embedder.embed(&predicates, &Silent)?.embeddings;
    let ranked: Vec<(Vec<Neighbor>, &[f32])> = order
        .iter()
        .enumerate()
        .map(|(index, &candidate)| (ranked(judged, candidate, true), directions.row(index)))
        .collect();
    let shown = order.iter().zip(illustrate(setting, &ranked)?).enumerate();
    Ok(shown.map(|(index, (&candidate, shown))| one(judged, candidate, &counts, index, shown)).collect())
}

/// The texts that were judged to be in a candidate, or not to be, clearest first.
fn ranked(judged: &Judged, candidate: usize, holding: bool) -> Vec<Neighbor> {
    let texts = (0..judged.verdicts[candidate].len())
        .filter(|&text| judged.is_given(candidate, text) && judged.holds(candidate, text) == holding);
    let mut ranked: Vec<Neighbor> =
        texts.map(|text| Neighbor { index: text, similarity: judged.score(candidate, text) as f32 }).collect();
    ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index)));
    ranked
}

fn one(judged: &Judged, candidate: usize, counts: &Keyphrases, index: usize, shown: Illustration) -> Cluster {
    let others = ranked(judged, candidate, false).into_iter();
    Cluster {
        label: judged.candidates[candidate].label.clone(),
        predicate: judged.candidates[candidate].predicate.clone(),
        by: NamedBy::Model,
        keywords: counts.of(index).into_iter().map(|phrase| phrase.text).take(8).collect(),
        exemplars: shown.exemplars,
        evidence: shown.evidence,
        near_misses: others.take(NEAR_MISSES).map(|neighbor| neighbor.index).collect(),
    }
}
