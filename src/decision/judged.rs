//! The run's own texts where the run put them, and any other by what the judged ones taught.

use super::{Inferred, Own, OwnVectors, Placement};
use crate::message::Message;
use crate::vectors::Embeddings;

/// What the model said of a run's own texts, and what follows for others.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// n texts that are known again.
    pub own: Own,
    /// n: where the run put each of them that was judged; those without a place are inferred as any
    /// other text is.
    pub places: Vec<Option<Placement>>,
    /// How others are placed.
    pub others: OutOfSample,
}

/// Where texts end that were not judged.
#[derive(Debug, Clone, PartialEq)]
pub enum OutOfSample {
    /// In no cluster, for this reason: nothing was learned that would place them.
    Nowhere(Message),
    /// Where the classifiers put them.
    Inferred(Box<Inferred>),
}

impl Judged {
    /// The same where no confidence claims more than `most`.
    #[must_use]
    pub fn at_most(mut self, most: f64) -> Judged {
        self.places.iter_mut().flatten().for_each(|place| place.cap(most));
        if let OutOfSample::Inferred(inferred) = &mut self.others {
            inferred.most = inferred.most.min(most);
        }
        self
    }

    /// Places r texts with their vectors (r×d).
    pub fn place(&self, texts: &[&str], rows: &Embeddings, vectors: &OwnVectors<'_>) -> Vec<Placement> {
        let numbers: Vec<Option<usize>> = texts.iter().map(|text| self.own.number(text)).collect();
        let known = |number: &Option<usize>| number.and_then(|number| self.places[number].clone());
        let mut placements: Vec<Option<Placement>> = numbers.iter().map(known).collect();
        let open: Vec<usize> = (0..texts.len()).filter(|&text| placements[text].is_none()).collect();
        if let (OutOfSample::Inferred(inferred), false) = (&self.others, open.is_empty()) {
            let place = |number: usize| inferred.ground.binary_search(&(number as u32)).ok();
            let places: Vec<Option<usize>> = open.iter().map(|&text| numbers[text].and_then(place)).collect();
            let shown: Vec<&str> = open.iter().map(|&text| texts[text]).collect();
            let logs = inferred.logs(&places, &shown, &rows.select(&open), vectors.rows());
            open.iter().zip(logs.rows()).for_each(|(&text, logs)| placements[text] = Some(inferred.placed(logs)));
        }
        placements.into_iter().map(|placement| placement.unwrap_or_else(|| self.nowhere())).collect()
    }

    fn nowhere(&self) -> Placement {
        match &self.others {
            OutOfSample::Nowhere(reason) => Placement::Uncovered(reason.clone()),
            OutOfSample::Inferred(inferred) => Placement::Uncovered(Message::of(&inferred.none)),
        }
    }

    /// Every cluster that it can name.
    pub(super) fn named(&self) -> Vec<usize> {
        let held = self.places.iter().flatten().flat_map(|place| match place {
            Placement::In(held) => held.as_slice(),
            _ => &[],
        });
        let inferred = match &self.others {
            OutOfSample::Nowhere(_) => [].as_slice(),
            OutOfSample::Inferred(inferred) => inferred.clusters.as_slice(),
        };
        held.map(|place| place.cluster).chain(inferred.iter().flatten().copied()).collect()
    }
}
