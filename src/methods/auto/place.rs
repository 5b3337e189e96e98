//! From posteriors to places: where each document belongs, and who says so.

use super::findings::Findings;
use super::spread::Spread;
use crate::methods::steps::heaviest_first;
use crate::methods::steps::taught::NONE_INFERRED;
use crate::methods::{By, NOT_ASKED, Place, Placement};
use crate::stages::soft_label::{Choice, SoftLabel};
use crate::vectors::argmax;

/// What is said of a document that the model found no group for.
const MODEL_FOUND_NONE: &str = "the model found no group that holds";
/// What is said of a document that the model put into a group that was left out.
const NOT_SELECTED: &str = "the model put it into a group that was not selected";
/// What is said of a document that was only inferred to belong nowhere, where some groups were left out.
const NONE_OF_SELECTED: &str = "it seems to be of a group that was not selected, or of none";
/// What is said of a document whose group, as the model named it, is not believed.
const NOT_BELIEVED: &str =
    "no group seems to hold: the answers on like documents outweigh the model's answer on this one";

/// The places of all documents.
pub(super) struct Placed {
    /// For each of n texts its place, by the clusters' numbers.
    pub placements: Vec<Placement>,
    /// The class of each cluster; the largest cluster is the first.
    pub order: Vec<usize>,
}

impl Findings<'_, '_> {
    /// Places every document, and numbers the clusters by their size.
    pub(super) fn placed(self) -> Placed {
        let placements = self.placements();
        let weights = self.session.setting.corpus.weights();
        let order = by_size(&placements, &weights, self.spread.selection.classes.none());
        Placed { placements: renumbered(placements, &order), order }
    }

    /// Each document's place, by classes.
    fn placements(self) -> Vec<Placement> {
        let Findings { session, judgments, spread } = self;
        let mut member = vec![None; session.texts.len()];
        let core = &spread.learned.soft_labels.believed;
        for (index, text) in session.sample.texts_of(core).into_iter().enumerate() {
            member[text] = Some(index);
        }
        let none = spread.selection.classes.none();
        let is_taught = judgments.answers.teach();
        let place = |text: usize| match (member[text], judgments.answers.of(text)) {
            (Some(member), Some(held)) => self.place_of_judged(text, member, held),
            _ if !is_taught => Placement::Failed(NOT_ASKED.into()),
            _ => match argmax(spread.logs.row(text)) {
                class if class == none => Placement::Uncovered(self.none_inferred().into()),
                class => Placement::In(vec![Place::new(class, By::Spread, probability(spread, text, class))]),
            },
        };
        (0..session.texts.len()).map(place).collect()
    }

    /// The place of a judged document: by the model where it is believed, else by the answers on others.
    fn place_of_judged(self, text: usize, member: usize, held: &SoftLabel) -> Placement {
        let Findings { judgments, spread, .. } = self;
        let classes = &spread.selection.classes;
        let class = argmax(spread.learned.soft_labels.believed.answers.row(member));
        let choice = classes.choice(class);
        let is_said = judgments.said(held).any(|said| said == choice);
        let mut candidates = judgments.said(held).filter_map(Choice::candidate);
        let is_left_out = candidates.any(|said| classes.is_left_out(said));
        match (choice, is_said) {
            (Choice::NoneOfThese, false) if is_left_out => Placement::Uncovered(NOT_SELECTED.into()),
            (Choice::NoneOfThese, true) => Placement::Uncovered(MODEL_FOUND_NONE.into()),
            (Choice::NoneOfThese, false) => Placement::Uncovered(NOT_BELIEVED.into()),
            (Choice::Candidate(_), true) => Placement::In(self.places_by_model(member, class, held)),
            (Choice::Candidate(_), false) => {
                Placement::In(vec![Place::new(class, By::Spread, probability(spread, text, class))])
            }
        }
    }

    /// Why no cluster has a document that was only inferred.
    pub(super) fn none_inferred(self) -> &'static str {
        let classes = &self.spread.selection.classes;
        let left_out = self.judgments.candidates.len() - classes.noise.len() > classes.none();
        if left_out { NONE_OF_SELECTED } else { NONE_INFERRED }
    }

    /// The believed class, and the others that the model named as often as it was asked.
    fn places_by_model(self, member: usize, primary: usize, held: &SoftLabel) -> Vec<Place> {
        let Findings { judgments, spread, .. } = self;
        let (soft_labels, classes) = (&spread.learned.soft_labels, &spread.selection.classes);
        let right = 1.0 - judgments.error().unwrap_or(0.0);
        let is_share = soft_labels.is_evidence() || judgments.is_in_shares();
        let confidence = |class: usize| match is_share {
            true => f64::from(soft_labels.believed.answers[(member, class)]),
            false => right,
        };
        let asked = held.answers().round() as usize;
        let always = |class: usize| held.choices().filter(|&choice| choice == classes.choice(class)).count() >= asked;
        let several = !judgments.is_in_shares();
        let others = (0..classes.none()).filter(|&class| several && class != primary && always(class));
        std::iter::once(primary).chain(others).map(|class| Place::new(class, By::Model, confidence(class))).collect()
    }
}

fn probability(spread: &Spread, text: usize, class: usize) -> f64 {
    f64::from(spread.logs[(text, class)].exp())
}

/// The classes, the one with most documents first; those without any are left out.
fn by_size(placements: &[Placement], weights: &[f64], classes: usize) -> Vec<usize> {
    let mut sizes = vec![0.0; classes];
    for (placement, weight) in placements.iter().zip(weights) {
        if let Placement::In(places) = placement {
            places.iter().for_each(|place| sizes[place.cluster] += weight);
        }
    }
    heaviest_first(&sizes)
}

/// Places by the clusters' order.
fn renumbered(mut placements: Vec<Placement>, order: &[usize]) -> Vec<Placement> {
    for placement in &mut placements {
        if let Placement::In(places) = placement {
            places.iter_mut().for_each(|place| {
                place.cluster = order.iter().position(|&class| class == place.cluster).unwrap_or(place.cluster);
            });
        }
    }
    placements
}
