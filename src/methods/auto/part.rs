//! The part of the texts on which the spread is learned: all of them, or a random part of many.

use std::borrow::Cow;

use ndarray::{Array2, Axis, Slice};

use crate::embed::Embeddings;
use crate::features::{Plain, Space, spaces};
use crate::methods::Setting;
use crate::seed::{generator, shuffle};
use crate::spread::{Adapter, Ground, Posterior};
use crate::stages::batch;

/// Texts above which only as many of them are learned from: these are held in memory in every feature space, and fitted several
/// times in each.
const MOST: usize = 20_000;
/// Other texts that are seen in the feature spaces at once.
const AT_A_TIME: usize = 8_192;

/// The texts that may be judged, and the spaces learned from them.
pub(super) struct Part<'a> {
    setting: Setting<'a>,
    /// p of n texts, ascending.
    pub texts: Vec<usize>,
    /// The embedding first.
    spaces: Vec<Box<dyn Space>>,
    /// What is known of the p texts in each space.
    pub grounds: Vec<Ground<'a>>,
}

impl<'a> Part<'a> {
    /// All texts; above 20,000 as many at random, or all that so many questions could judge if that is more.
    pub fn new(setting: Setting<'a>, all: &[&str], questions: usize) -> Part<'a> {
        let count = questions.saturating_mul(batch::SIZE).max(MOST).min(all.len());
        let mut texts: Vec<usize> = (0..all.len()).collect();
        if count < all.len() {
            shuffle(&mut texts, &mut generator(setting.plan.seed, "part", &[]));
            texts.truncate(count);
            texts.sort_unstable();
        }
        let mut part = Part { setting, texts, spaces: Vec::new(), grounds: Vec::new() };
        let own: Vec<&str> = part.texts.iter().map(|&text| all[text]).collect();
        part.add(Box::new(Plain), &own);
        spaces(&own, setting.plan.seed).into_iter().for_each(|space| part.add(space, &own));
        part
    }

    /// Adds a space that was learned from the embeddings alone.
    pub fn add_adapted(&mut self, adapter: Adapter) {
        self.add(Box::new(Adapted(adapter)), &[]);
    }

    fn add(&mut self, space: Box<dyn Space>, own: &[&str]) {
        let embeddings = match self.is_whole() {
            true => Cow::Borrowed(self.setting.embeddings),
            false => Cow::Owned(self.setting.embeddings.select(&self.texts)),
        };
        let rows = if self.spaces.is_empty() { embeddings } else { Cow::Owned(space.rows(own, &embeddings)) };
        self.grounds.push(Ground::new(space.name(), rows));
        self.spaces.push(space);
    }

    /// Whether it is all texts.
    pub fn is_whole(&self) -> bool {
        self.texts.len() == self.setting.embeddings.len()
    }

    /// Where a text stands in the part.
    pub fn place(&self, text: usize) -> Option<usize> {
        self.texts.binary_search(&text).ok()
    }

    /// Log posteriors of all n texts (n×m).
    pub fn spread(&self, posterior: &Posterior<'_>, all: &[&str]) -> Array2<f32> {
        let own = posterior.of_all();
        if self.is_whole() {
            return own;
        }
        let others = posterior.others();
        let mut logs = Array2::zeros((all.len(), own.ncols()));
        for from in (0..all.len()).step_by(AT_A_TIME) {
            let range = from..all.len().min(from + AT_A_TIME);
            let embeddings = self.setting.embeddings.select(&range.clone().collect::<Vec<_>>());
            let rows = |space: usize| self.spaces[space].rows(&all[range.clone()], &embeddings);
            let found = others.of(range.len(), rows);
            logs.slice_axis_mut(Axis(0), Slice::from(range)).assign(&found);
        }
        for (&text, own) in self.texts.iter().zip(own.axis_iter(Axis(0))) {
            logs.row_mut(text).assign(&own);
        }
        logs
    }
}

/// The embedding as the perspective stage maps it.
#[derive(Debug)]
struct Adapted(Adapter);

impl Space for Adapted {
    fn name(&self) -> &'static str {
        "perspective"
    }

    fn rows(&self, _: &[&str], embeddings: &Embeddings) -> Embeddings {
        self.0.apply(embeddings)
    }
}
