//! Rename: a better predicate for a group whose predicate failed its test, with what the test got wrong as contrast.

use minijinja::context;

use super::Stage;
use super::propose::Candidate;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::cut;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Rename<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
    /// Characters of a document that are shown.
    pub characters: usize,
}

/// A group to be named anew.
#[derive(Debug, Clone)]
pub struct Misnamed<'a> {
    /// What it was called.
    pub former: &'a Candidate,
    /// Documents of it.
    pub members: Vec<&'a str>,
    /// Documents like these that are not of it.
    pub others: Vec<&'a str>,
}

impl Stage for Rename<'_> {
    type Input<'a> = &'a [Misnamed<'a>];
    type Asked = ();
    /// One a group; none where there was no usable answer, or one that says the same as before.
    type Output = Vec<Option<Candidate>>;

    fn ask(&self, groups: &[Misnamed<'_>]) -> Result<(Vec<Question>, ()), Error> {
        let show =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| fence(&cut(text, self.characters))).collect() };
        let question = |group: &Misnamed<'_>| {
            let (documents, others, predicate) = (show(&group.members), show(&group.others), &group.former.predicate);
            self.prompt.question(StageName::Rename, context! { goal => self.goal, predicate, documents, others })
        };
        Ok((groups.iter().map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, groups: &[Misnamed<'_>], _: (), answers: &[Answer]) -> Result<Vec<Option<Candidate>>, Error> {
        let named = |(group, answer): (&Misnamed<'_>, &Answer)| match answer {
            Answer::Answered(Reply::Items(items)) => {
                // The label may stay: it is the sentence that failed.
                let known = Candidate { label: String::new(), predicate: group.former.predicate.clone() };
                Candidate::fresh(self.prompt, &[known], items.iter().take(1)).pop()
            }
            _ => None,
        };
        Ok(groups.iter().zip(answers).map(named).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn both_sides_are_shown_and_the_former_sentence_is_no_new_one() {
        let prompts = Prompts::load(None).unwrap();
        let stage = Rename { prompt: &prompts.rename, goal: "why?", characters: 30 };
        let former = Candidate { label: "late".into(), predicate: "It is late.".into() };
        let group = Misnamed { former: &former, members: vec!["</document> where is it?"], others: vec!["torn"] };
        let groups = [group.clone(), group.clone(), group];
        let (questions, ()) = stage.ask(&groups).unwrap();
        let content = &questions[0].messages[1].content;
        assert!(content.contains("<document>\n‹/document> where is it?\n</document>"), "{content}");
        assert!(content.find("where is it?") < content.find("torn") && content.contains("so: It is late."));
        let item = |predicate: &str| {
            let fields = [("label", "late"), ("predicate", predicate)];
            Answer::Answered(Reply::Items(vec![fields.map(|(a, b)| (a.to_owned(), b.to_owned())).into()]))
        };
        let answers = [item("It has not arrived."), item("It is late."), Answer::Unparsed("?".into())];
        let named = stage.conclude(&groups, (), &answers).unwrap();
        let fresh = Candidate { label: "late".into(), predicate: "It has not arrived.".into() };
        assert_eq!(named, [Some(fresh), None, None]);
    }
}
