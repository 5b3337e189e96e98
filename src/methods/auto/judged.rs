//! What the model said of each document so far.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::Message;
use crate::methods::steps::trust::ENOUGH;
use crate::stages::core::Judgement;
use crate::stages::soft_label::{Choice, SoftLabel};

/// Why a document that was asked about has no answer.
#[derive(Debug, Clone)]
struct Lost {
    why: Message,
    /// Whether the question failed, or its answer was not legal; else the model found that none of a part of the candidates holds.
    has_failed: bool,
}

/// The answers of the model, by document.
#[derive(Debug, Clone)]
pub struct Judged {
    texts: usize,
    held: BTreeMap<usize, SoftLabel>,
    /// Documents asked about without a usable answer.
    lost: BTreeMap<usize, Lost>,
    /// Documents asked about because the spread was unsure of them.
    escalated: BTreeSet<usize>,
}

impl Judged {
    /// Nothing yet of n texts.
    pub fn new(texts: usize) -> Judged {
        Judged { texts, held: BTreeMap::new(), lost: BTreeMap::new(), escalated: BTreeSet::new() }
    }

    /// Documents with an answer.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether they say anything of other documents: a few that are all the same do not say that these are of their kind.
    pub fn teach(&self) -> bool {
        let kinds: BTreeSet<Choice> = self.held.values().filter_map(SoftLabel::first).collect();
        self.len() >= ENOUGH || kinds.len() > 1
    }

    /// Documents with an answer, ascending.
    pub fn documents(&self) -> Vec<usize> {
        self.held.keys().copied().collect()
    }

    /// Documents never asked about, ascending.
    pub fn unasked(&self) -> Vec<usize> {
        (0..self.texts).filter(|text| !self.held.contains_key(text) && !self.lost.contains_key(text)).collect()
    }

    /// Notes that some documents were asked about because the spread was unsure of them.
    pub fn escalate(&mut self, documents: &[usize]) {
        self.escalated.extend(documents);
    }

    /// Whether a document was asked about for that reason.
    pub fn is_escalated(&self, document: usize) -> bool {
        self.escalated.contains(&document)
    }

    /// Every answer.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &SoftLabel)> {
        self.held.iter().map(|(&document, held)| (document, held))
    }

    /// The answer on one document.
    pub fn of(&self, document: usize) -> Option<&SoftLabel> {
        self.held.get(&document)
    }

    /// What the first answer on a document put first.
    pub fn first(&self, document: usize) -> Option<Choice> {
        self.of(document).and_then(SoftLabel::first)
    }

    /// Documents with one answer only, ascending.
    pub fn asked_once(&self) -> Vec<usize> {
        self.iter().filter(|(_, held)| held.answers() < 1.5).map(|(document, _)| document).collect()
    }

    /// Why a document that was asked about has no answer.
    pub fn lost(&self, document: usize) -> Option<&Message> {
        self.lost.get(&document).map(|lost| &lost.why)
    }

    /// The same where the question failed, or its answer was not legal.
    pub fn failed(&self, document: usize) -> Option<&Message> {
        self.lost.get(&document).filter(|lost| lost.has_failed).map(|lost| &lost.why)
    }

    /// Why most documents that were asked about have no answer, where any has none.
    pub fn most_lost(&self) -> Option<&Message> {
        let mut counts: BTreeMap<&Message, usize> = BTreeMap::new();
        self.lost.values().for_each(|lost| *counts.entry(&lost.why).or_default() += 1);
        counts.into_iter().rev().max_by_key(|&(_, count)| count).map(|(why, _)| why)
    }

    /// How many documents have no usable answer though they were asked about.
    pub fn losses(&self) -> usize {
        self.lost.len()
    }

    /// How many of these failed, or were answered by no legal answer.
    pub fn failures(&self) -> usize {
        self.lost.values().filter(|lost| lost.has_failed).count()
    }

    /// Documents of which the model said rather that no candidate holds.
    pub fn held_by_none(&self) -> Vec<usize> {
        let is_none = |held: &SoftLabel| {
            let share = |is_wanted: fn(Choice) -> bool| -> f32 {
                held.iter().filter(|one| is_wanted(one.choice)).map(|one| one.share).sum()
            };
            share(|choice| choice == Choice::NoneOfThese) > share(|choice| choice != Choice::NoneOfThese)
        };
        self.iter().filter(|(_, held)| is_none(held)).map(|(document, _)| document).collect()
    }

    /// Notes a judgement; `whole` is whether all candidates were listed, so that an empty answer means that none holds.
    pub fn note(&mut self, document: usize, judgement: Judgement, whole: bool) {
        match judgement {
            Judgement::Held(held) if !whole && held.first().is_none_or(|first| first == Choice::NoneOfThese) => {
                let why = "none of the listed groups held".into();
                self.lost.insert(document, Lost { why, has_failed: false });
            }
            Judgement::Held(held) => {
                self.lost.remove(&document);
                self.held.insert(document, held);
            }
            Judgement::Unparsed => self.lose(document, "the answer was no choice from the list".into()),
            Judgement::Failed(problem) => self.lose(document, problem),
            Judgement::NotAsked => {}
        }
    }

    fn lose(&mut self, document: usize, why: Message) {
        self.lost.insert(document, Lost { why, has_failed: true });
    }

    /// Renumbers candidates: c becomes `to[c]`. Several may map to one; `None` drops c. A document of whose answer less than the
    /// share `least` is left was asked about in vain, and counts as not asked about.
    pub fn renumber(&mut self, to: &[Option<usize>], least: f32) {
        self.held.retain(|_, held| {
            let before = held.answers();
            let mut shares: BTreeMap<Choice, f32> = BTreeMap::new();
            for one in held.iter() {
                let renumbered = match one.choice {
                    Choice::NoneOfThese => Some(Choice::NoneOfThese),
                    Choice::Candidate(candidate) => to[candidate].map(Choice::Candidate),
                };
                if let Some(choice) = renumbered {
                    *shares.entry(choice).or_default() += one.share;
                }
            }
            let after: f32 = shares.values().sum();
            let shares = shares.into_iter().map(|(choice, share)| choice.with(share * before / after));
            *held = SoftLabel::of(shares.collect());
            after >= least * before && after > 0.0
        });
    }

    /// A second answer counts as much as the first.
    pub fn add(&mut self, document: usize, further: SoftLabel) {
        if let Some(held) = self.held.get_mut(&document) {
            held.add(further);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_their_candidates_and_one_that_loses_its_own_is_none() {
        let mut judged = Judged::new(4);
        let (candidate, none) = (Choice::Candidate, Choice::NoneOfThese);
        let answers = [
            vec![candidate(0).with(0.5), candidate(1).with(0.25), none.with(0.25)],
            vec![candidate(2).with(0.5), candidate(1).with(0.5)],
            vec![candidate(2).with(0.9), candidate(0).with(0.1)],
        ];
        for (text, shares) in answers.into_iter().enumerate() {
            judged.note(text, Judgement::Held(SoftLabel::of(shares)), true);
        }
        judged.renumber(&[Some(0), Some(0), None], 0.2);
        let of = |document| judged.of(document).unwrap().iter().collect::<Vec<_>>();
        assert_eq!(of(0), [candidate(0).with(0.75), none.with(0.25)]);
        assert_eq!(of(1), [candidate(0).with(1.0)]);
        assert_eq!(judged.unasked(), [2, 3]);
    }
}
