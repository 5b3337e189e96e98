//! The same verdicts from a decision model: one question a document, with every candidate in it.

use minijinja::context;

use super::{Pairs, Verdict, unanswered};
use crate::error::Error;
use crate::model::{Answer, MOST_DECIDED, Prompt, Question, Reply, StageName, shown};
use crate::stages::Stage;
use crate::stages::core::listed;

/// Probabilities nearer to 0 or 1 than this say no more.
const LEAST: f64 = 1e-6;

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct AssignAtOnce<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
}

impl Stage for AssignAtOnce<'_> {
    type Input<'a> = Pairs<'a>;
    type Asked = ();
    /// For each of m candidates its verdicts on n texts (m×n).
    type Output = Vec<Vec<Verdict>>;

    fn ask(&self, pairs: Pairs<'_>) -> Result<(Vec<Question>, ()), Error> {
        let all: Vec<usize> = (0..pairs.candidates.len()).collect();
        let mut questions = Vec::new();
        for text in pairs.texts {
            for some in all.chunks(MOST_DECIDED) {
                let options = listed(some, pairs.candidates);
                questions.push(self.prompt.question(StageName::Assign, context! { document => shown(text), options })?);
            }
        }
        Ok((questions, ()))
    }

    fn conclude(&self, pairs: Pairs<'_>, _: (), answers: &[Answer]) -> Result<Vec<Vec<Verdict>>, Error> {
        let (texts, candidates) = (pairs.texts.len(), pairs.candidates.len());
        let each = candidates.div_ceil(MOST_DECIDED);
        if answers.len() != texts * each {
            return Err(Error::Bug(format!("{} answers to {} questions", answers.len(), texts * each)));
        }
        let of = |candidate: usize, text: usize| {
            verdict(&answers[text * each + candidate / MOST_DECIDED], candidate % MOST_DECIDED)
        };
        Ok((0..candidates).map(|candidate| (0..texts).map(|text| of(candidate, text)).collect()).collect())
    }
}

/// What an answer says of the candidate at a place of its list.
pub(in crate::stages) fn verdict(answer: &Answer, place: usize) -> Verdict {
    match answer {
        Answer::Answered(Reply::Probabilities(probabilities)) => match probabilities.get(place) {
            Some(Some(probability)) => {
                let bounded = probability.clamp(LEAST, 1.0 - LEAST);
                let log_odds = (bounded / (1.0 - bounded)).ln();
                Verdict::Given { yes: log_odds > 0.0, log_odds: Some(log_odds) }
            }
            Some(None) => Verdict::Failed("the model declined to answer".into()),
            None => Verdict::Unparsed,
        },
        other => unanswered(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LegalAnswer, Prompts};
    use crate::stages::propose::Candidate;

    #[test]
    fn one_question_a_document_has_all_candidates_and_what_was_declined_is_no_no() {
        let prompt = Prompts::load(None).unwrap().decide_each;
        let candidate = |predicate: &str| Candidate { label: predicate.into(), predicate: predicate.into() };
        let candidates = [candidate("It is late."), candidate("It is broken.")];
        let pairs = Pairs { texts: &["where is it?", "snapped"], candidates: &candidates };
        let stage = AssignAtOnce { prompt: &prompt };
        let (questions, ()) = stage.ask(pairs).unwrap();
        assert_eq!((questions.len(), questions[1].messages[1].content.as_str()), (2, "snapped"));
        assert!(matches!(&questions[0].legal, LegalAnswer::Decision { entries, several: true } if entries.len() == 2));
        let answers = [
            Answer::Answered(Reply::Probabilities(vec![Some(0.75), None])),
            Answer::Answered(Reply::Probabilities(vec![Some(0.0), Some(1.0)])),
        ];
        let verdicts = stage.conclude(pairs, (), &answers).unwrap();
        let Verdict::Given { yes: true, log_odds: Some(log_odds) } = verdicts[0][0] else { panic!("{verdicts:?}") };
        assert!((log_odds - 3.0_f64.ln()).abs() < 1e-9);
        assert!(matches!(verdicts[0][1], Verdict::Given { yes: false, log_odds: Some(odds) } if odds.is_finite()));
        assert!(
            matches!(&verdicts[1][0], Verdict::Failed(_)) && matches!(verdicts[1][1], Verdict::Given { yes: true, .. })
        );
    }
}
