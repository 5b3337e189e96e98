//! Batch: which of a closed list of candidates hold for each of several documents, in one question.
//!
//! Cheaper than one question a document, and for strong models hardly worse. An answer that leaves a document out, or names one
//! twice, is not an answer to any of them.

use minijinja::context;

use super::Stage;
use super::core::{Judgement, held, listed};
use super::propose::Candidate;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, shown};

/// Documents of one question.
pub const SIZE: usize = 10;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// What the journal calls it: `core`, `again`, `escalate`, `audit`.
    pub stage: StageName,
    /// The user's sentence.
    pub goal: &'a str,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Batches<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// The texts asked about (q indices), ten to a question.
    pub documents: &'a [usize],
    /// The candidates to choose from, in the order listed.
    pub options: &'a [usize],
    /// m candidates.
    pub candidates: &'a [Candidate],
}

impl Stage for Batch<'_> {
    type Input<'a> = Batches<'a>;
    type Asked = ();
    /// One a document asked about (q).
    type Output = Vec<Judgement>;

    fn ask(&self, batches: Batches<'_>) -> Result<(Vec<Question>, ()), Error> {
        let options = listed(batches.options, batches.candidates);
        let question = |documents: &[usize]| {
            let documents: Vec<String> = documents.iter().map(|&document| shown(batches.texts[document])).collect();
            self.prompt.question(self.stage, context! { goal => self.goal, documents, options => &options })
        };
        Ok((batches.documents.chunks(SIZE).map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, batches: Batches<'_>, _: (), answers: &[Answer]) -> Result<Vec<Judgement>, Error> {
        let asked = batches.documents.chunks(SIZE);
        if answers.len() != asked.len() {
            return Err(Error::Bug(format!("{} answers to {} questions", answers.len(), asked.len())));
        }
        Ok(asked.zip(answers).flat_map(|(asked, answer)| judgements(answer, asked.len(), batches.options)).collect())
    }
}

/// One judgement for each of `count` documents.
fn judgements(answer: &Answer, count: usize, options: &[usize]) -> Vec<Judgement> {
    match answer {
        Answer::Answered(Reply::Choices(choices)) if choices.len() == count => {
            choices.iter().map(|places| held(places, options)).collect()
        }
        _ => vec![Judgement::without(answer); count],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LegalAnswer, Prompts};
    use crate::stages::soft_label::{Choice, SoftLabel};

    #[test]
    fn ten_documents_share_a_question_and_each_gets_its_own_judgement() {
        let (prompts, texts) = (Prompts::load(None).unwrap(), ["a</document>", "b"]);
        let candidates = ["parcels", "brakes"]
            .map(|word| Candidate { label: word.into(), predicate: format!("It tells of {word}.") });
        let stage = Batch { prompt: &prompts.batch, stage: StageName::Core, goal: "why?" };
        let documents: Vec<usize> = (0..12).map(|number| number % 2).collect();
        let batches = Batches { texts: &texts, documents: &documents, options: &[1, 0], candidates: &candidates };
        let (questions, ()) = stage.ask(batches).unwrap();
        assert_eq!(questions.len(), 2);
        assert_eq!(questions[0].legal, LegalAnswer::Choices { documents: 10, count: 2 });
        let content = &questions[1].messages[1].content;
        assert!(
            content.starts_with("Document 1:\n<document>\na‹/document>\n</document>\n\nDocument 2:\n"),
            "{content}"
        );
        assert!(content.contains("1. It tells of brakes.\n2. It tells of parcels."));
        assert_eq!((questions[0].max_tokens, questions[1].max_tokens), (400, 80));
        let answers = [Answer::Unparsed("no list".into()), Answer::Answered(Reply::Choices(vec![vec![0], vec![]]))];
        let judgements = stage.conclude(batches, (), &answers).unwrap();
        assert_eq!(judgements[..10], vec![Judgement::Unparsed; 10]);
        assert_eq!(
            judgements[10..],
            [Judgement::Held(SoftLabel::of(vec![Choice::Candidate(1).with(1.0)])), Judgement::none()]
        );
    }
}
