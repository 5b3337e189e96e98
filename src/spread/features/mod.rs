//! Feature spaces: the embedding, and others that see what a goal of style or language looks at and a sentence encoder does not.
//!
//! Every space makes unit rows, one a text, so that every classifier works in each of them. Which space serves a goal is not
//! decided here: cross-validation on judged documents does that. A space is learned from some texts and sees any others as well.

mod decompose;
mod grams;
mod layout;

pub use decompose::Decomposition;
pub use grams::{Grams, Weights};
pub use layout::Layout;

use crate::spread::Adapter;
use crate::vectors::{Embeddings, normalise};

/// Dimensions kept of the words.
const WORDS: usize = 100;
/// Dimensions kept of the pieces of words.
const PIECES: usize = 150;

/// A way to see texts as vectors.
#[derive(Debug, Clone, PartialEq)]
pub enum Space {
    /// The embedding as it is.
    Plain,
    /// The embedding, and beside it the directions in which words vary most.
    Words(Decomposition),
    /// The directions in which pieces of words vary most.
    Pieces(Decomposition),
    /// How a text looks.
    Layout(Layout),
    /// The embedding, mapped as answers on triplets taught.
    Perspective(Adapter),
}

impl Space {
    /// The word for manifest and report.
    pub fn name(&self) -> &'static str {
        match self {
            Space::Plain => "embedding",
            Space::Words(_) => "embedding and words",
            Space::Pieces(_) => "pieces of words",
            Space::Layout(_) => "layout",
            Space::Perspective(_) => "perspective",
        }
    }

    /// Values of a row where an embedding has d.
    pub fn dimensions(&self, d: usize) -> usize {
        match self {
            Space::Plain | Space::Perspective(_) => d,
            Space::Words(words) => d + words.dimensions(),
            Space::Pieces(_) | Space::Layout(_) => self.dimensions_of_texts().unwrap_or(d),
        }
    }

    /// Values of the part of a row that is made of the text alone, if there is one.
    pub fn dimensions_of_texts(&self) -> Option<usize> {
        match self {
            Space::Plain | Space::Perspective(_) => None,
            Space::Words(directions) | Space::Pieces(directions) => Some(directions.dimensions()),
            Space::Layout(_) => Some(layout::DIMENSIONS),
        }
    }

    /// Rows of n texts, whose embeddings (n×d) are given; a text in which nothing is found may
    /// have a zero row.
    pub fn rows(&self, texts: &[&str], embeddings: &Embeddings) -> Embeddings {
        self.joined(self.of_texts(texts), embeddings)
    }

    /// The part of the rows that is made of n texts alone (n×t); none where the rows are made of
    /// the embeddings alone.
    pub fn of_texts(&self, texts: &[&str]) -> Option<Embeddings> {
        match self {
            Space::Plain | Space::Perspective(_) => None,
            Space::Words(directions) | Space::Pieces(directions) => Some(directions.rows(texts)),
            Space::Layout(layout) => Some(layout.rows(texts)),
        }
    }

    /// The rows from that part (n×t) and the embeddings (n×d).
    pub fn joined(&self, of_texts: Option<Embeddings>, embeddings: &Embeddings) -> Embeddings {
        match (self, of_texts) {
            (Space::Perspective(adapter), _) => adapter.apply(embeddings),
            (Space::Words(_), Some(words)) => beside(embeddings, &words),
            (_, Some(rows)) => rows,
            (_, None) => embeddings.clone(),
        }
    }
}

/// The spaces beside the plain one, learned from some texts. One that these texts do not fill is left out.
pub fn spaces(texts: &[&str], seed: u64) -> Vec<Space> {
    if texts.is_empty() {
        return Vec::new();
    }
    let learned = |grams, dimensions| Decomposition::learn(grams, texts, dimensions, seed);
    let words = learned(Grams::Words, WORDS).map(Space::Words);
    let pieces = learned(Grams::Pieces, PIECES).map(Space::Pieces);
    words.into_iter().chain(pieces).chain([Space::Layout(Layout::learn(texts))]).collect()
}

/// Each row of one followed by that of the other, of unit length again.
fn beside(left: &Embeddings, right: &Embeddings) -> Embeddings {
    let mut values = Vec::with_capacity(left.values().len() + right.values().len());
    for row in 0..left.len() {
        let mut joined = [left.row(row), right.row(row)].concat();
        normalise(&mut joined);
        values.extend(joined);
    }
    Embeddings::new(values, left.dimensions() + right.dimensions())
}

#[cfg(test)]
mod tests;
