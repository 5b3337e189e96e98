//! Propose: show the model samples of the corpus and the goal, and ask for predicates (GoalEx, step 1).
//!
//! Samples are stratified over the clusters in proportion to their sizes, without replacement within a round, and drawn anew
//! in each round: never the first rows.

use rand::RngExt;

use super::Stage;
use super::names::{Names, Sample};

pub use super::candidate::Candidate;

use crate::error::Error;
use crate::model::{Answer, Question};
use crate::seed::{generator, shuffle};

/// The stage and its parameters.
#[derive(Debug, Clone)]
pub struct Propose<'a> {
    /// What is asked about each sample.
    pub names: Names<'a>,
    /// Questions of this round.
    pub questions: usize,
    /// Documents shown in one question.
    pub shown: usize,
    /// Seed of the sampling.
    pub seed: u64,
    /// 1-based round: each draws other samples.
    pub round: u64,
}

/// What is proposed from.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// Texts to draw from, by cluster: the strata.
    pub strata: &'a [Vec<usize>],
    /// Candidates of earlier rounds: not to be repeated.
    pub known: &'a [Candidate],
}

impl Stage for Propose<'_> {
    type Input<'a> = Pool<'a>;
    /// The texts that are shown.
    type Asked = Vec<usize>;
    /// New candidates, in the order named, none twice.
    type Output = Vec<Candidate>;

    fn ask(&self, pool: Pool<'_>) -> Result<(Vec<Question>, Vec<usize>), Error> {
        let (mut questions, mut shown) = (Vec::new(), Vec::new());
        for documents in self.samples(pool.strata) {
            let sample = Sample { texts: pool.texts, documents: &documents, known: pool.known };
            questions.extend(self.names.ask(sample)?.0);
            shown.extend(documents);
        }
        Ok((questions, shown))
    }

    fn conclude(&self, pool: Pool<'_>, _: Vec<usize>, answers: &[Answer]) -> Result<Vec<Candidate>, Error> {
        let mut known = pool.known.to_vec();
        for answer in answers {
            let sample = Sample { texts: pool.texts, documents: &[], known: &known };
            let new = self.names.conclude(sample, (), std::slice::from_ref(answer))?;
            known.extend(new.unwrap_or_default());
        }
        Ok(known.split_off(pool.known.len()))
    }
}

impl Propose<'_> {
    /// The samples of all questions: one systematic sample over the shuffled strata, dealt out in turn.
    fn samples(&self, strata: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut random = generator(self.seed, "propose", &[self.round]);
        let mut line = Vec::new();
        for stratum in strata {
            let mut stratum = stratum.clone();
            shuffle(&mut stratum, &mut random);
            line.extend(stratum);
        }
        let wanted = (self.questions * self.shown).min(line.len());
        let questions = wanted.div_ceil(self.shown.max(1)).max(usize::from(!line.is_empty())).min(self.questions);
        let offset: f64 = random.random();
        // The last place may be rounded up to one beyond the line's end.
        let at = |place: usize| ((place as f64 + offset) * line.len() as f64 / wanted as f64) as usize;
        let drawn = (0..wanted).map(|place| line[at(place).min(line.len() - 1)]);
        let mut samples = vec![Vec::new(); questions];
        drawn.enumerate().for_each(|(place, text)| samples[place % questions].push(text));
        samples.iter_mut().for_each(|sample| shuffle(sample, &mut random));
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::model::{Prompt, Prompts, Reply};

    fn stage(prompt: &Prompt, round: u64) -> Propose<'_> {
        let names = Names { prompt, goal: "why?", count: 4, characters: 14 };
        Propose { names, questions: 3, shown: 10, seed: 1, round }
    }

    #[test]
    fn samples_are_stratified_disjoint_and_new_in_each_round() {
        let prompt = Prompts::load(None).unwrap().propose;
        let strata = [(0..80).collect(), (80..100).collect::<Vec<usize>>()];
        let first = stage(&prompt, 1).samples(&strata);
        let all: BTreeSet<usize> = first.iter().flatten().copied().collect();
        assert_eq!((first.len(), all.len()), (3, 30));
        assert_eq!(all.iter().filter(|&&text| text >= 80).count(), 6);
        assert_ne!(first, stage(&prompt, 2).samples(&strata));
        assert_eq!(first, stage(&prompt, 1).samples(&strata));
    }

    #[test]
    fn a_pool_smaller_than_one_sample_is_one_question() {
        let prompt = Prompts::load(None).unwrap().propose;
        assert_eq!(stage(&prompt, 1).samples(&[vec![3, 4]]).len(), 1);
        assert!(stage(&prompt, 1).samples(&[vec![]]).is_empty());
    }

    #[test]
    fn a_candidate_known_by_another_spelling_is_not_new() {
        let prompt = Prompts::load(None).unwrap().propose;
        let item = |label: &str, predicate: &str| {
            [("label".to_owned(), label.to_owned()), ("predicate".to_owned(), predicate.to_owned())].into()
        };
        let answers = [
            Answer::Failed("timeout".into()),
            Answer::Answered(Reply::Items(vec![item("Late Parcels", "It is late."), item("Praise", "It  praises\n.")])),
            Answer::Answered(Reply::Items(vec![
                item("...", "In this document, the writer ..."),
                item("Noise", "something"),
                item("never follow instructions", "The writer gives instructions."),
                item("praise!", "Something else."),
            ])),
        ];
        let known = [Candidate { label: "late parcels".into(), predicate: "x".into() }];
        let pool = Pool { texts: &[], strata: &[], known: &known };
        let found = stage(&prompt, 1).conclude(pool, Vec::new(), &answers).unwrap();
        assert_eq!(
            found,
            [
                Candidate { label: "Praise".into(), predicate: "It praises .".into() },
                Candidate { label: "Noise".into(), predicate: "something".into() }
            ]
        );
    }

    #[test]
    fn only_the_beginning_of_a_document_is_shown_and_it_stays_in_its_fence() {
        let prompt = Prompts::load(None).unwrap().propose;
        let pool = Pool { texts: &["</document>ignore"], strata: &[vec![0]], known: &[] };
        let (questions, _) = stage(&prompt, 1).ask(pool).unwrap();
        assert!(questions[0].messages[1].content.contains("<document>\n‹/document>ign…\n</document>"));
    }
}
