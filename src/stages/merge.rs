//! Merge: one question over the list of candidates, for those that say the same.

use minijinja::context;

use super::propose::Candidate;
use super::{Stage, run};
use crate::error::Error;
use crate::model::{Answer, Answerer, Prompt, Question, Reply, StageName};
use crate::text::plain;

/// The stage.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
}

impl Merge<'_> {
    /// Asks, and takes out those that another one stands for; returns how many, none where there was no usable answer.
    ///
    /// # Errors
    /// Those of the answerer and of the prompt.
    pub fn apply(&self, candidates: &mut Vec<Candidate>, answerer: &dyn Answerer) -> Result<Option<usize>, Error> {
        let Some(dropped) = run(self, candidates, answerer)? else { return Ok(None) };
        let mut index = 0..;
        candidates.retain(|_| index.next().is_none_or(|index| !dropped.contains(&index)));
        Ok(Some(dropped.len()))
    }
}

impl Stage for Merge<'_> {
    type Input<'a> = &'a [Candidate];
    type Asked = ();
    /// Candidates that another one stands for, ascending; none where the question got no usable answer.
    type Output = Option<Vec<usize>>;

    fn ask(&self, candidates: &[Candidate]) -> Result<(Vec<Question>, ()), Error> {
        let group = |candidate: &Candidate| context! { label => &candidate.label, predicate => &candidate.predicate };
        let groups: Vec<_> = candidates.iter().map(group).collect();
        Ok((vec![self.prompt.question(StageName::Merge, context! { goal => self.goal, groups })?], ()))
    }

    fn conclude(&self, candidates: &[Candidate], _: (), answers: &[Answer]) -> Result<Option<Vec<usize>>, Error> {
        let [Answer::Answered(Reply::Items(items))] = answers else { return Ok(None) };
        let find = |name: &str| candidates.iter().position(|candidate| plain(&candidate.label) == plain(name));
        let mut dropped = vec![false; candidates.len()];
        for item in items {
            let (Some(keep), Some(drop)) = (find(&item["keep"]), find(&item["drop"])) else { continue };
            if keep != drop && !dropped[keep] {
                dropped[drop] = true;
            }
        }
        Ok(Some((0..candidates.len()).filter(|&index| dropped[index]).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn one_of_a_pair_is_dropped_and_never_both() {
        let prompts = Prompts::load(None).unwrap();
        let stage = Merge { prompt: &prompts.merge, goal: "why?" };
        let candidates = ["parcels", "brakes", "late parcels"]
            .map(|label| Candidate { label: label.into(), predicate: format!("It tells of {label}.") });
        let (questions, ()) = stage.ask(&candidates).unwrap();
        assert!(questions[0].messages[1].content.contains("- \"brakes\": It tells of brakes."));
        let pair = |keep: &str, drop: &str| {
            [("keep".to_owned(), keep.to_owned()), ("drop".to_owned(), drop.to_owned())].into()
        };
        let items =
            vec![pair("Parcels", "late parcels"), pair("late parcels", "parcels"), pair("brakes", "unheard of")];
        let dropped = stage.conclude(&candidates, (), &[Answer::Answered(Reply::Items(items))]).unwrap();
        assert_eq!(dropped, Some(vec![2]));
    }
}
