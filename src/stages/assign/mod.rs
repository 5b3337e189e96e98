//! Assign: one yes/no question for every (document, candidate), the document before the predicate (GoalEx, step 2).
//!
//! The questions about one document follow each other, so that a server can reuse the document as common prefix.

mod at_once;
mod calibrate;

use minijinja::context;

pub use at_once::AssignAtOnce;
pub(super) use at_once::verdict as alone;
pub use calibrate::{Calibration, calibrate};

use super::Stage;
use super::propose::Candidate;
use crate::error::Error;
use crate::message::Message;
use crate::model::{Answer, Answerer, Prompt, Question, Reply, StageName, shown};

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Assign<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
}

/// What is judged: every text against every candidate.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// m candidates.
    pub candidates: &'a [Candidate],
}

/// One verdict of the model.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Judged.
    Given {
        /// The word.
        yes: bool,
        /// ln P(Yes) − ln P(No), where the server gave log-probabilities.
        log_odds: Option<f64>,
    },
    /// The reply was not a legal answer.
    Unparsed,
    /// The question failed.
    Failed(Message),
    /// A budget was reached first, or the user interrupted the run.
    NotAsked,
}

impl Stage for Assign<'_> {
    type Input<'a> = Pairs<'a>;
    type Asked = ();
    /// For each of m candidates its verdicts on n texts (m×n).
    type Output = Vec<Vec<Verdict>>;

    fn ask(&self, pairs: Pairs<'_>) -> Result<(Vec<Question>, ()), Error> {
        let questions = pairs
            .texts
            .iter()
            .flat_map(|text| pairs.candidates.iter().map(move |candidate| self.question(text, candidate)));
        Ok((questions.collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, pairs: Pairs<'_>, _: (), answers: &[Answer]) -> Result<Vec<Vec<Verdict>>, Error> {
        let (texts, candidates) = (pairs.texts.len(), pairs.candidates.len());
        if answers.len() != texts * candidates {
            return Err(Error::Bug(format!("{} answers to {} questions", answers.len(), texts * candidates)));
        }
        let verdict = |candidate: usize, text: usize| verdict(&answers[text * candidates + candidate]);
        Ok((0..candidates).map(|candidate| (0..texts).map(|text| verdict(candidate, text)).collect()).collect())
    }
}

impl Assign<'_> {
    /// Judges single pairs of a text and a candidate, one verdict a pair.
    ///
    /// # Errors
    /// Those of the prompt and of the answerer.
    pub fn pairs(
        &self,
        texts: &[&str],
        candidates: &[Candidate],
        pairs: &[(usize, usize)],
        answerer: &dyn Answerer,
    ) -> Result<Vec<Verdict>, Error> {
        let question = |&(text, candidate): &(usize, usize)| self.question(texts[text], &candidates[candidate]);
        let questions = pairs.iter().map(question).collect::<Result<_, _>>()?;
        Ok(answerer.answer(questions)?.iter().map(verdict).collect())
    }

    fn question(&self, text: &str, candidate: &Candidate) -> Result<Question, Error> {
        self.prompt.question(StageName::Assign, context! { document => shown(text), predicate => &candidate.predicate })
    }
}

/// The verdict of an answer of Yes or No.
pub(super) fn verdict(answer: &Answer) -> Verdict {
    match answer {
        Answer::Answered(Reply::Verdict { yes, log_odds }) => Verdict::Given { yes: *yes, log_odds: *log_odds },
        other => unanswered(other),
    }
}

/// The verdict of an answer that says neither yes nor no.
fn unanswered(answer: &Answer) -> Verdict {
    match answer {
        Answer::Answered(_) | Answer::Unparsed(_) => Verdict::Unparsed,
        Answer::Failed(problem) => Verdict::Failed(problem.clone()),
        Answer::NotAsked => Verdict::NotAsked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn questions_about_one_document_follow_each_other_and_name_it_first() {
        let prompt = Prompts::load(None).unwrap().assign;
        let candidate = |predicate: &str| Candidate { label: predicate.into(), predicate: predicate.into() };
        let candidates = [candidate("It is late."), candidate("It is broken.")];
        let pairs = Pairs { texts: &["where is it?", "snapped"], candidates: &candidates };
        let (questions, ()) = Assign { prompt: &prompt }.ask(pairs).unwrap();
        let content: Vec<&str> = questions.iter().map(|question| question.messages[1].content.as_str()).collect();
        assert!(
            content[0].contains("where is it?")
                && content[1].contains("where is it?")
                && content[2].contains("snapped")
        );
        assert!(content[1].find("where is it?") < content[1].find("It is broken."));
    }

    #[test]
    fn failed_and_unparsed_answers_are_no_verdicts() {
        let prompt = Prompts::load(None).unwrap().assign;
        let candidates = [Candidate { label: "a".into(), predicate: "b".into() }];
        let pairs = Pairs { texts: &["x", "y", "z"], candidates: &candidates };
        let answers = [Answer::Failed("reset".into()), Answer::Unparsed("No, although yes".into()), Answer::NotAsked];
        let verdicts = Assign { prompt: &prompt }.conclude(pairs, (), &answers).unwrap();
        assert_eq!(verdicts, [vec![Verdict::Failed("reset".into()), Verdict::Unparsed, Verdict::NotAsked]]);
    }
}
