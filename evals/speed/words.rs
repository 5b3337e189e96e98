//! Vectors at next to no cost, for measuring what comes after them: a text is the sum of its words, each a random direction.

use std::collections::HashMap;

use colligate::embed::{Embedded, Embedder, Identity};
use colligate::error::Error;
use colligate::observer::Observer;
use colligate::seed::generator;
use colligate::vectors::{Embeddings, normalise};
use rand::RngExt;
use rayon::prelude::*;

/// As many as the built-in model has.
const DIMENSIONS: usize = 384;
/// Words that say nothing.
const SHORT: usize = 3;
/// Texts whose words' directions are held at once.
const BLOCK: usize = 512;

/// Embeds by words. Texts with words in common are near one another, and a vector depends on its text alone.
pub struct Words {
    identity: Identity,
}

impl Words {
    /// The only one there is.
    pub fn new() -> Words {
        let name = "evals:sums-of-random-words".to_owned();
        let sha256 = colligate::seed::sha256_hex(&name);
        Words { identity: Identity { name, dimensions: DIMENSIONS, sha256, window: usize::MAX, english_only: false } }
    }
}

impl Embedder for Words {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], _: &dyn Observer) -> Result<Embedded, Error> {
        let mut values = vec![0.0; texts.len() * DIMENSIONS];
        values.par_chunks_mut(BLOCK * DIMENSIONS).zip(texts.par_chunks(BLOCK)).for_each(|(rows, texts)| {
            let mut directions: HashMap<&str, Vec<f32>> = HashMap::new();
            for (row, text) in rows.chunks_mut(DIMENSIONS).zip(texts) {
                for word in words(text) {
                    let direction = directions.entry(word).or_insert_with(|| direction(word));
                    row.iter_mut().zip(direction.iter()).for_each(|(sum, value)| *sum += value);
                }
                normalise(row);
            }
        });
        Ok(Embedded { embeddings: Embeddings::new(values, DIMENSIONS), truncated: vec![false; texts.len()] })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(vec![false; texts.len()])
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > SHORT)
}

fn direction(word: &str) -> Vec<f32> {
    let mut random = generator(0, word, &[]);
    (0..DIMENSIONS).map(|_| random.random::<f32>() - 0.5).collect()
}

#[cfg(test)]
mod tests {
    use colligate::observer::Silent;
    use colligate::vectors::dot;

    use super::*;

    #[test]
    fn texts_with_words_in_common_are_near_whatever_stands_beside_them() {
        let texts = ["parser for cookies", "a parser of cookies", "queue with retries"];
        let all = Words::new().embed(&texts, &Silent).unwrap().embeddings;
        assert!(dot(all.row(0), all.row(1)) > 0.9 && dot(all.row(0), all.row(2)) < 0.3);
        let alone = Words::new().embed(&texts[2..], &Silent).unwrap().embeddings;
        assert_eq!(alone.row(0), all.row(2));
    }
}
