//! The training sample: the texts on which the spread is learned. All of them, or a random sample of many.

use std::borrow::Cow;

use ndarray::{Array2, Axis};

use crate::methods::Setting;
use crate::seed::{drawn, generator};
use crate::spread::features::{Space, spaces};
use crate::spread::{Adapter, Core, Ensemble, FeatureSpace, InSpace, OwnRows};
use crate::stages::batch;

/// Texts above which only as many of them are learned from: these are held in memory in every feature space, and fitted several
/// times in each.
const MOST: usize = 20_000;
/// Other texts that are seen in the feature spaces at once.
const AT_A_TIME: usize = 8_192;

/// The texts that may be judged, and the spaces learned from them.
pub(super) struct TrainingSample<'a> {
    setting: Setting<'a>,
    /// p of n texts, ascending.
    pub texts: Vec<usize>,
    /// The embedding first.
    spaces: Vec<Space>,
    /// What is known of the p texts in each space.
    pub feature_spaces: Vec<FeatureSpace<'a>>,
}

impl<'a> TrainingSample<'a> {
    /// All texts; above 20,000 as many at random, or all that so many questions could judge if that is more.
    pub fn new(setting: Setting<'a>, all: &[&str], questions: usize) -> TrainingSample<'a> {
        let count = questions.saturating_mul(batch::SIZE).max(MOST).min(all.len());
        let mut texts: Vec<usize> = (0..all.len()).collect();
        if count < all.len() {
            texts = drawn(texts, count, &mut generator(setting.plan.seed, "part", &[]));
        }
        let embeddings = match texts.len() == all.len() {
            true => Cow::Borrowed(setting.embeddings),
            false => Cow::Owned(setting.embeddings.select(&texts)),
        };
        let own: Vec<&str> = texts.iter().map(|&text| all[text]).collect();
        let feature_spaces = vec![FeatureSpace::new(Space::Plain.name(), embeddings)];
        let mut sample = TrainingSample { setting, texts, spaces: vec![Space::Plain], feature_spaces };
        spaces(&own, setting.plan.seed).into_iter().for_each(|space| sample.add(space, &own));
        sample
    }

    /// Adds the embedding as the perspective stage maps it.
    pub fn add_perspective(&mut self, adapter: Adapter) {
        self.add(Space::Perspective(adapter), &[]);
    }

    fn add(&mut self, space: Space, own: &[&str]) {
        let rows = space.rows(own, &self.feature_spaces[0].embeddings);
        self.feature_spaces.push(FeatureSpace::new(space.name(), Cow::Owned(rows)));
        self.spaces.push(space);
    }

    /// One of the spaces.
    pub fn space(&self, number: usize) -> &Space {
        &self.spaces[number]
    }

    /// Whether it is all texts.
    pub fn is_whole(&self) -> bool {
        self.texts.len() == self.setting.embeddings.len()
    }

    /// All of the feature spaces.
    pub fn everywhere(&self) -> Vec<usize> {
        (0..self.feature_spaces.len()).collect()
    }

    /// How many documents each text stands for (p).
    pub fn weights(&self) -> Vec<f64> {
        let all = self.setting.corpus.weights();
        self.texts.iter().map(|&text| all[text]).collect()
    }

    /// Which texts the documents of a core are, which has them by their places in the sample.
    pub fn texts_of(&self, core: &Core) -> Vec<usize> {
        core.documents.iter().map(|&place| self.texts[place]).collect()
    }

    /// Where a text stands in the sample.
    pub fn place(&self, text: usize) -> Option<usize> {
        self.texts.binary_search(&text).ok()
    }

    /// Log posteriors of all n texts (n×m).
    pub fn spread(&self, ensemble: &Ensemble, all: &[&str]) -> Array2<f32> {
        let own = ensemble.of_all(&self.feature_spaces);
        if self.is_whole() {
            return own;
        }
        let mut logs = Array2::zeros((all.len(), own.ncols()));
        let mut assign = |texts: &[usize], found: &Array2<f32>| {
            texts.iter().zip(found.axis_iter(Axis(0))).for_each(|(&text, found)| logs.row_mut(text).assign(&found));
        };
        assign(&self.texts, &own);
        let rest: Vec<usize> = (0..all.len()).filter(|&text| self.place(text).is_none()).collect();
        let spaces = ensemble.parts.iter().map(|part| part.mixture.space);
        let seen = OwnRows::new(spaces.map(|space| self.feature_spaces[space].embeddings.as_ref()));
        for texts in rest.chunks(AT_A_TIME) {
            let embeddings = self.setting.embeddings.select(texts);
            let shown: Vec<&str> = texts.iter().map(|&text| all[text]).collect();
            let rows = |part: &InSpace, _| self.spaces[part.mixture.space].rows(&shown, &embeddings);
            assign(texts, &ensemble.of(&vec![None; texts.len()], rows, &seen));
        }
        logs
    }
}
