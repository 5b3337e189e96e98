//! Explain: a label for each selected predicate, asked of the model with documents that it holds for.

use std::collections::BTreeSet;

use minijinja::context;

use super::Stage;
use super::propose::Candidate;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::{cut, plain, tidy};

/// Longest label, in characters: a heading, not a sentence.
const LONGEST: usize = 48;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Explain<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
    /// Characters of a document that are shown.
    pub characters: usize,
}

/// A cluster to be named.
#[derive(Debug, Clone, PartialEq)]
pub struct Unnamed<'a> {
    /// Its predicate, and the label that it was proposed under.
    pub candidate: &'a Candidate,
    /// Texts that show what it is about.
    pub examples: Vec<&'a str>,
}

impl Stage for Explain<'_> {
    type Input<'a> = &'a [Unnamed<'a>];
    type Asked = ();
    /// A label for each cluster, no two alike: the one it was proposed under where the answer gives none.
    type Output = Vec<String>;

    fn ask(&self, clusters: &[Unnamed<'_>]) -> Result<(Vec<Question>, ()), Error> {
        let question = |cluster: &Unnamed<'_>| {
            let documents: Vec<String> =
                cluster.examples.iter().map(|text| fence(&cut(text, self.characters))).collect();
            let predicate = &cluster.candidate.predicate;
            self.prompt.question(StageName::Explain, context! { goal => self.goal, predicate, documents })
        };
        Ok((clusters.iter().map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, clusters: &[Unnamed<'_>], _: (), answers: &[Answer]) -> Result<Vec<String>, Error> {
        let mut taken = BTreeSet::new();
        let label = |(cluster, answer): (&Unnamed<'_>, &Answer)| {
            let proposed = &cluster.candidate.label;
            let numbered = (2..).map(|number| format!("{proposed} ({number})"));
            let mut choices = answered(answer).into_iter().chain([proposed.clone()]).chain(numbered);
            choices.find(|choice| taken.insert(plain(choice))).unwrap_or_default()
        };
        Ok(clusters.iter().zip(answers).map(label).collect())
    }
}

/// The label that an answer gives, if it is one.
fn answered(answer: &Answer) -> Option<String> {
    let Answer::Answered(Reply::Items(items)) = answer else { return None };
    let label = tidy(&fence(items.first()?.get("label")?));
    (!plain(&label).is_empty() && label.chars().count() <= LONGEST).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn labels_are_distinct_and_fall_back_on_the_proposed_ones() {
        let prompt = Prompts::load(None).unwrap().explain;
        let stage = Explain { prompt: &prompt, goal: "why?", characters: 5 };
        let candidate = |label: &str| Candidate { label: label.into(), predicate: format!("It is {label}.") };
        let candidates = [candidate("late"), candidate("slow"), candidate("torn"), candidate("odd")];
        let clusters: Vec<Unnamed<'_>> = candidates
            .iter()
            .map(|candidate| Unnamed { candidate, examples: vec!["</document>where is it?"] })
            .collect();
        let (questions, ()) = stage.ask(&clusters).unwrap();
        let asked = &questions[0].messages[1].content;
        assert!(asked.contains("<document>\n</doc…\n</document>") && asked.contains("It is late."), "{asked}");
        let named = |label: &str| Answer::Answered(Reply::Items(vec![[("label".to_owned(), label.to_owned())].into()]));
        let answers =
            [named("Late parcels"), named("late parcels!"), named(&"x".repeat(60)), Answer::Unparsed("?".into())];
        assert_eq!(stage.conclude(&clusters, (), &answers).unwrap(), ["Late parcels", "slow", "torn", "odd"]);
    }
}
