//! What the answers teach: the core over some classes, its answers corrected where they are wrong too often.

use ndarray::Array2;

use super::classes::Classes;
use super::judgments::Judgments;
use super::session::Session;
use crate::error::Error;
use crate::spread::{Core, Ensemble, SoftLabels, Start, THIN, Terms, Validation, validate};
use crate::stages::soft_label::{Choice, ChoiceShare};

/// Letters a class from which they are weighed against the spread once it is learned; below, it would confirm its own errors.
const WEIGHED: f64 = 12.0;

/// What the core teaches of some classes, and how it is best spread.
pub(super) struct Learned {
    pub soft_labels: SoftLabels,
    pub validation: Validation,
    /// c×m log posteriors of the core, each document's by a fit on the other answers as they were given. Once answers are corrected,
    /// what is believed of the others follows from this document's answer too, and would seem to foretell it.
    pub foretold: Array2<f32>,
    /// c×m shares of the first answer on each document. Who is asked again because others foretold another answer, comes nearer to
    /// theirs by any second answer.
    pub first_answers: Array2<f32>,
    /// What was known before weighs so much compared with what was learned.
    pub weight: f32,
    /// What the predicates of the classes say.
    start: Start,
}

impl Learned {
    /// The classifiers that were found best, each having learned from all that is believed.
    pub fn ensemble(&self, session: &Session<'_>) -> Result<Ensemble, Error> {
        let spaces = &session.sample.feature_spaces;
        Ensemble::learn(spaces, &self.soft_labels.believed, &self.start, &self.validation)
    }
}

impl Judgments {
    /// Learns about some classes in the feature spaces `among`.
    pub(super) fn learn(
        &self,
        session: &Session<'_>,
        classes: &Classes,
        among: &[usize],
        is_last: bool,
    ) -> Result<Learned, Error> {
        let (sample, selected) = (&session.sample, &classes.candidates);
        let start = self.candidates.start.of(selected);
        let (core, first_answers) = self.core(session, classes);
        let by_letter = self.is_in_shares();
        let terms = Terms { thin: self.answers_a_class() < THIN, by_letter, seed: session.seed() };
        let texts = sample.texts_of(&core);
        let mut soft_labels = match self.noise() {
            Some(error) => SoftLabels::doubted(core, error),
            None if is_last && by_letter && self.answers_a_class() >= WEIGHED => SoftLabels::weighed(core),
            None => SoftLabels::taken(core),
        };
        self.take_as_evidence(session, &mut soft_labels.believed.answers, &texts, selected);
        let hear_prior = |validation: &mut Validation, soft_labels: &SoftLabels| {
            let (logs, answers) = (&mut validation.out_of_fold, &soft_labels.believed.answers);
            let weight = self.weight_of_prior(session, logs, answers, &texts, selected);
            self.hear_prior(session, logs, &texts, selected, weight);
            weight
        };
        let mut validation = validate(&sample.feature_spaces, among, &soft_labels, &start, terms)?;
        let mut weight = hear_prior(&mut validation, &soft_labels);
        let foretold = validation.out_of_fold.clone();
        if !soft_labels.is_evidence() {
            return Ok(Learned { soft_labels, validation, foretold, first_answers, weight, start });
        }
        // Measured errors bound what the spread may outvote; shares do not, and it would go on to confirm itself.
        if self.noise().is_some() {
            soft_labels.correct(&validation.out_of_fold);
            validation = validation.again(&sample.feature_spaces, &soft_labels, &start, terms)?;
            weight = hear_prior(&mut validation, &soft_labels);
        }
        soft_labels.correct(&validation.out_of_fold);
        Ok(Learned { soft_labels, validation, foretold, first_answers, weight, start })
    }

    /// What the answers so far teach of all candidates, in the feature spaces `among`.
    pub(super) fn learn_so_far(&self, session: &Session<'_>, among: &[usize]) -> Result<Learned, Error> {
        self.learn(session, &Classes::all(self), among, false)
    }

    /// Log posteriors of the texts of the sample (p×(m + 1)) for all candidates and none of them.
    pub(super) fn posteriors(&self, session: &Session<'_>, learned: &Learned) -> Result<Array2<f32>, Error> {
        let sample = &session.sample;
        let mut logs = learned.ensemble(session)?.of_all(&sample.feature_spaces);
        self.hear_prior(session, &mut logs, &sample.texts, &self.candidates.all(), learned.weight);
        Ok(logs)
    }

    /// The core over some classes, and a last one for none of them; its documents by their place in the sample. A document that holds
    /// only for what nothing is known of is left out. Beside it the shares of the first answer on each document.
    fn core(&self, session: &Session<'_>, classes: &Classes) -> (Core, Array2<f32>) {
        let is_k_known = self.clusters_wanted(session).is_some();
        let (mut documents, mut times, mut escalated) = (Vec::new(), Vec::new(), Vec::new());
        let (mut rows, mut first) = (Vec::new(), Vec::new());
        for (document, held) in self.answers.iter() {
            let Some(place) = session.sample.place(document) else { continue };
            let row = self.row(held.iter(), classes, is_k_known);
            let sum: f32 = row.iter().sum();
            if sum > 0.0 {
                documents.push(place);
                times.push(sum);
                escalated.push(self.answers.is_escalated(document));
                rows.extend(row.iter().map(|share| share / sum));
                first.extend(self.row(held.of_first_answer(), classes, is_k_known));
            }
        }
        let shares = |rows: Vec<f32>| {
            let mut shares = Array2::zeros((documents.len(), classes.none() + 1));
            shares.iter_mut().zip(rows).for_each(|(to, from)| *to = from);
            shares
        };
        let (answers, first) = (shares(rows), shares(first));
        (Core { documents, answers, times, escalated }, first)
    }

    /// The shares that `held` of a document gives to the classes. What they give to a candidate without a class, they give to none
    /// of the classes; only of a candidate that noise explains nothing is known.
    fn row(&self, held: impl Iterator<Item = ChoiceShare>, classes: &Classes, is_k_known: bool) -> Vec<f32> {
        let held: Vec<ChoiceShare> = held.collect();
        let has_class = |choice: Choice| choice.candidate().is_some_and(|candidate| classes.of(candidate).is_some());
        // Shares of letters are of one group each, and weak evidence: without `-k` what they give to a group that does not
        // pay for itself is no word against the others. Other answers say of every group that they name that it holds.
        let is_against = if self.is_in_shares() { is_k_known } else { !held.iter().any(|one| has_class(one.choice)) };
        let mut row = vec![0.0; classes.none() + 1];
        for one in held.iter() {
            let class = match one.choice {
                Choice::NoneOfThese => Some(classes.none()),
                Choice::Candidate(candidate) if classes.noise.contains(&candidate) => None,
                Choice::Candidate(candidate) => classes.of(candidate).or(is_against.then_some(classes.none())),
            };
            if let Some(class) = class {
                row[class] += one.share;
            }
        }
        row
    }
}
