//! What `goalex` will ask.

use super::rounds::propose_stage;
use crate::error::Error;
use crate::methods::steps::estimate::{
    LENGTH, ONE, Prospect, Range, StageEstimate, each, listed, proposes, stage, usual,
};
use crate::methods::steps::explain;
use crate::methods::steps::illustrate::EXEMPLARS;
use crate::plan::{Ask, Plan};
use crate::stages::Stage;
use crate::stages::assign::{Assign, AssignAtOnce, Pairs};
use crate::stages::explain::{Explain, Unnamed};
use crate::stages::propose::{Candidate, Pool};

/// Share of the candidates wanted that a model proposes at least.
const PROPOSED: f64 = 0.25;
/// Share of the candidates that are selected and so named.
const SELECTED: f64 = 0.6;

/// Rounds of propose and assign, then names.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(about: Prospect<'_>) -> Result<Vec<StageEstimate>, Error> {
    let Prospect { plan, texts, prompts } = about;
    let strata = [(0..texts.len()).collect()];
    let pool = Pool { texts, strata: &strata, known: &[] };
    let (propose, _) = propose_stage(plan, prompts, 1).ask(pool)?;
    let candidates = [usual()];
    let decides = plan.clustering.ask == Ask::Decide;
    let (assign, ()) = match decides {
        true => AssignAtOnce { prompt: &prompts.decide_each }.ask(Pairs { texts, candidates: &in_a_round(plan) })?,
        false => Assign { prompt: &prompts.assign }.ask(Pairs { texts, candidates: &candidates })?,
    };
    let namer = Explain { prompt: &prompts.explain, goal: &plan.goal, characters: explain::CHARACTERS };
    let examples: Vec<&str> = texts.iter().copied().take(EXEMPLARS).collect();
    let (explain, ()) = namer.ask(&[Unnamed { candidate: &candidates[0], examples }])?;
    let rounds = plan.clustering.rounds as f64;
    let repeated = Range { low: 1.0, expected: rounds, high: rounds };
    let known = plan.clustering.codebook.as_ref().map(|codebook| codebook.entries.len() as f64);
    let more = if known.is_some() { plan.clustering.propose } else { plan.clustering.candidates } as f64;
    let judged = Range { low: (PROPOSED * more).ceil(), expected: more, high: more };
    // The labels of a codebook are kept, and what is proposed beside it is called as it was proposed.
    let named = if known.is_some() { 0.0 } else { more };
    let named = Range { low: 0.0, expected: (named * SELECTED).ceil(), high: named };
    // So are the clusters of an earlier run that a person wants as candidates.
    let demanded = plan.clustering.demands.known.len();
    let judged = judged.plus(each(known.unwrap_or(demanded as f64)));
    let propose = proposes(plan).then(|| stage("propose", &propose, repeated, LENGTH));
    // A decision model is asked about all candidates of a round in one question; the entries of a codebook have a round of their own.
    let own = each(if known.is_some() || demanded > 0 { 1.0 } else { 0.0 });
    let further = if proposes(plan) { repeated } else { each(0.0) };
    let judged = if decides { own.plus(further) } else { judged };
    let assign = stage("assign", &assign, judged, ONE);
    let explain = known.is_none().then(|| stage("explain", &explain, named, LENGTH));
    let found = plan.clustering.k.unwrap_or((plan.clustering.candidates as f64 * SELECTED).ceil() as usize);
    let test = about.criterion(known.map_or(found, |known| known as usize), usize::MAX)?;
    Ok(propose.into_iter().chain([assign]).chain(test).chain(explain).collect())
}

/// The candidates that are judged in one round, about.
fn in_a_round(plan: &Plan) -> Vec<Candidate> {
    match &plan.clustering.codebook {
        Some(_) => listed(plan),
        None => vec![usual(); plan.clustering.candidates.div_ceil(plan.clustering.rounds)],
    }
}
