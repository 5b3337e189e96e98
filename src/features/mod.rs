//! Feature spaces: the embedding, and others that see what a goal of style or language looks at and a sentence encoder does not.
//!
//! Every space makes unit rows, one a text, so that every classifier works in each of them. Which space serves a goal is not
//! decided here: cross-validation on judged documents does that. A space is learned from some texts and sees any others as well.

mod decompose;
mod grams;
mod layout;

use std::fmt::Debug;

use crate::embed::{Embeddings, normalise};
use decompose::Decomposition;
use grams::Grams;
use layout::Layout;

/// Dimensions kept of the words.
const WORDS: usize = 100;
/// Dimensions kept of the pieces of words.
const PIECES: usize = 150;

/// A way to see texts as vectors.
pub trait Space: Debug + Send + Sync {
    /// The word for manifest and report.
    fn name(&self) -> &'static str;

    /// Unit rows of n texts, whose embeddings (n×d) are given; a text in which nothing is found may have a zero row.
    fn rows(&self, texts: &[&str], embeddings: &Embeddings) -> Embeddings;
}

/// The embedding as it is.
#[derive(Debug)]
pub struct Plain;

impl Space for Plain {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn rows(&self, _: &[&str], embeddings: &Embeddings) -> Embeddings {
        embeddings.clone()
    }
}

/// The embedding beside the words.
#[derive(Debug)]
struct Words(Decomposition);

impl Space for Words {
    fn name(&self) -> &'static str {
        "embedding and words"
    }

    fn rows(&self, texts: &[&str], embeddings: &Embeddings) -> Embeddings {
        beside(embeddings, &self.0.rows(texts))
    }
}

/// Pieces of words.
#[derive(Debug)]
struct Pieces(Decomposition);

impl Space for Pieces {
    fn name(&self) -> &'static str {
        "pieces of words"
    }

    fn rows(&self, texts: &[&str], _: &Embeddings) -> Embeddings {
        self.0.rows(texts)
    }
}

impl Space for Layout {
    fn name(&self) -> &'static str {
        "layout"
    }

    fn rows(&self, texts: &[&str], _: &Embeddings) -> Embeddings {
        self.rows(texts)
    }
}

/// The spaces beside the plain one, learned from some texts. One that these texts do not fill is left out.
pub fn spaces(texts: &[&str], seed: u64) -> Vec<Box<dyn Space>> {
    if texts.is_empty() {
        return Vec::new();
    }
    let decomposition = |grams, dimensions| Decomposition::learn(grams, texts, dimensions, seed);
    let words = decomposition(Grams::Words, WORDS).map(|words| Box::new(Words(words)) as Box<dyn Space>);
    let pieces = decomposition(Grams::Pieces, PIECES).map(|pieces| Box::new(Pieces(pieces)) as Box<dyn Space>);
    words.into_iter().chain(pieces).chain([Box::new(Layout::learn(texts)) as Box<dyn Space>]).collect()
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
