//! Those who answer a run's questions: each question goes to whom it is for.

use super::orchestrator::Orchestrator;
use super::question::{Answer, Answerer, Question, Respondent};
use super::stop::Stop;
use super::usage::Usage;
use crate::error::Error;

/// The model and the judge of a run, one of which may be missing: what is for a judge is then asked of the model, and what is
/// for the model of nobody.
pub struct Respondents<'a> {
    model: Option<Orchestrator<'a>>,
    judge: Option<Orchestrator<'a>>,
}

impl<'a> Respondents<'a> {
    /// At least one of them is there.
    pub fn new(model: Option<Orchestrator<'a>>, judge: Option<Orchestrator<'a>>) -> Respondents<'a> {
        Respondents { model, judge }
    }

    /// The model that proposes and names.
    pub fn model(&self) -> Option<&Orchestrator<'a>> {
        self.model.as_ref()
    }

    /// Who says which candidates hold, where that is not the model.
    pub fn judge(&self) -> Option<&Orchestrator<'a>> {
        self.judge.as_ref()
    }

    /// Whether a decision model judges.
    pub fn decides(&self) -> bool {
        self.judge.as_ref().is_some_and(|judge| !judge.protocol().is_chat())
    }

    /// What their models are called.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.all().map(Orchestrator::model)
    }

    /// What has been asked so far. The tokens of both are counted together.
    pub fn usage(&self) -> Usage {
        let usages = self.all().map(Orchestrator::usage);
        usages.reduce(|usage, other| usage.and(&other)).unwrap_or_default()
    }

    /// Whether any answer was read from probabilities.
    pub fn saw_logprobs(&self) -> bool {
        self.all().any(Orchestrator::saw_logprobs)
    }

    /// Why no more is asked, if so.
    pub fn stopped(&self) -> Option<Stop> {
        self.all().find_map(Orchestrator::stopped)
    }

    fn all(&self) -> impl Iterator<Item = &Orchestrator<'a>> {
        self.model.iter().chain(&self.judge)
    }

    /// Who is asked what is for `respondent`.
    fn whom(&self, respondent: Respondent) -> Option<&Orchestrator<'a>> {
        match respondent {
            Respondent::Model => self.model.as_ref(),
            Respondent::Judge => self.judge.as_ref().or(self.model.as_ref()),
        }
    }
}

impl Answerer for Respondents<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let mut answers = vec![Answer::NotAsked; questions.len()];
        for respondent in [Respondent::Model, Respondent::Judge] {
            let places: Vec<usize> =
                (0..questions.len()).filter(|&place| questions[place].respondent == respondent).collect();
            let Some(whom) = self.whom(respondent).filter(|_| !places.is_empty()) else { continue };
            let asked = places.iter().map(|&place| questions[place].clone()).collect();
            for (place, answer) in places.into_iter().zip(whom.answer(asked)?) {
                answers[place] = answer;
            }
        }
        Ok(answers)
    }

    fn context(&self) -> Option<u64> {
        self.whom(Respondent::Model)?.context()
    }

    fn weighs(&self) -> bool {
        self.whom(Respondent::Judge).is_some_and(Answerer::weighs)
    }

    fn keep(&self, requests: u64, like: &Question) {
        if let Some(whom) = self.whom(like.respondent) {
            whom.keep(requests, like);
        }
    }
}
