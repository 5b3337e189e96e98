//! Asking which candidates hold: a closed list, a shortlist, single pairs, or batches of documents; and what came back.

use super::Auto;
use super::position_bias::{LEAST_SHARE, PositionBias};
use crate::error::Error;
use crate::model::LONGEST_LETTERED;
use crate::plan::Ask;
use crate::stages::assign::{Assign, Calibration, Verdict, calibrate};
use crate::stages::batch::{Batch, Batches, SIZE};
use crate::stages::core::{Core, Judgement, Lists};
use crate::stages::run;
use crate::stages::soft_label::{Choice, ChoiceShare, SoftLabel};

/// Candidates of a shortlist.
const SHORTLIST: usize = 12;
/// Candidates of a document that are asked about one by one.
pub(super) const PAIRS: usize = 4;
/// Verdicts on a candidate below which its threshold is not fitted.
const LEAST_VERDICTS: usize = 20;
/// A list longer than this is cut to a shortlist.
const LONGEST_LIST: usize = 120;

/// Log-odds nearer to each other than this say the same.
const ALIKE: f64 = 0.1;

impl Auto<'_> {
    /// Documents that so many questions pay for.
    pub(super) fn documents_for(&self, questions: usize) -> usize {
        match self.ask {
            Ask::Pair => questions / self.candidates.len().clamp(1, PAIRS),
            Ask::Batch => questions.saturating_mul(SIZE),
            Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter => questions,
        }
    }

    /// Questions that so many documents cost.
    pub(super) fn questions_for(&self, documents: usize) -> usize {
        match self.ask {
            Ask::Pair => documents * self.candidates.len().clamp(1, PAIRS),
            Ask::Batch => documents.div_ceil(SIZE),
            Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter => documents,
        }
    }

    /// Asks about documents and notes what came back.
    pub(super) fn judge(&mut self, documents: &[usize], stage: &'static str) -> Result<(), Error> {
        let whole = self.listed().is_none();
        for (&document, judgement) in documents.iter().zip(self.judgements(documents, stage, false)?) {
            self.judged.note(document, judgement, whole);
        }
        Ok(())
    }

    /// Asks about judged documents in other words and with the list the other way round. Returns how many answered, and how
    /// many of them as before.
    pub(super) fn judge_again(&mut self, documents: &[usize]) -> Result<(usize, usize), Error> {
        let (mut asked, mut agreed) = (0, 0);
        for (&document, judgement) in documents.iter().zip(self.judgements(documents, "again", true)?) {
            let second = judgement.first();
            let Judgement::Held(held) = judgement else { continue };
            asked += 1;
            agreed += usize::from(self.judged.first(document) == second);
            self.judged.add(document, held);
        }
        Ok((asked, agreed))
    }

    /// How often random documents are judged otherwise when they are asked about again shows how often answers are wrong.
    pub(super) fn measure_error(&mut self, documents: &[usize]) -> Result<(), Error> {
        let (asked, agreed) = self.judge_again(documents)?;
        self.note_error(asked, agreed);
        Ok(())
    }

    /// So many documents were judged twice, and so many of them alike.
    pub(super) fn note_error(&mut self, asked: usize, agreed: usize) {
        if asked > 0 {
            (self.record.asked_twice, self.record.agreed) = (asked, agreed);
            self.twice_among = self.candidates.len();
            self.record.error = Some(error_of(agreed as f64 / asked as f64, self.candidates.len()));
        }
    }

    /// One judgement a document.
    pub(super) fn judgements(
        &mut self,
        documents: &[usize],
        stage: &'static str,
        again: bool,
    ) -> Result<Vec<Judgement>, Error> {
        if self.ask == Ask::Batch {
            return self.batches(documents, stage, again);
        }
        let mut options = self.options(documents)?;
        if self.ask == Ask::Pair {
            return self.pairs(documents, &options);
        }
        if again {
            options.iter_mut().for_each(|options| options.reverse());
        }
        let by_letter = self.ask == Ask::Letter;
        let prompt = match (by_letter, again) {
            (false, false) => &self.prompts.core,
            (false, true) => &self.prompts.again,
            (true, false) => &self.prompts.letter,
            (true, true) => &self.prompts.letter_again,
        };
        let lists = Lists { texts: &self.texts, documents, options: &options, candidates: &self.candidates };
        let judgements = run(&Core { prompt, stage, goal: &self.setting.plan.goal }, lists, &self.budget)?;
        Ok(if by_letter { self.without_bias(judgements, documents, again) } else { judgements })
    }

    /// Letters read without the model's position bias, which are measured, for each wording, on the most answers that came at once.
    fn without_bias(&mut self, judgements: Vec<Judgement>, documents: &[usize], again: bool) -> Vec<Judgement> {
        let all = self.all_candidates();
        let expected: Option<Vec<Vec<f32>>> = self.prior().map(|prior| {
            documents.iter().map(|&document| prior.of(document, self.setting.embeddings.row(document), &all)).collect()
        });
        let bias = &mut self.biases[usize::from(again)];
        let (answers, candidates) = (judgements.len(), self.candidates.len());
        if bias.as_ref().is_none_or(|bias| bias.is_outdone(answers, candidates)) {
            *bias = PositionBias::fit(&judgements, expected.as_deref(), candidates).or(bias.take());
        }
        let none = PositionBias::default();
        let bias = bias.as_ref().unwrap_or(&none);
        // What a letter leaves to candidates that it hardly names may still be much where the prior is for them.
        let least = if expected.is_some() { 0.0 } else { LEAST_SHARE };
        judgements.into_iter().map(|judgement| bias.taken_from(judgement, least)).collect()
    }

    /// What an answer names: by letter only choices of a share that says something.
    pub(super) fn said<'b>(&self, held: &'b SoftLabel) -> impl Iterator<Item = Choice> + use<'b> {
        let least = if self.ask == Ask::Letter { LEAST_SHARE.min(held.largest_share()) } else { 0.0 };
        held.iter().filter(move |one| one.share >= least).map(|one| one.choice)
    }

    /// How many candidates are listed for a document; none where all of them are.
    fn listed(&self) -> Option<usize> {
        let m = self.candidates.len();
        let listed = match self.ask {
            Ask::Many | Ask::Batch => m,
            Ask::Auto if m <= LONGEST_LIST => m,
            Ask::Letter if m <= LONGEST_LETTERED => m,
            Ask::Pair => PAIRS,
            Ask::Auto | Ask::Shortlist | Ask::Letter => SHORTLIST,
        };
        (listed < m).then_some(listed)
    }

    /// The candidates listed for each document: all of them, or those that its vector is nearest to.
    pub(super) fn options(&self, documents: &[usize]) -> Result<Vec<Vec<usize>>, Error> {
        let m = self.candidates.len();
        let Some(listed) = self.listed() else { return Ok(vec![(0..m).collect(); documents.len()]) };
        let scores = self.start()?.scores(&self.sample.feature_spaces[0], &self.setting.embeddings.select(documents));
        let nearest = |place: usize| {
            let mut order: Vec<usize> = (0..m).collect();
            order.sort_by(|&a, &b| scores[(place, b)].total_cmp(&scores[(place, a)]).then(a.cmp(&b)));
            order.truncate(listed);
            order
        };
        Ok((0..documents.len()).map(nearest).collect())
    }

    /// Ten documents a question, all candidates listed.
    pub(super) fn batches(
        &self,
        documents: &[usize],
        stage: &'static str,
        again: bool,
    ) -> Result<Vec<Judgement>, Error> {
        let mut options = self.all_candidates();
        if again {
            options.reverse();
        }
        let prompt = if again { &self.prompts.batch_again } else { &self.prompts.batch };
        let batches = Batches { texts: &self.texts, documents, options: &options, candidates: &self.candidates };
        run(&Batch { prompt, stage, goal: &self.setting.plan.goal }, batches, &self.budget)
    }

    /// Single yes/no pairs, each candidate's read by its own threshold, fitted on the first batch; what holds is shared out in
    /// proportion to the odds.
    fn pairs(&mut self, documents: &[usize], options: &[Vec<usize>]) -> Result<Vec<Judgement>, Error> {
        let stage = Assign { prompt: &self.prompts.assign };
        let pairs: Vec<(usize, usize)> = documents
            .iter()
            .zip(options)
            .flat_map(|(&document, options)| options.iter().map(move |&option| (document, option)))
            .collect();
        let verdicts = stage.pairs(&self.texts, &self.candidates, &pairs, &self.budget)?;
        verdicts.iter().for_each(|verdict| self.verdicts.note(verdict));
        if self.calibrations.len() < self.candidates.len() {
            self.calibrations = calibrations(&pairs, &verdicts, self.candidates.len());
        }
        let mut verdicts = verdicts.into_iter();
        let mut own = |options: &Vec<usize>| -> Vec<Verdict> { verdicts.by_ref().take(options.len()).collect() };
        Ok(options.iter().map(|options| of_pairs(options, own(options), &self.calibrations)).collect())
    }
}

