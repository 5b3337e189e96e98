//! Where candidates come from: random samples until nothing new is named, for a small model the groups that vectors form, and the
//! documents that no candidate held for.

use super::Auto;
use super::prior::Prior;
use crate::cluster::{KMeans, Neighbor, kmeans};
use crate::codebook::Codebook;
use crate::error::Error;
use crate::methods::NamedBy;
use crate::methods::steps::described::described;
use crate::methods::steps::explain::{means, ranked};
use crate::methods::steps::likeness::{Likeness, neighborhoods};
use crate::model::Answerer;
use crate::seed::{generator, shuffle};
use crate::stages::Stage;
use crate::stages::merge::Merge;
use crate::stages::names::{Names, Sample};
use crate::text::plain;
use crate::vectors::dot;

/// Documents shown in one question; half as many after an answer of no use.
pub const SHOWN: usize = 40;
/// Documents shown to a model with a small context: it is a small model, and those lose the thread in a long sample.
const SHOWN_TO_SMALL: usize = 16;
/// Tokens that are a small context.
const SMALL_CONTEXT: u64 = 8_192;
/// Documents shown at least.
const FEWEST: usize = 8;
/// Characters of each, so that a sample fits a context of 4,096 tokens beside the answer.
pub const CHARACTERS: usize = 200;
/// Groups asked for in one question: so many for every five documents shown.
const COUNT: usize = 3;
/// Samples without a new name after which nothing more is expected.
pub const BARREN: usize = 3;
/// Samples are at most one question in so many, but never fewer than the least.
pub const SHARE: usize = 8;
/// Samples that are always allowed.
pub const LEAST: usize = 4;
/// Documents without a group from which groups are asked for.
const UNNAMED: usize = 4;

/// Groups that a small model is shown, for every cluster wanted.
const GROUPS: f64 = 1.5;

/// Groups that a small model is shown where k clusters are wanted of n texts.
pub fn groups(k: usize, questions: usize, texts: usize) -> usize {
    ((k as f64 * GROUPS).ceil() as usize).min((questions / SHARE).max(LEAST)).min(texts)
}

/// Groups asked for beside so many documents.
pub fn count(shown: usize) -> usize {
    (shown * COUNT).div_ceil(5)
}

