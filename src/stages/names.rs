//! Names: show the model random samples and what is known so far, and ask for the groups that are missing.
//!
//! Samples are plain random ones: those with one document a stratum show too few documents of one group for it to be named.

use std::collections::BTreeMap;

use minijinja::context;

use super::Stage;
use super::candidate::Candidate;
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::{cut, plain};

/// Accepted predicates shown as examples of granularity.
const EXAMPLES: usize = 4;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
    /// Candidates asked for at most.
    pub count: usize,
    /// Characters of a document that are shown.
    pub characters: usize,
}

/// One sample and what is known.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// The texts shown.
    pub documents: &'a [usize],
    /// Candidates so far.
    pub known: &'a [Candidate],
}

impl Stage for Names<'_> {
    type Input<'a> = Sample<'a>;
    type Asked = ();
    /// New candidates, in the order named; none where the question got no usable answer, or one that repeats itself.
    type Output = Option<Vec<Candidate>>;

    fn ask(&self, sample: Sample<'_>) -> Result<(Vec<Question>, ()), Error> {
        let show = |&document: &usize| fence(&cut(sample.texts[document], self.characters));
        let documents: Vec<String> = sample.documents.iter().map(show).collect();
        let known: Vec<String> = sample.known.iter().map(|candidate| candidate.label.clone()).collect();
        let examples: Vec<String> =
            sample.known.iter().take(EXAMPLES).map(|candidate| candidate.predicate.clone()).collect();
        let variables = context! { goal => self.goal, documents, known, examples, count => self.count };
        Ok((vec![self.prompt.question(StageName::Propose, variables)?], ()))
    }

    fn conclude(&self, sample: Sample<'_>, _: (), answers: &[Answer]) -> Result<Option<Vec<Candidate>>, Error> {
        let [Answer::Answered(Reply::Items(items))] = answers else { return Ok(None) };
        if self.rambles(items) {
            return Ok(None);
        }
        let mut fresh = Candidate::fresh(self.prompt, sample.known, items.iter());
        fresh.retain(|candidate| !takes_the_rest(candidate));
        fresh.truncate(self.count);
        Ok(Some(fresh))
    }
}

/// Items of an answer from which its repetitions are looked at.
const MANY: usize = 6;

impl Names<'_> {
    /// Whether most of an answer repeats what it said before: a model that lost the thread, whose other items are no better.
    fn rambles(&self, items: &[BTreeMap<String, String>]) -> bool {
        items.len() >= MANY && 2 * Candidate::fresh(self.prompt, &[], items.iter()).len() < items.len()
    }
}

/// Words with which a name for whatever has no other name begins.
const REST: [&str; 5] = ["other", "others", "misc", "miscellaneous", "various"];

/// Whether a candidate is for what the others leave: nothing can be judged by it.
fn takes_the_rest(candidate: &Candidate) -> bool {
    plain(&candidate.label).split(' ').next().is_some_and(|word| REST.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn known_names_and_some_predicates_are_shown_and_only_new_ones_come_back() {
        let prompts = Prompts::load(None).unwrap();
        let stage = Names { prompt: &prompts.propose, goal: "why?", count: 3, characters: 4 };
        let known = [Candidate { label: "late parcels".into(), predicate: "It is late.".into() }];
        let sample = Sample { texts: &["abcdef", "x"], documents: &[0], known: &known };
        let (questions, ()) = stage.ask(sample).unwrap();
        let content = &questions[0].messages[1].content;
        assert!(content.contains("- late parcels") && content.contains("- It is late.") && content.contains("abcd…"));
        let item = |label: &str, predicate: &str| {
            [("label".to_owned(), label.to_owned()), ("predicate".to_owned(), predicate.to_owned())].into()
        };
        let example = "In this document, the writer was kept awake by noise.";
        assert!(content.contains(example));
        let items = vec![
            item("Late Parcels!", "Something."),
            item("rooms", example),
            item("Other issues", "It is about other things."),
            item("brakes", "It squeals."),
        ];
        let found = stage.conclude(sample, (), &[Answer::Answered(Reply::Items(items))]).unwrap();
        assert_eq!(found, Some(vec![Candidate { label: "brakes".into(), predicate: "It squeals.".into() }]));
        assert_eq!(stage.conclude(sample, (), &[Answer::Failed("reset".into())]).unwrap(), None);
        let rambling = (0..6).map(|number| item("brakes", &format!("Brake {}.", number % 2))).collect();
        assert_eq!(stage.conclude(sample, (), &[Answer::Answered(Reply::Items(rambling))]).unwrap(), None);
    }
}