/// What single verdicts have said so far: how many were Yes and No, and between which log-odds.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    counts: [usize; 2],
    log_odds: Option<(f64, f64)>,
}

impl Verdicts {
    fn note(&mut self, verdict: &Verdict) {
        let Verdict::Given { yes, log_odds } = verdict else { return };
        self.counts[usize::from(*yes)] += 1;
        let Some(log_odds) = *log_odds else { return };
        let (low, high) = self.log_odds.unwrap_or((log_odds, log_odds));
        self.log_odds = Some((low.min(log_odds), high.max(log_odds)));
    }

    /// Whether all are the same, as words and as probabilities.
    pub fn are_one(&self) -> bool {
        self.counts.contains(&0) && self.log_odds.is_none_or(|(low, high)| high - low < ALIKE)
    }
}

/// Each candidate's threshold over the verdicts on it; the model's own where they are few.
fn calibrations(pairs: &[(usize, usize)], verdicts: &[Verdict], candidates: usize) -> Vec<Calibration> {
    let of = |candidate: usize| {
        let own: Vec<Verdict> = pairs
            .iter()
            .zip(verdicts)
            .filter(|((_, other), _)| *other == candidate)
            .map(|(_, verdict)| verdict.clone())
            .collect();
        if own.len() < LEAST_VERDICTS { Calibration::NONE } else { calibrate(&own, &vec![1.0; own.len()]) }
    };
    (0..candidates).map(of).collect()
}

