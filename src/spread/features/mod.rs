//! Feature spaces: the embedding, and others that see what a goal of style or language looks at and a sentence encoder does not.
//!
//! Every space makes unit rows, one a text, so that every classifier works in each of them. Which space serves a goal is not
//! decided here: cross-validation on judged documents does that. A space is learned from some texts and sees any others as well.

mod decompose;
mod grams;
mod layout;

use crate::vectors::{Embeddings, normalise};
use decompose::Decomposition;
use grams::Grams;
use layout::Layout;

/// Dimensions kept of the words.
const WORDS: usize = 100;
/// Dimensions kept of the pieces of words.
const PIECES: usize = 150;

/// What makes n rows of n texts and their embeddings (n×d).
type Seeing = dyn Fn(&[&str], &Embeddings) -> Embeddings;

/// A way to see texts as vectors.
pub struct Space {
    /// The word for manifest and report.
    pub name: &'static str,
    see: Box<Seeing>,
}

impl Space {
    /// Sees texts by a function that makes a unit row of each; a text in which it finds nothing may have a zero row.
    pub fn new(name: &'static str, see: impl Fn(&[&str], &Embeddings) -> Embeddings + 'static) -> Space {
        Space { name, see: Box::new(see) }
    }

    /// The embedding as it is.
    pub fn plain() -> Space {
        Space::new("embedding", |_, embeddings| embeddings.clone())
    }

    /// Rows of n texts, whose embeddings (n×d) are given.
    pub fn rows(&self, texts: &[&str], embeddings: &Embeddings) -> Embeddings {
        (self.see)(texts, embeddings)
    }
}

/// The spaces beside the plain one, learned from some texts. One that these texts do not fill is left out.
pub fn spaces(texts: &[&str], seed: u64) -> Vec<Space> {
    if texts.is_empty() {
        return Vec::new();
    }
    let learned = |grams, dimensions| Decomposition::learn(grams, texts, dimensions, seed);
    let words = learned(Grams::Words, WORDS).map(|words| {
        Space::new("embedding and words", move |texts, embeddings| beside(embeddings, &words.rows(texts)))
    });
    let pieces =
        learned(Grams::Pieces, PIECES).map(|pieces| Space::new("pieces of words", move |texts, _| pieces.rows(texts)));
    let layout = Layout::learn(texts);
    let layout = Space::new("layout", move |texts, _| layout.rows(texts));
    words.into_iter().chain(pieces).chain([layout]).collect()
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
