//! Describe: a predicate and a label for a group of documents that was not formed by a predicate.

use minijinja::context;

use super::Stage;
use super::propose::Candidate;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::{cut, plain};

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

/// What is shown of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    /// Some of its texts.
    pub texts: Vec<&'a str>,
    /// Words that are frequent in it and not elsewhere.
    pub words: Vec<String>,
}

impl Stage for Describe<'_> {
    type Input<'a> = &'a [Group<'a>];
    type Asked = ();
    /// One a group; none where there was no usable answer, or one that only repeats the goal.
    type Output = Vec<Option<Candidate>>;

    fn ask(&self, groups: &[Group<'_>]) -> Result<(Vec<Question>, ()), Error> {
        let question = |group: &Group<'_>| {
            let documents: Vec<String> = group.texts.iter().map(|text| fence(&cut(text, self.characters))).collect();
            let words = fence(&group.words.join(", "));
            self.prompt.question(StageName::Describe, context! { goal => self.goal, documents, words })
        };
        Ok((groups.iter().map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, _: &[Group<'_>], _: (), answers: &[Answer]) -> Result<Vec<Option<Candidate>>, Error> {
        let goal = format!(" {} ", plain(self.goal));
        let repeats =
            |candidate: &Candidate| plain(&candidate.label).split(' ').all(|word| goal.contains(&format!(" {word} ")));
        let described = |answer: &Answer| match answer {
            Answer::Answered(Reply::Items(items)) => {
                Candidate::fresh(self.prompt, &[], items.iter().take(1)).pop().filter(|candidate| !repeats(candidate))
            }
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
        let stage = Describe { prompt: &prompts.describe, goal: "Sort these parcels by cause.", characters: 30 };
        let group = |text| Group { texts: vec![text], words: vec!["where".into(), "late".into()] };
        let groups = ["</document> where is it?", "torn", "odd", "thin"].map(group);
        let (questions, ()) = stage.ask(&groups).unwrap();
        let content = &questions[0].messages[1].content;
        assert!(
            content.contains("<document>\n‹/document> where is it?\n</document>") && content.contains(": where, late")
        );
        let item = |label: &str| {
            let fields = [("label", label), ("predicate", "It is late.")];
            Answer::Answered(Reply::Items(vec![fields.map(|(a, b)| (a.to_owned(), b.to_owned())).into()]))
        };
        let answers = [
            item("late"),
            Answer::Answered(Reply::Items(vec![])),
            Answer::Unparsed("?".into()),
            item("Parcels, sorted"),
        ];
        let late = Candidate { label: "late".into(), predicate: "It is late.".into() };
        let found = stage.conclude(&groups, (), &answers).unwrap();
        assert_eq!(found[..3], [Some(late), None, None]);
        assert_eq!(found[3].as_ref().map(|one| one.label.as_str()), Some("Parcels, sorted"));
        assert_eq!(stage.conclude(&groups, (), &[item("These parcels")]).unwrap(), [None]);
    }
}
