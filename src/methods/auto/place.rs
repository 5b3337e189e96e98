//! From posteriors to places: where each document belongs, and who says so.

use super::Auto;
use super::spread::Spread;
use crate::methods::steps::heaviest_first;
use crate::methods::steps::taught::NONE_INFERRED;
use crate::methods::{By, Placement};
use crate::plan::Ask;
use crate::stages::soft_label::{Choice, SoftLabel};
use crate::vectors::argmax;

/// Labels that a warning lists.
const LABELS: usize = 5;
/// What is said of a document that the model found no group for.
const MODEL_FOUND_NONE: &str = "the model found no group that holds";
/// What is said of a document that the model put into a group that was left out.
const NOT_SELECTED: &str = "the model put it into a group that was not selected";
/// What is said of a document that was only inferred to belong nowhere, where some groups were left out.
const NONE_OF_SELECTED: &str = "it seems to be of a group that was not selected, or of none";
/// What is said of a document whose group, as the model named it, is not believed.
const NOT_BELIEVED: &str =
    "no group seems to hold: the answers on like documents outweigh the model's answer on this one";

impl Auto<'_> {
    /// Each document's place, in terms of the selected candidates.
    pub(super) fn placements(&self, spread: &Spread) -> Vec<Placement> {
        let mut member = vec![None; self.texts.len()];
        let core = &spread.learned.soft_labels.believed;
        core.documents.iter().enumerate().for_each(|(index, &place)| member[self.sample.texts[place]] = Some(index));
        let place = |text: usize| match (member[text], self.judged.of(text)) {
            (Some(member), Some(held)) => self.place_of_judged(spread, text, member, held),
            _ => match argmax(spread.logs.row(text)) {
                class if class == spread.selected.len() => Placement::Uncovered(self.none_inferred(spread).into()),
                class => Placement::In(vec![(class, By::Spread, probability(spread, text, class))]),
            },
        };
        (0..self.texts.len()).map(place).collect()
    }

    /// The place of a judged document: by the model where it is believed, else by the answers on others.
    fn place_of_judged(&self, spread: &Spread, text: usize, member: usize, held: &SoftLabel) -> Placement {
        let class = argmax(spread.learned.soft_labels.believed.answers.row(member));
        let candidate = spread.selected.get(class).copied();
        let is_left_out = |said: usize| !spread.selected.contains(&said) && !self.noise_names.contains(&said);
        let said = self.said(held).any(|said| said.candidate() == candidate);
        let left_out = self.said(held).filter_map(Choice::candidate).any(is_left_out);
        match (candidate, said) {
            (None, false) if left_out => Placement::Uncovered(NOT_SELECTED.into()),
            (None, true) => Placement::Uncovered(MODEL_FOUND_NONE.into()),
            (None, false) => Placement::Uncovered(NOT_BELIEVED.into()),
            (Some(_), true) => Placement::In(self.places_by_model(spread, member, class, held)),
            (Some(_), false) => Placement::In(vec![(class, By::Spread, probability(spread, text, class))]),
        }
    }

    /// Why no cluster has a document that was only inferred.
    pub(super) fn none_inferred(&self, spread: &Spread) -> &'static str {
        let left_out = self.candidates.len() - self.noise_names.len() > spread.selected.len();
        if left_out { NONE_OF_SELECTED } else { NONE_INFERRED }
    }

    /// The groups that were named and are not among the clusters wanted, in words.
    pub(super) fn left_out(&self, selected: &[usize]) -> Option<String> {
        let k = self.setting.wanted().k?;
        let is_left = |candidate: &usize| !selected.contains(candidate);
        let left = self.all_candidates().into_iter().filter(is_left);
        let labels: Vec<String> = left.map(|left| format!("“{}”", self.candidates[left].label)).collect();
        let more = labels.len().checked_sub(LABELS).filter(|&more| more > 0);
        let more = more.map_or(String::new(), |more| format!(" and {more} more"));
        (!labels.is_empty()).then(|| {
            let shown: Vec<String> = labels.into_iter().take(LABELS).collect();
            format!(
                "the model named more than {k} groups: documents of {}{more} are uncovered; a larger -k keeps them",
                shown.join(", ")
            )
        })
    }

    /// The believed class, and the others that the model named as often as it was asked.
    fn places_by_model(
        &self,
        spread: &Spread,
        member: usize,
        primary: usize,
        held: &SoftLabel,
    ) -> Vec<(usize, By, f64)> {
        let soft_labels = &spread.learned.soft_labels;
        let right = 1.0 - self.record.error.unwrap_or(0.0);
        let is_share = self.record.denoised || self.ask == Ask::Letter;
        let confidence = |class: usize| match is_share {
            true => f64::from(soft_labels.believed.answers[(member, class)]),
            false => right,
        };
        let asked = held.answers().round() as usize;
        let always = |class: usize| {
            let named = |choice: &Choice| *choice == Choice::Candidate(spread.selected[class]);
            held.choices().filter(named).count() >= asked
        };
        let several = self.ask != Ask::Letter;
        let others = (0..spread.selected.len()).filter(|&class| several && class != primary && always(class));
        std::iter::once(primary).chain(others).map(|class| (class, By::Model, confidence(class))).collect()
    }
}

fn probability(spread: &Spread, text: usize, class: usize) -> f64 {
    f64::from(spread.logs[(text, class)].exp())
}

/// The classes, the one with most documents first; those without any are left out.
pub(super) fn by_size(placements: &[Placement], weights: &[f64], classes: usize) -> Vec<usize> {
    let mut sizes = vec![0.0; classes];
    for (placement, weight) in placements.iter().zip(weights) {
        if let Placement::In(places) = placement {
            places.iter().for_each(|&(class, ..)| sizes[class] += weight);
        }
    }
    heaviest_first(&sizes)
}

/// Places by the clusters' order.
pub(super) fn renumbered(mut placements: Vec<Placement>, order: &[usize]) -> Vec<Placement> {
    for placement in &mut placements {
        if let Placement::In(places) = placement {
            places.iter_mut().for_each(|place| {
                place.0 = order.iter().position(|&class| class == place.0).unwrap_or(place.0);
            });
        }
    }
    placements
}
