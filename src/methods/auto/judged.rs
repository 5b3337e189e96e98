//! What the model said of each document so far.

use std::collections::{BTreeMap, BTreeSet};

use crate::stages::core::Judgement;

/// The answers of the model, by document; candidates with their share, no candidate where none of the listed ones holds.
#[derive(Debug, Clone)]
pub struct Judged {
    texts: usize,
    /// The shares of one document sum to the number of its answers.
    held: BTreeMap<usize, Vec<(Option<usize>, f32)>>,
    /// Documents asked about without a usable answer.
    lost: BTreeMap<usize, String>,
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
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[(Option<usize>, f32)])> {
        self.held.iter().map(|(&document, held)| (document, held.as_slice()))
    }

    /// The answer on one document.
    pub fn of(&self, document: usize) -> Option<&[(Option<usize>, f32)]> {
        self.held.get(&document).map(Vec::as_slice)
    }

    /// The candidate that the first answer on a document put first.
    pub fn first(&self, document: usize) -> Option<Option<usize>> {
        self.of(document).and_then(|held| held.first()).map(|&(candidate, _)| candidate)
    }

    /// Documents with one answer only, ascending.
    pub fn asked_once(&self) -> Vec<usize> {
        let once = |held: &[(Option<usize>, f32)]| held.iter().map(|(_, share)| share).sum::<f32>() < 1.5;
        self.iter().filter(|(_, held)| once(held)).map(|(document, _)| document).collect()
    }

    /// Why a document that was asked about has no answer.
    pub fn lost(&self, document: usize) -> Option<&str> {
        self.lost.get(&document).map(String::as_str)
    }

    /// Why most documents that were asked about have no answer, where any has none.
    pub fn most_lost(&self) -> Option<&str> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.lost.values().for_each(|why| *counts.entry(why).or_default() += 1);
        counts.into_iter().rev().max_by_key(|&(_, count)| count).map(|(why, _)| why)
    }

    /// How many documents have no usable answer though they were asked about.
    pub fn losses(&self) -> usize {
        self.lost.len()
    }

    /// Documents of which the model said rather that no candidate holds.
    pub fn held_by_none(&self) -> Vec<usize> {
        let share = |held: &[(Option<usize>, f32)], wanted: bool| {
            held.iter().filter(|(candidate, _)| candidate.is_none() == wanted).map(|(_, share)| share).sum::<f32>()
        };
        self.iter().filter(|(_, held)| share(held, true) > share(held, false)).map(|(document, _)| document).collect()
    }

    /// Notes a judgement; `whole` is whether all candidates were listed, so that an empty answer means that none holds.
    pub fn note(&mut self, document: usize, judgement: Judgement, whole: bool) {
        match judgement {
            Judgement::Held(held) if !whole && held.first().is_none_or(|(first, _)| first.is_none()) => {
                self.lose(document, "none of the listed groups held");
            }
            Judgement::Held(held) => {
                self.lost.remove(&document);
                self.held.insert(document, held);
            }
            Judgement::Unparsed => self.lose(document, "the answer was no choice from the list"),
            Judgement::Failed(problem) => self.lose(document, &problem),
            Judgement::NotAsked => {}
        }
    }

    fn lose(&mut self, document: usize, why: &str) {
        self.lost.insert(document, why.to_owned());
    }

    /// From now on candidate c is candidate `to[c]`, and others may be with it, or no candidate any more. A document of whose answer
    /// less than `least` is left was asked about in vain, and counts as not asked about.
    pub fn gather(&mut self, to: &[Option<usize>], least: f32) {
        self.held.retain(|_, held| {
            let before: f32 = held.iter().map(|(_, share)| share).sum();
            let mut shares: BTreeMap<Option<usize>, f32> = BTreeMap::new();
            for &(candidate, share) in held.iter() {
                match candidate.map(|candidate| to[candidate]) {
                    Some(None) => {}
                    known => *shares.entry(known.flatten()).or_default() += share,
                }
            }
            let after: f32 = shares.values().sum();
            held.clear();
            held.extend(shares.into_iter().map(|(candidate, share)| (candidate, share * before / after)));
            held.sort_by(|left, right| right.1.total_cmp(&left.1));
            after >= least * before && after > 0.0
        });
    }

    /// A second answer counts as much as the first.
    pub fn add(&mut self, document: usize, held: Vec<(Option<usize>, f32)>) {
        if let Some(first) = self.held.get_mut(&document) {
            first.extend(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_their_candidates_and_one_that_loses_its_own_is_none() {
        let mut judged = Judged::new(4);
        let answers = [
            vec![(Some(0), 0.5), (Some(1), 0.25), (None, 0.25)],
            vec![(Some(2), 0.5), (Some(1), 0.5)],
            vec![(Some(2), 0.9), (Some(0), 0.1)],
        ];
        answers.into_iter().enumerate().for_each(|(text, held)| judged.note(text, Judgement::of(held), true));
        judged.gather(&[Some(0), Some(0), None], 0.2);
        assert_eq!(judged.of(0).unwrap(), [(Some(0), 0.75), (None, 0.25)]);
        assert_eq!(judged.of(1).unwrap(), [(Some(0), 1.0)]);
        assert_eq!(judged.unasked(), [2, 3]);
    }
}
