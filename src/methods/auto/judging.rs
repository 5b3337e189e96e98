//! Asking which candidates hold: a closed list, a shortlist, single pairs, or batches of documents; and what came back.
//!
//! Where a document's list is cut to the candidates that are most like it, and none of these holds, it is asked about the next
//! ones: that none of a part holds says neither that none of all does, nor which other one.

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
/// Candidates most like a document of which none holds, one by one, from which none of the others is asked about either.
const DENIED: usize = SHORTLIST;

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
        let asked = self.asked(session, documents, stage, false)?;
        for (&document, (judgement, is_whole)) in documents.iter().zip(asked) {
            self.answers.note(document, judgement, is_whole);
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
        let asked = self.asked(session, documents, stage, again)?;
        Ok(asked.into_iter().map(|(judgement, _)| judgement).collect())
    }

    /// One judgement a document, and whether it was asked about so many candidates that none of them means none of all.
    fn asked(
        &mut self,
        session: &Session<'_>,
        documents: &[usize],
        stage: StageName,
        again: bool,
    ) -> Result<Vec<(Judgement, bool)>, Error> {
        if self.judge.ask == Ask::Batch {
            let judgements = self.batches(session, documents, stage, again)?;
            return Ok(judgements.into_iter().map(|judgement| (judgement, true)).collect());
        }
        let Some(listed) = self.listed() else {
            let options = vec![self.candidates.all(); documents.len()];
            let judgements = self.of_lists(session, documents, options, stage, again)?;
            return Ok(judgements.into_iter().map(|judgement| (judgement, true)).collect());
        };
        let ranked = self.ranked(session, documents);
        let first = ranked.iter().map(|order| order[..listed].to_vec()).collect();
        let mut judgements = self.of_lists(session, documents, first, stage, again)?;
        let is_none = |judgement: &Judgement| judgement.first() == Some(Choice::NoneOfThese);
        let (step, enough) = self.further(listed);
        let mut open: Vec<usize> = (0..documents.len()).filter(|&place| is_none(&judgements[place])).collect();
        open.truncate(self.affordable(session, enough.saturating_sub(listed).div_ceil(step).max(1)));
        let mut asked_on = vec![false; documents.len()];
        open.iter().for_each(|&place| asked_on[place] = true);
        let mut shown = listed;
        while shown < enough && !open.is_empty() {
            let next = (shown + step).min(enough);
            let about: Vec<usize> = open.iter().map(|&place| documents[place]).collect();
            let options = open.iter().map(|&place| ranked[place][shown..next].to_vec()).collect();
            let further = self.of_lists(session, &about, options, stage, again)?;
            open.iter().zip(further).for_each(|(&place, judgement)| judgements[place] = judgement);
            open.retain(|&place| is_none(&judgements[place]));
            shown = next;
        }
        Ok(judgements.into_iter().zip(asked_on).collect())
    }

    /// Of documents of which none of the candidates listed first holds: how many more are listed at once, and up to how many in all.
    fn further(&self, listed: usize) -> (usize, usize) {
        let m = self.candidates.len();
        match self.judge.ask {
            Ask::Pair => (PAIRS, m.min(DENIED.max(listed))),
            Ask::Letter => (LONGEST_LETTERED, m),
            Ask::Decide => (LONGEST_DECIDED, m),
            Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Batch => (LONGEST_LIST, m),
        }
    }

    /// One judgement a document, each by its own list.
    fn of_lists(
        &mut self,
        session: &Session<'_>,
        documents: &[usize],
        mut options: Vec<Vec<usize>>,
        stage: StageName,
        again: bool,
    ) -> Result<Vec<Judgement>, Error> {
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

    /// Whether all candidates are listed for every document.
    pub fn lists_are_whole(&self) -> bool {
        self.listed().is_none()
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
        let Some(listed) = self.listed() else { return vec![self.candidates.all(); documents.len()] };
        let mut ranked = self.ranked(session, documents);
        ranked.iter_mut().for_each(|order| order.truncate(listed));
        ranked
    }

    /// All candidates for each document, those first that its vector is nearest to.
    fn ranked(&self, session: &Session<'_>, documents: &[usize]) -> Vec<Vec<usize>> {
        let rows = session.setting.embeddings.select(documents);
        let scores = self.candidates.start.scores(&session.sample.feature_spaces[0], &rows);
        let nearest = |place: usize| {
            let mut order = self.candidates.all();
            order.sort_by(|&a, &b| scores[(place, b)].total_cmp(&scores[(place, a)]).then(a.cmp(&b)));
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
