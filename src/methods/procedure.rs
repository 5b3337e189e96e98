//! What the rest of the program knows of a method.

use super::steps::estimate::{Prospect, StageEstimate};
use super::steps::record::Record;
use super::steps::telling::Told;
use super::{Asked, Outcome, Setting};
use crate::error::Error;
use crate::model::{Prompt, Prompts};
use crate::plan::Plan;
use crate::text::numbers::Precision;

/// One way from vectors to clusters. A method is a folder with one of these, and a line in [`procedure`](super::procedure).
pub struct Procedure {
    /// Refuses a plan that it cannot follow, before anything is read.
    pub check: fn(&Plan) -> Result<(), Error>,
    /// The prompts that it asks with.
    pub prompts: for<'p> fn(&Plan, &'p Prompts) -> Vec<&'p Prompt>,
    /// What it will ask, stage by stage.
    pub estimate: fn(Prospect<'_>) -> Result<Vec<StageEstimate>, Error>,
    /// The method itself. Its errors are those of the answerer, of the prompts and of the embedder.
    pub run: fn(Setting<'_>, Asked<'_>) -> Result<Outcome, Error>,
    /// How the reports tell of its record.
    pub tell: fn(&Record, Precision) -> Told,
    /// What the intervals of the shares hold.
    pub intervals: Intervals,
}

/// What intervals hold.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// The same in words.
    pub words: &'static str,
    /// Whether they hold how far a share would vary between samples; else they are about the run's own documents.
    pub of_samples: bool,
}

/// The intervals of shares that were only counted.
pub(super) const COUNTED: Intervals = Intervals {
    words: "95% Wilson intervals: how far a share would vary between samples of this size. They do not contain errors of judgment.",
    of_samples: true,
};
/// The intervals of shares that hold the errors of the model too.
pub(super) const WITH_ERRORS: Intervals = Intervals {
    words: "95%: how far the shares of these very documents may be off by the measured errors of the model's answers and of what was \
            inferred from them. The shares of another sample of such documents would vary more.",
    of_samples: false,
};
