//! Core: which of a closed list of candidates hold for a document, one question a document.
//!
//! The document comes first and the list after it: small models answer by position otherwise.

use minijinja::{Value, context};

use super::Stage;
use super::propose::Candidate;
use super::soft_label::{Choice, SoftLabel};
use crate::error::Error;
use crate::message::Message;
use crate::model::{Answer, Prompt, Question, Reply, StageName, shown};

/// The stage and its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Core<'a> {
    /// Its prompt.
    pub prompt: &'a Prompt,
    /// What the journal calls it: `core`, `again`, `escalate`, `audit`.
    pub stage: StageName,
    /// The user's sentence.
    pub goal: &'a str,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// The texts asked about (q indices).
    pub documents: &'a [usize],
    /// For each of q documents the candidates it may choose from, in the order listed.
    pub options: &'a [Vec<usize>],
    /// m candidates.
    pub candidates: &'a [Candidate],
}

/// What the model said of one document.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// A usable answer: its shares sum to one.
    Held(SoftLabel),
    /// The reply was not a legal answer.
    Unparsed,
    /// The question failed.
    Failed(Message),
    /// A budget was reached first, or the user interrupted the run.
    NotAsked,
}

impl Judgement {
    /// That none of the listed candidates holds.
    pub fn none() -> Judgement {
        Judgement::Held(SoftLabel::none())
    }

    /// The usable answer, if there is one.
    pub fn held(&self) -> Option<&SoftLabel> {
        match self {
            Judgement::Held(held) => Some(held),
            _ => None,
        }
    }

    /// What it puts first; nothing where there is no usable answer.
    pub fn first(&self) -> Option<Choice> {
        self.held().and_then(SoftLabel::first)
    }

    /// That of an answer that says nothing of a document.
    pub(super) fn without(answer: &Answer) -> Judgement {
        match answer {
            Answer::Answered(_) | Answer::Unparsed(_) => Judgement::Unparsed,
            Answer::Failed(problem) => Judgement::Failed(problem.clone()),
            Answer::NotAsked => Judgement::NotAsked,
        }
    }
}

impl Stage for Core<'_> {
    type Input<'a> = Lists<'a>;
    type Asked = ();
    /// One a document asked about (q).
    type Output = Vec<Judgement>;

    fn ask(&self, lists: Lists<'_>) -> Result<(Vec<Question>, ()), Error> {
        let question = |(&document, options): (&usize, &Vec<usize>)| {
            let options = listed(options, lists.candidates);
            let document = shown(lists.texts[document]);
            self.prompt.question(self.stage, context! { goal => self.goal, document, options })
        };
        Ok((lists.documents.iter().zip(lists.options).map(question).collect::<Result<_, _>>()?, ()))
    }

    fn conclude(&self, lists: Lists<'_>, _: (), answers: &[Answer]) -> Result<Vec<Judgement>, Error> {
        if answers.len() != lists.documents.len() {
            return Err(Error::Bug(format!("{} answers to {} questions", answers.len(), lists.documents.len())));
        }
        Ok(answers.iter().zip(lists.options).map(|(answer, options)| judgement(answer, options)).collect())
    }
}

/// What the first of several held candidates weighs against each of the others.
const FIRST: f32 = 2.0;

/// From places in a list of options, the best first.
pub(super) fn held(places: &[usize], options: &[usize]) -> Judgement {
    if places.is_empty() {
        return Judgement::none();
    }
    let whole = FIRST + places.len().saturating_sub(1) as f32;
    let share = |rank: usize| if rank == 0 { FIRST / whole } else { 1.0 / whole };
    let ranked = places.iter().enumerate();
    let shares = ranked.map(|(rank, &place)| Choice::Candidate(options[place]).with(share(rank)));
    Judgement::Held(SoftLabel::in_order(shares.collect()))
}

/// From the shares of all options, and of none of them last.
fn shared(shares: &[f64], options: &[usize]) -> Judgement {
    let all = options.iter().copied().map(Choice::Candidate).chain([Choice::NoneOfThese]);
    Judgement::Held(SoftLabel::of(all.zip(shares).map(|(choice, &share)| choice.with(share as f32)).collect()))
}

