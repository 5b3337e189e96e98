//! The other half of the questions: documents on which the spread is unsure, spread out.

use super::judgments::Judgments;
use super::session::Session;
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::model::StageName;
use crate::vectors::margin;

/// Batches: after each the spread is fitted anew.
const BATCHES: usize = 4;
/// Unsure documents among which a batch is spread out, as a multiple of the batch.
const POOL: usize = 3;

/// Asks what is left. A resumed run with a larger number of questions first does what it did with the smaller ones, from its
/// journal, and then escalates further. What the former audits and tests asked stays paid for.
pub(super) fn escalate(session: &Session<'_>, judgments: &mut Judgments) -> Result<(), Error> {
    judgments.escalate(session)?;
    let ended = judgments.questions_for(session.setting.wanted().audit) + judgments.kept_for_test(session);
    for (former, questions) in session.raised_budgets().into_iter().enumerate() {
        session.budget.allow(questions.saturating_sub((former + 1) * ended));
        judgments.escalate(session)?;
    }
    Ok(())
}

impl Judgments {
    /// Asks what is left, in batches of the smallest margins.
    fn escalate(&mut self, session: &Session<'_>) -> Result<(), Error> {
        let mut among = session.sample.everywhere();
        for batch in 0..BATCHES {
            let count = self.affordable(session, 1).div_ceil(BATCHES - batch);
            if count == 0 || self.answers.len() == 0 {
                break;
            }
            let documents = self.unsure(session, count, &mut among)?;
            if documents.is_empty() {
                break;
            }
            let (asked, fresh): (Vec<usize>, Vec<usize>) =
                documents.into_iter().partition(|&document| self.answers.of(document).is_some());
            self.judge(session, &fresh, StageName::Escalate)?;
            self.answers.escalate(&fresh);
            self.judge_again(session, &asked)?;
        }
        Ok(())
    }

    /// `count` documents: of the smallest margins one from each of as many clusters. Where answers are wrong too often, those
    /// that were asked about once may be asked about again.
    fn unsure(&self, session: &Session<'_>, count: usize, among: &mut Vec<usize>) -> Result<Vec<usize>, Error> {
        let mut unsure = self.margins(session, among)?;
        unsure.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        unsure.truncate(count * POOL);
        let unsure: Vec<usize> = unsure.into_iter().map(|(document, _)| document).collect();
        if unsure.len() <= count {
            return Ok(unsure);
        }
        let rows = session.setting.embeddings.select(&unsure);
        let parameters = KMeans { starts: 1, iterations: 5, ..KMeans::new(count, session.seed()) };
        let clusters = kmeans(&rows, &vec![1.0; unsure.len()], parameters)?.members();
        // Rows stand in the order of their margins: the first member of a cluster is its least sure one.
        let mut chosen: Vec<usize> =
            clusters.iter().filter_map(|members| members.first()).map(|&row| unsure[row]).collect();
        let more: Vec<usize> = unsure.iter().copied().filter(|document| !chosen.contains(document)).collect();
        chosen.extend(more.into_iter().take(count - chosen.len()));
        Ok(chosen)
    }

    /// The documents that may be asked about, each with its margin in the feature spaces that are used of those `among` which
    /// they are chosen; later batches keep to them.
    fn margins(&self, session: &Session<'_>, among: &mut Vec<usize>) -> Result<Vec<(usize, f32)>, Error> {
        let learned = self.learn_so_far(session, among)?;
        *among = learned.validation.used();
        let logs = self.posteriors(session, &learned)?;
        let unasked = self.answers.unasked();
        let fresh = unasked.into_iter().filter_map(|document| Some((document, session.sample.place(document)?)));
        let mut margins: Vec<(usize, f32)> =
            fresh.map(|(document, place)| (document, margin(logs.row(place)))).collect();
        if self.noise().is_some() {
            let once = self.answers.asked_once();
            let believed = &learned.soft_labels.believed;
            let members = session.sample.texts_of(believed).into_iter().enumerate();
            let doubtful = members.filter(|(_, document)| once.binary_search(document).is_ok());
            margins.extend(doubtful.map(|(member, document)| {
                let logs = believed.answers.row(member).mapv(f32::ln);
                (document, margin(logs.view()))
            }));
        }
        Ok(margins)
    }
}
