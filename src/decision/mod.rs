//! What a run learned, as data: a decision places documents, in the run itself and in `assign`.
//!
//! A method makes its [`Decision`] and places the run's own documents through it, so that the same documents end in the same place
//! when they come again. It is saved with the run ([`Learned::saved`]) and read back without trust ([`Learned::read`]): shapes,
//! numbers and a checksum are checked, and nothing of it is ever run. A document's place depends on that document alone: not on
//! the others of its corpus, the part that it is placed with, or the threads.

mod centered;
mod centers;
#[cfg(test)]
mod fixture;
mod grown;
mod grown_form;
mod inferred;
mod inferred_form;
mod judged;
mod judged_form;
mod likeness;
mod own;
mod place;
mod prior;
mod saved;
mod tensors;

use std::cell::OnceCell;

pub use centered::{Centered, largest, largest_value, shares};
pub use centers::{Centers, Confidence, Level};
pub use grown::{Added, Grown};
pub use inferred::Inferred;
pub use judged::{Judged, OutOfSample};
pub use likeness::Likeness;
pub use own::Own;
pub use place::{By, Place, Placement};
pub use prior::{Alike, HALF, Known, Prior, join_logs, join_shares, of_entries, of_groups};
pub use saved::{Learned, Saved};

use crate::cluster::{NeighborIndex, neighbor_index};
use crate::spread::OwnRows;
use crate::vectors::Embeddings;

/// Texts that are placed at once: what is made of their vectors on the way is not held for all of a large corpus.
const AT_ONCE: usize = 16_384;

/// What a run learned.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The nearest of some centroids, level by level.
    Centers(Centers),
    /// The most alike entry of a codebook, if any is alike enough.
    Likeness(Likeness),
    /// What the model said of each judged text, and of any other what classifiers learned from
    /// these.
    Judged(Judged),
    /// Another one, with clusters that were added later.
    Grown(Grown),
}

impl Decision {
    /// The same where no confidence in what was judged, or learned from that, claims more than `most`.
    #[must_use]
    pub fn at_most(self, most: f64) -> Decision {
        match self {
            Decision::Judged(judged) => Decision::Judged(judged.at_most(most)),
            other => other,
        }
    }

    /// Places n texts, whose vectors are given (n×d). `vectors` are those of the run's own texts,
    /// as [`Decision::seen`] has them.
    pub fn place(&self, texts: &[&str], rows: &Embeddings, vectors: &OwnVectors<'_>) -> Vec<Placement> {
        let mut placements = Vec::with_capacity(texts.len());
        for part in texts.chunks(AT_ONCE) {
            let places: Vec<usize> = (placements.len()..placements.len() + part.len()).collect();
            placements.extend(self.place_part(part, &rows.select(&places), vectors));
        }
        placements
    }

    fn place_part(&self, texts: &[&str], rows: &Embeddings, vectors: &OwnVectors<'_>) -> Vec<Placement> {
        match self {
            Decision::Centers(centers) => centers.place(texts, rows),
            Decision::Likeness(likeness) => likeness.place(texts, rows, vectors),
            Decision::Judged(judged) => judged.place(texts, rows, vectors),
            Decision::Grown(grown) => grown.place(texts, rows, vectors),
        }
    }

    /// The run's own texts, where the decision depends on them.
    pub fn own(&self) -> Option<&Own> {
        match self {
            Decision::Centers(_) => None,
            Decision::Likeness(likeness) => Some(&likeness.own),
            Decision::Judged(Judged { others: OutOfSample::Nowhere(_), .. }) => None,
            Decision::Judged(judged) => Some(&judged.own),
            Decision::Grown(grown) => grown.first.own(),
        }
    }

    /// The same with clusters that were added to it.
    pub fn with(self, added: Added) -> Decision {
        match self {
            Decision::Grown(mut grown) => {
                grown.added.push(added);
                Decision::Grown(grown)
            }
            first => Decision::Grown(Grown { first: Box::new(first), added: vec![added] }),
        }
    }

    /// Every cluster that it can name.
    fn named(&self) -> Vec<usize> {
        match self {
            Decision::Centers(centers) => {
                centers.levels.iter().flat_map(|level| level.clusters.iter().flatten()).copied().collect()
            }
            Decision::Likeness(likeness) => likeness.clusters.clone(),
            Decision::Judged(judged) => judged.named(),
            Decision::Grown(grown) => {
                let added = grown.added.iter().flat_map(|added| &added.clusters);
                grown.first.named().into_iter().chain(added.copied()).collect()
            }
        }
    }

    /// The run's own texts in each space in which others are compared with them, from their vectors
    /// (n×d).
    pub fn seen(&self, own: Embeddings) -> Vec<Embeddings> {
        match self {
            Decision::Judged(Judged { others: OutOfSample::Inferred(inferred), .. }) => inferred.seen(&own),
            Decision::Grown(grown) => grown.first.seen(own),
            _ => vec![own],
        }
    }
}

/// The vectors of a run's own texts, by whose neighborhood others are judged. An index is made
/// once, when it is first needed.
pub struct OwnVectors<'a> {
    spaces: &'a [Embeddings],
    index: OnceCell<Box<dyn NeighborIndex + 'a>>,
    rows: OwnRows<'a>,
}

impl<'a> OwnVectors<'a> {
    /// Of n own texts (n×d).
    pub fn new(rows: &'a Embeddings) -> OwnVectors<'a> {
        OwnVectors::in_spaces(std::slice::from_ref(rows))
    }

    /// In each of some spaces, at least one.
    pub fn in_spaces(spaces: &'a [Embeddings]) -> OwnVectors<'a> {
        OwnVectors { spaces, index: OnceCell::new(), rows: OwnRows::new(spaces) }
    }

    /// By which neighbors are found in the first space.
    pub fn index(&self) -> &dyn NeighborIndex {
        self.index.get_or_init(|| neighbor_index(&self.spaces[0])).as_ref()
    }

    /// By which labels reach others in every space.
    pub fn rows(&self) -> &OwnRows<'a> {
        &self.rows
    }
}
