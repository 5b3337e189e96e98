//! Feature spaces beside the embedding: what a goal of style or language looks at and a sentence encoder does not.
//!
//! Every space is n unit rows, one a text, like the embedding itself, so that every classifier works in each of them. Which
//! space serves a goal is not decided here: cross-validation on judged documents does that.

mod decompose;
mod grams;
mod layout;

use crate::embed::{Embeddings, normalise};

/// Dimensions kept of the words.
const WORDS: usize = 100;
/// Dimensions kept of the pieces of words.
const PIECES: usize = 150;
/// Texts above which only the embedding is used: the other spaces are held in memory as a whole.
const MOST: usize = 20_000;

/// A space beside the embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// The word for manifest and report.
    pub name: &'static str,
    /// n unit rows; a text in which nothing was found has a zero row.
    pub vectors: Embeddings,
}

/// The spaces of n texts beside their `embeddings` (n×d); none where there are more than 20,000 texts. A space that these texts
/// do not fill is left out.
pub fn spaces(texts: &[&str], embeddings: &Embeddings, seed: u64) -> Vec<Space> {
    if texts.is_empty() || texts.len() > MOST {
        return Vec::new();
    }
    let words = decompose::decompose(&grams::words(texts), WORDS, seed);
    let pieces = decompose::decompose(&grams::pieces(texts), PIECES, seed);
    let beside = words.map(|words| beside(embeddings, &words));
    let space = |name, vectors: Option<Embeddings>| vectors.map(|vectors| Space { name, vectors });
    [
        space("embedding and words", beside),
        space("pieces of words", pieces),
        space("layout", Some(layout::layout(texts))),
    ]
    .into_iter()
    .flatten()
    .collect()
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