/// One document's judgement from its pairs; a missing verdict on any of them leaves it unjudged.
fn of_pairs(options: &[usize], verdicts: Vec<Verdict>, calibrations: &[Calibration]) -> Judgement {
    let mut held: Vec<ChoiceShare> = Vec::new();
    for (&option, verdict) in options.iter().zip(verdicts) {
        match verdict {
            Verdict::Given { log_odds: Some(log_odds), .. } => {
                let score = calibrations[option].score(log_odds);
                held.extend((score > 0.0).then_some(Choice::Candidate(option).with(score.exp() as f32)));
            }
            Verdict::Given { yes, log_odds: None } => held.extend(yes.then_some(Choice::Candidate(option).with(1.0))),
            Verdict::Unparsed => return Judgement::Unparsed,
            Verdict::Failed(problem) => return Judgement::Failed(problem),
            Verdict::NotAsked => return Judgement::NotAsked,
        }
    }
    if held.is_empty() {
        return Judgement::none();
    }
    let sum: f32 = held.iter().map(|one| one.share).sum();
    held.iter_mut().for_each(|one| one.share /= sum);
    Judgement::Held(SoftLabel::of(held))
}

/// The share of wrong answers at which two of their own agree so often, where a wrong one falls on any of the other candidates.
pub(super) fn error_of(agreement: f64, candidates: usize) -> f64 {
    let spread = 1.0 + 1.0 / (candidates.max(2) - 1) as f64;
    let root = (1.0 - spread * (1.0 - agreement)).max(0.0).sqrt();
    (1.0 - root) / spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_inferred_from_how_often_two_answers_agree() {
        for (error, candidates) in [(0.0, 4), (0.2, 4), (0.1, 77)] {
            let agreement = (1.0_f64 - error).powi(2) + error * error / f64::from(candidates - 1);
            assert!((error_of(agreement, candidates as usize) - error).abs() < 1e-9);
        }
    }

    #[test]
    fn a_missing_pair_leaves_the_document_unjudged() {
        let given = |odds: f64| Verdict::Given { yes: odds > 0.0, log_odds: Some(odds) };
        let of = |verdicts| of_pairs(&[4, 2], verdicts, &[Calibration::NONE; 5]);
        assert_eq!(of(vec![given(1.0), Verdict::NotAsked]), Judgement::NotAsked);
        assert_eq!(of(vec![given(-1.0), given(-2.0)]), Judgement::none());
        let Judgement::Held(held) = of(vec![given(1.0), given(2.0)]) else { panic!("no judgement") };
        assert_eq!(held.first(), Some(Choice::Candidate(2)));
        assert!(held.iter().len() == 2 && (held.answers() - 1.0).abs() < 1e-6);
    }
}
