//! Questions about documents that come after a run, as its method asks them: where a document belongs, among the clusters that are
//! there.

use super::steps::trust::{TWICE, cap};
use super::{By, Place, Placement, Trust};
use crate::error::Error;
use crate::message;
use crate::model::{Answerer, LONGEST_DECIDED, Prompt, Prompts, StageName};
use crate::plan::Method;
use crate::spread::Share;
use crate::stages::assign::{Assign, AssignAtOnce, Pairs, Verdict};
use crate::stages::core::{Core, Judgement, Lists};
use crate::stages::propose::Candidate;
use crate::stages::run;
use crate::stages::soft_label::Choice;

/// Clusters that are listed in one question to a chat model at most.
const LONGEST_LIST: usize = 120;
/// What is said of a document that the model found no cluster for.
const NONE_HOLDS: &str = "the model found no group that holds";

/// How a document is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One question, with all clusters listed.
    Listed,
    /// Whether each cluster's predicate holds, one question each.
    Each,
    /// The same in one question to a decision model.
    AtOnce,
}

/// The clusters of a run, to which documents are to be put by a model.
#[derive(Debug)]
pub struct LaterQuestions<'a> {
    form: Form,
    goal: &'a str,
    candidates: Vec<Candidate>,
    /// The number of each candidate's cluster.
    clusters: Vec<usize>,
    /// Whether a decision model answers.
    decides: bool,
    /// How often an answer is right, as far as the run has measured it.
    right: f64,
}

impl<'a> LaterQuestions<'a> {
    /// Looks whether a method asks where a document belongs.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(method: &str) -> Result<(), Error> {
        let asks = [Method::Auto, Method::Classify, Method::Goalex];
        if asks.iter().any(|asking| asking.name() == method) {
            return Ok(());
        }
        Err(Error::Usage(message!(
            "{@questions}: the run's method is {method}, which does not ask where a document belongs: only auto, classify and goalex do",
            method = method.to_owned()
        )))
    }

    /// Questions as a method asks them, to a decision model or to a chat model; `numbered` are the candidates, each with the number of
    /// its cluster.
    ///
    /// # Errors
    /// When the method does not ask where a document belongs, or there are more clusters than can be listed.
    pub fn of(
        method: &str,
        decides: bool,
        goal: &'a str,
        numbered: Vec<(usize, Candidate)>,
    ) -> Result<LaterQuestions<'a>, Error> {
        LaterQuestions::check(method)?;
        let form = match (method == Method::Goalex.name(), decides) {
            (false, _) => Form::Listed,
            (true, false) => Form::Each,
            (true, true) => Form::AtOnce,
        };
        let most = if decides { LONGEST_DECIDED } else { LONGEST_LIST };
        if form == Form::Listed && numbered.len() > most {
            return Err(Error::Usage(message!(
                "{@questions}: the run has {count} clusters, and at most {most} are listed in one question",
                count = numbered.len(),
                most
            )));
        }
        let (clusters, candidates) = numbered.into_iter().unzip();
        Ok(LaterQuestions { form, goal, candidates, clusters, decides, right: 1.0 })
    }

    /// The same where so many of the answers are right.
    pub fn right_in(self, right: f64) -> LaterQuestions<'a> {
        LaterQuestions { right, ..self }
    }

    /// Questions that one document costs.
    pub fn each(&self) -> usize {
        if self.form == Form::Each { self.candidates.len().max(1) } else { 1 }
    }

    /// The prompt of the questions.
    pub fn prompt<'p>(&self, prompts: &'p Prompts) -> &'p Prompt {
        match (self.form, self.decides) {
            (Form::Listed, false) => &prompts.core,
            (Form::Listed, true) => &prompts.decide,
            (Form::Each, _) => &prompts.assign,
            (Form::AtOnce, _) => &prompts.decide_each,
        }
    }

    /// Asks about n texts, and returns where the model puts each; none where there was no usable answer.
    ///
    /// # Errors
    /// Those of the answerer and of the prompt.
    pub fn ask(
        &self,
        texts: &[&str],
        prompts: &Prompts,
        answerer: &dyn Answerer,
    ) -> Result<Vec<Option<Placement>>, Error> {
        let prompt = self.prompt(prompts);
        let pairs = Pairs { texts, candidates: &self.candidates };
        let verdicts = match self.form {
            Form::Listed => return self.ask_listed(texts, prompt, answerer),
            Form::Each => run(&Assign { prompt }, pairs, answerer)?,
            Form::AtOnce => run(&AssignAtOnce { prompt }, pairs, answerer)?,
        };
        let of = |text: usize| self.of_verdicts(verdicts.iter().map(|verdicts| &verdicts[text]));
        Ok((0..texts.len()).map(of).collect())
    }

    /// A verdict against answers that put every document into the same place.
    pub fn same_for_all(&self, found: &[Option<Placement>]) -> Option<Trust> {
        let candidates = self.candidates.len();
        let places: Vec<Vec<usize>> = found.iter().flatten().map(clusters).collect();
        let is_one = places.len() >= TWICE && places.windows(2).all(|two| two[0] == two[1]);
        let same = || {
            message!(
                "the model gave the same answer for all {asked} documents that it was asked about, with {candidates} groups \
                 to choose from: its answers are not used",
                asked = places.len(),
                candidates
            )
        };
        (is_one && candidates > 1).then(|| Trust::default().against(same()))
    }

    fn ask_listed(
        &self,
        texts: &[&str],
        prompt: &Prompt,
        answerer: &dyn Answerer,
    ) -> Result<Vec<Option<Placement>>, Error> {
        let documents: Vec<usize> = (0..texts.len()).collect();
        let options = vec![(0..self.candidates.len()).collect(); texts.len()];
        let lists = Lists { texts, documents: &documents, options: &options, candidates: &self.candidates };
        let judgements = run(&Core { prompt, stage: StageName::Assign, goal: self.goal }, lists, answerer)?;
        let of = |judgement: &Judgement| {
            let held = judgement.held()?;
            let confidence = if self.decides { f64::from(held.largest_share()).min(1.0) } else { self.right };
            Some(match held.first()? {
                Choice::Candidate(chosen) => {
                    Placement::In(vec![Place::new(self.clusters[chosen], By::Model, confidence)])
                }
                Choice::NoneOfThese => Placement::Uncovered(NONE_HOLDS.into()),
            })
        };
        Ok(judgements.iter().map(of).collect())
    }

    /// The clusters that hold, the surest first; none where a verdict is missing.
    fn of_verdicts<'v>(&self, verdicts: impl Iterator<Item = &'v Verdict>) -> Option<Placement> {
        let mut places = Vec::new();
        for (&cluster, verdict) in self.clusters.iter().zip(verdicts) {
            let Verdict::Given { yes, log_odds } = verdict else { return None };
            let confidence = log_odds.map_or(self.right, |log_odds| 1.0 / (1.0 + (-log_odds).exp()));
            places.extend(yes.then(|| Place::new(cluster, By::Model, confidence)));
        }
        places.sort_by(|one, other| other.confidence.total_cmp(&one.confidence).then(one.cluster.cmp(&other.cluster)));
        Some(if places.is_empty() { Placement::Uncovered(NONE_HOLDS.into()) } else { Placement::In(places) })
    }
}

