//! The straight lines from vectors to clusters. A method is a folder with a [`Procedure`] and a line in [`procedure`]: its
//! prompts, its estimate, its run, its record and how the reports tell it stand together.

mod auto;
mod classify;
mod clusterllm;
mod goalex;
mod later;
mod likeness;
mod outcome;
mod procedure;
mod setting;
mod steps;
mod topics;
#[cfg(test)]
mod whole_runs;

pub use crate::decision::{By, Place, Placement};
pub use auto::{Audit, CoreRecord, FormRecord};
pub use classify::LabelsRecord;
pub use clusterllm::GuideRecord;
pub use later::{LaterQuestions, no_surer_than_agreement};
pub use likeness::{LikenessRecord, ProposalRecord, Reach, likeness};
pub use outcome::{Cluster, NOT_ASKED, NOWHERE, NamedBy, Outcome};
pub use procedure::{Intervals, Procedure};
pub use setting::{Asked, Nobody, Setting};
pub use steps::added::added;
pub use steps::criterion::{CriterionRecord, CriterionTest};
pub use steps::estimate::{Estimate, Range, StageEstimate};
pub use steps::information::{Measure, Trust};
pub use steps::likeness::entry_vectors;
pub use steps::novel::{Mixed, Novel};
pub use steps::perspective::{OpinionCounts, PerspectiveRecord};
pub use steps::record::{KChoice, Record, RoundRecord, SelectionRecord};
pub use steps::telling::{Fact, Notice, Told, Weight};
pub use steps::themes::{Themeless, themes};
pub use steps::watch::{StageRecord, Watch};

use crate::corpus::Corpus;
use crate::error::Error;
use crate::model::{Prompt, PromptRecord, Prompts};
use crate::plan::{Method, Plan};
use steps::estimate::Prospect;

/// The table of the methods. Without a model, `topics` is likeness to a codebook where there is one.
pub fn procedure(method: Method, has_codebook: bool) -> &'static Procedure {
    match method {
        Method::Auto => &auto::PROCEDURE,
        Method::Goalex => &goalex::PROCEDURE,
        Method::Clusterllm => &clusterllm::PROCEDURE,
        Method::Classify => &classify::PROCEDURE,
        Method::Topics if has_codebook => &likeness::PROCEDURE,
        Method::Topics => &topics::PROCEDURE,
    }
}

/// That of a plan.
pub fn planned(plan: &Plan) -> &'static Procedure {
    procedure(plan.clustering.method, plan.clustering.codebook.is_some())
}

/// The method of the setting's plan, from vectors to clusters.
///
/// # Errors
/// Those of the answerer, of the prompts and of the embedder.
pub fn run(setting: Setting<'_>, asked: Asked<'_>) -> Result<Outcome, Error> {
    (planned(setting.plan).run)(setting, asked)
}

/// What a run with this plan asks of a model about this corpus. Nothing is asked for it.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(plan: &Plan, corpus: &Corpus, prompts: &Prompts) -> Result<Estimate, Error> {
    let texts = corpus.distinct_texts();
    let stages = (planned(plan).estimate)(Prospect { plan, texts: &texts, prompts })?;
    Ok(Estimate { stages })
}

/// What the manifest keeps of the prompts that a run asks with.
pub fn prompts_used(prompts: &Prompts, plan: &Plan) -> Vec<PromptRecord> {
    (planned(plan).prompts)(plan, prompts).into_iter().map(Prompt::record).collect()
}
