//! `--method auto` with a model: a fixed number of questions for any number of documents.
//!
//! The steps share a [`Session`]: the setting, the prompts, the answerer with its question budget, and the training sample. Candidates
//! are *proposed* from random samples. The model *judges* a core of documents; its [`Judgments`](judgments::Judgments) grow until the
//! questions are used up, by those documents on which what was *learned* so far is unsure. Then candidates are *selected*, the answers on
//! them *spread* to every document, documents *placed*, some of them *audited*, and clusters *explained*. These last steps read what
//! they conclude from, the [`Findings`](findings::Findings), and change nothing of it. The record is filled when all is over.

mod audit;
mod candidates;
mod classes;
mod confidence;
mod core;
mod core_share;
mod criterion;
mod decide;
mod endings;
mod escalate;
mod estimate;
mod evidence;
mod explain;
mod findings;
mod form;
mod join;
mod judge;
mod judged;
mod judging;
mod judgments;
mod learn;
mod merge;
mod place;
mod position_bias;
mod prior;
mod propose;
mod record;
mod recorded;
mod select;
mod session;
mod spread;
mod tell;
mod training_sample;
mod trust;

pub use record::{Audit, CoreRecord, FormRecord};

use super::procedure::{Procedure, WITH_ERRORS};
use super::{Asked, Outcome, Setting, Watch, steps};
use crate::error::Error;
use crate::model::{Prompt, Prompts};
use crate::plan::{Ask, Plan};
use candidates::Candidates;
use propose::Proposed;
use recorded::Before;
use session::Session;

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
    let perspective = plan.clustering.perspective.then_some(&prompts.perspective);
    named.chain(perspective).chain(steps::criterion::prompts(plan, prompts)).collect()
}

/// Asks at most as many questions as the plan says, in all stages together.
fn run(setting: Setting<'_>, asked: Asked<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let outcome = straight_line(setting, asked, &mut watch)?;
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// The steps, one after the other.
fn straight_line(setting: Setting<'_>, asked: Asked<'_>, watch: &mut Watch) -> Result<Outcome, Error> {
    let mut session = Session::new(setting, asked);
    watch.lap("neighbors");
    let perspective = session.learn_perspective()?;
    watch.lap("perspective");
    let Proposed { candidates, prior, account } = propose::propose(&session)?;
    let before = Before { perspective, account };
    watch.lap("propose");
    if candidates.is_empty() {
        return endings::nothing_proposed(&session, before);
    }
    let candidates = Candidates::new(&session, candidates, prior)?;
    let mut judgments = core::judge_core(&session, candidates)?;
    judgments.merge(&session, false)?;
    watch.lap("core");
    core::retest(&session, &mut judgments)?;
    escalate::escalate(&session, &mut judgments)?;
    judgments.merge(&session, true)?;
    watch.lap("escalate");
    if judgments.answers.len() == 0 {
        return endings::nothing_judged(&session, before, &judgments);
    }
    endings::clustered(&session, before, judgments, watch)
}
