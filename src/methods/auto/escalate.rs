//! The other half of the questions: documents on which the spread is unsure, spread out.

use super::Auto;
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::spread::{Validation, margin, posteriors, validate};

/// Batches: after each the spread is fitted anew.
const BATCHES: usize = 4;
/// Unsure documents among which a batch is spread out, as a multiple of the batch.
const POOL: usize = 3;

impl Auto<'_> {
    /// Asks what is left, in batches of the smallest margins.
    pub(super) fn escalate(&mut self) -> Result<(), Error> {
        let mut validation = None;
        for batch in 0..BATCHES {
            let count = self.affordable(1).min(self.judged.unasked().len()).div_ceil(BATCHES - batch);
            if count == 0 || self.judged.len() == 0 {
                break;
            }
            let documents = self.unsure(count, &mut validation)?;
            self.judge(&documents, "escalate")?;
        }
        Ok(())
    }

    /// `count` documents never asked about: of the smallest margins one from each of as many clusters.
    fn unsure(&self, count: usize, validation: &mut Option<Validation>) -> Result<Vec<usize>, Error> {
        let all: Vec<usize> = (0..self.candidates.len()).collect();
        let (core, start) = (self.core(&all), self.start()?);
        let validation = match validation.take() {
            Some(known) => validation.insert(known),
            None => validation.insert(validate(&self.ground, &core, start, self.is_thin(), self.setting.plan.seed)?),
        };
        let logs = posteriors(&self.ground, &core, start, validation)?;
        let mut unsure = self.judged.unasked();
        let margins: Vec<f32> = logs.rows().into_iter().map(margin).collect();
        unsure.sort_by(|&a, &b| margins[a].total_cmp(&margins[b]).then(a.cmp(&b)));
        unsure.truncate(count * POOL);
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
}
