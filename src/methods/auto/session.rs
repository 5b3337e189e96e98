//! What all steps of a run share, and none of them changes but by asking.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::training_sample::TrainingSample;
use super::{Asked, Setting, triplets};
use crate::error::Error;
use crate::methods::PerspectiveRecord;
use crate::methods::steps::budget::QuestionBudget;
use crate::methods::steps::perspective;
use crate::model::{Answerer, Prompts};

/// Tokens that are a small context.
const SMALL_CONTEXT: u64 = 8_192;

/// The ground that the steps stand on.
pub(super) struct Session<'a> {
    pub setting: Setting<'a>,
    pub prompts: &'a Prompts,
    /// Who answers, until the questions are used up.
    pub budget: QuestionBudget<'a>,
    /// Texts that the model was shown to name groups.
    pub shown: RefCell<BTreeSet<usize>>,
    /// n distinct texts.
    pub texts: Vec<&'a str>,
    /// Those that may be judged, in all feature spaces.
    pub sample: TrainingSample<'a>,
}

impl<'a> Session<'a> {
    pub fn new(setting: Setting<'a>, Asked { prompts, answerer }: Asked<'a>) -> Session<'a> {
        let questions = budgets(setting).first().copied().unwrap_or(usize::MAX);
        let texts = setting.corpus.distinct_texts();
        Session {
            setting,
            prompts,
            budget: QuestionBudget::new(answerer, questions),
            shown: RefCell::default(),
            sample: TrainingSample::new(setting, &texts, questions),
            texts,
        }
    }

    /// With `--perspective`, a share of the questions goes to triplets; a map learned from them is one more feature space.
    pub fn learn_perspective(&mut self) -> Result<Option<PerspectiveRecord>, Error> {
        if !self.setting.wanted().perspective {
            return Ok(None);
        }
        let (k, count) = (self.setting.guess()?, triplets(self.questions()));
        let learned = perspective::learn(self.setting, self.prompts, &self.budget, k, count)?;
        learned.adapter.into_iter().for_each(|adapter| self.sample.add_perspective(adapter));
        Ok(Some(learned.record))
    }

    /// The questions that a run may ask at most; of a resumed one those that it might ask when it began.
    pub fn questions(&self) -> usize {
        budgets(self.setting).first().copied().unwrap_or(usize::MAX)
    }

    /// The questions that a resumed run may ask by now.
    pub fn questions_by_now(&self) -> usize {
        budgets(self.setting).last().copied().unwrap_or(usize::MAX)
    }

    /// The larger numbers of questions with which a run was resumed, in order.
    pub fn raised_budgets(&self) -> Vec<usize> {
        budgets(self.setting).into_iter().skip(1).collect()
    }

    /// The seed of the random number generator.
    pub fn seed(&self) -> u64 {
        self.setting.plan.seed
    }

    /// The user's sentence.
    pub fn goal(&self) -> &'a str {
        &self.setting.plan.goal
    }

    /// Whether the model has a small context, as small models have.
    pub fn is_model_small(&self) -> bool {
        self.budget.context().is_some_and(|tokens| tokens <= SMALL_CONTEXT)
    }

    /// The candidates that there may be: any number, or with a codebook its entries and as many more as the user wants.
    pub fn most_candidates(&self) -> usize {
        let wanted = self.setting.wanted();
        wanted.codebook.as_ref().map_or(usize::MAX, |codebook| codebook.entries.len() + wanted.propose)
    }
}

/// The questions that may be asked at most: when the run began, and whenever it was resumed.
fn budgets(setting: Setting<'_>) -> Vec<usize> {
    let wanted = setting.wanted();
    wanted.questions_before.iter().copied().chain(wanted.questions).collect()
}
