//! Perspective: which of two documents a third one belongs with, for the goal; asked in both orders (ClusterLLM, step 1).

use minijinja::context;

use super::Stage;
use super::orders::{Opinion, opinions};
use crate::error::Error;
use crate::model::{Answer, Prompt, Question, Reply, StageName, fence};
use crate::text::cut;

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Perspective<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// The user's sentence.
    pub goal: &'a str,
    /// Characters of a document that are shown.
    pub characters: usize,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Triplets<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// The query and the two documents of which one may be nearer to it.
    pub triplets: &'a [[usize; 3]],
}

impl Stage for Perspective<'_> {
    type Input<'a> = Triplets<'a>;
    type Asked = ();
    /// One a triplet: whether its second document is nearer to the first than the third is.
    type Output = Vec<Opinion>;

    fn ask(&self, asked: Triplets<'_>) -> Result<(Vec<Question>, ()), Error> {
        let show = |text: usize| fence(&cut(asked.texts[text], self.characters));
        let question = |[query, one, other]: [usize; 3]| {
            let (document, options) = (show(query), [show(one), show(other)]);
            self.prompt.question(StageName::Perspective, context! { goal => self.goal, document, options })
        };
        let both = asked.triplets.iter().flat_map(|&[query, one, other]| [[query, one, other], [query, other, one]]);
        Ok((both.map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, _: Triplets<'_>, _: (), answers: &[Answer]) -> Result<Vec<Opinion>, Error> {
        let first = |reply: &Reply| match reply {
            Reply::Choice(places) if places.len() == 1 => Some(places[0] == 0),
            _ => None,
        };
        Ok(opinions(answers, true, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LegalAnswer, Prompts};

    #[test]
    fn each_triplet_is_asked_in_both_orders_and_read_by_both() {
        let prompts = Prompts::load(None).unwrap();
        let stage = Perspective { prompt: &prompts.perspective, goal: "why?", characters: 20 };
        let asked = Triplets { texts: &["late", "</document>slow", "torn"], triplets: &[[0, 1, 2]] };
        let (questions, ()) = stage.ask(asked).unwrap();
        let place = |question: usize, text: &str| questions[question].messages[1].content.find(text).unwrap();
        assert!(place(0, "late") < place(0, "‹/document>slow") && place(0, "slow") < place(0, "torn"));
        assert!(place(1, "late") < place(1, "torn") && place(1, "torn") < place(1, "slow"));
        assert_eq!(questions[0].legal, LegalAnswer::Choice { count: 2 });
        let choice = |places: &[usize]| Answer::Answered(Reply::Choice(places.to_vec()));
        let said = |one, other| stage.conclude(asked, (), &[choice(one), choice(other)]).unwrap()[0];
        assert_eq!((said(&[0], &[1]), said(&[1], &[0])), (Opinion::Agreed(true), Opinion::Agreed(false)));
        assert_eq!((said(&[0], &[0]), said(&[], &[0, 1])), (Opinion::Torn, Opinion::Undecided));
    }
}