/// The clusters of a place, in order.
fn clusters(placement: &Placement) -> Vec<usize> {
    let mut clusters: Vec<usize> = match placement {
        Placement::In(places) => places.iter().map(|place| place.cluster).collect(),
        Placement::Uncovered(_) | Placement::Failed(_) => Vec::new(),
    };
    clusters.sort_unstable();
    clusters
}

/// How often, at most, what a model found is where the document was inferred to be: of few, nearly always. One of several clusters
/// counts for its part only.
fn agreement(found: &[Option<Placement>], inferred: &[&Placement]) -> f64 {
    let agrees = |(found, inferred): (&Option<Placement>, &&Placement)| {
        let (said, before) = (clusters(found.as_ref()?), clusters(inferred));
        Some(if said.iter().any(|one| before.contains(one)) { 1.0 / said.len() as f64 } else { 0.0 })
    };
    let agreed: Vec<f64> = found.iter().zip(inferred).filter_map(agrees).collect();
    Share::wilson(agreed.iter().sum::<f64>().round() as usize, agreed.len()).high
}

/// Bounds the confidences of what a model found of some documents, of which nothing is known but how often it agrees with what was
/// inferred of them.
pub fn no_surer_than_agreement(found: &mut [Option<Placement>], inferred: &[&Placement]) {
    let most = agreement(found, inferred);
    cap(found.iter_mut().flatten(), most);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Question, Reply};

    /// Gives the same answers whatever is asked.
    struct Scripted(Vec<Answer>);

    impl Answerer for Scripted {
        fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
            assert_eq!(questions.len(), self.0.len());
            Ok(self.0.clone())
        }
    }

    fn numbered() -> Vec<(usize, Candidate)> {
        let candidate = |word: &str| Candidate { label: word.into(), predicate: format!("It tells of {word}.") };
        vec![(3, candidate("parcels")), (1, candidate("brakes"))]
    }

    fn put(clusters: &[usize]) -> Placement {
        Placement::In(clusters.iter().map(|&cluster| Place::new(cluster, By::Model, 0.98)).collect())
    }

    #[test]
    fn answers_that_do_not_depend_on_the_document_are_found_out() {
        let questions = LaterQuestions::of("goalex", false, "why?", numbered()).unwrap();
        let all = vec![Some(put(&[3, 1])); 12];
        assert!(questions.same_for_all(&all).is_some() && questions.same_for_all(&all[1..]).is_none());
        let mut others = all.clone();
        others[4] = Some(put(&[3]));
        assert!(questions.same_for_all(&others).is_none());
    }

    #[test]
    fn an_unknown_model_is_as_sure_as_it_agrees_with_what_was_inferred() {
        let (one, other) = (put(&[3]), put(&[1]));
        let mut found = vec![Some(put(&[3])), Some(put(&[3])), Some(put(&[3, 1])), None];
        no_surer_than_agreement(&mut found, &[&one, &other, &other, &one]);
        let Some(Placement::In(places)) = &found[0] else { panic!() };
        assert_eq!(places[0].confidence, Share::wilson(2, 3).high.min(0.98));
        let mut many = vec![Some(put(&[3])); 40];
        no_surer_than_agreement(&mut many, &vec![&other; 40]);
        let Some(Placement::In(places)) = &many[0] else { panic!() };
        assert!(places[0].confidence < 0.1);
    }

    #[test]
    fn a_listed_cluster_is_the_place_and_what_is_no_answer_leaves_none() {
        let prompts = Prompts::load(None).unwrap();
        let questions = LaterQuestions::of("auto", false, "why?", numbered()).unwrap().right_in(0.9);
        let answers = [
            Answer::Answered(Reply::Choice(vec![1])),
            Answer::Answered(Reply::Choice(vec![])),
            Answer::Unparsed("perhaps".into()),
            Answer::Failed("reset".into()),
            Answer::NotAsked,
        ];
        let placed = questions.ask(&["a", "b", "c", "d", "e"], &prompts, &Scripted(answers.to_vec())).unwrap();
        assert_eq!(placed[0], Some(Placement::In(vec![Place::new(1, By::Model, 0.9)])));
        assert_eq!(placed[1], Some(Placement::Uncovered(NONE_HOLDS.into())));
        assert_eq!((questions.each(), &placed[2..]), (1, &[None, None, None][..]));
    }

    #[test]
    fn each_predicate_is_asked_alone_and_a_missing_verdict_leaves_none() {
        let prompts = Prompts::load(None).unwrap();
        let questions = LaterQuestions::of("goalex", false, "why?", numbered()).unwrap();
        let verdict = |yes, log_odds| Answer::Answered(Reply::Verdict { yes, log_odds });
        let answers = vec![
            verdict(true, Some(1.0)),
            verdict(true, Some(3.0)),
            verdict(false, None),
            verdict(false, None),
            verdict(true, None),
            Answer::Failed("reset".into()),
        ];
        let placed = questions.ask(&["a", "b", "c"], &prompts, &Scripted(answers)).unwrap();
        let Some(Placement::In(held)) = &placed[0] else { panic!("{placed:?}") };
        assert_eq!(held.iter().map(|place| place.cluster).collect::<Vec<_>>(), [1, 3]);
        assert!(held[0].confidence > 0.95 && held[0].by == By::Model);
        assert_eq!((questions.each(), &placed[1..]), (2, &[Some(Placement::Uncovered(NONE_HOLDS.into())), None][..]));
    }

    #[test]
    fn a_method_that_does_not_ask_this_and_a_list_that_is_too_long_are_refused() {
        let problem = LaterQuestions::of("clusterllm", false, "why?", numbered()).unwrap_err().to_string();
        assert!(problem.contains("which does not ask where a document belongs"), "{problem}");
        let many: Vec<(usize, Candidate)> = (0..130).map(|number| (number, numbered()[0].1.clone())).collect();
        let problem = LaterQuestions::of("classify", false, "why?", many.clone()).unwrap_err().to_string();
        assert!(problem.contains("130 clusters, and at most 120"), "{problem}");
        assert!(LaterQuestions::of("classify", true, "why?", many.clone()).is_ok(), "a decision model reads more");
        assert_eq!(LaterQuestions::of("goalex", true, "why?", many).unwrap().each(), 1);
    }
}
