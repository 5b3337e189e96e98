//! Asking which candidates hold: a closed list, a shortlist, single pairs, or batches of documents; and what came back.

use super::judgments::Judgments;
use super::position_bias::{LEAST_SHARE, PositionBias};
use super::session::Session;
use crate::error::Error;
use crate::model::{LONGEST_DECIDED, LONGEST_LETTERED, StageName};
use crate::plan::Ask;
use crate::stages::assign::Assign;
use crate::stages::batch::{Batch, Batches, SIZE};
use crate::stages::core::{Core, Judgement, Lists};
use crate::stages::run;
use crate::stages::soft_label::{Choice, SoftLabel};

/// Candidates of a shortlist.
const SHORTLIST: usize = 12;
/// Candidates of a document that are asked about one by one.
pub(super) const PAIRS: usize = 4;
/// A list longer than this is cut to a shortlist.
const LONGEST_LIST: usize = 120;

impl Judgments {
    /// Documents that so many questions pay for.
    pub fn documents_for(&self, questions: usize) -> usize {
        match self.judge.ask {
            Ask::Pair => questions / self.candidates.len().clamp(1, PAIRS),
            Ask::Batch => questions.saturating_mul(SIZE),
            Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter | Ask::Decide => questions,
        }
    }

    /// Questions that so many documents cost.
    pub fn questions_for(&self, documents: usize) -> usize {
        match self.judge.ask {
            Ask::Pair => documents * self.candidates.len().clamp(1, PAIRS),
            Ask::Batch => documents.div_ceil(SIZE),
            Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter | Ask::Decide => documents,
        }
    }

    /// Documents that one part in `parts` of the questions left pays for; the shares of audit and test are kept.
    pub fn affordable(&self, session: &Session<'_>, parts: usize) -> usize {
        let kept = self.questions_for(self.reserved) + self.kept_for_test(session);
        let left = session.budget.left().saturating_sub(kept);
        self.documents_for(left / parts)
    }

    /// Asks about documents and notes what came back.
    pub fn judge(&mut self, session: &Session<'_>, documents: &[usize], stage: StageName) -> Result<(), Error> {
        let whole = self.listed().is_none();
        for (&document, judgement) in documents.iter().zip(self.judgements(session, documents, stage, false)?) {
            self.answers.note(document, judgement, whole);
        }
        Ok(())
    }

    /// Asks about judged documents in other words and with the list the other way round. Returns how many answered, and how
    /// many of them as before.
    pub fn judge_again(&mut self, session: &Session<'_>, documents: &[usize]) -> Result<(usize, usize), Error> {
        let (mut asked, mut agreed) = (0, 0);
        for (&document, judgement) in
            documents.iter().zip(self.judgements(session, documents, StageName::Again, true)?)
        {
            let second = judgement.first();
            let Judgement::Held(held) = judgement else { continue };
            asked += 1;
            agreed += usize::from(self.answers.first(document) == second);
            self.answers.add(document, held);
        }
        Ok((asked, agreed))
    }

    /// One judgement a document.
    pub fn judgements(
        &mut self,
        session: &Session<'_>,
        documents: &[usize],
        stage: StageName,
        again: bool,
    ) -> Result<Vec<Judgement>, Error> {
        if self.judge.ask == Ask::Batch {
            return self.batches(session, documents, stage, again);
        }
        let mut options = self.options(session, documents);
        if self.judge.ask == Ask::Pair {
            return self.pairs(session, documents, &options);
        }
        if again {
            options.iter_mut().for_each(|options| options.reverse());
        }
        let (in_shares, prompts) = (self.is_in_shares(), session.prompts);
        let prompt = match (self.judge.ask, again) {
            (Ask::Letter, false) => &prompts.letter,
            (Ask::Letter, true) => &prompts.letter_again,
            (Ask::Decide, false) => &prompts.decide,
            (Ask::Decide, true) => &prompts.decide_again,
            (_, false) => &prompts.core,
            (_, true) => &prompts.again,
        };
        let candidates = &self.candidates.list;
        let lists = Lists { texts: &session.texts, documents, options: &options, candidates };
        let judgements = run(&Core { prompt, stage, goal: session.goal() }, lists, &session.budget)?;
        Ok(if in_shares { self.without_bias(session, judgements, documents, again) } else { judgements })
    }