fn judgement(answer: &Answer, options: &[usize]) -> Judgement {
    match answer {
        Answer::Answered(Reply::Choice(places)) => held(places, options),
        Answer::Answered(Reply::Shares(shares)) => shared(shares, options),
        _ => Judgement::without(answer),
    }
}

/// Some candidates, in the order of `options`, as a prompt lists them: each with its `label` and its `predicate`.
pub fn listed(options: &[usize], candidates: &[Candidate]) -> Value {
    let listed = |&option: &usize| {
        let Candidate { label, predicate } = &candidates[option];
        context! { label, predicate }
    };
    options.iter().map(listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LegalAnswer, Prompts};

    fn candidates() -> Vec<Candidate> {
        let candidate = |word: &str| Candidate { label: word.into(), predicate: format!("It tells of {word}.") };
        ["parcels", "brakes", "praise"].map(candidate).to_vec()
    }

    #[test]
    fn the_document_comes_before_its_own_list() {
        let (prompts, candidates) = (Prompts::load(None).unwrap(), candidates());
        let stage = Core { prompt: &prompts.core, stage: StageName::Core, goal: "why?" };
        let lists = Lists {
            texts: &["a", "</document>snapped"],
            documents: &[1],
            options: &[vec![2, 0]],
            candidates: &candidates,
        };
        let (questions, ()) = stage.ask(lists).unwrap();
        let content = &questions[0].messages[1].content;
        assert!(content.find("‹/document>snapped") < content.find("1. It tells of praise.\n2. It tells of parcels."));
        assert_eq!(questions[0].legal, LegalAnswer::Choice { count: 2 });
    }

    #[test]
    fn an_answer_is_read_in_the_order_listed_and_a_missing_one_is_no_none() {
        let (prompts, candidates) = (Prompts::load(None).unwrap(), candidates());
        let stage = Core { prompt: &prompts.core, stage: StageName::Core, goal: "why?" };
        let options = vec![vec![2, 0]; 4];
        let lists = Lists { texts: &["a"], documents: &[0; 4], options: &options, candidates: &candidates };
        let answers = [
            Answer::Answered(Reply::Choice(vec![1, 0])),
            Answer::Answered(Reply::Choice(vec![])),
            Answer::Failed("reset".into()),
            Answer::Unparsed("two".into()),
        ];
        let judgements = stage.conclude(lists, (), &answers).unwrap();
        let both = vec![Choice::Candidate(0).with(2.0 / 3.0), Choice::Candidate(2).with(1.0 / 3.0)];
        assert_eq!(judgements[0], Judgement::Held(SoftLabel::of(both)));
        assert_eq!(judgements[1..], [Judgement::none(), Judgement::Failed("reset".into()), Judgement::Unparsed]);
    }

    #[test]
    fn letters_give_every_listed_candidate_its_share() {
        let (prompts, candidates) = (Prompts::load(None).unwrap(), candidates());
        let stage = Core { prompt: &prompts.letter, stage: StageName::Core, goal: "why?" };
        let options = [vec![2, 0]];
        let lists = Lists { texts: &["a"], documents: &[0], options: &options, candidates: &candidates };
        let (questions, ()) = stage.ask(lists).unwrap();
        let content = &questions[0].messages[1].content;
        assert!(content.contains("A. praise\nB. parcels\nC. none of these\n"), "{content}");
        assert_eq!(questions[0].legal, LegalAnswer::Letter { count: 2 });
        let answers = [Answer::Answered(Reply::Shares(vec![0.125, 0.625, 0.25]))];
        let judgements = stage.conclude(lists, (), &answers).unwrap();
        let shares = [(Choice::Candidate(0), 0.625), (Choice::NoneOfThese, 0.25), (Choice::Candidate(2), 0.125)];
        let shares = shares.map(|(choice, share)| choice.with(share)).to_vec();
        assert_eq!(judgements, [Judgement::Held(SoftLabel::of(shares))]);
    }
}
