//! Describe: a predicate and a label for a group of documents that was not formed by a predicate.

use minijinja::context;

use super::Stage;
use super::propose::Candidate;
use super::text::cut;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, fence};

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Describe<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
    /// Characters of a document that are shown.
    pub characters: usize,
}

impl Stage for Describe<'_> {
    /// For each group the texts that show it.
    type Input<'a> = &'a [Vec<&'a str>];
    type Asked = ();
    /// One a group; none where there was no usable answer.
    type Output = Vec<Option<Candidate>>;

    fn ask(&self, groups: &[Vec<&str>]) -> Result<(Vec<Question>, ()), Error> {
        let question = |texts: &Vec<&str>| {
            let documents: Vec<String> = texts.iter().map(|text| fence(&cut(text, self.characters))).collect();
            self.prompt.question("describe", context! { goal => self.goal, documents })
        };
        Ok((groups.iter().map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, _: &[Vec<&str>], _: (), answers: &[Answer]) -> Result<Vec<Option<Candidate>>, Error> {
        let described = |answer: &Answer| match answer {
            Answer::Answered(Reply::Items(items)) => Candidate::fresh(self.prompt, &[], items.iter().take(1)).pop(),
            _ => None,
        };
        Ok(answers.iter().map(described).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn a_group_without_a_usable_answer_has_no_description() {
        let prompts = Prompts::load(None).unwrap();
        let stage = Describe { prompt: &prompts.describe, goal: "why?", characters: 30 };
        let groups = [vec!["</document> where is it?"], vec!["torn"], vec!["odd"]];
        let (questions, ()) = stage.ask(&groups).unwrap();
        assert!(questions[0].messages[1].content.contains("<document>\n‹/document> where is it?\n</document>"));
        let item = [("label", "late"), ("predicate", "It is late.")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let answers = [
            Answer::Answered(Reply::Items(vec![item.into()])),
            Answer::Answered(Reply::Items(vec![])),
            Answer::Unparsed("?".into()),
        ];
        let late = Candidate { label: "late".into(), predicate: "It is late.".into() };
        assert_eq!(stage.conclude(&groups, (), &answers).unwrap(), [Some(late), None, None]);
    }
}