    /// Letters read without the model's position bias, which are measured, for each wording, on the most answers that came at once.
    fn without_bias(
        &mut self,
        session: &Session<'_>,
        judgements: Vec<Judgement>,
        documents: &[usize],
        again: bool,
    ) -> Vec<Judgement> {
        let all = self.candidates.all();
        let expected: Option<Vec<Vec<f32>>> = self.prior().map(|prior| {
            let row = |document| session.setting.embeddings.row(document);
            documents.iter().map(|&document| prior.of(document, row(document), &all)).collect()
        });
        let bias = &mut self.judge.biases[usize::from(again)];
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
    pub fn said<'b>(&self, held: &'b SoftLabel) -> impl Iterator<Item = Choice> + use<'b> {
        let least = self.least_share(held);
        held.iter().filter(move |one| one.share >= least).map(|one| one.choice)
    }

    /// The smallest share of an answer that says something.
    pub fn least_share(&self, held: &SoftLabel) -> f32 {
        if self.is_in_shares() { LEAST_SHARE.min(held.largest_share()) } else { 0.0 }
    }

    /// How many candidates are listed for a document; none where all of them are.
    fn listed(&self) -> Option<usize> {
        let m = self.candidates.len();
        let listed = match self.judge.ask {
            Ask::Many | Ask::Batch => m,
            Ask::Auto if m <= LONGEST_LIST => m,
            Ask::Letter if m <= LONGEST_LETTERED => m,
            Ask::Decide if m <= LONGEST_DECIDED => m,
            Ask::Pair => PAIRS,
            Ask::Auto | Ask::Shortlist | Ask::Letter | Ask::Decide => SHORTLIST,
        };
        (listed < m).then_some(listed)
    }

    /// The candidates listed for each document: all of them, or those that its vector is nearest to.
    pub fn options(&self, session: &Session<'_>, documents: &[usize]) -> Vec<Vec<usize>> {
        let m = self.candidates.len();
        let Some(listed) = self.listed() else { return vec![(0..m).collect(); documents.len()] };
        let rows = session.setting.embeddings.select(documents);
        let scores = self.candidates.start.scores(&session.sample.feature_spaces[0], &rows);
        let nearest = |place: usize| {
            let mut order: Vec<usize> = (0..m).collect();
            order.sort_by(|&a, &b| scores[(place, b)].total_cmp(&scores[(place, a)]).then(a.cmp(&b)));
            order.truncate(listed);
            order
        };
        (0..documents.len()).map(nearest).collect()
    }

    /// Ten documents a question, all candidates listed.
    pub fn batches(
        &self,
        session: &Session<'_>,
        documents: &[usize],
        stage: StageName,
        again: bool,
    ) -> Result<Vec<Judgement>, Error> {
        let mut options = self.candidates.all();
        if again {
            options.reverse();
        }
        let prompt = if again { &session.prompts.batch_again } else { &session.prompts.batch };
        let candidates = &self.candidates.list;
        let batches = Batches { texts: &session.texts, documents, options: &options, candidates };
        run(&Batch { prompt, stage, goal: session.goal() }, batches, &session.budget)
    }

    /// Single yes/no pairs, each candidate's read by its own threshold, fitted on the first batch; what holds is shared out in
    /// proportion to the odds.
    fn pairs(
        &mut self,
        session: &Session<'_>,
        documents: &[usize],
        options: &[Vec<usize>],
    ) -> Result<Vec<Judgement>, Error> {
        let stage = Assign { prompt: &session.prompts.assign };
        let pairs: Vec<(usize, usize)> = documents
            .iter()
            .zip(options)
            .flat_map(|(&document, options)| options.iter().map(move |&option| (document, option)))
            .collect();
        let verdicts = stage.pairs(&session.texts, &self.candidates.list, &pairs, &session.budget)?;
        Ok(self.judge.of_pairs(&pairs, verdicts, options, self.candidates.len()))
    }
}
