//! The steps that need a language model. Pure: no files, network, clock or async.

pub mod assign;
pub mod batch;
mod candidate;
pub mod core;
pub mod criterion;
pub mod describe;
pub mod explain;
pub mod granularity;
pub mod merge;
pub mod names;
pub mod orders;
pub mod perspective;
pub mod propose;
pub mod rename;
pub mod soft_label;

use crate::error::Error;
use crate::model::{Answer, Answerer, Question};

/// One step that needs a language model. It asks questions and draws a conclusion; it never calls a model.
pub trait Stage {
    /// What it works on.
    type Input<'a>: Copy + Send;
    /// What `ask` chose and `conclude` needs again (which documents, in which order).
    type Asked: Send;
    /// What it finds.
    type Output: Send;

    /// The questions, and what must be remembered to read the answers.
    ///
    /// # Errors
    /// When a prompt cannot be rendered.
    fn ask(&self, input: Self::Input<'_>) -> Result<(Vec<Question>, Self::Asked), Error>;

    /// One answer a question, in the order asked.
    ///
    /// # Errors
    /// When the answers cannot be those to the questions.
    fn conclude(&self, input: Self::Input<'_>, asked: Self::Asked, answers: &[Answer]) -> Result<Self::Output, Error>;
}

/// Asks a stage's questions and draws its conclusion.
///
/// # Errors
/// Those of the stage and of the answerer.
pub fn run<S: Stage>(stage: &S, input: S::Input<'_>, answerer: &dyn Answerer) -> Result<S::Output, Error> {
    let (questions, asked) = stage.ask(input)?;
    let answers = answerer.answer(questions)?;
    stage.conclude(input, asked, &answers)
}
