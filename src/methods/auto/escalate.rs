//! The other half of the questions: documents on which the spread is unsure, spread out.

use super::Auto;
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::vectors::margin;

/// Batches: after each the spread is fitted anew.
const BATCHES: usize = 4;
/// Unsure documents among which a batch is spread out, as a multiple of the batch.
const POOL: usize = 3;

impl Auto<'_> {
    /// Asks what is left, in batches of the smallest margins.
    pub(super) fn escalate(&mut self) -> Result<(), Error> {
        let mut among = self.sample.everywhere();
        for batch in 0..BATCHES {
            let count = self.affordable(1).div_ceil(BATCHES - batch);
            if count == 0 || self.judged.len() == 0 {
                break;
            }
            let documents = self.unsure(count, &mut among)?;
            if documents.is_empty() {
                break;
            }
            let (asked, fresh): (Vec<usize>, Vec<usize>) =
                documents.into_iter().partition(|&document| self.judged.of(document).is_some());
            self.judge(&fresh, "escalate")?;
            self.judged.escalate(&fresh);
            self.judge_again(&asked)?;
        }
        Ok(())
    }

    /// `count` documents: of the smallest margins one from each of as many clusters. Where answers are wrong too often, those
    /// that were asked about once may be asked about again.
    fn unsure(&self, count: usize, among: &mut Vec<usize>) -> Result<Vec<usize>, Error> {
        let mut unsure = self.margins(among)?;
        unsure.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        unsure.truncate(count * POOL);
        let unsure: Vec<usize> = unsure.into_iter().map(|(document, _)| document).collect();
        if unsure.len() <= count {
            return Ok(unsure);
        }
        let rows = self.setting.embeddings.select(&unsure);
        let parameters = KMeans { starts: 1, iterations: 5, ..KMeans::new(count, self.setting.plan.seed) };
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
    fn margins(&self, among: &mut Vec<usize>) -> Result<Vec<(usize, f32)>, Error> {
        let learned = self.learn_so_far(among)?;
        *among = learned.validation.used();
        let logs = self.posteriors(&learned)?;
        let unasked = self.judged.unasked();
        let fresh = unasked.into_iter().filter_map(|document| Some((document, self.sample.place(document)?)));
        let mut margins: Vec<(usize, f32)> =
            fresh.map(|(document, place)| (document, margin(logs.row(place)))).collect();
        if self.noise().is_some() {
            let once = self.judged.asked_once();
            let believed = &learned.soft_labels.believed;
            let members = believed.documents.iter().enumerate();
            let members = members.map(|(member, &place)| (member, self.sample.texts[place]));
            let doubtful = members.filter(|(_, document)| once.binary_search(document).is_ok());
            margins.extend(doubtful.map(|(member, document)| {
                let logs = believed.answers.row(member).mapv(f32::ln);
                (document, margin(logs.view()))
            }));
        }
        Ok(margins)
    }
}