impl Auto<'_> {
    /// Names groups from random samples, then merges those that say the same; those that are given are all there are. A small model
    /// first names the groups that the vectors form by themselves.
    pub(super) fn propose(&mut self) -> Result<(), Error> {
        if let Some(codebook) = &self.setting.wanted().codebook {
            return self.take_entries(codebook);
        }
        if self.is_small() && self.name_groups()? && self.candidates.len() >= self.setting.guess()? {
            return Ok(());
        }
        self.name_samples()?;
        self.merge()
    }

    /// The entries of a codebook are candidates from the beginning; how alike a document and each of them are is what is known before
    /// any answer. Where further groups are wanted, random samples name them.
    fn take_entries(&mut self, codebook: &Codebook) -> Result<(), Error> {
        let near = neighborhoods(self.setting);
        self.prior = Some(Prior::of_entries(&Likeness::new(self.setting, &codebook.entries, &near)?));
        self.candidates = self.setting.given();
        if self.setting.wanted().propose > 0 {
            self.name_samples()?;
        }
        Ok(())
    }

    /// The candidates that there may be: all that are named, or beside those of a codebook as many as the user wants.
    fn most(&self) -> usize {
        let plan = self.setting.plan;
        plan.clustering
            .codebook
            .as_ref()
            .map_or(usize::MAX, |codebook| codebook.entries.len() + plan.clustering.propose)
    }

    /// Names the groups that the vectors form by themselves, somewhat more of them than clusters are wanted. Where the model has a
    /// name of its own for less than half of them, they are not what the goal asks for, and none is taken: returns whether they are.
    fn name_groups(&mut self) -> Result<bool, Error> {
        let setting = self.setting;
        let (texts, embeddings) = (&self.sample.texts, &self.sample.feature_spaces[0].embeddings);
        let count = groups(setting.guess()?, self.record.questions, texts.len());
        let members = kmeans(embeddings, &self.sample.weights(), KMeans::new(count, setting.plan.seed))?.members();
        let means = means(embeddings, &members);
        let by_mean = |(group, members): (usize, &Vec<usize>)| {
            let similarity = |place: usize| dot(means.row(group), embeddings.row(place));
            let neighbor = |&place: &usize| Neighbor { index: texts[place], similarity: similarity(place) };
            ranked(members.iter().map(neighbor).collect())
        };
        let members: Vec<Vec<Neighbor>> = members.iter().enumerate().map(by_mean).collect();
        let members: Vec<&[Neighbor]> = members.iter().map(Vec::as_slice).collect();
        let described = described(setting, &self.prompts.describe, &self.budget, setting.embeddings, &members)?;
        if 2 * described.iter().filter(|described| described.by == NamedBy::Model).count() < described.len() {
            return Ok(false);
        }
        let mut prior = Prior::default();
        for (group, described) in described.into_iter().enumerate() {
            if described.by != NamedBy::Model || plain(&described.candidate.label).is_empty() {
                continue;
            }
            prior.add(self.candidates.len(), means.row(group).to_vec());
            self.candidates.push(described.candidate);
        }
        self.prior = Some(prior);
        Ok(true)
    }

    /// Names groups from random samples.
    fn name_samples(&mut self) -> Result<(), Error> {
        let mut order: Vec<usize> = (0..self.texts.len()).collect();
        shuffle(&mut order, &mut generator(self.setting.plan.seed, "names", &[]));
        let most = (self.record.questions / SHARE).max(LEAST).min(self.budget.left());
        let mut shown = if self.is_small() { SHOWN_TO_SMALL } else { SHOWN };
        let (mut rest, mut barren) = (order.as_slice(), 0);
        for _ in 0..most {
            let (sample, unseen) = rest.split_at(shown.min(rest.len()));
            let new = self.name(sample)?;
            match new {
                None if shown > FEWEST => shown = (shown / 2).max(FEWEST),
                _ => rest = unseen,
            }
            self.record.samples.extend(new);
            barren = if new.is_some_and(|new| new > 0) { 0 } else { barren + 1 };
            let is_full = self.candidates.len() >= self.most();
            if (barren >= BARREN && !self.candidates.is_empty()) || rest.is_empty() || is_full {
                break;
            }
        }
        self.warnings.extend(self.proposals.warning("groups"));
        Ok(())
    }

    /// Whether the model has a small context, as small models have.
    fn is_small(&self) -> bool {
        self.budget.context().is_some_and(|tokens| tokens <= SMALL_CONTEXT)
    }

    /// Asks once; returns how many new candidates came, none where the answer was of no use.
    fn name(&mut self, documents: &[usize]) -> Result<Option<usize>, Error> {
        let count = count(documents.len());
        let stage =
            Names { prompt: &self.prompts.propose, goal: &self.setting.plan.goal, count, characters: CHARACTERS };
        let sample = Sample { texts: &self.texts, documents, known: &self.candidates };
        let (questions, ()) = stage.ask(sample)?;
        let answers = self.budget.answer(questions)?;
        let new = stage.conclude(sample, (), &answers)?;
        answers.iter().for_each(|answer| self.proposals.note(answer, new.is_some()));
        let Some(mut new) = new else { return Ok(None) };
        new.truncate(self.most().saturating_sub(self.candidates.len()));
        let count = new.len();
        self.candidates.extend(new);
        Ok(Some(count))
    }

    /// Takes out what means the same as another. A small model is not asked: it merges what is only related.
    fn merge(&mut self) -> Result<(), Error> {
        if self.candidates.len() < 2 || self.is_small() {
            return Ok(());
        }
        let stage = Merge { prompt: &self.prompts.merge, goal: &self.setting.plan.goal };
        match stage.apply(&mut self.candidates, &self.budget)? {
            Some(dropped) => self.record.merged += dropped,
            None => self.warnings.push("the question which groups mean the same got no usable answer".into()),
        }
        Ok(())
    }

    /// Documents of the core that no candidate held for are shown together; with new candidates they are judged again.
    pub(super) fn name_the_unnamed(&mut self) -> Result<(), Error> {
        let unnamed = self.judged.held_by_none();
        self.record.none = unnamed.len() as f64 / self.judged.len().max(1) as f64;
        if unnamed.len() < UNNAMED || self.budget.left() < 2 || self.candidates.len() >= self.most() {
            return Ok(());
        }
        let shown: Vec<usize> = unnamed.iter().copied().take(SHOWN).collect();
        if self.name(&shown)?.is_some_and(|new| new > 0) {
            self.embed_predicates()?;
            let affordable = self.affordable(1);
            self.judge(&unnamed[..unnamed.len().min(affordable)], "core")?;
        }
        Ok(())
    }
}
