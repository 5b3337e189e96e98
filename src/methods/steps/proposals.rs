//! Questions for groups that got no usable answer, and what that means for the documents where no group was named at all.

use std::collections::BTreeMap;

use crate::message;
use crate::message::Message;
use crate::methods::{NOT_ASKED, Placement};
use crate::model::Answer;

/// What became of all questions for groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposals {
    asked: usize,
    /// Answers that could be used, though they may have named nothing new.
    usable: usize,
    /// Why others could not, each with its count.
    lost: BTreeMap<Message, usize>,
}

impl Proposals {
    /// Notes the answer to one question, and whether it could be used.
    pub fn note(&mut self, answer: &Answer, is_usable: bool) {
        self.asked += 1;
        if is_usable {
            self.usable += 1;
            return;
        }
        let why = match answer {
            Answer::Failed(problem) => problem.clone(),
            Answer::NotAsked => NOT_ASKED.into(),
            Answer::Unparsed(_) => "the answer was not legal".into(),
            Answer::Answered(_) => "the answer repeated itself".into(),
        };
        *self.lost.entry(why).or_default() += 1;
    }

    /// Questions without a usable answer, and the most frequent reason with its count; none where all were answered.
    pub fn warning(&self, what: &str) -> Option<Message> {
        let lost = self.asked - self.usable;
        let (why, count) = self.foremost()?;
        let count = if count < lost { format!(" ({count} times)") } else { String::new() };
        let asked = self.asked;
        Some(message!(
            "{lost} of {asked} questions for {what} got no usable answer: {why}{count}",
            lost,
            asked,
            what,
            why,
            count
        ))
    }

    /// What is said of every document where nothing was named: only a model that answered most questions has proposed nothing.
    pub fn nothing(&self, what: &str) -> Placement {
        match self.foremost() {
            _ if 2 * self.usable > self.asked => Placement::Uncovered(message!("the model proposed no {what}", what)),
            Some((why, count)) if *why == NOT_ASKED && count == self.asked => Placement::Failed(NOT_ASKED.into()),
            Some((why, _)) => Placement::Failed(message!("no {what} was proposed: {why}", what, why)),
            None => Placement::Failed(NOT_ASKED.into()),
        }
    }

    /// The most frequent reason, of equal ones the first by name.
    fn foremost(&self) -> Option<(&Message, usize)> {
        let most = self.lost.iter().rev().max_by_key(|(_, count)| **count);
        most.map(|(why, &count)| (why, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_model_that_answered_has_proposed_nothing() {
        let mut proposals = Proposals::default();
        assert_eq!(proposals.nothing("group"), Placement::Failed("not asked".into()));
        proposals.note(&Answer::NotAsked, false);
        assert_eq!(proposals.nothing("group"), Placement::Failed("not asked".into()));
        for _ in 0..2 {
            proposals.note(&Answer::Failed("credit too low".into()), false);
        }
        assert_eq!(proposals.nothing("group"), Placement::Failed("no group was proposed: credit too low".into()));
        let said = proposals.warning("groups").unwrap();
        assert_eq!(said, "3 of 3 questions for groups got no usable answer: credit too low (2 times)");
        for _ in 0..4 {
            assert!(matches!(proposals.nothing("group"), Placement::Failed(_)), "most questions failed");
            proposals.note(&Answer::Answered(crate::model::Reply::Items(Vec::new())), true);
        }
        assert_eq!(proposals.nothing("group"), Placement::Uncovered("the model proposed no group".into()));
    }
}
