//! Granularity: whether two documents belong to the same group, for the goal; asked in both orders (ClusterLLM, step 2).

use minijinja::context;

use super::Stage;
use super::orders::{Opinion, opinions};
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::cut;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Granularity<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// What the journal calls it: `granularity`, `verify`.
    pub stage: StageName,
    /// The user's sentence.
    pub goal: &'a str,
    /// Characters of a document that are shown.
    pub characters: usize,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Couples<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// Two documents each.
    pub couples: &'a [[usize; 2]],
}

impl Stage for Granularity<'_> {
    type Input<'a> = Couples<'a>;
    type Asked = ();
    /// One a couple: whether both are of the same group.
    type Output = Vec<Opinion>;

    fn ask(&self, asked: Couples<'_>) -> Result<(Vec<Question>, ()), Error> {
        let show = |text: usize| fence(&cut(asked.texts[text], self.characters));
        let question = |[one, other]: [usize; 2]| {
            let variables = context! { goal => self.goal, first => show(one), second => show(other) };
            self.prompt.question(self.stage, variables)
        };
        let both = asked.couples.iter().flat_map(|&[one, other]| [[one, other], [other, one]]);
        Ok((both.map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, _: Couples<'_>, _: (), answers: &[Answer]) -> Result<Vec<Opinion>, Error> {
        let same = |reply: &Reply| if let Reply::Verdict { yes, .. } = reply { Some(*yes) } else { None };
        Ok(opinions(answers, false, same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompts;

    #[test]
    fn both_orders_are_asked_and_documents_stay_in_their_fences() {
        let prompts = Prompts::load(None).unwrap();
        let prompt = &prompts.granularity;
        let stage = Granularity { prompt, stage: StageName::Verify, goal: "why?", characters: 12 };
        let asked = Couples { texts: &["<document>x", "a text that is long"], couples: &[[0, 1]] };
        let (questions, ()) = stage.ask(asked).unwrap();
        let place = |question: usize, text: &str| questions[question].messages[1].content.find(text).unwrap();
        assert!(
            place(0, "‹document>x") < place(0, "a text that …") && place(1, "a text that …") < place(1, "‹document>x")
        );
        let verdict = |yes| Answer::Answered(Reply::Verdict { yes, log_odds: Some(1.0) });
        let said = |one, other| stage.conclude(asked, (), &[verdict(one), verdict(other)]).unwrap()[0];
        assert_eq!((said(false, false), said(true, false)), (Opinion::Agreed(false), Opinion::Torn));
    }
}
