//! The questions of a run: counted by stage, never more than the cap.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::error::Error;
use crate::model::{Answer, Answerer, Question};

/// Passes questions on until the cap is reached; those beyond it are not asked.
pub struct QuestionBudget<'a> {
    answerer: &'a dyn Answerer,
    cap: Cell<usize>,
    spent: RefCell<BTreeMap<String, usize>>,
    beyond: Cell<usize>,
}

impl<'a> QuestionBudget<'a> {
    /// At most `cap` questions.
    pub fn new(answerer: &'a dyn Answerer, cap: usize) -> QuestionBudget<'a> {
        QuestionBudget { answerer, cap: Cell::new(cap), spent: RefCell::default(), beyond: Cell::default() }
    }

    /// From now on at most `cap` questions in all.
    pub fn allow(&self, cap: usize) {
        self.cap.set(cap);
    }

    /// Questions that may still be asked.
    pub fn left(&self) -> usize {
        self.cap.get().saturating_sub(self.spent.borrow().values().sum::<usize>())
    }

    /// Questions that were put and are beyond the cap.
    pub fn beyond(&self) -> usize {
        self.beyond.get()
    }

    /// Questions asked, by stage.
    pub fn spent(&self) -> BTreeMap<String, usize> {
        self.spent.borrow().clone()
    }
}

impl Answerer for QuestionBudget<'_> {
    fn answer(&self, mut questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let wanted = questions.len();
        questions.truncate(self.left());
        self.beyond.set(self.beyond.get() + wanted - questions.len());
        for question in &questions {
            *self.spent.borrow_mut().entry(question.stage.name().to_owned()).or_insert(0) += 1;
        }
        let mut answers = self.answerer.answer(questions)?;
        answers.resize(wanted, Answer::NotAsked);
        Ok(answers)
    }

    fn context(&self) -> Option<u64> {
        self.answerer.context()
    }

    fn weighs(&self) -> bool {
        self.answerer.weighs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StageName;
    use crate::model::{LegalAnswer, Reply, Respondent};

    struct Yes;

    impl Answerer for Yes {
        fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
            Ok(questions.iter().map(|_| Answer::Answered(Reply::Verdict { yes: true, log_odds: None })).collect())
        }
    }

    #[test]
    fn beyond_the_cap_nothing_is_asked() {
        let question = Question {
            stage: StageName::Core,
            prompt: "x-1".into(),
            messages: vec![],
            legal: LegalAnswer::YesNo,
            max_tokens: 1,
            respondent: Respondent::Model,
        };
        let budget = QuestionBudget::new(&Yes, 3);
        assert_eq!(budget.answer(vec![question.clone(); 2]).unwrap().len(), 2);
        let answers = budget.answer(vec![question; 2]).unwrap();
        assert!(matches!(answers[..], [Answer::Answered(_), Answer::NotAsked]));
        assert_eq!((budget.left(), budget.spent()["core"], budget.beyond()), (0, 3, 1));
        budget.allow(5);
        assert_eq!(budget.left(), 2);
    }
}
